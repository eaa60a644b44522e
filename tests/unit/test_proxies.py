"""No proxy of the environment stands between the station, the simulators and the tests."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ("Client", "AsyncClient", "get", "post", "put", "delete", "request", "stream")
#: Run without pytest, so that `tests/conftest.py` does not clear the environment for them.
HARNESSES = ("bench", "chaos", "install", "reports", "torture")
DEAD = "http://127.0.0.1:9"


def programs() -> Iterator[Path]:
    folders = [ROOT / "station", ROOT / "simulators"]
    folders += [ROOT / "tests" / name for name in HARNESSES]
    for folder in folders:
        yield from (path for path in folder.rglob("*.py") if not path.name.startswith("test_"))


def trusting(source: str) -> list[int]:
    """Return the lines of a module on which httpx would ask the environment for a proxy."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "httpx"
        and call.func.attr in CLIENTS
        and not any(
            word.arg == "trust_env"
            and isinstance(word.value, ast.Constant)
            and word.value.value is False
            for word in call.keywords
        )
    ]


def test_every_http_client_outside_the_tests_ignores_the_environments_proxies() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in programs()
        for line in trusting(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_a_client_that_trusts_the_environment_is_found() -> None:
    assert trusting("import httpx\nhttpx.get(url)\nhttpx.get(url, trust_env=False)\n") == [2]
    assert trusting("httpx.Client(\n    trust_env=True)") == [1]


def test_no_proxy_reaches_a_test() -> None:
    assert urllib.request.getproxies_environment() == {}


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_the_tests_clear_a_proxy_before_the_first_of_them_is_loaded(name: str) -> None:
    script = "import tests.conftest, urllib.request as u; print(u.getproxies_environment())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, name: DEAD},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "{}"
