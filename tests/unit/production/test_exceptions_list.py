"""制卡异常数据导出: what went wrong, with the reason for each."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.changes import (
    AddOrder,
    MoveOrder,
    OpenCard,
    OweReport,
    SetHold,
    StoreData,
    UpdateCard,
)
from station.core.errors import OrderNotFoundError
from station.core.gateways import ReportOutcome
from station.core.orders import CardFate, CardPlace, Hold, OrderReason, OrderStep
from station.face import default_font_files
from station.journal import Journal, Transaction
from station.paper import write_sheet
from station.paper.lists import print_list
from station.production.life.steps import report
from station.production.people.answers import FACE_SPOILED
from station.production.people.timers import OWED_TOO_LONG
from station.production.views.exceptions_list import exceptions_list
from tests.rigs.journals import journal_in
from tests.rigs.paper import text_of
from tests.unit.production.doubles import Card, production_data

S = OrderStep
PEOPLE = [f"4107011990030745{n:02d}" for n in range(4)]
ORDERS = [f"{n:032x}" for n in range(4)]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """One order goes well, one waits, one is held, one is spoiled."""
    made = journal_in(tmp_path)
    with made.transaction("clerk") as change:
        for order, person in zip(ORDERS, PEOPLE, strict=True):
            change.apply(
                AddOrder(
                    order,
                    machine=order,
                    reason=OrderReason.REPLACEMENT,
                    id_number=person,
                    previous=None,
                )
            )
        change.apply(MoveOrder(ORDERS[0], S.ACCEPTED, S.ACTIVATED, "made"))
        change.apply(SetHold(ORDERS[2], Hold("province-refused", {"province_text": "批次不符"})))
        spoil(change, ORDERS[3], PEOPLE[3])
    spoiled = made.orders.one(ORDERS[3])
    with made.transaction("clerk") as change:
        told = report.on_card(
            spoiled, Card(1).identity(), ReportOutcome.SPOILED, failed_step="making", failure="x"
        )
        change.apply(OweReport(ORDERS[3], told))
    yield made
    made.close()


def spoil(change: Transaction, order: str, person: str, reason: str = "card-mute") -> None:
    change.apply(StoreData(order, production_data(person), "0" * 64))
    (card,) = change.apply(OpenCard(order, CardPlace.CHIP_STATION))
    change.apply(UpdateCard(card, place=CardPlace.REJECT_BIN, fate=CardFate.SPOILED, reason=reason))
    change.apply(MoveOrder(order, S.ACCEPTED, S.SPOILED, "card-spoiled"))


def test_what_is_held_or_spoiled_is_listed_with_its_reason(journal: Journal) -> None:
    listed = exceptions_list(journal, "窗口一")
    held, spoiled = listed.rows
    assert (held[0], spoiled[0]) == (ORDERS[2], ORDERS[3])
    assert "province-refused" in held[4]
    assert "批次不符" in held[5]
    assert held[7] == "无"
    assert (held[3], spoiled[3]) == ("已受理", "已作废")
    assert "card-mute" in spoiled[4]
    assert spoiled[6]
    assert spoiled[7] == "尚未回盘"


@pytest.mark.parametrize(
    ("reason", "said"), [(FACE_SPOILED, "卡面印坏"), (OWED_TOO_LONG, "数据久未回盘")]
)
def test_a_card_spoiled_by_a_person_or_the_site_is_no_internal_error(
    journal: Journal, reason: str, said: str
) -> None:
    with journal.transaction("clerk") as change:
        spoil(change, ORDERS[1], PEOPLE[1], reason)
    (row,) = exceptions_list(journal, "窗口一", [ORDERS[1]]).rows
    assert said in row[4]
    assert reason in row[4]
    assert "内部错误" not in "".join(row)


def test_no_number_is_whole_and_no_name_is_there(journal: Journal) -> None:
    text = repr(exceptions_list(journal, "窗口一"))
    assert not [person for person in PEOPLE if person in text]
    assert "张三" not in text


def test_selected_orders_only(journal: Journal) -> None:
    listed = exceptions_list(journal, "窗口一", [ORDERS[3], ORDERS[1]])
    assert [row[0] for row in listed.rows] == [ORDERS[3]]
    with pytest.raises(OrderNotFoundError):
        exceptions_list(journal, "窗口一", ["f" * 32])


def test_on_paper_no_number_time_or_sentence_is_torn(journal: Journal, tmp_path: Path) -> None:
    """Read back by another program: each stands on one line, and no line is a lone full stop."""
    listed = exceptions_list(journal, "窗口一")
    said = text_of(print_list(listed, default_font_files()), tmp_path)
    for row in listed.rows:
        for whole in (row[0], row[1], row[2], row[3]):
            assert whole in said, whole
    words = said.split()
    assert not [word for word in words if word[0] in "。，、；：！？）"]


def test_the_sheet_prints_on_one_page_across(journal: Journal) -> None:
    with zipfile.ZipFile(io.BytesIO(write_sheet(exceptions_list(journal, "窗口一")))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        names = book.read("xl/workbook.xml").decode()
    assert 'paperSize="9"' in sheet
    assert 'orientation="landscape"' in sheet
    assert 'fitToHeight="0"' in sheet
    assert "第 &amp;P / &amp;N 页" in sheet
    assert "_xlnm.Print_Titles" in names
