"""The process: one line when ready, and a quick end on a signal."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.rigs import web

ROOT = Path(__file__).parents[5]


def _start(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "simulators", "province", *options]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_and_ends_on_a_signal(number: signal.Signals) -> None:
    process = _start("--listen", "http://127.0.0.1:0", "--people", "20", "--seed", "3")
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert set(ready) == {"ready", "province", "page", "seed"}
    assert (ready["ready"], ready["seed"]) == (True, 3)
    assert ready["province"].endswith("/services/CardService")
    assert len(web.get(f"{ready['page']}people").json()["people"]) == 20
    process.send_signal(number)
    rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_it_ends_quickly_with_a_late_call_under_way() -> None:
    process = _start("--listen", "http://127.0.0.1:0", "--people", "20")
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    words = {"action": "work late", "seconds": 3600}
    web.post(f"{ready['page']}do", json=words)
    body = (
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        b'<n:allDsjk xmlns:n="http://service.card"><in0>'
        + "&lt;ROOT&gt;&lt;操作&gt;查询批次号&lt;/操作&gt;&lt;/ROOT&gt;".encode()
        + b"</in0></n:allDsjk></e:Body></e:Envelope>"
    )
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            ready["province"],
            content=body,
            headers={"Content-Type": "text/xml", "SOAPAction": ""},
            timeout=0.3,
        )
    process.terminate()
    process.communicate(timeout=60)  # the late call would take an hour
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--listen", "127.0.0.1:0"], "expected http://host:port"),
        (["--listen", "http://127.0.0.1"], "expected http://host:port"),
        (["--database", "/nowhere/at/all.db", "--listen", "http://127.0.0.1:0"], "unable to open"),
    ],
)
def test_bad_options_end_with_one_line(options: list[str], text: str) -> None:
    process = _start(*options)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert text in errors
    assert errors.count("\n") == 1
