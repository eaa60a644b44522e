"""Letters to stations: a row of the outbox in the transaction that decides, sent after it.

A letter that the station has not answered goes out again, under a new message id, as long as the
station shows signs of life: what the carrier has lost is not lost.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from station.central.database import Database
from station.central.tables import assignments, outbox, stations, transfers
from station.core.carrier import Carrier, Posting
from station.core.errors import FleetLinkError
from station.core.fleet import Assignment, LetterKind, Transfer, Withdrawal, inbox_subject
from station.signing import Identity

log = logging.getLogger(__name__)

AT_ONCE: Final = 200
#: After this time without an answer a letter goes out again.
UNANSWERED: Final = dt.timedelta(seconds=90)
#: The same for blanks, which people count when they arrive.
UNCOUNTED: Final = dt.timedelta(hours=6)
ALIVE: Final = dt.timedelta(minutes=3)  #: a station that was seen so long ago is there


def post(
    connection: sa.Connection,
    identity: Identity,
    station: str,
    letter: Assignment | Withdrawal | Transfer,
) -> None:
    """Write a signed letter; the same one again is not doubled."""
    kind, about = _kind_and_id(letter)
    signed = identity.sign(kind.value, station, letter.to_json())
    connection.execute(
        insert(outbox)
        .values(
            station=station,
            kind=kind.value,
            about=about,
            body=signed.to_json().decode(),
            made_at=sa.func.clock_timestamp(),
        )
        .on_conflict_do_nothing()
    )


def _kind_and_id(letter: Assignment | Withdrawal | Transfer) -> tuple[LetterKind, str]:
    if isinstance(letter, Assignment):
        return LetterKind.ASSIGN, letter.assignment
    if isinstance(letter, Withdrawal):
        return LetterKind.WITHDRAW, letter.assignment
    return LetterKind.TRANSFER, letter.transfer


def send_letters(database: Database, carrier: Carrier) -> int:
    """Send what waits, oldest first; returns how many letters went out.

    A crash between sending and its note sends a letter again, under the same message id.

    Raises:
        FleetLinkError: The carrier can't be reached; the rest waits.
        JournalError: The database can't be used.
    """
    sent = 0
    while True:
        with database.transaction() as connection:
            rows = connection.execute(
                sa.select(outbox)
                .where(outbox.c.sent_at.is_(None))
                .order_by(outbox.c.id)
                .limit(AT_ONCE)
                .with_for_update(skip_locked=True)
            ).all()
            if not rows:
                return sent
            carrier.publish(
                [
                    Posting(
                        inbox_subject(row.station),
                        f"{row.kind}:{row.about}:{row.tries}",
                        row.body.encode(),
                    )
                    for row in rows
                ]
            )
            connection.execute(
                outbox.update()
                .where(outbox.c.id.in_([row.id for row in rows]))
                .values(sent_at=sa.func.clock_timestamp())
            )
        sent += len(rows)


def send_again(database: Database) -> int:
    """Have unanswered letters of stations that are there sent again; returns how many.

    Raises:
        JournalError: The database can't be used.
    """
    now = sa.func.clock_timestamp()
    there = sa.select(stations.c.name).where(stations.c.alive, stations.c.seen_at > now - ALIVE)
    open_orders = sa.select(assignments.c.id)
    unanswered = sa.or_(
        sa.and_(
            outbox.c.kind == LetterKind.ASSIGN.value,
            outbox.c.about.in_(open_orders.where(assignments.c.state == "sent")),
            outbox.c.sent_at < now - UNANSWERED,
        ),
        sa.and_(
            outbox.c.kind == LetterKind.WITHDRAW.value,
            outbox.c.about.in_(
                open_orders.where(
                    sa.or_(
                        assignments.c.state == "withdrawing",
                        sa.and_(assignments.c.state == "overridden", assignments.c.owes_answer),
                    )
                )
            ),
            outbox.c.sent_at < now - UNANSWERED,
        ),
        sa.and_(
            outbox.c.kind == LetterKind.TRANSFER.value,
            outbox.c.about.in_(sa.select(transfers.c.id).where(transfers.c.received.is_(None))),
            outbox.c.sent_at < now - UNCOUNTED,
        ),
    )
    with database.transaction() as connection:
        changed = connection.execute(
            outbox.update()
            .where(outbox.c.station.in_(there), unanswered)
            .values(sent_at=None, tries=outbox.c.tries + 1)
        )
        return int(changed.rowcount)


def try_to_send(database: Database, carrier: Carrier) -> None:
    """Send what waits, if the carrier can be reached now; else it goes out later."""
    try:
        send_letters(database, carrier)
    except FleetLinkError as exc:
        log.warning("letters wait: %s", exc, extra={"action": "letters-wait"})
