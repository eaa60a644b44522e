"""`docs/how-to/a-technicians-hour.md` followed to the letter, with a simulated machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from simulators.child import ROOT
from simulators.pcsc_service import pcsc_can_run, why_pcsc_cannot_run
from simulators.world import PASSWORD, World, WorldOptions

HOW_TO = (ROOT / "docs/how-to/a-technicians-hour.md").read_text(encoding="utf-8")
OPERATOR, OPERATORS_PASSWORD = "li.na", "Made-at-the-login-page"
QUESTIONS = re.search(r"```dialogue\n(.*?)```", HOW_TO, re.DOTALL)


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[World]:
    """A machine and a province; no station, no settings, nobody who may log in."""
    assert pcsc_can_run(), why_pcsc_cannot_run()
    world = World(WorldOptions(folder=tmp_path / "world", blanks=3))
    try:
        world.start_surroundings()
        yield world
    finally:
        world.stop()


def station(world: World, *arguments: str, said: str = "") -> tuple[int, str]:
    environment = {key: value for key, value in os.environ.items() if "STATION_" not in key}
    done = subprocess.run(
        [sys.executable, "-m", "station", *arguments, "--config", str(world.config)],
        cwd=ROOT,
        env={
            **environment,
            **world.pcsc_environment,
            "STATION_STATION__STATE_DIR": str(world.folder / "state"),
            "STATION_SERVER__PORT": "0",
            "STATION_OPERATOR_PASSWORD": OPERATORS_PASSWORD,
        },
        input=said,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,  # no terminal: a hidden question is answered by the pipe too
    )
    return done.returncode, done.stdout + done.stderr


def filled(world: World, text: str) -> str:
    values = {
        "printer": world.printer_link,
        "model": "HiTi CS-220e",
        "reader": world.chip_link,
        "province": world.province_url,
        "user": "window-1",
        "password": PASSWORD,
        "region": "410700",
        "operator": OPERATOR,
        "person": world.person("ready")["id_number"],
    }
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], text)


def command(world: World, beginning: str) -> list[str]:
    (line,) = re.findall(rf"^station ({beginning}.*)$", HOW_TO, re.MULTILINE)
    return filled(world, line).split()


def test_from_nothing_to_the_first_card(bare: World) -> None:
    assert QUESTIONS is not None
    asked, answers = [], []
    for line in QUESTIONS[1].splitlines():
        question, _, answer = line.rpartition(": ") if ": " in line else (line, "", "")
        asked.append(question)
        answers.append(filled(bare, answer))
    status, told = station(bare, "setup", said="\n".join(answers) + "\n")
    assert status == 0, told
    at = 0
    for question in asked:
        at = told.find(question, at)
        assert at >= 0, f"not asked, or in another order: {question}\n{told}"
    assert "✘" not in told
    assert PASSWORD not in told
    assert PASSWORD not in bare.config.read_text(encoding="utf-8")
    assert re.search(r"✔ 测试卡芯片：复位信息 [0-9A-F]{26}，规范 3\.00，发卡地 410700", told), told
    totals = bare.observer()["totals"]
    assert (totals["feeds"], totals["chip_write_sessions"], totals["prints"]) == (1, 0, 0)
    assert totals["releases"] == 1

    status, told = station(bare, *command(bare, "operators add"))
    assert status == 0, told
    code = re.search(r"注册码：(\S+)", told)
    assert code is not None, told
    serve(bare)
    register = {"operator": OPERATOR, "code": code[1], "password": OPERATORS_PASSWORD}
    answer = httpx.post(
        f"{bare.station_page}/register",
        data=register,
        headers={"Origin": bare.station_page},
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code < 400, answer.text
    assert station(bare, "doctor")[0] == 0
    status, told = station(bare, *command(bare, "make"))
    assert status == 0, told
    assert json.loads(told)["step"] == "released"
    assert bare.observer()["totals"]["prints"] == 1
    assert "issued" in station(bare, "ledger", "--json")[1]


def serve(world: World) -> None:
    text = world.config.read_text(encoding="utf-8")
    state = json.dumps(str(world.folder / "state"))
    text = re.sub(r"^state_dir = .*$", f"state_dir = {state}", text, flags=re.MULTILINE)
    world.config.write_text(text.replace("port = 8470", "port = 0"), encoding="utf-8")
    world.start_station()
