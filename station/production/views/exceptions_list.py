"""制卡异常数据导出: every order that did not become a card, with the reason for each.

Source: the city's batch manual (000), 5: all or selected rows, with the reason for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from station.core.identity import masked_id_number
from station.core.lists import Column, ListOfRows
from station.core.orders import OrderLine, OrderStep
from station.journal import Journal
from station.words import UNKNOWN_CODE, Table, explain, text, why_spoiled
from station.words.tables import STEP_TITLES

#: Column -> its width.
COLUMNS: Final = {
    "order": 29,
    "accepted": 16,
    "id-number": 15,
    "step": 9,
    "problem": 15,
    "cause": 29,
    "remedy": 29,
    "report": 8,
}
PAGE: Final = 200
ENDED_WELL: Final = (OrderStep.ACTIVATED, OrderStep.CANCELLED)
REPORTS: Final = Table("report-state")


def exceptions_list(journal: Journal, window: str, orders: Sequence[str] = ()) -> ListOfRows:
    """Return the held and spoiled orders as a list, oldest first; only `orders`, if given.

    Raises:
        OrderNotFoundError: One of `orders` does not exist.
    """
    for order in orders:
        journal.orders.one(order)
    wrong = [line for line in _wrong(journal) if not orders or line.id in orders]
    rows = [_row(journal, line) for line in sorted(wrong, key=lambda line: line.seq)]
    columns = [Column(text(f"exceptions-column.{name}"), width) for name, width in COLUMNS.items()]
    now = journal.clock.now().astimezone()
    notes = (text("list.note", window=window, at=f"{now:%Y-%m-%d %H:%M:%S}", count=len(rows)),)
    return ListOfRows(text("list.exceptions"), notes, columns, rows)


def _wrong(journal: Journal) -> Iterator[OrderLine]:
    for step in OrderStep:
        if step in ENDED_WELL:
            continue
        before = None
        while page := journal.orders.lines(PAGE, before, step):
            yield from (line for line in page if line.hold or step is OrderStep.SPOILED)
            before = page[-1].id


def _row(journal: Journal, line: OrderLine) -> tuple[str, ...]:
    if line.hold is not None:
        code = line.hold.code
        problem = explain(code, line.hold.details)
    else:
        spoiled = [card.reason for card in journal.cards.of(line.id) if card.reason]
        code = (spoiled or [UNKNOWN_CODE])[-1]
        problem = why_spoiled(code)
    reports = [REPORTS[row.state] for row in journal.outbox.of(line.id)]
    return (
        line.id,
        f"{line.created_at.astimezone():%Y-%m-%d %H:%M:%S}",
        masked_id_number(line.id_number),
        STEP_TITLES[line.step],
        text("list.problem", title=problem.title, code=code),
        problem.cause,
        problem.remedy,
        (reports or [REPORTS["none"]])[-1],
    )
