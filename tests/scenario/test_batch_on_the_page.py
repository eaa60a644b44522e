"""The paths of documents 000, 001 and 003 for many people, in Debian's Chromium."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from simulators.province.data_centre import OPENING, SIGNING, Centre
from simulators.units.package import UnitPackage, seal
from simulators.units.results import read_result, receipt
from simulators.world import World
from station.bootstrap import build_office, build_packages
from station.settings import load_settings
from tests.rigs.operator_page import Page
from tests.rigs.paper import text_of
from tests.rigs.unit_people import PATIENCE, BatchApi, Listed, listed_people, portrait
from tests.scenario.conftest import data_centre, make_good
from tests.unit.batches.lists import as_csv, as_xlsx
from tests.unit.batches.rig import zip_of


@pytest.fixture(scope="module")
def people(world: World) -> Iterator[Listed]:
    """People whom no test has used yet."""
    return listed_people(world)


class BatchPage(Page):
    """The pages of batches as a person reads and presses them."""

    def __init__(self, browser: WebDriver, world: World) -> None:
        super().__init__(browser, world.station_page, "/batches")

    def part(self, batch: str, name: str) -> None:
        self.open(f"/batches/{batch}?part={name}")

    def press(self, selector: str) -> None:
        """Press a button that changes the page; wait until the next one is there."""
        before = self.browser.find_element(By.TAG_NAME, "html").id
        self.wait_until(selector, lambda: self._clicked(selector))
        self.wait_until(selector, lambda: self._loaded() not in ("", before))

    def _clicked(self, selector: str) -> bool:
        with contextlib.suppress(StaleElementReferenceException):  # the script has just read it
            self.browser.find_element(By.CSS_SELECTOR, selector).click()
            return True
        return False

    def _loaded(self) -> str:
        ready = self.browser.execute_script("return document.readyState") == "complete"
        return self.browser.find_element(By.TAG_NAME, "html").id if ready else ""

    def choose(self, form: str, file: Path) -> None:
        """Choose a file in a form and send it."""
        field = self.browser.find_element(By.CSS_SELECTOR, f"{form} input[type=file]")
        field.send_keys(str(file))
        self.press(f"{form} button")

    def type_into(self, name: str, words: str) -> None:
        self.browser.find_element(By.CSS_SELECTOR, f'input[name="{name}"]').send_keys(words)

    def wait_long(self, what: str, selector: str, text: str) -> None:
        """Wait for what takes some seconds on a quiet PC."""
        self.wait_until(
            lambda: f"{what}: {self.text(selector)!r}",
            lambda: text in self.text(selector),
            PATIENCE,
        )


def written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


def test_a_list_is_imported_corrected_confirmed_beside_pictures_and_printed(
    browser: WebDriver, world: World, people: Iterator[Listed], tmp_path: Path
) -> None:
    listed = [next(people) for _ in range(3)]
    rows = [one.row(line) for line, one in enumerate(listed, 1)]
    rows[0][8] = "1380000"
    rows[2][4] = listed[2].fifteen
    page = BatchPage(browser, world)
    page.choose("#batch-add", written(tmp_path / "三月.xlsx", as_xlsx(rows)))
    page.wait("the import", "#batch-done", "新增 3 人，修改 0 人，未变 0 人，有错误 1 人")
    assert "手机号码应为 11 位" in page.text("#batch-rows")
    action = browser.find_element(By.ID, "batch-correct").get_attribute("action") or ""
    (batch,) = re.findall(r"[0-9a-f]{32}", action)
    page.choose("#batch-correct", written(tmp_path / "改.csv", as_csv([listed[0].row(1)])))
    page.wait("the correction", "#batch-done", "修改 1 人，未变 0 人，有错误 0 人")

    page.part(batch, "photos")
    files = {f"{one.number}.jpg": portrait(one) for one in listed[:2]}
    packed = zip_of(files | {"IMG_1.jpg": portrait(listed[2])})
    sent = written(tmp_path / "照片.zip", packed)
    browser.find_element(By.CSS_SELECTOR, "#photos-form input[name=files]").send_keys(str(sent))
    browser.find_element(By.CSS_SELECTOR, "#photos-form button").click()
    page.wait_long("the sending", "#photos-sending", "新照片 3 张，已有 0 张，对上名单 2 张")
    page.wait_long("the check", "[data-follow]", "已检查 3 张，共 3 张：合格 3")
    page.wait_long("what is left", "#photo-problems", "没有照片 1")  # read again by the script
    page.press("#photo-rows a")
    page.press("#offered-photos button")
    assert "序号 3 的照片已选定" in page.text("main")

    page.part(batch, "confirming")
    for told in ("证件类型 居民身份证 01", "性别 ", "民族 汉族 01"):
        assert told in page.text("#person-1")
    choice = Select(browser.find_element(By.CSS_SELECTOR, "#person-3 select"))
    choice.select_by_visible_text(f"18 位 {listed[2].number}")
    browser.find_element(By.CSS_SELECTOR, "#confirm-form [data-marks]").click()
    page.press("#pass-marked")
    page.wait("the confirmation", "#batch-done", "已办理 3 人")

    page.part(batch, "papers")
    page.press("#batch-print button")
    page.wait("the list", "#batch-done", "共 3 人")
    link = browser.find_element(By.CSS_SELECTOR, "#printed-lists a").get_attribute("href") or ""
    content = world.api("GET", link.partition("/api/v1")[2]).content
    told = text_of(content, tmp_path)
    assert all(one.number in told for one in listed)
    assert page.errors() == []


def test_a_units_package_is_imported_and_its_people_are_printed_and_confirmed(
    browser: WebDriver, world: World, people: Iterator[Listed], tmp_path: Path
) -> None:
    """Document 001: the unit's sealed file in, 确认表 for each person, confirmation."""
    listed = [next(people) for _ in range(2)]
    package = UnitPackage(
        number="20310504-2",
        unit="1111012",
        title="大连二厂",
        naming="number",
        listed=as_csv([one.row(line) for line, one in enumerate(listed, 1)]),
        photos={f"{one.number}.jpg": portrait(one) for one in listed},
    )
    key = build_packages(load_settings(world.config)).package_key()
    page = BatchPage(browser, world)
    page.choose("#batch-package", written(tmp_path / "1111012.zip", seal(package, key)))
    page.wait("the import", "#batch-done", "新增 2 人，修改 0 人，未变 0 人，有错误 0 人")
    page.open("/batches")
    page.press("#batch-list a")  # the newest is the first
    (batch,) = re.findall(r"/batches/([0-9a-f]{32})", browser.current_url)
    page.part(batch, "photos")
    page.wait_long("the check", "[data-follow]", "已检查 2 张，共 2 张：合格 2")

    page.part(batch, "confirming")
    link = browser.find_element(By.CSS_SELECTOR, "a[href*='forms.pdf']").get_attribute("href") or ""
    printed = text_of(world.api("GET", link.partition("/api/v1")[2]).content, tmp_path)
    for one, form in zip(listed, printed.split("\f")[:-1], strict=True):
        assert one.name in form
        assert one.number in form
    browser.find_element(By.CSS_SELECTOR, "#confirm-form [data-marks]").click()
    page.press("#pass-marked")
    page.wait("the confirmation", "#batch-done", "已办理 2 人")
    assert page.errors() == []


def test_cards_are_followed_paused_withdrawn_and_their_results_leave(
    browser: WebDriver, world: World, people: Iterator[Listed], tmp_path: Path
) -> None:
    listed = [next(people) for _ in range(4)]
    api = BatchApi(world)
    api.add(as_csv(one.row(line) for line, one in enumerate(listed, 1)), unit="1111011")
    api.photos({f"{one.number}.jpg": portrait(one) for one in listed})
    assert api.confirm(1, 2, 3, 4) == {}

    page = BatchPage(browser, world)
    page.part(api.batch, "rows")
    browser.find_element(By.CSS_SELECTOR, '#batch-rows input[value="4"]').click()
    page.press("#rows-withdraw")
    assert "序号 4。撤销后不能恢复" in page.text("#batch-question")
    assert api.states()[4] == "confirmed"  # nothing happens before the answer
    page.press("#question-yes")
    page.wait("the withdrawal", "#row-results", "序号 4：已撤销")

    page.part(api.batch, "making")
    page.press("#making-start")
    page.press("#question-yes")
    page.press("#making-pause")
    page.wait("the pause", "[data-follow]", "已暂停")
    page.press("#making-start")
    page.press("#question-yes")
    page.wait_long("the cards, without opening the page again", "#count-left", "0")
    assert page.text("#count-made") == "3"

    page.part(api.batch, "results")
    page.type_into("contact", "王芳")
    page.type_into("phone", "0411-1234567")
    page.press("#batch-export button")
    page.press("#question-yes")
    page.wait("the part", "#exports", "1111011out_1.zip")
    centre = data_centre(world.folder)
    Centre(centre).make_keys()
    office = build_office(load_settings(world.config))
    assert office is not None
    told = read_result(api.file("results/1.zip"), centre / OPENING, office.station_key())
    assert [row["state"] for row in told["rows"]] == ["made"] * 3 + ["withdrawn"]
    text = receipt(told, {2: "号码不符"}, centre / SIGNING)
    page.open("/batches")
    page.choose("#batch-receipt", written(tmp_path / "回执.txt", text.encode()))
    assert "第 1 部分已收到回执，不接收 1 人" in page.text("main")
    assert page.errors() == []
    make_good(world)


def test_a_unit_is_entered_with_its_collectors_and_its_bank_is_fixed(
    browser: WebDriver, world: World, people: Iterator[Listed]
) -> None:
    collector = next(people)
    page = BatchPage(browser, world)
    page.open("/batches/units")
    for name, words in {
        "number": "DL-9",
        "name": "大连九厂",
        "collector_name": collector.name,
        "collector_number": collector.number,
        "collector_phone": "13900002222",
    }.items():
        page.type_into(name, words)
    Select(browser.find_element(By.NAME, "bank")).select_by_value("95533")
    browser.find_element(By.NAME, "fixed").click()
    page.press("#unit-form button")
    assert "大连九厂" not in page.text("#unit-list")  # asked first: it can't be undone
    page.press("#question-yes")
    shown = page.text("#unit-list")
    for told in ("DL-9", "大连九厂", "中国建设银行", "已确定", f"{collector.name} 13900002222"):
        assert told in shown, told
    assert collector.number not in shown  # masked in the list
    assert page.errors() == []


def test_a_list_of_the_province_is_fetched_and_checked_by_the_banks(
    browser: WebDriver, world: World, people: Iterator[Listed]
) -> None:
    listed = [next(people) for _ in range(2)]
    numbers = [one.number for one in listed]
    number = world.province("list people", people=" ".join(numbers))["number"]
    page = BatchPage(browser, world)
    field = browser.find_element(By.CSS_SELECTOR, "#batch-fetch input[name=number]")
    field.send_keys(number)
    page.press("#batch-fetch button")
    page.wait("the list", "#batch-done", "新增 2 人")
    action = browser.find_element(By.ID, "batch-correct").get_attribute("action") or ""
    (batch,) = re.findall(r"[0-9a-f]{32}", action)
    api = BatchApi(world, batch)
    api.photos({f"{one.number}.jpg": portrait(one) for one in listed})
    assert api.confirm(1, 2) == {}
    page.part(batch, "papers")
    page.press("#bank-send")
    page.wait("the check", "#batch-done", "已发送银行校验 2 人")
    world.province("let the banks answer", people=numbers[0], reason="客户身份证已过期")
    page.press("#bank-answers")
    page.wait("the answers", "#batch-done", "通过 1 人，不通过 1 人，等待 0 人")
    page.part(batch, "rows")
    assert "银行校验不通过 客户身份证已过期" in page.text("#batch-rows")
    assert page.errors() == []
