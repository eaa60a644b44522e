"""Settings for the windows, given out ring by ring.

Every window belongs to one of four rings; the first has the few windows where a mistake costs
least. A document is given to ring 1. When `enough` percent of a ring work with it, the next ring
gets it. When more than `most_failed` percent of a ring have refused it, or had no good start with
it, it stops there, and a person is told. The windows that have it keep it until they get another
one: an earlier document goes out again under a new number.

A window's answer is a value that it has written at the carrier, signed by it. It is read as long as
the window owes one.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from station.central.acts import log_act
from station.central.database import Database
from station.central.revisions import GIVEN, RINGS, shares
from station.central.tables import given_settings, settings_answers, stations
from station.core import fleet
from station.core.carrier import Carrier
from station.core.errors import FleetMessageError, InputError
from station.core.errors.central import FleetEntryNotFoundError, SettingsNotUnderWayError
from station.core.fleet import Applied, Desired, SettingsOutcome
from station.core.shared_settings import digest_of, read_shared
from station.signing import Identity, read_signed

log = logging.getLogger(__name__)

LIVE: Final = ("rolling", "stopped", "done")
AT_ONCE: Final = 500  #: windows that are given to, or asked, in one step
#: A window that has not answered for so long is given the document again: a carrier may lose it.
AGAIN: Final = dt.timedelta(minutes=10)
_LOCK: Final = 0x5E771  #: of the advisory lock under which a number is given


@dataclass(frozen=True, slots=True)
class NewSettings:
    """Settings that a person wants to give out; see `Revision`."""

    title: str
    document: str
    enough: int = 90
    most_failed: int = 5


@dataclass(frozen=True, slots=True)
class Decided:
    """How settings go on: `rolling`, `stopped` or `done`, and the last ring that has them."""

    state: str
    ring: int


class Rings:
    """Gives settings out. Thread-safe."""

    def __init__(self, database: Database, identity: Identity) -> None:
        self._database = database
        self._identity = identity

    # -- what people do --------------------------------------------------------------------------

    def give_out(self, wanted: NewSettings, *, by: str, agreed: str) -> int:
        """Begin with ring 1; an earlier document is replaced. Returns the number.

        Raises:
            FleetMessageError: The document has a setting that is not central's to give, or is no
                TOML.
            InputError: It has no title, or a share is none; or ring 1 has no window that takes
                part: every other one would get it at once.
        """
        if not wanted.title.strip():
            raise InputError("settings need a title")
        if not (1 <= wanted.enough <= 100 and 0 <= wanted.most_failed <= 100):
            raise InputError("a share is a number of percent")
        read_shared(wanted.document)
        with self._database.transaction() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.literal(_LOCK))))
            first = sa.select(sa.func.count()).where(
                stations.c.ring == RINGS[0], ~stations.c.blocked
            )
            if not connection.execute(first).scalar_one():
                raise InputError("ring 1 has no window", code="settings-no-first-ring")
            connection.execute(
                given_settings.update()
                .where(given_settings.c.state != "replaced")
                .values(state="replaced")
            )
            newest = sa.select(sa.func.coalesce(sa.func.max(given_settings.c.revision), 0))
            revision = int(connection.execute(newest).scalar_one()) + 1
            connection.execute(
                given_settings.insert().values(
                    revision=revision,
                    title=wanted.title.strip(),
                    document=wanted.document,
                    made_at=sa.func.clock_timestamp(),
                    made_by=by,
                    agreed_by=agreed,
                    enough=wanted.enough,
                    most_failed=wanted.most_failed,
                    state="rolling",
                )
            )
            data = {"revision": str(revision), "agreed": agreed}
            log_act(connection, "settings-given", data, actor=by)
        return revision

    def stop(self, revision: int, *, by: str) -> None:
        """Give settings to no further ring.

        Raises:
            SettingsNotUnderWayError: They are not on their way.
        """
        self._turn_to(revision, ("rolling",), by=by, kind="settings-stopped", state="stopped")

    def go_on(self, revision: int, *, by: str) -> None:
        """Give settings to the next ring; a person accepts what the rings up to now have answered.

        Raises:
            SettingsNotUnderWayError: They were replaced, or are everywhere.
        """
        following = sa.func.least(given_settings.c.ring + 1, RINGS[-1])
        self._turn_to(
            revision,
            ("rolling", "stopped"),
            by=by,
            kind="settings-next-ring",
            state="rolling",
            ring=following,
            accepted=given_settings.c.ring,
        )

    def _turn_to(
        self, revision: int, before: Sequence[str], *, by: str, kind: str, **values: object
    ) -> None:
        with self._database.transaction() as connection:
            changed = connection.execute(
                given_settings.update()
                .where(given_settings.c.revision == revision, given_settings.c.state.in_(before))
                .values(**values)
            )
            if not changed.rowcount:
                raise SettingsNotUnderWayError("these settings are not on their way")
            log_act(connection, kind, {"revision": str(revision)}, actor=by)

    def put_into_ring(self, station: str, ring: int, *, by: str) -> None:
        """Say to which ring a window belongs.

        Raises:
            FleetEntryNotFoundError: There is no such window.
            InputError: There is no such ring.
        """
        if ring not in RINGS:
            raise InputError("a ring is 1, 2, 3 or 4")
        with self._database.transaction() as connection:
            changed = connection.execute(
                stations.update().where(stations.c.name == station).values(ring=ring)
            )
            if not changed.rowcount:
                raise FleetEntryNotFoundError("no such window")
            data = {"ring": str(ring)}
            log_act(connection, "settings-ring", data, actor=by, station=station)

    # -- what central does -----------------------------------------------------------------------

    def step(self, carrier: Carrier) -> bool:
        """Read answers, decide about the ring, and give out; returns whether anything is new.

        Raises:
            FleetLinkError: The carrier can't be reached; the next step does the same.
            JournalError: The database can't be used.
        """
        with self._database.transaction() as connection:
            live = connection.execute(
                sa.select(given_settings).where(given_settings.c.state.in_(LIVE)).with_for_update()
            ).one_or_none()
            if live is None:
                return False
            read, beyond = self._read_answers(connection, carrier, live)
            if beyond:
                _renumber(connection, live, beyond + 1)
                return True  # the next step gives them out
            decided = _decide(connection, live)
            given = 0
            if decided.state != "stopped":
                given = self._give(connection, carrier, live, decided.ring)
        return bool(read or given) or decided != Decided(live.state, live.ring)

    def _read_answers(
        self, connection: sa.Connection, carrier: Carrier, live: sa.Row[Any]
    ) -> tuple[int, int]:
        """Keep answers; return how many came, and the highest number that isn't central's.

        A window that has settings of a number beyond these, or others of this number, had them
        from central before it was restored from a backup. It takes nothing with a number that it
        has had.
        """
        owing = connection.execute(
            sa.select(stations.c.name, stations.c.signing_key)
            .join(settings_answers, settings_answers.c.station == stations.c.name)
            .where(settings_answers.c.revision == live.revision)
            .where(settings_answers.c.outcome == GIVEN)
            # Who was seen last answers first: a window that is off holds no other one up.
            .order_by(stations.c.seen_at.desc().nulls_last())
            .limit(AT_ONCE)
        ).all()
        digest = digest_of(live.document)
        found = beyond = 0
        for row in owing:
            kept = carrier.get(fleet.applied_key(row.name))
            answer = None if kept is None else _answer(row.name, row.signing_key, kept.body)
            if answer is None or answer.revision < live.revision:
                continue
            if (answer.revision, answer.digest) != (live.revision, digest):
                beyond = max(beyond, answer.revision)
                continue
            connection.execute(
                settings_answers.update()
                .where(settings_answers.c.revision == live.revision)
                .where(settings_answers.c.station == row.name)
                .values(
                    outcome=answer.outcome,
                    reason=answer.reason,
                    answered_at=sa.func.clock_timestamp(),
                )
            )
            found += 1
        return found, beyond

    def _give(
        self, connection: sa.Connection, carrier: Carrier, live: sa.Row[Any], ring: int
    ) -> int:
        """Give the settings to windows of these rings that lack them; returns how many."""
        now = sa.func.clock_timestamp()
        answer = settings_answers
        lacking = (
            connection.execute(
                sa.select(stations.c.name)
                .outerjoin(
                    answer,
                    sa.and_(
                        answer.c.station == stations.c.name, answer.c.revision == live.revision
                    ),
                )
                .where(stations.c.ring <= ring)
                .where(
                    sa.or_(
                        answer.c.station.is_(None),
                        sa.and_(answer.c.outcome == GIVEN, answer.c.given_at < now - AGAIN),
                    )
                )
                .order_by(stations.c.name)
                .limit(AT_ONCE)
            )
            .scalars()
            .all()
        )
        if not lacking:
            return 0
        body = Desired(live.revision, live.document).to_json()
        carrier.put_all(
            {
                fleet.desired_key(name): self._identity.sign(Desired.__name__, name, body).to_json()
                for name in lacking
            }
        )
        rows = [
            {"revision": live.revision, "station": name, "outcome": GIVEN, "given_at": now}
            for name in lacking
        ]
        connection.execute(
            insert(answer)
            .values(rows)
            .on_conflict_do_update(index_elements=["revision", "station"], set_={"given_at": now})
        )
        return len(lacking)


def _answer(station: str, signing_key: str, body: bytes) -> Applied | None:
    """Return what a window has said; None, with a line in the log, for what it can't have said."""
    try:
        answer = read_signed(body, Applied, station, signing_key)
        SettingsOutcome(answer.outcome)
    except (FleetMessageError, ValueError) as exc:
        log.warning("%s: put away: %s", station, exc, extra={"action": "central-settings"})
        return None
    return answer


def _renumber(connection: sa.Connection, live: sa.Row[Any], revision: int) -> None:
    """Give the live settings another number, let them begin again with ring 1, and say so."""
    _set(connection, live.revision, state="replaced")
    anew = {"revision": revision, "ring": RINGS[0], "accepted": 0, "state": "rolling"}
    connection.execute(given_settings.insert().values({**live._asdict(), **anew}))
    log_act(connection, "settings-unknown", {"revision": str(revision)}, alarm=True)


def _decide(connection: sa.Connection, live: sa.Row[Any]) -> Decided:
    """Stop, or go on to the next ring."""
    ring = int(live.ring)
    if live.state != "rolling":
        return Decided(live.state, ring)
    for share in shares(connection, live.revision):
        if share.ring > ring:
            break
        too_many = share.failed * 100 > live.most_failed * share.windows
        if too_many and share.ring > live.accepted:
            _set(connection, live.revision, state="stopped")
            data = {"revision": str(live.revision), "ring": str(share.ring)}
            log_act(connection, "settings-failed", data, alarm=True)
            return Decided("stopped", ring)
        if share.ring == ring and share.applied * 100 >= live.enough * share.windows:
            if ring == RINGS[-1]:
                _set(connection, live.revision, state="done")
                return Decided("done", ring)
            ring += 1  # an empty ring has enough windows
            _set(connection, live.revision, ring=ring)
    return Decided("rolling", ring)


def _set(connection: sa.Connection, revision: int, **values: object) -> None:
    connection.execute(
        given_settings.update().where(given_settings.c.revision == revision).values(**values)
    )
