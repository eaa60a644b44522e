"""A `station.core.carrier.Carrier` in central's own PostgreSQL, for places that forbid a broker.

The windows reach it over HTTPS (`station.central.carrying`); central itself uses it directly. It
promises no more than any carrier: both ends know how far they are. A message has one reader, as
each subject of a fleet does, so that a consumer's name is not kept.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from station.central.database import Database
from station.central.pulse import Pulse
from station.central.tables import blobs, carried, kept
from station.clock import monotonic
from station.core import fleet
from station.core.carrier import ACK_WAIT, Delivery, Kept, Posting
from station.core.errors import FleetLinkError, FleetMessageError, JournalError

#: For so long a second message with the same id is dropped after the first was read.
DUPLICATES: Final = dt.timedelta(minutes=2)
#: A message that nobody has read goes away after this time.
LONGEST: Final = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class TableDelivery:
    """A message that was pulled; see `station.core.carrier.Delivery`."""

    _carrier: TableCarrier
    number: int
    subject: str
    body: bytes

    def done(self) -> None:
        """See `Delivery`."""
        self._carrier.done(self.number)

    def again(self, seconds: float) -> None:
        """See `Delivery`."""
        self._carrier.again(self.number, seconds)


class TableCarrier:
    """Messages, values and objects as rows. Thread-safe.

    Attributes:
        letters: Beats when a letter to a window is published here, for whoever waits in the
            server's event loop.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._published = threading.Condition()
        self._count = 0
        self._closed = False
        self.letters = Pulse()

    def prepare(self) -> None:
        """See `Carrier`; the migrations have made the tables."""

    def publish(self, postings: Sequence[Posting]) -> None:
        """See `Carrier`."""
        with self._transaction() as connection:
            _sweep(connection)
            for one in postings:
                _keep(connection, one)
        with self._published:
            self._count += 1
            self._published.notify_all()
        if any(stream_of(one.subject) == fleet.INBOX_STREAM for one in postings):
            self.letters.bump()

    def receive(
        self, stream: str, consumer: str, subject: str, most: int, wait_seconds: float
    ) -> Sequence[Delivery]:
        """See `Carrier`."""
        del consumer
        until = monotonic() + wait_seconds
        while True:
            heard = self._count
            found = self._pull(stream, subject, most)
            left = until - monotonic()
            if found or left <= 0 or self._closed:
                return found
            with self._published:
                # A message that is to come again does so at the next look, which this bounds.
                self._published.wait_for(partial(self._news, heard), min(left, 1.0))

    def _news(self, heard: int) -> bool:
        return self._closed or self._count != heard

    def _pull(self, stream: str, subject: str, most: int) -> list[TableDelivery]:
        now = sa.func.clock_timestamp()
        prefix = subject.removesuffix(">")
        wanted = carried.c.subject == subject
        if prefix != subject:
            wanted = carried.c.subject.startswith(prefix, autoescape=True)
        due = (
            sa.select(carried.c.id)
            .where(carried.c.stream == stream, wanted)
            .where(carried.c.done_at.is_(None), carried.c.due_at <= now)
            .order_by(carried.c.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        with self._transaction() as connection:
            rows = connection.execute(
                carried.update()
                .where(carried.c.id.in_(due.scalar_subquery()))
                .values(due_at=now + dt.timedelta(seconds=ACK_WAIT))
                .returning(carried.c.id, carried.c.subject, carried.c.body)
            ).all()
        return [
            TableDelivery(self, row.id, row.subject, row.body)
            for row in sorted(rows, key=lambda row: int(row.id))
        ]

    def done(self, number: int, subject: str = "") -> None:
        """Acknowledge a message by its number; with a subject only one that has it.

        Raises:
            FleetLinkError: The database can't be used.
        """
        self._mark(number, subject, done_at=sa.func.clock_timestamp())

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See `Carrier`; in one statement."""
        numbers = [one.number for one in deliveries if isinstance(one, TableDelivery)]
        read = carried.update().where(carried.c.id.in_(numbers), carried.c.done_at.is_(None))
        with self._transaction() as connection:
            connection.execute(read.values(done_at=sa.func.clock_timestamp()))

    def again(self, number: int, seconds: float, subject: str = "") -> None:
        """Have a message come again after a time; see `done`."""
        self._mark(
            number, subject, due_at=sa.func.clock_timestamp() + dt.timedelta(seconds=seconds)
        )

    def _mark(self, number: int, subject: str, **values: sa.ColumnElement[dt.datetime]) -> None:
        change = carried.update().where(carried.c.id == number, carried.c.done_at.is_(None))
        if subject:
            change = change.where(carried.c.subject == subject)
        with self._transaction() as connection:
            connection.execute(change.values(**values))

    def get(self, key: str) -> Kept | None:
        """See `Carrier`."""
        with self._transaction() as connection:
            row = connection.execute(sa.select(kept).where(kept.c.key == key)).one_or_none()
        return None if row is None else Kept(row.body, row.revision)

    def put(self, key: str, body: bytes, revision: int | None = None) -> int:
        """See `Carrier`."""
        first = insert(kept).values(key=key, body=body, revision=1)
        next_ = {"body": body, "revision": kept.c.revision + 1}
        write: sa.UpdateBase = first.on_conflict_do_nothing()
        if revision is None:
            write = first.on_conflict_do_update(index_elements=["key"], set_=next_)
        elif revision:
            write = kept.update().where(kept.c.key == key, kept.c.revision == revision)
            write = write.values(**next_)
        with self._transaction() as connection:
            written = connection.execute(write.returning(kept.c.revision)).scalar()
        if written is None:
            raise FleetMessageError(f"{key} has another revision")
        return int(written)

    def put_all(self, values: Mapping[str, bytes]) -> None:
        """See `Carrier`; in one transaction."""
        if not values:
            return
        new = insert(kept)
        written = new.on_conflict_do_update(
            index_elements=["key"],
            set_={"body": new.excluded.body, "revision": kept.c.revision + 1},
        )
        rows = [{"key": key, "body": body, "revision": 1} for key, body in sorted(values.items())]
        with self._transaction() as connection:
            connection.execute(written, rows)

    def blob(self, name: str) -> bytes:
        """See `Carrier`."""
        with self._transaction() as connection:
            found = connection.execute(sa.select(blobs.c.body).where(blobs.c.name == name)).scalar()
        if found is None:
            raise FleetLinkError(f"no object {name}")
        return bytes(found)

    def put_blob(self, name: str, body: bytes) -> None:
        """See `Carrier`."""
        with self._transaction() as connection:
            connection.execute(
                insert(blobs)
                .values(name=name, body=body)
                .on_conflict_do_update(index_elements=["name"], set_={"body": body})
            )

    def close(self) -> None:
        """See `Carrier`; the database is its owner's."""
        self._closed = True
        self.letters.end()
        with self._published:
            self._published.notify_all()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        try:
            with self._database.transaction() as connection:
                yield connection
        except JournalError as exc:
            raise FleetLinkError(str(exc)) from exc


def stream_of(subject: str) -> str:
    """Return the stream that a subject belongs to.

    Raises:
        FleetMessageError: There is no such subject.
    """
    for stream, pattern in fleet.STREAM_SUBJECTS.items():
        if subject.startswith(pattern.removesuffix(">")):
            return stream
    raise FleetMessageError(f"no stream has the subject {subject}")


def _keep(connection: sa.Connection, posting: Posting) -> None:
    now = sa.func.clock_timestamp()
    stream = stream_of(posting.subject)
    new = connection.execute(
        insert(carried)
        .values(
            stream=stream,
            subject=posting.subject,
            message_id=posting.message_id,
            body=posting.body,
            sent_at=now,
            due_at=now,
        )
        .on_conflict_do_nothing()
        .returning(carried.c.id)
    ).scalar()
    if new is not None and stream == fleet.PRESENCE_STREAM:  # the newest of a window is enough
        connection.execute(
            carried.update()
            .where(carried.c.subject == posting.subject, carried.c.id < new)
            .where(carried.c.done_at.is_(None))
            .values(done_at=now)
        )


def _sweep(connection: sa.Connection) -> None:
    """Remove what was read long enough ago, and what nobody will read."""
    now = sa.func.clock_timestamp()
    connection.execute(carried.delete().where(carried.c.done_at < now - DUPLICATES))
    connection.execute(
        carried.delete().where(carried.c.done_at.is_(None), carried.c.sent_at < now - LONGEST)
    )
