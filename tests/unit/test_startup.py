"""The daemon's lean start, in an interpreter of its own: it changes the whole process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def run(code: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_http_works_without_its_command_line_and_another_event_loop() -> None:
    said = run(
        "import json, sys\n"
        "from station.cli import startup\n"
        "startup.no_client_command_line(); startup.no_trio()\n"
        "import httpcore, httpx\n"
        "client = httpx.Client(transport=httpx.MockTransport(lambda r: httpx.Response(204)))\n"
        "status = client.get('http://station/').status_code\n"
        "there = {name: sys.modules.get(name) is not None for name in ('rich', 'trio')}\n"
        "print(json.dumps({'status': status, **there}))"
    )
    assert said == {"status": 204, "rich": False, "trio": False}


def test_garbage_is_collected_again_and_memory_tuning_is_harmless() -> None:
    said = run(
        "import gc, json\n"
        "from station.cli import startup\n"
        "startup.collect_no_more(); startup.give_memory_back(); off = gc.isenabled()\n"
        "startup.collect_again()\n"
        "print(json.dumps({'off': off, 'on': gc.isenabled(), 'kept': gc.get_freeze_count() > 0}))"
    )
    assert said == {"off": False, "on": True, "kept": True}
