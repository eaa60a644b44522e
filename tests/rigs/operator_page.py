"""The operator page as a person reads and presses it, for tests in a browser."""

from __future__ import annotations

from collections.abc import Callable

from selenium.common.exceptions import TimeoutException
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

from simulators.world import OPERATOR, PEOPLE_PASSWORD

SECONDS = 30.0


def sign_in(browser: WebDriver, operator: str = OPERATOR) -> None:
    """Log in where the station asks who is there; the page that was asked for follows."""
    if "/login" not in browser.current_url:
        return
    browser.find_element(By.ID, "login-operator").clear()
    browser.find_element(By.ID, "login-operator").send_keys(operator)
    browser.find_element(By.ID, "login-password").send_keys(PEOPLE_PASSWORD)
    browser.find_element(By.ID, "login-go").click()
    WebDriverWait(browser, SECONDS, 0.05).until(lambda _: "/login" not in browser.current_url)


class Page:
    """The operator page as a person reads it."""

    def __init__(
        self, browser: WebDriver, address: str, path: str = "/", *, operator: str = ""
    ) -> None:
        """Open a page.

        Args:
            browser: Where.
            address: Of the station.
            path: Of the page.
            operator: Who comes to the window now: another one is logged out.
        """
        self.browser = browser
        self.address = address
        if operator:
            browser.delete_all_cookies()
        self._operator = operator or OPERATOR
        self.open(path)

    def open(self, path: str = "/") -> None:
        self.browser.get(f"{self.address}{path}")
        sign_in(self.browser, self._operator)

    def open_tab(self, name: str) -> None:
        """Open one of the services beside the order: orders, person, desk, card or day."""
        self.browser.find_element(By.CSS_SELECTOR, f'label[for="tab-{name}"]').click()

    def order(self) -> str:
        """Return the order that this tab is to show."""
        return str(self.browser.execute_script("return document.body.dataset.order"))

    def field(self) -> str:
        """Return what is in the number field."""
        return str(self.browser.execute_script("return document.getElementById('id-number').value"))

    def focused(self) -> str:
        return str(self.browser.switch_to.active_element.get_attribute("id"))

    def wait_until(
        self,
        what: str | Callable[[], str],
        condition: Callable[[], bool],
        seconds: float = SECONDS,
    ) -> None:
        """Wait until the condition holds; `what` names what is awaited, or tells the last state."""
        try:
            WebDriverWait(self.browser, seconds, 0.05).until(lambda _: condition())
        except TimeoutException:
            raise TimeoutException(what if isinstance(what, str) else what()) from None

    def wait_for_next_page(self, press: Callable[[], None], seconds: float = SECONDS) -> None:
        """Press what sends a form, and wait until the page is another one.

        The old page may show what is looked for next, and its elements are gone a moment later.
        """
        old = self.browser.find_element(By.TAG_NAME, "html")
        press()
        self.wait_until("another page", lambda: bool(staleness_of(old)(self.browser)), seconds)

    def wait_for_data_of(self, id_number: str) -> None:
        self.wait("data", ".compare-number", id_number)
        self.wait_for_state("approve", "waiting on")

    def text(self, selector: str) -> str:
        return str(
            self.browser.execute_script(
                "const e = document.querySelector(arguments[0]); return e ? e.innerText : ''",
                selector,
            )
        )

    def wait_for_part(self, name: str, state: str) -> None:
        """Wait until the picture of the machine draws a part like this."""
        script = (
            "const e = document.querySelector(`#machine-picture [data-part=${arguments[0]}]`);"
            "return e ? e.dataset.state : ''"
        )
        self.wait_until(
            f"the picture's {name} is {state}",
            lambda: self.browser.execute_script(script, name) == state,
        )

    def drawn_card(self) -> str:
        """Return how the picture draws a card: seen, told; empty for none."""
        script = "const e = document.querySelector('#machine-picture .card');"
        return str(self.browser.execute_script(f"{script} return e ? e.dataset.certainty : ''"))

    def wait_for_drawn_card(self, certainty: str) -> None:
        """Wait until the picture draws a card like this; empty for none.

        The panels of one reading are made one after the other: the picture may be a moment older
        than the message, until the next reading.
        """
        self.wait_until(
            lambda: f"the picture draws {self.drawn_card()!r}",
            lambda: self.drawn_card() == certainty,
        )

    def state(self, action: str) -> str:
        return str(
            self.browser.execute_script(
                "const e = document.getElementById('do-' + arguments[0]);"
                "return e ? e.dataset.state + (e.disabled ? ' off' : ' on') : ''",
                action,
            )
        )

    def wait(self, what: str, selector: str, text: str) -> None:
        self.wait_until(
            lambda: f"{what}: {self.text(selector)!r}", lambda: text in self.text(selector)
        )

    def wait_for_state(self, action: str, state: str) -> None:
        self.wait_until(
            lambda: f"{action} is {self.state(action)!r}; {self.text('.message')!r}",
            lambda: self.state(action) == state,
        )

    def wait_until_on(self, action: str) -> None:
        self.wait_until(f"{action} is on", lambda: self.state(action).endswith(" on"))

    def wait_for_picture(self, selector: str) -> None:
        script = "const e = document.querySelector(arguments[0]); return e ? e.naturalWidth : 0"
        self.wait_until(
            selector, lambda: bool(self.browser.execute_script(script, selector) > 1000)
        )

    def press_with_alt(self, key: str) -> None:
        chord = ActionChains(self.browser)
        chord.key_down(Keys.ALT).send_keys(key).key_up(Keys.ALT).perform()

    def type(self, *keys: str) -> None:
        ActionChains(self.browser).send_keys(*keys).perform()

    def errors(self) -> list[str]:
        return [
            entry["message"]
            for entry in self.browser.get_log("browser")  # type: ignore[no-untyped-call]
            if entry["level"] == "SEVERE"
        ]


def agree(browser: WebDriver, person: str) -> None:
    """Type the second person's name and password into the open dialog, and confirm."""
    browser.find_element(By.ID, "approver").send_keys(person)
    browser.find_element(By.ID, "approver-password").send_keys(PEOPLE_PASSWORD)
    browser.find_element(By.ID, "confirm-yes").click()
