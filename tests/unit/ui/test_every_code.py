"""A walk over every error code and every printer-state-reason, in both languages.

An order that is held with a code shows on the clerk's page what happened, why, where the card is,
what the person at the window may do, what to do, and something that can be pressed. What the
printer reports shows on the technician's page with its cause, its remedy and its guided repair.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from station.core.errors import PersonRequest, StationError
from station.core.life import BEFORE_FEED
from station.core.orders import Hold, OrderRecord, OrderStep
from station.core.printing import PrinterStateReason, Reason, Severity
from station.production.views.orders import order_view
from station.ui.contents import OrderPanel
from station.ui.machine_panel import devices_panel
from station.ui.notices import refusal
from station.ui.order_panel import order_panel
from station.ui.panels import render_panel
from station.ui.translation import open_templates
from station.words import LANGUAGES, explain, shown_in, text
from tests.unit.api.conftest import Served, serving
from tests.unit.production.doubles import ID_NUMBER
from tests.unit.ui.test_page_templates import VIEWER
from tests.unit.words.test_problems import every_code

CODES = sorted(every_code())
#: Steps at which an order can be held, and how it is taken there.
STEPS = ("data-ready", "approved", "fed", "encoded", "reported", "printed", "released")
TAG = re.compile(r"<[^>]+>")
PAGES = {language: open_templates(language) for language in LANGUAGES}


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(TAG.sub(" ", page)))


def squeezed(told: str) -> str:
    return re.sub(r"\s+", " ", told)


def held(served: Served, order: OrderRecord, code: str) -> OrderPanel:
    bench = served.service.orders._bench
    look = served.service.machine._engine.last_look
    view = order_view(bench, replace(order, hold=Hold(code, {})), None, look)
    return order_panel(view, "1", owed=0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_at_every_step_is_told_whole(window: Served, language: str) -> None:
    client = window.client
    order = client.post("/api/v1/orders", json={"id_number": ID_NUMBER}).json()["id"]
    at = {OrderStep.ACCEPTED}
    missing: list[str] = []
    missing += walk(window, order, language)
    for step in STEPS:
        answer = client.post(f"/api/v1/orders/{order}/steps/{step}?wait=30").json()
        at.add(OrderStep(answer["step"]))
        missing += walk(window, order, language)
    assert missing == []
    assert {OrderStep(step) for step in STEPS} <= at


def walk(window: Served, order: str, language: str) -> Iterator[str]:
    """Show the order with every code; yields each part that is missing."""
    record = window.bench.journal.orders.one(order)
    with shown_in(language):
        for code in CODES:
            panel = held(window, record, code)
            shown = words_of(render_panel(PAGES[language], panel, VIEWER))
            for part, told in parts_of(panel, record, code):
                if not told or squeezed(told) not in shown:
                    yield f"{record.step} {code}: {part} {told!r}"


def parts_of(panel: OrderPanel, record: OrderRecord, code: str) -> Iterator[tuple[str, str]]:
    """What must be on the page: each part's name and its words."""
    message = panel.message
    yield "title", message.title
    yield "cause", message.cause
    yield "where", message.where
    yield from (("remedy", line) for line in message.remedy.splitlines() or [""])
    if code not in set(PersonRequest):
        yield "citizen", message.citizen
    pressed = [name for name, button in panel.buttons.items() if button.enabled]
    asked = panel.question.answers if panel.question else ()
    useful = [name for name in pressed if name != "cancel"] or asked
    # After the card has gone out the holder is served by another order of its own.
    if not useful and record.step in BEFORE_FEED | {OrderStep.FED, OrderStep.ENCODED}:
        yield "action", ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_of_a_press_is_told_whole(language: str) -> None:
    with shown_in(language):
        for code in CODES:
            error = StationError("in a test")
            error.code = code
            notice = refusal(error)
            shown = words_of(render_panel(PAGES[language], notice, VIEWER))
            for told in (notice.title, notice.cause, *notice.remedy.splitlines(), code):
                assert told, code
                assert squeezed(told) in shown, code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_the_printer_is_told_to_the_technician(
    window: Served, language: str
) -> None:
    for reason in PrinterStateReason:
        window.bench.machine.reasons = (Reason(reason, Severity.ERROR, "0500"),)
        view = window.service.machine.check_now(30.0)
        with shown_in(language):
            view = window.service.machine.view()
            page = render_panel(PAGES[language], devices_panel(view), VIEWER)
            shown, said = words_of(page), explain(reason.value, {"native_code": "0500"})
            for told in (said.title, said.cause, *said.remedy.splitlines(), "0500"):
                assert squeezed(told) in shown, reason
            assert 'action="/actions/begin-repair"' in page
            panels = window.app.state.panels
            whole = words_of(panels.read("operator", "").panels["machine"])
            assert said.title in whole or text("machine.at-work") in whole
