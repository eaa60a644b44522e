"""What schemathesis loads beside the document: who calls, and data that the station can work with.

Drawn values alone reach no order that exists for long. So half of the well-formed new orders are
for a person whom the province knows, and no request waits: `wait` is cut to its shortest values,
which says nothing about what is refused.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any, Final

import requests
import schemathesis

VARIABLE: Final = "FUZZ_API"  #: names the file with `Caller`'s fields

_told: Final[dict[str, Any]] = json.loads(Path(os.environ[VARIABLE]).read_text(encoding="utf-8"))
_chance: Final = random.Random(_told["seed"])
STREAM: Final = "GET /api/v1/events"
LONGEST_WAIT: Final = 0.2  #: seconds


class Caller:
    """The role's credential; a person logs in again when a request has ended the session."""

    token: str = _told["token"]

    def get(self, case: Any, context: Any) -> str:  # noqa: ANN401 - schemathesis' own
        """Return a token that is good now."""
        del case, context
        if not Caller.token and _told["login"]:
            url = f"{_told['base']}/api/v1/session"
            with requests.Session() as browser:
                browser.trust_env = False
                answer = browser.post(url, json=_told["login"], timeout=60)
            answer.raise_for_status()
            Caller.token = answer.json()["token"]
        return Caller.token

    def set(self, case: Any, data: str, context: Any) -> None:  # noqa: ANN401 - schemathesis' own
        """Show it, as this role does."""
        del context
        case.headers = {**(case.headers or {}), **_told["headers"]}
        if data:
            case.headers["Authorization"] = f"Bearer {data}"


if _told["token"] or _told["login"]:
    schemathesis.auth(refresh_interval=None)(Caller)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:  # noqa: ANN401
    """Keep a request from waiting: a stream that begins with the past sends something at once."""
    del context, kwargs
    if case.operation.label == STREAM and "Last-Event-ID" not in (case.headers or {}):
        case.query = {"after": 0, **(case.query or {})}
    wait = (case.query or {}).get("wait")
    if isinstance(wait, int | float) and not isinstance(wait, bool) and LONGEST_WAIT < wait <= 300:
        case.query["wait"] = LONGEST_WAIT


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:  # noqa: ANN401
    """Note the end of a session."""
    del context
    ended = case.operation.label == "DELETE /api/v1/session" and response.status_code == 204
    if ended and _told["login"]:
        Caller.token = ""


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:  # noqa: ANN401
    """Put a person in whom the province knows."""
    operation = context.operation.label
    known = isinstance(body, dict) and isinstance(body.get("id_number"), str)
    if known and operation.startswith("POST /api/v1/order") and _chance.random() < 0.5:
        return {**body, "id_number": _chance.choice(_told["people"])}
    return body
