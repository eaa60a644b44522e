"""Every page in its main states, in a window in memory, for what looks at all of them."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from simulators.province.portraits import draw_portrait
from station.core.errors import CardMismatchError, PrinterNotConnectedError
from station.core.faces import FaceSide, PrintGeometry
from station.core.gateways import ProductionData
from station.core.orders import OrderStep
from station.core.printing import PrinterStateReason, Reason, Severity
from station.core.wire_trace import WireKind, exchanges_about
from station.drivers import load_family
from station.drivers.hiti_cs.commands import name_of_request
from station.face import default_font_files, load_renderer
from station.production.life.narrow import prepared
from station.production.services.start_up import Finding, LeftOver
from station.web import COOKIE
from tests.rigs.desk import Desk, finished_card, id_card
from tests.rigs.doors import OPERATOR
from tests.rigs.faces import render_person
from tests.rigs.operator_page import Page
from tests.unit.api.conftest import Served, serving
from tests.unit.batches.lists import as_csv, good, number
from tests.unit.batches.rig import zip_of
from tests.unit.production.doubles import ID_NUMBER, production_data

CONFIG: Final = Path(__file__).parents[2] / "config"
TEMPLATE: Final = CONFIG / "faces" / "henan-3.toml"
PROFILE: Final = CONFIG / "photos" / "xinxiang.toml"
CS220E: Final = PrintGeometry(width_dots=1014, height_dots=642, dpi=300)
LONG_NAME: Final = "阿卜杜热西提·阿卜杜喀迪尔江·买买提吐尔逊"
LONG_BANK: Final = "中国邮政储蓄银行股份有限公司"
#: Of a page in a real browser at 1366 x 768: its own bars take the rest.
WIDTH, HEIGHT = 1366, 620


class OpenPage(Page):
    """A page of the window in memory; its operator is logged in."""

    def __init__(self, browser: WebDriver, window: AllPages) -> None:
        self.browser = browser
        self.address = window.address
        self.window = window

    def click(self, selector: str) -> None:
        self.browser.execute_script("document.querySelector(arguments[0]).click()", selector)


@dataclass(frozen=True, slots=True)
class View:
    """One page in one state.

    Attributes:
        name: For file names and test ids.
        path: Its address.
        act: What is done on it before it is looked at.
        machine: Prepares the machine; what it returns is the machine as it was.
    """

    name: str
    path: Callable[[AllPages], str]
    act: Callable[[OpenPage], None] = lambda page: None
    machine: Callable[[AllPages], None] = lambda window: None


class AllPages:
    """A window in which cards were made, spoiled and lost, with a desk, a batch and custody."""

    def __init__(self, served: Served, folder: Path) -> None:
        self.served = served
        self.address = f"http://{served.host}:{served.port}"
        self._machine = served.bench.machine
        self._normal_status = self._machine.status
        model = load_family("hiti_cs").models["cs220e"]
        looks = dataclasses.replace(self._machine.model, side_view=model.side_view)
        self._machine.model = looks
        self._draw_pictures()
        self._set_up_desk(folder)
        self.made = self._make_card()
        self._spoil_card()
        self.batch = self._add_batch()
        self._receive_card()
        self.asked = self._lose_card()
        self.long_names = self._fetch_long_names(number(5))
        self.compared = self._fetch(number(3))

    def _draw_pictures(self) -> None:
        papers = self.served.service.papers
        portrait = draw_portrait(1, ID_NUMBER, "1", "19900307")
        papers.photo = lambda order: portrait  # type: ignore[method-assign]
        renderer = load_renderer(TEMPLATE, PROFILE, default_font_files())

        @functools.cache
        def sides(order: str) -> dict[str, FaceSide | None]:
            data = prepared(self.served.bench.journal.orders.one(order)).data
            its = dataclasses.replace(data, photo_jpeg=portrait)
            face = render_person(renderer, its, CS220E, duplex=True)
            return {"front": face.front, "back": face.back}

        def preview(order: str, side: str) -> bytes:
            shown = sides(order)[side]
            assert shown is not None
            return shown.preview_png

        papers.preview = preview  # type: ignore[method-assign]

    def _set_up_desk(self, folder: Path) -> None:
        desk = Desk(folder, bench=self.served.bench)
        card = finished_card(production_data(ID_NUMBER).chip)
        object.__setattr__(self.served.service, "desk", desk.insert(card))
        self.served.service.machine._desk = desk.service
        self.served.service.orders._before_approval = desk.service.require_agreement
        desk.read(id_card(ID_NUMBER))
        self.desk = desk

    def _post(self, path: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        answer = self.served.client.post(f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def _fetch(self, id_number: str) -> str:
        order = str(self._post("/orders", id_number=id_number)["id"])
        self._post(f"/orders/{order}/steps/data-ready?wait=30")
        return order

    def _fetch_long_names(self, id_number: str) -> str:
        province = self.served.bench.province
        usual = province.fetch_production_data

        def named(id_number: str, *, name: str = "") -> ProductionData:
            found = usual(id_number, name=name)
            chip = dataclasses.replace(found.chip, AAC003=LONG_NAME)
            return dataclasses.replace(found, chip=chip, bank_name=LONG_BANK)

        province.fetch_production_data = named  # type: ignore[method-assign]
        try:
            return self._fetch(id_number)
        finally:
            province.fetch_production_data = usual  # type: ignore[method-assign]

    def _run(self, id_number: str) -> tuple[str, str]:
        order = str(self._post("/orders", id_number=id_number)["id"])
        return order, self._post(f"/orders/{order}/run?wait=30", approved=True)["step"]

    def _make_card(self) -> str:
        order, step = self._run(ID_NUMBER)
        assert step == "released"
        return order

    def _spoil_card(self) -> None:
        self.served.bench.trap.spring("write", "after", CardMismatchError("differs"))
        assert self._run(number(1))[1] == "spoiled"

    def _lose_card(self) -> str:
        order = self._fetch(number(2))
        for step in ("approved", "fed"):
            self._post(f"/orders/{order}/steps/{step}?wait=30")
        self._machine.path = None
        self.served.client.post(f"/api/v1/orders/{order}/steps/encoded?wait=30")
        view = self.served.service.orders.one(order)
        assert view.question is not None
        assert view.step is OrderStep.FED
        return order

    def _add_batch(self) -> str:
        wrong = good(2)
        wrong[4] = "410701199003074535"
        rows = as_csv([good(1), wrong, good(3), good(4)])
        answer = self.served.client.post(
            "/batches",
            data={"request": "one", "title": "一车间"},
            files={"file": ("名单.csv", rows)},
        )
        assert answer.is_success, answer.text
        batch = str(self.served.app.state.batches.newest()[0].batch.id)
        portrait = draw_portrait(2, number(1), "1", "19900307")
        files = {f"{number(line)}.jpg": portrait for line in (1, 3)}
        sent = {"files": ("照片.zip", zip_of(files))}
        answer = self.served.client.post(f"/batches/{batch}/photos", files=sent)
        assert answer.is_success, answer.text
        return batch

    def _receive_card(self) -> None:
        card = {"card_number": "A00000001", "id_number": ID_NUMBER, "name": "张三", "shelf": "A-1"}
        assert self.served.client.post("/custody/receive", data=card).is_success
        unit = {"unit": "410700123", "unit_name": "某村", "taker": "李四", "taker_phone": "138"}
        act = {"act": "request", "cards": "1", **unit}
        assert self.served.client.post("/custody/act", data=act).is_success

    # -- the machine -------------------------------------------------------------------------------

    def start_up(self) -> None:
        """Show the start-up screen of a station that found something of every kind."""
        start_up = self.served.service.start_up
        start_up._noted = (
            Finding(LeftOver.CARD, self.made, OrderStep.REPORTED),
            Finding(LeftOver.CARD, self.asked, OrderStep.FED),
            Finding(LeftOver.QUESTION, self.compared, OrderStep.DATA_READY),
            Finding(LeftOver.REPORTS, count=2),
            Finding(LeftOver.BATCH, self.batch),
            Finding(LeftOver.SHIFT),
        )
        start_up._read = False

    def behave(self) -> None:
        """Let the machine be as good as it is after the start, and nothing be left over."""
        self.served.service.start_up._noted = ()
        self._machine.status = self._normal_status  # type: ignore[method-assign]
        self._machine.reasons = ()
        self.served.service.repairs.leave(OPERATOR)
        self.served.service.machine.check_now(30.0)

    def block(self) -> None:
        """Let the printer report a jam, no ribbon and a full reject bin."""
        codes = (
            PrinterStateReason.MEDIA_JAM,
            PrinterStateReason.RIBBON_MISSING,
            PrinterStateReason.REJECT_FULL,
        )
        self._machine.reasons = tuple(Reason(code, Severity.ERROR) for code in codes)
        self.served.service.machine.check_now(30.0)

    def mend(self) -> None:
        """Begin the repair of a machine without a ribbon, whose cover is open."""
        self.block()
        repairs = self.served.service.repairs
        repairs.begin("ribbon", OPERATOR)
        open_now = PrinterStateReason.COVER_OPEN, PrinterStateReason.RIBBON_MISSING
        self._machine.reasons = tuple(Reason(code, Severity.ERROR) for code in open_now)
        self.served.service.machine.check_now(30.0)

    def unplug(self) -> None:
        """Pull the printer's cable."""

        def away() -> Any:  # noqa: ANN401 - never returns
            raise PrinterNotConnectedError("no device")

        self._machine.status = away  # type: ignore[method-assign]
        self.served.service.machine.check_now(30.0)

    def exchange(self) -> None:
        """Have something go over every wire."""
        trace = self.served.bench.bench.equipment.trace
        with exchanges_about(self.made):
            status = bytes.fromhex("A50003500400")
            one = trace.begin(WireKind.PRINTER, "", status, len(status), name_of_request)
            one.got = bytes.fromhex("A50006500400010000")
            one.got_size = len(one.got)
            trace.end(one)
            select = bytes.fromhex("00A4040009A00000000386980701")
            trace.end(trace.begin(WireKind.CHIP, "select SSC", select, len(select)), "9000")
            pin = bytes.fromhex("0020000006")
            trace.end(trace.begin(WireKind.CHIP, "verify PIN", pin, 11), "63C2")
            one = trace.begin(WireKind.PROVINCE, "query_batch", None, 812)
            one.told = (
                "→ POST 操作[6] 用户名[8] 密码[12] 社会保障号码[18]  ← HTTP 200 ERR[2] 姓名[3]"
            )
            trace.end(one, "ok")
        trace.end(trace.begin(WireKind.DESK, "id-reader", None, 10), "no-card")

    # -- looking -----------------------------------------------------------------------------------

    def begin(self, browser: WebDriver) -> None:
        """Open the window's login: a cookie can be given only to the place that is open."""
        browser.get(f"{self.address}/login")

    def _give_cookie(self, browser: WebDriver) -> None:
        token = self.served.client.session.token
        browser.add_cookie({"name": COOKIE, "value": token})

    def show(self, browser: WebDriver, view: View) -> OpenPage:
        """Open one page in its state, and wait until it stands."""
        self.behave()
        view.machine(self)
        if view.name == "login":
            browser.delete_all_cookies()
        else:
            self._give_cookie(browser)
        page = OpenPage(browser, self)
        browser.get(f"{self.address}{view.path(self)}")
        view.act(page)
        page.wait_until(
            "every picture is there",
            lambda: browser.execute_script(
                "return document.readyState === 'complete' && "
                "[...document.images].every(one => one.complete)"
            ),
        )
        return page


def _refuse_number(page: OpenPage) -> None:
    page.type("410701199003074535", Keys.ENTER)
    page.wait("a refusal", ".notice .message", "证件号码")


def _ask_to_cancel(page: OpenPage) -> None:
    page.press_with_alt("q")
    page.wait("the question", ".confirm", "取消")


def _find_person(page: OpenPage) -> None:
    page.type(ID_NUMBER)
    page.press_with_alt("c")
    page.wait("the person", "#person-orders", "此人的任务和卡")


def _read_history(page: OpenPage) -> None:
    page.browser.find_element(By.CSS_SELECTOR, "#audit-search button").click()
    page.wait("the events", "#audit-rows", "受理")


def _pause(page: OpenPage) -> None:
    page.press_with_alt("p")
    page.wait_until(
        "the page is paused",
        lambda: page.browser.find_element(By.ID, "pause").get_attribute("aria-pressed") == "true",
    )


def _tab(name: str) -> Callable[[OpenPage], None]:
    return lambda page: page.open_tab(name)


def _at(path: str) -> Callable[[AllPages], str]:
    return lambda window: path


def _order(which: str) -> Callable[[AllPages], str]:
    return lambda window: f"/?order={getattr(window, which)}"


def _of_batch(rest: str) -> Callable[[AllPages], str]:
    return lambda window: f"/batches/{window.batch}{rest}"


def _open_all(page: OpenPage) -> None:
    page.browser.execute_script("document.querySelectorAll('details').forEach(e => e.open = true)")


VIEWS: Final = (
    View("login", _at("/login")),
    View("operator-idle", _at("/?order=")),
    View("operator-compare", _order("compared")),
    View("operator-long-names", _order("long_names")),
    View("operator-question", _order("asked")),
    View("operator-done", _order("made"), _open_all),
    View("operator-refused", _at("/?order="), _refuse_number),
    View("operator-confirm", _order("compared"), _ask_to_cancel),
    View("operator-person", _order("compared"), _find_person),
    View("operator-desk", _order("compared"), _tab("desk")),
    View("operator-card", _order("compared"), _tab("card")),
    View("operator-day", _order("compared"), _tab("day")),
    View("operator-blocked", _order("compared"), machine=AllPages.block),
    View("operator-away", _order("asked"), machine=AllPages.unplug),
    View("operator-start-up", _order("asked"), machine=AllPages.start_up),
    View("diagnostics", _at("/diagnostics"), _open_all),
    View("diagnostics-blocked", _at("/diagnostics"), machine=AllPages.block),
    View("diagnostics-repair", _at("/diagnostics"), machine=AllPages.mend),
    View("trace", _at("/diagnostics/trace"), machine=AllPages.exchange),
    View("trace-paused", _at("/diagnostics/trace?kind=chip"), _pause, machine=AllPages.exchange),
    View("trace-none", _at("/diagnostics/trace?said=%E6%B2%A1%E6%9C%89")),
    View("configuration", _at("/diagnostics/configuration")),
    View("configuration-changed", _at("/diagnostics/configuration?changed=yes")),
    View("supervisor", _at("/supervisor"), _open_all),
    View("audit", _at("/supervisor/audit")),
    View("audit-found", _at("/supervisor/audit"), _read_history),
    View("custody", _at("/custody"), _open_all),
    View("batches", _at("/batches"), _open_all),
    View("batch-rows", _of_batch(""), _open_all),
    View("batch-confirm", _of_batch("?part=confirming"), _open_all),
    View("batch-photos", _of_batch("?part=photos"), _open_all),
    View("batch-papers", _of_batch("?part=papers"), _open_all),
    View("batch-making", _of_batch("?part=making"), _open_all),
    View("batch-results", _of_batch("?part=results"), _open_all),
    View("batch-row", _of_batch("/rows/1")),
    View("units", _at("/batches/units")),
    View("doors", _at("/doors")),
)


@contextlib.contextmanager
def all_pages(folder: Path) -> Iterator[AllPages]:
    """Serve a window in which something has happened."""
    with serving(folder) as served:
        yield AllPages(served, folder)


def set_zoom(browser: WebDriver, zoom: float) -> None:
    """Give the page the size that it has in a browser of 1366 x 768 at this zoom."""
    set_size(browser, round(WIDTH / zoom), round(HEIGHT / zoom), zoom)


def set_size(browser: WebDriver, width: int, height: int, scale: float = 1.0) -> None:
    """Give the page a size, in its own pixels; each is drawn with `scale` of the screen's."""
    size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def set_media(browser: WebDriver, *, media: str = "", scheme: str = "") -> None:
    """Show pages as on paper (`media="print"`) or on a dark screen (`scheme="dark"`)."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
