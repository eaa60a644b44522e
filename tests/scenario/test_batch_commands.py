"""The paths of documents 000, 001, 003 and 004 for many people, at the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.province.data_centre import OPENING, SIGNING, Centre
from simulators.units.package import UnitPackage, seal
from simulators.units.results import read_result, receipt
from simulators.world import World
from station.bootstrap import build_office
from station.settings import load_settings
from tests.rigs.paper import text_of
from tests.rigs.unit_people import BatchApi, Listed, listed_people, portrait
from tests.scenario.conftest import data_centre, make_good
from tests.scenario.test_command_line import station
from tests.unit.batches.lists import as_csv, as_xlsx, cells_of

UNIT = "1111011"
#: Each command is a process of its own, and takes seconds where other programs use the processor.
pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def clerk(world: World, tmp_path: Path) -> Iterator[Clerk]:
    yield Clerk(world, tmp_path)
    make_good(world)


class Clerk:
    """Runs `station batches`, each command as a process of its own."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder

    def run(self, *words: object, code: int = 0, piped: str = "") -> str:
        """Return what a command printed, after checking its exit status."""
        status, said = station(self.world, "batches", *map(str, words), piped=piped)
        assert status == code, said
        return said

    def write(self, name: str, content: bytes) -> Path:
        """Write a file and return its path."""
        file = self.folder / name
        file.write_bytes(content)
        return file


@pytest.fixture(scope="module")
def people(world: World) -> Iterator[Listed]:
    """People whom no test has used yet."""
    return listed_people(world)


def take(people: Iterator[Listed], count: int) -> list[Listed]:
    return [next(people) for _ in range(count)]


def confirmed(clerk: Clerk, listed: list[Listed], unit: str = "") -> BatchApi:
    """Have people in a batch and confirmed; not at the command line."""
    api = BatchApi(clerk.world)
    api.add(as_csv(one.row(line) for line, one in enumerate(listed, 1)), unit=unit)
    api.photos({f"{one.number}.jpg": portrait(one) for one in listed})
    assert api.confirm(*range(1, len(listed) + 1)) == {}
    return api


def batch_in(said: str) -> str:
    """Return the id that a command printed."""
    (found,) = re.findall(r"\b[0-9a-f]{32}\b", said)
    return str(found)


def test_a_template_is_filled_in_sent_and_corrected(clerk: Clerk, people: Iterator[Listed]) -> None:
    """Documents 003, 4.3 ①② and 004, 2.1.3."""
    listed = take(people, 2)
    template = clerk.folder / "模板.xlsx"
    clerk.run("template", template)
    assert any("*证件号码" in row for row in cells_of(template.read_bytes()))
    rows = [one.row(line) for line, one in enumerate(listed, 1)]
    rows[1][8] = "1380000"
    said = clerk.run("add", clerk.write("三月.xlsx", as_xlsx(rows)), "--unit", UNIT, code=1)
    batch = batch_in(said)
    assert "序号 2：手机号码应为 11 位" in said
    report = clerk.folder / "错误.xlsx"
    clerk.run("faults", batch, "--xlsx", report, code=1)
    assert [row[0] for row in cells_of(report.read_bytes()) if row[0].isdecimal()] == ["2"]
    right = clerk.write("改.csv", as_csv([listed[1].row(2)], codec="gb18030"))
    assert "修改 1 人，未变 0 人，有错误 0 人" in clerk.run("correct", batch, right)
    assert BatchApi(clerk.world, batch).states() == {1: "ready", 2: "ready"}


@pytest.mark.alone
def test_a_folder_of_pictures_is_sent_followed_and_one_is_chosen(
    clerk: Clerk, people: Iterator[Listed]
) -> None:
    """Document 003, 4.3 ③: named by number and name, in folders of a Chinese system."""
    right, other = listed = take(people, 2)
    api = BatchApi(clerk.world)
    rows = as_csv(one.row(line) for line, one in enumerate(listed, 1))
    api.add(rows, naming="number-name")
    pictures = clerk.folder / "照片" / "甲班"
    pictures.mkdir(parents=True)
    (pictures / f"{right.number}{right.name}.jpg").write_bytes(portrait(right))
    (pictures / f"{other.number}.jpg").write_bytes(portrait(other))  # not named by the rule
    problems = clerk.folder / "照片.xlsx"
    said = clerk.run("photos", api.batch, pictures.parent, "--xlsx", problems, code=1)
    assert "没有照片 1 人，重复 0 人，对不上 1 张，不合格 0 人" in said
    assert "没有照片" in [row[-1] for row in cells_of(problems.read_bytes())]
    (loose,) = api.ask("GET", "photos")["unmatched"]
    clerk.run("choose-photo", api.batch, 2, loose["photo"])
    assert api.confirm(1, 2) == {}


@pytest.mark.alone
def test_rows_are_decided_listed_and_listed_again(clerk: Clerk, people: Iterator[Listed]) -> None:
    """Document 000, 2.3.2, 2.3.5, 2.4.1 and 2.4.2."""
    listed = take(people, 3)
    api = confirmed(clerk, listed)
    said = clerk.run(
        "decide", api.batch, 3, 9, "--refuse", "not-of-unit", "--note", "已离职", code=1
    )
    assert "序号 3：不通过" in said
    assert "序号 9：没有改变" in said
    pdf, again, sheet = (clerk.folder / name for name in ("清单.pdf", "补.pdf", "补.xlsx"))
    (number,) = re.findall(r"打印批次号 (\d+)", clerk.run("print", api.batch, pdf))
    clerk.run("print-again", number, "--pdf", again, "--xlsx", sheet)
    told = text_of(pdf.read_bytes(), clerk.folder)
    assert told == text_of(again.read_bytes(), clerk.folder)
    assert [one.number in told for one in listed] == [True, True, False]
    assert [row[5] for row in cells_of(sheet.read_bytes()) if row[0] == "2"] == [listed[1].number]
    reasons = clerk.folder / "异常.xlsx"
    clerk.run("exceptions", api.batch, reasons)
    assert cells_of(reasons.read_bytes())[-1][-1] == "不属于本单位 已离职"


@pytest.mark.alone
def test_a_units_package_is_opened_and_confirmed_by_number(
    clerk: Clerk, people: Iterator[Listed]
) -> None:
    """Document 001, 2 to 5: only the station's key opens the package; 15 or 18 digits."""
    listed = take(people, 2)
    rows = [one.row(line) for line, one in enumerate(listed, 1)]
    rows[1][4] = listed[1].fifteen
    package = UnitPackage(
        number="20310504-2",
        unit=UNIT,
        title="大连一厂",
        naming="number",
        listed=as_csv(rows),
        photos={f"{one.number}.jpg": portrait(one) for one in listed},
    )
    sealed = clerk.write(f"{UNIT}.zip", seal(package, clerk.run("key")))
    said = clerk.run("package", sealed)
    assert "名单 2 人；新照片 2 张，对上名单 2 张" in said
    api = BatchApi(clerk.world, batch_in(said))
    api.checked()
    forms = clerk.folder / "确认表.pdf"
    clerk.run("forms", api.batch, forms)
    assert listed[1].fifteen in text_of(forms.read_bytes(), clerk.folder)
    assert "须选择" in clerk.run("decide", api.batch, 1, 2, code=1)
    clerk.run("decide", api.batch, 2, "--number", listed[1].number)
    assert api.states() == {1: "confirmed", 2: "confirmed"}


def test_cards_are_made_withdrawn_and_handed_to_the_units_collector(
    clerk: Clerk, people: Iterator[Listed]
) -> None:
    """Documents 003, 4.1, 4.3 ⑤, 4.4 and 000, 2.5."""
    listed = take(people, 2)
    collector = f"{listed[0].number}\n李四\n0411-7654321\n"
    unit = ("unit", "DL-2", "--name", "大连二厂", "--collectors", 1)
    assert "李四" in clerk.run(*unit, piped=collector)
    api = confirmed(clerk, listed, "DL-2")
    assert "序号 2：已撤销" in clerk.run("withdraw", api.batch, 2)
    clerk.run("make", api.batch)
    api.wait_for("the card", made=1, left=0)
    assert json.loads(clerk.run("progress", api.batch))["made"] == 1
    assert "现在是“已制卡”" in clerk.run("withdraw", api.batch, 1, code=1)
    handover = clerk.folder / "交接单.pdf"
    clerk.run("handover", api.batch, "--pdf", handover)
    told = text_of(handover.read_bytes(), clerk.folder)
    assert "李四 0411-7654321" in told
    assert [one.number in told for one in listed] == [True, False]


def test_results_leave_in_parts_and_a_receipt_comes_back(
    clerk: Clerk, people: Iterator[Listed]
) -> None:
    """Document 001, 7-1 to 7-5."""
    listed = take(people, 2)
    api = confirmed(clerk, listed, UNIT)
    answers = api.ask("POST", "withdrawals", lines=[1, 2])
    assert [one["state"] for one in answers] == ["withdrawn"] * 2
    centre = data_centre(clerk.world.folder)
    Centre(centre).make_keys()
    contact = "王芳\n0411-1234567\n"
    assert "第 1 部分，共 2 人" in clerk.run("results", api.batch, clerk.folder, piped=contact)
    part = clerk.folder / f"{UNIT}out_1.zip"
    office = build_office(load_settings(clerk.world.config))
    assert office is not None
    result = read_result(part.read_bytes(), centre / OPENING, office.station_key())
    assert [row["number"] for row in result["rows"]] == [one.number for one in listed]
    assert result["contact"] == ["王芳", "0411-1234567"]
    clerk.run("results", api.batch, clerk.folder, piped=contact, code=1)  # nothing is left
    file = clerk.write("回执.txt", receipt(result, {2: "号码不符"}, centre / SIGNING).encode())
    assert "第 1 部分已收到回执，不接收 1 人" in clerk.run("receipt", file)
    assert "第 2 部分，共 1 人" in clerk.run("results", api.batch, clerk.folder, piped=contact)


@pytest.mark.alone
def test_a_list_of_the_province_is_fetched_and_checked_by_the_banks(
    clerk: Clerk, people: Iterator[Listed]
) -> None:
    """Document 000, 2.3.3 and 2.3.4."""
    listed = take(people, 2)
    numbers = [one.number for one in listed]
    number = clerk.world.province("list people", people=" ".join(numbers))["number"]
    said = clerk.run("fetch", number, "--unit", UNIT)
    assert "新增 2 人" in said
    api = BatchApi(clerk.world, batch_in(said))
    api.photos({f"{one.number}.jpg": portrait(one) for one in listed})
    assert api.confirm(1, 2) == {}
    assert "序号 9：没有改变" in clerk.run("bank-check", api.batch, 1, 2, 9, code=1)
    clerk.world.province("let the banks answer", people=numbers[1])
    assert json.loads(clerk.run("bank-answers", api.batch))["failed"] == 1
    assert api.states() == {1: "confirmed", 2: "refused"}
