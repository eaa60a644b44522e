"""The audit trail as a list: who did what, when, on which evidence; and whether it is complete."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from station.core.errors import InputError, JournalError
from station.core.lists import Column, ListOfRows
from station.core.orders import EventRecord
from station.journal import Journal
from station.words import spoken, text

#: A longer document is impractical to read: a range must be given.
MOST_ROWS: Final = 20_000
#: Column -> its width.
COLUMNS: Final = {
    "number": 5,
    "at": 13,
    "actor": 10,
    "order": 23,
    "event": 12,
    "content": 35,
    "hash": 12,
}


@dataclass(frozen=True, slots=True)
class Range:
    """Selection of events; None means no limit.

    Attributes:
        since: The first moment.
        until: The first moment after the range.
        order: Only events of this order.
    """

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    order: str | None = None

    def holds(self, event: EventRecord) -> bool:
        """Whether an event is in the range."""
        after = self.since is None or event.at >= self.since
        return after and (self.until is None or event.at < self.until)


def audit_list(journal: Journal, window: str, chosen: Range) -> tuple[ListOfRows, bool]:
    """Return the events of a range as a list, and whether the whole hash chain verifies.

    Raises:
        InputError: More than `MOST_ROWS` events.
    """
    verdict, whole = chain_verdict(journal)
    rows = []
    for event in _events(journal, chosen):
        rows.append(_row(event))
        if len(rows) > MOST_ROWS:
            raise InputError(f"more than {MOST_ROWS} events: name --since, --until or --order")
    columns = [Column(text(f"audit-column.{name}"), width) for name, width in COLUMNS.items()]
    now = journal.clock.now().astimezone()
    notes = (
        text("list.note", window=window, at=_moment(now), count=len(rows)),
        text("audit.range", range=_range(chosen)),
        verdict,
    )
    return ListOfRows(text("list.audit"), notes, columns, rows), whole


def chain_verdict(journal: Journal) -> tuple[str, bool]:
    """Return what the check of the whole hash chain says, and whether it verifies."""
    try:
        count = journal.history.verify_chain()
    except JournalError as exc:
        return text("audit.broken", reason=exc), False
    return text("audit.whole", count=count), True


def _events(journal: Journal, chosen: Range) -> Iterator[EventRecord]:
    seq = 0
    while page := journal.history.after(seq, order=chosen.order):
        yield from (event for event in page if chosen.holds(event))
        seq = page[-1].seq


def _row(event: EventRecord) -> tuple[str, ...]:
    content = text("audit.between").join(
        f"{name}={spoken(value)}" for name, value in sorted(event.data.items())
    )
    local = event.at.astimezone()
    return (
        str(event.seq),
        _moment(local),
        event.actor,
        event.order,
        event.kind,
        content,
        event.hash[:16],
    )


def _moment(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _range(chosen: Range) -> str:
    since = _moment(chosen.since) if chosen.since else text("audit.earliest")
    until = _moment(chosen.until) if chosen.until else text("audit.latest")
    span = text("audit.from-to", since=since, until=until)
    return text("audit.of-order", range=span, order=chosen.order) if chosen.order else span
