"""`docs/how-to/integrate.md` does what it says: its code runs, and nothing is left out of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from docs.clients import camel, operations
from station.client import AnswerError, StationClient
from station.core.orders import OrderStep
from station.core.people import Role
from station.webhooks import message
from tests.unit.api.conftest import Served, serving
from tests.unit.production.doubles import ID_NUMBER

HOW_TO: Final = (Path(__file__).parents[3] / "docs/how-to/integrate.md").read_text("utf-8")
SECRET: Final = b"0123456789abcdef0123456789abcdef"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", HOW_TO, re.DOTALL)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as made:
        yield made


def test_its_code_runs(served: Served) -> None:
    token = served.doors.clients.add("hall", Role.PROVINCE_SERVER, by="test")
    body = b'{"specversion":"1.0"}'
    names: dict[str, Any] = {
        "AnswerError": AnswerError,
        "StationClient": StationClient,
        "base64": base64,
        "body": body,
        "hashlib": hashlib,
        "headers": message.headers(SECRET, "evt_w_1", 1935000000, body),
        "hmac": hmac,
        "number": ID_NUMBER,
        "secret": "whsec_" + base64.b64encode(SECRET).decode(),
        "time": time,
    }
    with httpx.Client(
        base_url=f"http://{served.host}:{served.port}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=90.0,
        trust_env=False,
    ) as names["http"]:
        for block in blocks("python"):
            exec(compile(block, "integrate.md", "exec"), names)  # noqa: S102 - our own document
    assert names["order"]["step"] == "released"


def test_its_script_calls_what_there_is() -> None:
    (script,) = blocks("js")
    known = {camel(one.name) for one in operations()} | {"pair", "seen", "token"}
    called = set(re.findall(r"station\.(\w+)", script)) - {"js"}
    assert called
    assert called <= known


def test_it_names_every_state() -> None:
    (table,) = re.findall(r"## States of an order\n(.*?)\n## ", HOW_TO, re.DOTALL)
    assert re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE) == [
        step.value for step in sorted(OrderStep, key=list(OrderStep).index)
    ]


def test_it_names_what_to_do_after_every_status() -> None:
    errors = (Path(__file__).parents[3] / "docs/reference/errors.md").read_text("utf-8")
    (table,) = re.findall(r"## After an error\n(.*?)\n## ", HOW_TO, re.DOTALL)
    told = {
        int(one)
        for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE)
        for one in row.split(",")
    }
    answered = {int(one) for one in re.findall(r"^\| `[a-z0-9-]+` \| (\d+)", errors, re.MULTILINE)}
    assert answered
    assert answered <= told
