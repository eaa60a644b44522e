"""制卡异常数据导出: every order that did not become a card, with the reason for each.

Source: the city's batch manual (000), 5: all or selected rows, with the reason for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from station.core.identity import masked_id_number
from station.core.lists import Column, ListOfRows
from station.core.operator_text import explain
from station.core.operator_text_questions import STEP_TITLES
from station.core.orders import OrderLine, OrderStep, WriteBackState
from station.journal import Journal

COLUMNS: Final = (
    Column("任务", 29),
    Column("受理时间", 16),
    Column("证件号码", 15),
    Column("环节", 9),
    Column("异常", 15),
    Column("原因", 29),
    Column("处理", 29),
    Column("回盘", 8),
)
PAGE: Final = 200
ENDED_WELL: Final = (OrderStep.ACTIVATED, OrderStep.CANCELLED)
REPORTS: Final = {
    WriteBackState.OWED: "尚未回盘",
    WriteBackState.DONE: "已回盘",
    WriteBackState.DEAD: "被拒绝",
    WriteBackState.WITHDRAWN: "已撤回",
}


def exceptions_list(journal: Journal, window: str, orders: Sequence[str] = ()) -> ListOfRows:
    """Return every held or spoiled order for paper, oldest first; of `orders` only, if any.

    Raises:
        OrderNotFoundError: One of `orders` is not there.
    """
    for order in orders:
        journal.orders.one(order)
    wrong = [line for line in _wrong(journal) if not orders or line.id in orders]
    rows = [_row(journal, line) for line in sorted(wrong, key=lambda line: line.seq)]
    now = journal.clock.now().astimezone()
    notes = (f"窗口：{window}　导出时间：{now:%Y-%m-%d %H:%M:%S}　条数：{len(rows)}",)
    return ListOfRows("制卡异常数据", notes, COLUMNS, rows)


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
        code, details = line.hold.code, line.hold.details
    else:
        spoiled = [card.reason for card in journal.cards.of(line.id) if card.reason]
        code, details = (spoiled or [""])[-1], {}
    text = explain(code, details)
    reports = [REPORTS[row.state] for row in journal.outbox.of(line.id)]
    return (
        line.id,
        f"{line.created_at.astimezone():%Y-%m-%d %H:%M:%S}",
        masked_id_number(line.id_number),
        STEP_TITLES[line.step],
        f"{text.title}（{code}）",
        text.cause,
        text.remedy,
        (reports or ["无"])[-1],
    )
