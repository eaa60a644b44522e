"""Files become rows: spreadsheets, CSV, what is no list, and what is too large."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable

import pytest

from station.batches import reading
from station.batches.checks import check_row
from station.batches.reading import read_rows
from station.core.batches import RowField
from station.core.errors import BatchFileError, BatchFileFault
from tests.unit.batches.lists import HEADINGS, as_csv, as_xlsx, good, number

F = RowField
BANKS = frozenset({"95533"})


def codes(cells: dict[RowField, str]) -> set[str]:
    return {one.code for one in check_row(cells, BANKS).faults}


def person(**changed: str) -> dict[RowField, str]:
    cells = {F.LINE: "1", F.NAME: "张三", F.NUMBER: number(1)}
    return cells | {F(name.replace("_", "-")): value for name, value in changed.items()}


@pytest.mark.parametrize("make", [as_csv, as_xlsx, lambda rows: as_csv(rows, codec="gb18030")])
def test_a_list_is_read_with_the_headings_of_the_template(
    make: Callable[[list[list[object]]], bytes],
) -> None:
    rows = list(read_rows(make([good(1), ["", "", ""], good(2)])))
    assert [row.cells[F.LINE] for row in rows] == ["1", "2"]
    assert rows[0].cells[F.NUMBER] == number(1)
    assert [check_row(row.cells, BANKS).faults for row in rows] == [(), ()]


def test_notes_above_the_headings_and_stars_do_not_matter() -> None:
    notes: list[list[object]] = [["批量申领"], ["日期填 8 位"], []]
    headed: list[list[object]] = [[f"*{one}（必填）" for one in HEADINGS], good(1)]
    (row,) = read_rows(as_xlsx([*notes[1:], *headed], notes[0]))
    assert row.cells[F.NAME] == "张三"


def test_numbers_and_dates_of_a_spreadsheet_are_taken_as_a_person_sees_them() -> None:
    born = dt.datetime(1961, 1, 1, 0, 0)  # noqa: DTZ001 - a spreadsheet's have no zone
    line = [1, 7, "张三", "01", number(1), 1, born, 1, 13800001111]
    (row,) = read_rows(as_xlsx([line]))
    assert row.cells[F.BORN] == "19610101"
    assert row.cells[F.PHONE] == "13800001111"
    assert row.faults == ()


def test_a_number_that_lost_its_last_digits_and_a_formula_are_faults_of_their_row() -> None:
    lost = [1, "", "张三", "01", 410701199003074534, "", "", "", ""]
    formula = [2, "", "=1+1", "01", number(2), "", "", "", ""]
    rows = list(read_rows(as_xlsx([lost, formula])))
    assert [(one.code, one.details["field"]) for one in rows[0].faults] == [
        ("cell-lost-digits", "number")
    ]
    assert [(one.code, one.details["field"]) for one in rows[1].faults] == [
        ("cell-formula", "name")
    ]
    assert rows[1].cells[F.NAME] == "=1+1"  # as text, not as what it would compute


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", BatchFileFault.NO_HEADINGS),
        (b"\x00\x01\x02", BatchFileFault.NOT_A_TABLE),
        (b"\xff\xff\xff\xff", BatchFileFault.NOT_A_TABLE),
        (b"PK\x03\x04 broken", BatchFileFault.NOT_A_TABLE),
        ("姓名,手机\n张三,1\n".encode(), BatchFileFault.NO_HEADINGS),
        (b"%PDF-1.4 a paper", BatchFileFault.NO_HEADINGS),
    ],
)
def test_what_is_no_list_is_refused_with_the_reason(content: bytes, fault: str) -> None:
    with pytest.raises(BatchFileError) as refused:
        list(read_rows(content))
    assert refused.value.code == fault


def test_a_zip_that_is_no_spreadsheet_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("a.txt", "x")
    with pytest.raises(BatchFileError) as refused:
        list(read_rows(file.getvalue()))
    assert refused.value.code == BatchFileFault.NOT_A_TABLE


def test_a_file_that_would_fill_the_memory_is_refused_unread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", bytes(reading.MOST_UNPACKED + 1))
    with pytest.raises(BatchFileError) as refused:
        list(read_rows(file.getvalue()))
    assert refused.value.code == BatchFileFault.TOO_LARGE
    monkeypatch.setattr(reading, "MOST_ROWS", 2)
    with pytest.raises(BatchFileError):
        list(read_rows(as_csv([good(line) for line in range(1, 4)])))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"line": ""}, "line-missing"),
        ({"line": "x"}, "line-form"),
        ({"line": "0"}, "line-form"),
        ({"name": ""}, "name-missing"),
        ({"name": "张\u202e三"}, "name-form"),
        ({"name": "张三2"}, "name-form"),
        ({"number": ""}, "number-missing"),
        ({"number": "4107011990030745"}, "id-number-form"),
        ({"number": "410701199003074535"}, "id-number-check-digit"),
        ({"number": "410701900335451"}, "id-number-birth-date"),
        ({"document": "02"}, "document-unknown"),
        ({"sex": "3"}, "sex-unknown"),
        ({"born": "1990-03-07"}, "born-form"),
        ({"born": "19900230"}, "born-form"),
        ({"born": "19900307"}, "born-differs"),
        ({"nation": "57"}, "nation-unknown"),
        ({"phone": "12345"}, "phone-form"),
        ({"receipt": "a b"}, "receipt-form"),
        ({"computer_number": "号"}, "computer-number-form"),
        ({"bank": "11111"}, "bank-unknown"),
        ({"accounts": "1001；1002"}, "several-accounts"),
    ],
)
def test_each_rule_is_named(changed: dict[str, str], code: str) -> None:
    assert codes(person(**changed)) == {code}


def test_a_sex_that_the_number_does_not_have_is_named() -> None:
    other = {"1": "女", "2": "男"}["1" if int(number(1)[16]) % 2 else "2"]
    assert codes(person(sex=other)) == {"sex-differs"}


def test_what_fits_is_no_fault() -> None:
    fits = {"bank": "95533", "accounts": "1001,1001", "document": "01", "nation": "97"}
    assert codes(person(**fits)) == set()


def test_a_number_of_15_digits_is_no_fault_and_waits_for_a_choice() -> None:
    checked = check_row(person(number="410701900307453"), BANKS)
    assert (checked.fifteen, checked.faults) == (True, ())
    assert checked.number[:6] + checked.number[8:17] == "410701900307453"
