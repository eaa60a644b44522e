"""The audit trail on paper and in a spreadsheet."""

from __future__ import annotations

import datetime as dt
import io
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from station.core.errors import InputError, JournalError
from station.core.lists import Column, ListOfRows
from station.core.orders import OrderReason
from station.face import default_font_files
from station.paper import write_sheet
from station.paper.lists import print_list
from station.production.views import history
from station.production.views.history import Range, audit_list
from tests.rigs.paper import text_of
from tests.unit.production.doubles import ID_NUMBER, Bench
from tests.unit.production.in_place import service

ATTACK = '=HYPERLINK("http://evil.example","x")'
NAMESPACE = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    made = service(bench).orders.create(ID_NUMBER, OrderReason.REPLACEMENT, ATTACK)
    service(bench).orders.cancel(made.id, "王工")
    yield bench
    bench.journal.close()


def cells(xlsx: bytes) -> list[list[str]]:
    """The sheet as a reader finds it, from the file's own XML."""
    with zipfile.ZipFile(io.BytesIO(xlsx)) as book:
        names = book.namelist()
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))  # noqa: S314 - ours
        texts = ["".join(item.itertext()) for item in shared.findall("s:si", NAMESPACE)]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - ours
    assert not [name for name in names if "externalLink" in name or "hyperlink" in name.lower()]
    assert sheet.findall(".//s:f", NAMESPACE) == []  # no formula anywhere
    found = []
    for row in sheet.findall(".//s:row", NAMESPACE):
        values = [cell.find("s:v", NAMESPACE) for cell in row.findall("s:c", NAMESPACE)]
        found.append([texts[int(v.text or "")] for v in values if v is not None])
    return found


def test_every_event_is_listed_with_its_actor_and_no_person(window: Bench) -> None:
    listed, whole = audit_list(window.journal, "窗口一", Range())
    assert whole
    assert len(listed.rows) == window.journal.last_seq
    assert {row[2] for row in listed.rows} >= {ATTACK, "王工"}
    assert all(row[2] for row in listed.rows)
    assert ID_NUMBER not in repr(listed)
    assert f"审计链完整：{window.journal.last_seq} 条" in listed.notes


def test_a_range_is_by_day_or_by_order(window: Bench) -> None:
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    for chosen, is_empty in (
        (Range(since=now - day, until=now + day), False),
        (Range(until=now - day), True),
        (Range(since=now + day), True),
        (Range(order="f" * 32), True),
    ):
        listed, _ = audit_list(window.journal, "w", chosen)
        assert (listed.rows == []) is is_empty, chosen


def test_a_broken_chain_says_where(window: Bench) -> None:
    raw = sqlite3.connect(window.folder / "journal.db")
    raw.execute("DROP TRIGGER events_no_update")
    raw.execute("UPDATE events SET actor = 'nobody' WHERE seq = 2")
    raw.commit()
    raw.close()
    with pytest.raises(JournalError, match="event 2"):
        window.journal.history.verify_chain()
    listed, whole = audit_list(window.journal, "w", Range())
    assert not whole
    assert "审计链断开" in listed.notes[-1]
    assert "event 2" in listed.notes[-1]


def test_more_than_a_person_reads_is_refused(
    window: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_ROWS", 1)
    with pytest.raises(InputError, match="--since"):
        audit_list(window.journal, "w", Range())


def test_a_sheet_holds_every_cell_as_text_and_computes_nothing(window: Bench) -> None:
    listed, _ = audit_list(window.journal, "窗口一", Range())
    found = cells(write_sheet(listed))
    assert found[0] == ["审计记录"]
    top = found.index([column.title for column in listed.columns])
    assert [row[0] for row in found[top + 1 :]] == [row[0] for row in listed.rows]
    assert f"'{ATTACK}" in [row[2] for row in found[top + 1 :]]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_can_become_a_formula(start: str) -> None:
    listed = ListOfRows("表", (), (Column("甲", 1),), [[start]])
    ((cell,),) = cells(write_sheet(listed))[-1:]
    assert cell.startswith("'")


def test_the_paper_has_pages_headings_and_all_rows(tmp_path: Path) -> None:
    rows = [[str(n), "制卡员甲", f"第{n}行：" + "很长的内容" * 12] for n in range(1, 61)]
    columns = (Column("序号", 1), Column("操作人", 2), Column("内容", 6))
    pdf = print_list(
        ListOfRows("审计记录", ("审计链完整：60 条",), columns, rows), default_font_files()
    )
    said = text_of(pdf, tmp_path)
    pages = said.split("\f")[:-1]
    assert len(pages) > 1
    assert all("操作人" in page and f"/{len(pages)}页" in page.replace(" ", "") for page in pages)
    assert "第60行" in said
    assert len(pdf) < 1_000_000
