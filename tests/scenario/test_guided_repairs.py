"""Guided repairs on the technician's page, over the real stacks: each fault is provoked at the
simulated machine, found on the page, and mended step by step as the page says.

The hands do what a step's words ask for; a step is confirmed by the machine where it can tell, and
the test presses 已完成 only where the page waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By

from station.words import catalogue
from tests.rigs.operator_page import Page
from tests.scenario.conftest import Window, make_good

WORDS: Final = catalogue("zh").tables["repair-step"]
Hand = tuple[str, Mapping[str, Any]]


def does(action: str, **parameters: str | int) -> Hand:
    return action, parameters


@dataclass(frozen=True)
class Trouble:
    """One fault, and what the hands do when a step asks for it.

    Attributes:
        repair: The repair that the page is to offer.
        code: What the page must name; empty for a repair that is chosen from the list.
        cause: What the hands do to provoke it.
        mend: Step -> what the hands do in it.
        by_machine: How many steps the machine itself must confirm.
    """

    repair: str
    code: str
    cause: tuple[Hand, ...]
    mend: Mapping[str, tuple[Hand, ...]] = field(default_factory=dict)
    by_machine: int = 1


OPEN: Final = {"open-cover": (does("open the cover"),), "close-cover": (does("close the cover"),)}
TROUBLES: Final = (
    Trouble(
        "ribbon-chip",
        "station-ribbon-chip-missing",
        (does("loosen the ribbon chip"),),
        {**OPEN, "reseat-ribbon-chip": (does("reseat the ribbon chip"),)},
        by_machine=3,
    ),
    Trouble(
        "ribbon",
        "marker-print-ribbon-empty",
        (does("use up the ribbon"),),
        {**OPEN, "change-ribbon": (does("put a new ribbon in"),)},
        by_machine=3,
    ),
    Trouble(
        "load-blanks",
        "media-empty",
        (does("empty the feeder"),),
        {"load-blanks": (does("fill the feeder", count=10, bank_bin="622700"),)},
    ),
    Trouble(
        "reject-box",
        "station-reject-box-full",
        (does("fill the reject bin"),),
        {"empty-reject-box": (does("empty the reject bin"),)},
    ),
    Trouble("cover", "cover-open", (does("open the cover"),), OPEN, by_machine=2),
    Trouble(
        "which-cable",
        "printer-not-connected",
        (does("pull the printer cable"), does("pull the reader cable")),
        {
            "printer-cable": (does("plug the printer cable in"),),
            "reader-cable": (does("plug the reader cable in"),),
        },
        by_machine=3,
    ),
    Trouble("cleaning", "", (), by_machine=2),
    Trouble(
        "print-quality",
        "",
        (does("dirty the print head"),),
        {
            **OPEN,
            "wipe-head-and-sensor": (does("clean the print head"),),
        },
        by_machine=4,
    ),
)


class Technician:
    """A technician at the diagnostics page."""

    def __init__(self, browser: WebDriver, window: Window) -> None:
        self.browser = browser
        self.world = window.world
        self.page = Page(browser, window.world.station_page, "/diagnostics")

    def do(self, hands: tuple[Hand, ...]) -> None:
        for action, parameters in hands:
            self.world.machine(action, **parameters)

    def press(self, selector: str) -> None:
        """Press a button that is on the page; it may be drawn anew at the same moment."""
        script = (
            "const b = document.querySelector(arguments[0]);"
            "if (!b || b.disabled) return false; b.click(); return true"
        )
        self.page.wait_until(selector, lambda: self.browser.execute_script(script, selector))

    def present(self) -> str:
        """Return the name of the present step; empty where there is none."""
        said = self.page.text("#repair-steps [data-state=now]")
        return next((name for name, words in WORDS.items() if said.startswith(words)), "")

    def next_step(self, taken: set[str]) -> str:
        """Wait for a step that was not taken yet; the machine may pass some by itself.

        Returns its name; empty after the last one.
        """

        found = ""

        def there() -> bool:
            nonlocal found
            over = bool(self.page.text("#repairs .repair-over"))
            found = "" if over else self.present()  # not what was present before it was over
            return over or found not in {"", *taken}

        self.page.wait_until(
            lambda: f"a step after {sorted(taken)}: {self.page.text('#repairs')}", there
        )
        return found

    def confirmed(self) -> list[str]:
        return [
            one.text
            for one in self.browser.find_elements(By.CSS_SELECTOR, "#repairs .repair-confirmed")
        ]


@pytest.fixture
def technician(browser: WebDriver, window: Window) -> Iterator[Technician]:
    yield Technician(browser, window)
    make_good(window.world)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.repair)
def test_a_fault_is_mended_step_by_step(technician: Technician, trouble: Trouble) -> None:
    page = technician.page
    technician.do(trouble.cause)
    begin(technician, trouble)
    taken: set[str] = set()
    while step := technician.next_step(taken):
        taken.add(step)
        technician.do(trouble.mend.get(step, ()))
        if step == "run-cleaning":
            technician.press("#repair-act button")
        elif step == "test-card":
            print_and_judge_a_test_card(technician)
        elif "已完成" in page.text("#confirm-step"):
            technician.press("#confirm-step button")
    page.wait("all steps", "#repairs .repair-over", "各步已做完")
    assert technician.confirmed().count("机器确认") == trouble.by_machine
    assert "人工确认，机器没有确认" not in technician.confirmed()
    technician.press("#leave-repair button")
    page.wait("nothing is wrong", "#repairs", "现在没有需要修复的故障")
    assert page.errors() == []


def begin(technician: Technician, trouble: Trouble) -> None:
    """Begin the repair as a technician finds it: from the fault's message, or from the list."""
    page = technician.page
    if trouble.code:
        page.wait("the fault", "#devices", trouble.code)
        page.wait("its repair", "#repairs-wanted", catalogue("zh").tables["repair"][trouble.repair])
        technician.press(f"#devices .problem input[value={trouble.repair}] ~ button")
        return
    technician.browser.find_element(By.CSS_SELECTOR, "#repairs-others summary").click()
    technician.press(f"#repairs-others input[value={trouble.repair}] ~ button")


def print_and_judge_a_test_card(technician: Technician) -> None:
    technician.press("#repair-act button")
    technician.press("#confirm-yes")
    technician.press("#judge-test button[formaction='/actions/test-passed']")
    technician.press("#confirm-yes")
