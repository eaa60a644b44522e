"""What axe-core (`tests/vendored`) finds on a page that a browser shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from selenium.webdriver.chrome.webdriver import WebDriver

AXE: Final = (Path(__file__).parents[1] / "vendored" / "axe.min.js").read_text(encoding="utf-8")
#: Returns impact, rule and first places of each finding, once the page has heard of its new size:
#: it does so before it draws the next frame.
RUN_AXE: Final = """
const done = arguments[arguments.length - 1];
requestAnimationFrame(() => requestAnimationFrame(() =>
  axe.run(document, {resultTypes: ["violations"]}).then(found => done(found.violations.map(
    one => [one.impact, one.id, one.nodes.slice(0, 3).map(node => node.target.join(" "))])))));
"""
SERIOUS: Final = {"serious", "critical"}


def findings(browser: WebDriver) -> list[Any]:
    """Return the serious ones: impact, rule, places."""
    browser.execute_script(AXE)
    found = browser.execute_async_script(RUN_AXE)
    return [one for one in found if one[0] in SERIOUS]
