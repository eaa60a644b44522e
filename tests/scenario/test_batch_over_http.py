"""The paths of documents 000, 001 and 003 for many people at once, as an integrator takes them.

The daemon, the machine, the chip reader and the province are real processes; every file that leaves
is opened by a program that is not ours.
"""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from simulators.province.data_centre import OPENING, SIGNING, Centre
from simulators.province.portraits import flawed
from simulators.units.package import UnitPackage, seal
from simulators.units.results import read_result, receipt
from simulators.world import World, wait_until
from station.bootstrap import build_office, build_packages
from station.settings import load_settings
from tests.rigs.paper import text_of
from tests.rigs.unit_people import PATIENCE, BatchApi, Listed, encoded, listed_people, portrait
from tests.scenario.conftest import data_centre, make_good
from tests.unit.batches.lists import HEADINGS, as_csv, cells_of

FIRST_HEADING = "*序号"
LISTED_COLUMNS = ("序号", "批次号", "社保电脑号", "姓名", "证件类型", "证件号码", "照片回执码")


@pytest.fixture(scope="module")
def people(world: World) -> Iterator[Listed]:
    """People whom no test has used yet."""
    return listed_people(world)


@pytest.fixture
def api(world: World) -> Iterator[BatchApi]:
    yield BatchApi(world)
    make_good(world)


def take(people: Iterator[Listed], count: int) -> list[Listed]:
    return [next(people) for _ in range(count)]


def confirmed(api: BatchApi, people: list[Listed], **more: str) -> None:
    """Import people with their pictures, and confirm all of them."""
    api.add(as_csv(one.row(line) for line, one in enumerate(people, 1)), **more)
    api.photos({f"{one.number}.jpg": portrait(one) for one in people})
    assert api.confirm(*range(1, len(people) + 1)) == {}


def filled_in(template: bytes, rows: list[list[object]]) -> bytes:
    """Write rows below the headings of a spreadsheet, as a person does."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    (place,) = (row[0].row for row in sheet.iter_rows() if row[0].value == FIRST_HEADING)
    columns = {str(cell.value).lstrip("*"): cell.column for cell in sheet[place]}
    for number, row in enumerate(rows, place + 1):
        for heading, value in zip(HEADINGS, row, strict=True):
            sheet.cell(number, columns[heading], value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def corrected(report: bytes, right: Mapping[int, tuple[str, str]]) -> bytes:
    """Correct one cell of each row in a report, and leave everything else as it is."""
    book = openpyxl.load_workbook(io.BytesIO(report))
    sheet = book.worksheets[0]
    columns: dict[str, int] = {}
    for row in sheet.iter_rows():
        if not columns and row[0].value == FIRST_HEADING:
            columns = {str(cell.value).lstrip("*"): cell.column for cell in row}
        elif columns and int(row[0].value) in right:
            heading, value = right[int(row[0].value)]
            sheet.cell(row[0].row, columns[heading], value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_filled_template_with_faults_is_corrected_and_sent_again(
    api: BatchApi, people: Iterator[Listed]
) -> None:
    """Document 003, 4.3 ①②; 004, 2.1.3."""
    listed = take(people, 5)
    rows = [one.row(line) for line, one in enumerate(listed, 1)]
    rows[1][4] = rows[1][4][:17] + ("0" if str(rows[1][4])[17] != "0" else "1")  # type: ignore[index]
    rows[2][2] = '=HYPERLINK("http://x")'
    rows[3][6] = "1990年3月7日"
    taken = api.add(filled_in(api.file("/batches/template.xlsx"), rows), unit="U-7")
    assert (taken["added"], taken["batch"]["counts"]["ready"]) == (5, 2)
    faulty = {row["line"]: row["faults"] for row in api.ask("GET", "rows?state=faulty")}
    codes = {line: {fault["code"] for fault in faults} for line, faults in faulty.items()}
    assert codes == {2: {"id-number-check-digit"}, 3: {"cell-formula"}, 4: {"born-form"}}
    report = api.file("faults.xlsx")
    told = {row[0]: row[-1] for row in cells_of(report) if row[0].isdecimal()}  # no formula in it
    assert told == {str(line): faults[0]["reason"] for line, faults in faulty.items()}
    right = {
        2: ("证件号码", listed[1].number),
        3: ("姓名", listed[2].name),
        4: ("出生日期", listed[3].number[6:14]),
    }
    again = api.ask("POST", "list", file=encoded(corrected(report, right)))
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 3, 0)
    assert set(api.states().values()) == {"ready"}
    same = api.ask("POST", "list", file=encoded(corrected(report, right)))
    assert (same["changed"], same["unchanged"]) == (0, 3)


def test_pictures_are_matched_looked_after_and_chosen(
    api: BatchApi, people: Iterator[Listed]
) -> None:
    """Documents 003, 4.3 ③ and 001, 3-5 to 3-10: missing, doubled, unmatched, unfit."""
    right, doubled, missing, unfit = listed = take(people, 4)
    api.add(as_csv(one.row(line) for line, one in enumerate(listed, 1)))
    now = api.photos(
        {
            f"甲班/{right.number}.jpg": portrait(right),
            f"{doubled.number}.jpg": portrait(doubled),
            f"{doubled.fifteen}.JPG": portrait(unfit),
            "IMG_2041.jpg": portrait(missing),
            f"{unfit.number}.jpg": flawed(portrait(unfit), "grey wall"),
            "说明.txt": b"not a picture",
        }
    )
    assert (now["missing"], now["doubled"]) == ([3], [2])
    (loose,) = now["unmatched"]
    (broken,) = now["broken"]
    assert (loose["name"], broken["line"]) == ("IMG_2041.jpg", 4)
    assert "背景" in broken["reason"]
    told = [row[-1] for row in cells_of(api.file("photos.xlsx"))[-4:]]
    assert [bool(one) for one in told] == [True] * 4
    problems = api.confirm(1, 2, 3)
    assert problems == {2: "photo-missing", 3: "photo-missing"}
    api.ask("POST", "rows/3/photo", photo=loose["photo"])
    (chosen,) = [photo for photo in _of_row(api, 2) if photo["content"] == portrait(doubled)]
    api.ask("POST", "rows/2/photo", photo=chosen["photo"])
    assert api.confirm(2, 3) == {}
    now = api.checked()
    assert (now["missing"], now["doubled"], now["unmatched"]) == ([], [], [])


def _of_row(api: BatchApi, line: int) -> list[dict[str, Any]]:
    """Return the pictures that the page offers for a row, with their bytes."""
    page = api.world.page(f"/batches/{api.batch}/rows/{line}")
    found = [int(one) for one in re.findall(r"/photos/(\d+)\.jpg", page)]
    return [{"photo": one, "content": api.file(f"photos/{one}.jpg")} for one in found]


def test_a_units_package_is_confirmed_by_number_and_made(
    api: BatchApi, people: Iterator[Listed], tmp_path: Path
) -> None:
    """Document 001: the package in, 15 or 18 digits, 确认表, results out in parts, receipts."""
    listed = take(people, 3)
    rows = [one.row(line) for line, one in enumerate(listed, 1)]
    for row, one in zip(rows[1:], listed[1:], strict=True):
        row[4] = one.fifteen
    settings = load_settings(api.world.config)
    package = UnitPackage(
        number="20310504-1",
        unit="1111011",
        title="大连一厂",
        naming="number",
        listed=as_csv(rows),
        photos={f"{one.number}.jpg": portrait(one) for one in listed},
    )
    sealed = seal(package, build_packages(settings).package_key())
    assert listed[0].name.encode() not in sealed
    for _ in range(2):  # the same package again is the same batch
        taken = api.ask("POST", "/batch-packages", file=encoded(sealed))
    api.batch = taken["batch"]["id"]
    assert (taken["batch"]["rows"], taken["photos"]["matched"]) == (3, 3)
    assert api.checked()["counts"]["fits"] == 3

    pages = text_of(api.file("forms.pdf"), tmp_path).split("\f")[:-1]
    assert len(pages) == 3
    for one, page in zip(listed[1:], pages[1:], strict=True):
        assert one.fifteen in page
        assert one.number in page
    problems = api.confirm(1, 2)
    assert problems == {2: "choose-number"}
    assert api.confirm(2, number=listed[1].number) == {}
    kept = {"line": 3, "passed": True, "number": listed[2].fifteen}
    (answer,) = api.ask("POST", "decisions", rows=[kept])
    assert answer["state"] == "refused"

    api.ask("POST", "making", making="on")
    api.wait_for("two cards", made=2, left=0)
    _results(api, listed)


def _results(api: BatchApi, listed: list[Listed]) -> None:
    folder = data_centre(api.world.folder)
    Centre(folder).make_keys()
    contact = {"name": "王芳", "phone": "0411-1234567"}
    part = api.ask("POST", "results", 201, **contact)
    assert (part["part"], part["lines"]) == (1, 3)
    assert api.ask("POST", "results", 422, **contact)["code"] == "input-invalid"
    content = api.file("results/1.zip")
    office = build_office(load_settings(api.world.config))
    assert office is not None
    told = read_result(content, folder / OPENING, office.station_key())
    rows = {row["number"]: (row["state"], row["reason"], bool(row["card"])) for row in told["rows"]}
    assert rows[listed[1].number] == ("made", "", True)
    assert rows[listed[2].fifteen] == ("refused", "keeps-fifteen", False)
    text = receipt(told, {2: "号码不符"}, folder / SIGNING)
    for _ in range(2):
        assert api.ask("POST", "/batch-receipts", content=text)["refused"] == 1
    again = api.ask("POST", "results", 201, **contact)
    assert (again["part"], again["lines"]) == (2, 1)
    receipts = [one["receipt_at"] is not None for one in api.ask("GET", "results")]
    assert receipts == [True, False]


def test_lists_are_printed_once_and_again_with_unit_and_collectors(
    api: BatchApi, people: Iterator[Listed], tmp_path: Path
) -> None:
    """Document 000, 2.3.2 to 2.4: 不通过 with a reason, 清单 and 补打印, 异常数据; 003, 4.1."""
    listed = take(people, 4)
    collector = {"number": listed[3].number, "name": listed[3].name, "phone": "13900002222"}
    unit: dict[str, Any] = {"name": "深圳一厂", "AAE008": "95533", "branch": "10712"}
    api.ask("POST", "/units/SZ-1", **unit, fixed=True, collectors=[collector])
    confirmed(api, listed, unit="SZ-1")
    refused = {"line": 4, "passed": False, "reason": "not-of-unit", "note": "已离职"}
    api.ask("POST", "decisions", rows=[refused])
    first = api.ask("POST", "lists", 201, lines=[1])
    rest = api.ask("POST", "lists", 201, lines=[])
    assert (first["lines"], rest["lines"]) == (1, 2)
    told = text_of(api.file(f"/batch-lists/{rest['id']}.pdf"), tmp_path)
    for word in (*LISTED_COLUMNS, "深圳一厂", f"打印批次号：{rest['id']}", "印章"):
        assert word in told, word
    assert [one.number in told for one in listed] == [False, True, True, False]
    assert text_of(api.file(f"/batch-lists/{rest['id']}.pdf"), tmp_path) == told  # 补打印
    sheet = cells_of(api.file(f"/batch-lists/{first['id']}.xlsx"))
    assert [row[5] for row in sheet if row[0].isdecimal()] == [listed[0].number]
    exceptions = {row[0]: row[-1] for row in cells_of(api.file("exceptions.xlsx"))}
    assert exceptions["4"] == "不属于本单位 已离职"
    handover = text_of(api.file("handover.pdf"), tmp_path)
    assert f"{listed[3].name} 13900002222" in handover
    assert not any(one.number in handover for one in listed)  # no card is made yet
    changed = api.ask("POST", "/units/SZ-1", 409, name="深圳一厂", AAE008="95588")
    assert changed["code"] == "unit-bank-fixed"


def test_cards_are_made_with_a_pause_and_rows_withdrawn_each_with_its_result(
    api: BatchApi, people: Iterator[Listed], tmp_path: Path
) -> None:
    """Documents 000, 2.5 and 003, 4.3 ⑤, 4.4."""
    listed = take(people, 5)
    confirmed(api, listed)
    (withdrawn,) = api.ask("POST", "withdrawals", lines=[5])
    assert withdrawn["state"] == "withdrawn"
    before = totals(api)
    api.ask("POST", "making", making="on")
    wait_until(lambda: totals(api)["feeds"] > before["feeds"], PATIENCE, "a card is fed")
    api.ask("POST", "making", making="paused")
    paused = wait_until(lambda: _at_rest(api), PATIENCE, "the end of the card in the machine")
    assert 0 < paused["made"] < 4, paused
    feeds = totals(api)["feeds"]
    answers = api.ask("POST", "withdrawals", lines=[1, 4])
    assert [one["problem"] for one in answers] == ["row-is-made", ""]
    assert totals(api)["feeds"] == feeds  # nothing is fed in a pause
    api.ask("POST", "making", making="on")
    api.wait_for("the rest", left=0)
    assert list(api.states().values()) == ["made"] * 3 + ["withdrawn"] * 2
    for name in ("feeds", "chip_write_sessions", "prints", "releases"):
        assert totals(api)[name] - before[name] == 3, name
    handover = text_of(api.file("handover.pdf"), tmp_path)
    assert [one.number in handover for one in listed] == [True] * 3 + [False] * 2


def totals(api: BatchApi) -> dict[str, int]:
    return dict(api.world.observer()["totals"])


def _at_rest(api: BatchApi) -> dict[str, Any] | None:
    """Return the progress once no card is in the machine and no order of the batch moves."""
    if api.world.machine_state()["card_inside"] is not None:
        return None
    orders = api.world.api("GET", "/orders?limit=50").json()
    moving = {"fed", "encoded", "reported", "printed"}
    if any(order["step"] in moving for order in orders):
        return None
    found: dict[str, Any] = api.ask("GET", "making")
    return found if found["made"] else None


def test_a_list_of_the_province_is_checked_by_the_banks_and_made(
    api: BatchApi, people: Iterator[Listed]
) -> None:
    """Document 000, 2.3.3 and 2.3.4; 001, 1-5: the list of a batch number, 银行校验."""
    listed = take(people, 3)
    numbers = [one.number for one in listed]
    number = api.world.province("list people", people=" ".join(numbers))["number"]
    made = api.ask("POST", "/province-batches", 201, number=number, unit="SZ-3")
    api.batch = made["batch"]["id"]
    assert (made["added"], made["batch"]["source"]) == (3, "province")
    again = api.ask("POST", "/province-batches", 201, number=number)
    assert (again["batch"]["id"], again["unchanged"]) == (api.batch, 3)
    refused = api.ask("POST", "/province-batches", 409, number="41070099")
    assert "批次号不存在" in str(refused)
    api.photos({f"{one.number}.jpg": portrait(one) for one in listed})
    assert api.confirm(1, 2, 3) == {}
    answers = api.ask("POST", "bank-checks", lines=[])
    assert [one["problem"] for one in answers] == ["", "", ""]
    assert api.ask("POST", "lists", 422, lines=[])["code"] == "input-invalid"  # not before it
    before = totals(api)["feeds"]
    api.ask("POST", "making", making="on")
    api.world.province("let the banks answer", people=numbers[1], reason="客户身份证已过期")
    now = api.ask("POST", "bank-answers")
    assert now == {"unsent": 0, "sent": 0, "passed": 2, "failed": 1}
    api.wait_for("who has passed", made=2, left=0)
    assert totals(api)["feeds"] == before + 2
    reasons = {row[0]: row[-1] for row in cells_of(api.file("exceptions.xlsx"))}
    assert reasons["2"] == "银行校验不通过 客户身份证已过期"
    assert api.world.province_observer()["effects"]["bank_checks"] == 3


def test_a_list_of_several_pages_prints_with_page_numbers_and_outside_programs_read_it(
    api: BatchApi, people: Iterator[Listed], tmp_path: Path
) -> None:
    """A name that a spreadsheet would take for a formula stays text in every file."""
    listed = take(people, 1)
    rows = [listed[0].row(1)]
    rows[0][2] = "=1+1"
    taken = api.add(as_csv(rows))
    assert taken["batch"]["counts"]["faulty"] == 1
    report = tmp_path / "faults.xlsx"
    report.write_bytes(api.file("faults.xlsx"))
    assert cells_of(report.read_bytes())[-1][2] == "'=1+1"
    tested = subprocess.run(
        ["/usr/bin/unzip", "-tq", str(report)], check=True, capture_output=True, text=True
    )
    assert "No errors" in tested.stdout
