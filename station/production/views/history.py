"""The audit trail as a list for paper: who did what, when, on which evidence; and is it whole?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from station.core.errors import InputError, JournalError
from station.core.lists import Column, ListOfRows
from station.core.orders import EventRecord
from station.journal import Journal

#: A paper of more pages is read by nobody: a range must be named.
MOST_ROWS: Final = 20_000
COLUMNS: Final = (
    Column("序号", 5),
    Column("时间", 13),
    Column("操作人", 10),
    Column("任务", 23),
    Column("事件", 12),
    Column("内容", 35),
    Column("链值", 12),
)


@dataclass(frozen=True, slots=True)
class Range:
    """Which events are wanted; None is no limit.

    Attributes:
        since: The first moment.
        until: The first moment that is not wanted any more.
        order: Of one order only.
    """

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    order: str | None = None

    def holds(self, event: EventRecord) -> bool:
        """Whether an event lies in it."""
        after = self.since is None or event.at >= self.since
        return after and (self.until is None or event.at < self.until)


def audit_list(journal: Journal, window: str, chosen: Range) -> tuple[ListOfRows, bool]:
    """Return the events of a range for paper, and whether the whole chain verifies.

    Raises:
        InputError: More than `MOST_ROWS` events.
    """
    verdict, whole = _verdict(journal)
    rows = []
    for event in _events(journal, chosen):
        rows.append(_row(event))
        if len(rows) > MOST_ROWS:
            raise InputError(f"more than {MOST_ROWS} events: name --since, --until or --order")
    now = journal.clock.now().astimezone()
    notes = (
        f"窗口：{window}　导出时间：{_moment(now)}　条数：{len(rows)}",
        f"范围：{_range(chosen)}",
        verdict,
    )
    return ListOfRows("审计记录", notes, COLUMNS, rows), whole


def _verdict(journal: Journal) -> tuple[str, bool]:
    try:
        count = journal.history.verify_chain()
    except JournalError as exc:
        return f"审计链断开，以下内容不可信：{exc}", False
    return f"审计链完整：{count} 条", True


def _events(journal: Journal, chosen: Range) -> Iterator[EventRecord]:
    seq = 0
    while page := journal.history.after(seq, order=chosen.order):
        yield from (event for event in page if chosen.holds(event))
        seq = page[-1].seq


def _row(event: EventRecord) -> tuple[str, ...]:
    content = "，".join(f"{name}={value}" for name, value in sorted(event.data.items()))
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
    since = _moment(chosen.since) if chosen.since else "最早"
    until = _moment(chosen.until) if chosen.until else "最新"
    return f"{since} 至 {until}" + (f"，任务 {chosen.order}" if chosen.order else "")
