"""Shows what keeps the station from starting, until somebody asks for another try."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import jinja2

from station.plain_server import Answer, Asked, PlainServer
from station.safe_mode.trouble import Trouble
from station.settings_check import Finding
from station.words import text

API: Final = "/api/"
PROBLEM: Final = "application/problem+json"
AGAIN: Final = "again"


def serve_trouble(trouble: Trouble, announce: Callable[[str], None]) -> None:
    """Serve the page until its button is pressed.

    Args:
        trouble: What is shown.
        announce: Called with the page's address once it is served.

    Raises:
        ConfigError: The port can't be used.
    """
    pressed = threading.Event()

    def answer(asked: Asked) -> Answer:
        if asked.form is not None:
            if asked.form.get("act") == AGAIN:
                pressed.set()
            return Answer(_page(trouble, again=pressed.is_set()))
        if asked.path.startswith(API):
            return Answer(_problem(trouble), HTTPStatus.SERVICE_UNAVAILABLE, PROBLEM)
        # A page that waits for the station reloads with this status, and does not keep it.
        return Answer(_page(trouble), HTTPStatus.SERVICE_UNAVAILABLE)

    server = PlainServer(trouble.port, answer)
    server.start()
    try:
        announce(server.address)
        pressed.wait()
    finally:
        server.stop()


def _problem(trouble: Trouble) -> str:
    problem = {
        "title": trouble.told.title,
        "status": int(HTTPStatus.SERVICE_UNAVAILABLE),
        "code": trouble.code,
        "cause": trouble.told.cause,
        "remedy": trouble.told.remedy,
        "safe_mode": True,
    }
    return json.dumps(problem, ensure_ascii=False)


def _page(trouble: Trouble, *, again: bool = False) -> str:
    message = text("safe-mode.message", message=trouble.message)
    findings = [(_place(one), text("safe-mode.right", right=one.right)) for one in trouble.findings]
    return _template().render(
        trouble=trouble, message=message, findings=findings, again=again, text=text
    )


def _place(finding: Finding) -> str:
    line = text("safe-mode.line", line=finding.line) if finding.line else ""
    return f"{line}{finding.key} {finding.problem}"


@functools.cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("station.safe_mode")
    return jinja2.Environment(loader=loader, autoescape=True).get_template("safe_mode.html")
