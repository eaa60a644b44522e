"""Which station makes which card. One application is with one station at a time.

The partial unique index on open applications decides, not this code. Nothing here is done by a
timer: only the station's own answer frees an application, or two people with evidence.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from station.central.acts import log_act
from station.central.database import Database
from station.central.forks import is_open
from station.central.letters import ALIVE, post
from station.central.tables import OPEN, applications, assignments, batches, stations
from station.core.errors import InputError
from station.core.errors.central import (
    ApplicationAssignedError,
    FleetEntryNotFoundError,
    LeaseAliveError,
    StationOnHoldError,
)
from station.core.fleet import Assignment, Withdrawal, number_context
from station.core.orders import OrderReason
from station.signing import Identity, seal

#: What a person's number is sealed for while it waits at central.
AT_CENTRAL: Final = "central.number"
MOST_IN_A_BATCH: Final = 20_000


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody who is to get a card.

    Attributes:
        application: Id of the application in the province's system, or made by the caller.
        number: The 社会保障号码.
        reason: Why the card is made.
    """

    application: str
    number: str = field(repr=False)
    reason: OrderReason = OrderReason.NEW


class Assigning:
    """The use cases about applications and assignments. Thread-safe."""

    def __init__(self, database: Database, identity: Identity) -> None:
        self._database = database
        self._identity = identity

    # -- applications --------------------------------------------------------------------------

    def add_batch(self, title: str, people: Sequence[Applicant], *, by: str) -> str:
        """Keep the applications of a batch, unassigned; returns its id.

        Raises:
            InputError: It is empty or too long, or an application is in it twice.
            ApplicationAssignedError: An application is known already.
        """
        if not 0 < len(people) <= MOST_IN_A_BATCH:
            raise InputError("a batch has between 1 and 20,000 people")
        if len({one.application for one in people}) != len(people):
            raise InputError("an application is in the batch twice")
        batch = secrets.token_hex(16)
        now = sa.func.clock_timestamp()
        with self._database.transaction() as connection:
            connection.execute(
                batches.insert().values(id=batch, title=title, made_at=now, made_by=by)
            )
            rows = [
                {**self._row(one, by), "batch": batch, "line": line}
                for line, one in enumerate(people, start=1)
            ]
            try:
                connection.execute(applications.insert().values(added_at=now), rows)
            except IntegrityError as exc:
                raise ApplicationAssignedError("an application is known already") from exc
            log_act(
                connection, "batch-added", {"batch": batch, "people": str(len(people))}, actor=by
            )
        return batch

    def split_batch(self, batch: str, chosen: Sequence[str] = (), *, by: str) -> dict[str, int]:
        """Give the free applications of a batch to stations; returns how many each one got.

        Each goes to the station that has the fewest open orders; without `chosen` to one of those
        that are there and on no hold.

        Raises:
            FleetEntryNotFoundError: There is no such batch.
            StationOnHoldError: No station can take any.
        """
        with self._database.transaction() as connection:
            known = connection.execute(
                sa.select(batches.c.id).where(batches.c.id == batch).with_for_update()
            ).first()
            if known is None:
                raise FleetEntryNotFoundError("no such batch")
            load = _loads(connection, chosen)
            if not load:
                raise StationOnHoldError("no station is there that can take orders")
            given = dict.fromkeys(load, 0)
            free = connection.execute(
                sa.select(applications)
                .where(applications.c.batch == batch)
                .where(~_open_of(applications.c.application))
                .order_by(applications.c.line)
            ).all()
            for row in free:
                station = min(load, key=lambda name: (load[name], name))
                self._assign(connection, row, station, by)
                load[station] += 1
                given[station] += 1
        return given

    def _row(self, one: Applicant, by: str) -> dict[str, object]:
        return {
            "application": one.application,
            "sealed_number": seal(
                one.number.encode(), self._identity.sealing_key, context=AT_CENTRAL
            ),
            "number_index": self.number_index(one.number),
            "reason": one.reason.value,
            "added_by": by,
        }

    def number_index(self, number: str) -> str:
        """Return what a person's number is found by: a keyed digest, which tells nothing else."""
        key = self._identity.to_bytes()
        return hmac.digest(key, b"central.number-index:" + number.encode(), "sha256").hex()

    # -- assignments ---------------------------------------------------------------------------

    def assign(self, person: Applicant, station: str, *, by: str) -> str:
        """Give an order to a station; returns the assignment's id.

        A number that is known under this application is kept.

        Raises:
            FleetEntryNotFoundError: There is no such station.
            StationOnHoldError: It gets no orders.
            ApplicationAssignedError: The application is with a station.
        """
        with self._database.transaction() as connection:
            connection.execute(
                insert(applications)
                .values(added_at=sa.func.clock_timestamp(), **self._row(person, by))
                .on_conflict_do_update(
                    index_elements=["application"],
                    set_=self._row(person, by),
                    where=applications.c.sealed_number == "",
                )
            )
            return self._assign_known(connection, person.application, station, by)

    def assign_again(self, application: str, station: str, *, by: str) -> str:
        """Give an application that is free to a station, with the next epoch.

        Raises:
            FleetEntryNotFoundError: No such application or station, or its number is not known.
            StationOnHoldError: The station gets no orders.
            ApplicationAssignedError: The application is with a station.
        """
        with self._database.transaction() as connection:
            return self._assign_known(connection, application, station, by)

    def _assign_known(
        self, connection: sa.Connection, application: str, station: str, by: str
    ) -> str:
        row = connection.execute(
            sa.select(applications).where(applications.c.application == application)
        ).one_or_none()
        if row is None or not row.sealed_number:
            raise FleetEntryNotFoundError("no such application, or its number is not known")
        return self._assign(connection, row, station, by)

    def _assign(
        self, connection: sa.Connection, application: sa.Row[Any], station: str, by: str
    ) -> str:
        to = connection.execute(
            sa.select(stations).where(stations.c.name == station).with_for_update()
        ).one_or_none()
        if to is None:
            raise FleetEntryNotFoundError("no such station")
        if to.blocked or is_open(connection, station):
            raise StationOnHoldError("a fork is not decided, or the station is blocked")
        newest = connection.execute(
            sa.select(sa.func.coalesce(sa.func.max(assignments.c.epoch), 0)).where(
                assignments.c.application == application.application
            )
        ).scalar_one()
        assignment, epoch = secrets.token_hex(16), int(newest) + 1
        try:
            with connection.begin_nested():
                connection.execute(
                    assignments.insert().values(
                        id=assignment,
                        application=application.application,
                        epoch=epoch,
                        station=station,
                        state="sent",
                        made_at=sa.func.clock_timestamp(),
                        made_by=by,
                    )
                )
        except IntegrityError as exc:
            raise ApplicationAssignedError("the application is with a station") from exc
        number = self._identity.open(application.sealed_number, context=AT_CENTRAL)
        sealed = seal(number, to.sealing_key, context=number_context(assignment))
        letter = Assignment(assignment, application.application, epoch, application.reason, sealed)
        post(connection, self._identity, station, letter)
        return assignment

    def withdraw(self, assignment: str, *, by: str) -> None:
        """Ask a station for an order back; its answer decides.

        Raises:
            FleetEntryNotFoundError: There is no such assignment.
            ApplicationAssignedError: It has ended, or the card is out.
        """
        with self._database.transaction() as connection:
            row = _one(connection, assignment)
            if row.state not in ("sent", "accepted", "withdrawing", "kept"):
                raise ApplicationAssignedError("the assignment has ended")
            connection.execute(
                assignments.update()
                .where(assignments.c.id == assignment)
                .values(state="withdrawing")
            )
            post(connection, self._identity, row.station, Withdrawal(assignment, row.epoch))
            log_act(
                connection, "withdrawn", {"assignment": assignment}, actor=by, station=row.station
            )

    def override(self, assignment: str, *, by: str, agreed: str, evidence: str) -> None:
        """Free the application of a station that does not answer: two people, with evidence.

        The station's lease must have ended, so that it can't feed the order any more. Until it has
        answered the withdrawal it gets no lease.

        Raises:
            FleetEntryNotFoundError: There is no such assignment.
            ApplicationAssignedError: It has ended.
            LeaseAliveError: The station may still feed the order.
            InputError: No evidence is given.
        """
        if not evidence.strip():
            raise InputError("say what proves that there is no card")
        with self._database.transaction() as connection:
            row = _one(connection, assignment)
            if row.state not in ("sent", "accepted", "withdrawing", "kept"):
                raise ApplicationAssignedError("the assignment has ended")
            ended = connection.execute(
                sa.select(
                    sa.func.coalesce(stations.c.lease_until < sa.func.clock_timestamp(), sa.true())
                ).where(stations.c.name == row.station)
            ).scalar_one()
            if not ended:
                raise LeaseAliveError("the station's lease has not ended")
            connection.execute(
                assignments.update()
                .where(assignments.c.id == assignment)
                # One that was kept has had the withdrawal, and answered it.
                .values(state="overridden", owes_answer=row.state != "kept")
            )
            post(connection, self._identity, row.station, Withdrawal(assignment, row.epoch))
            data = {"assignment": assignment, "agreed": agreed, "evidence": evidence}
            log_act(connection, "overridden", data, actor=by, station=row.station)

    def block(self, station: str, *, blocked: bool, by: str, why: str) -> None:
        """Give a station no more orders and no lease, or let it take part again.

        Raises:
            FleetEntryNotFoundError: There is no such station.
        """
        with self._database.transaction() as connection:
            changed = connection.execute(
                stations.update().where(stations.c.name == station).values(blocked=blocked)
            )
            if not changed.rowcount:
                raise FleetEntryNotFoundError("no such station")
            kind = "station-blocked" if blocked else "station-let-in"
            log_act(connection, kind, {"why": why}, actor=by, station=station)


def _open_of(application: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        assignments.c.application == application, assignments.c.state.in_(OPEN)
    )


def _loads(connection: sa.Connection, chosen: Sequence[str]) -> dict[str, int]:
    """Return the stations that can take orders, with how many each has under way."""
    under_way = (
        sa.select(sa.func.count())
        .where(assignments.c.station == stations.c.name)
        .where(assignments.c.state.in_(("sent", "accepted", "withdrawing")))
        .scalar_subquery()
    )
    query = sa.select(stations.c.name, under_way.label("load")).where(~stations.c.blocked)
    if chosen:
        query = query.where(stations.c.name.in_(chosen))
    else:
        seen = sa.func.clock_timestamp() - ALIVE
        query = query.where(stations.c.alive, stations.c.seen_at > seen)
    rows = connection.execute(query.order_by(stations.c.name)).all()
    return {row.name: row.load for row in rows if not is_open(connection, row.name)}


def _one(connection: sa.Connection, assignment: str) -> sa.Row[Any]:
    """Lock an assignment, and its station first, as events that come in do."""
    mine = sa.select(assignments.c.station).where(assignments.c.id == assignment)
    connection.execute(
        sa.select(stations.c.name).where(stations.c.name.in_(mine)).with_for_update()
    )
    row = connection.execute(
        sa.select(assignments).where(assignments.c.id == assignment).with_for_update()
    ).one_or_none()
    if row is None:
        raise FleetEntryNotFoundError("no such assignment")
    return row
