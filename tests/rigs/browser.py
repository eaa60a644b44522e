"""Debian's Chromium under its own driver, for tests and for the README's pictures."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

WIDTH, HEIGHT = 1366, 768
CHROMIUM = Path("/usr/bin/chromium")
DRIVER = Path("/usr/bin/chromedriver")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=zh-CN",
)


@contextlib.contextmanager
def open_browser(display: str = "") -> Iterator[webdriver.Chrome]:
    """Start a Chromium of 1366 x 768 with an empty profile; ends it whatever happens.

    With the name of an X display it has a real window there, with its own frame and menus.
    """
    options = Options()
    options.binary_location = str(CHROMIUM)
    hidden = () if display else ("--headless=new",)
    service = Service(str(DRIVER), env={**os.environ, "DISPLAY": display})
    with tempfile.TemporaryDirectory() as profile:
        for flag in (*FLAGS, *hidden, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        browser = webdriver.Chrome(options=options, service=service)
        try:
            if display:
                yield browser
                return
            # The window's own frame takes some of its size: make the page that large.
            browser.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False},
            )
            yield browser
        finally:
            browser.quit()
