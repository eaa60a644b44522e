"""One whole machine: over HTTP, and as a process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import numpy as np
import pytest

from simulators.machine.actions import ACTIONS
from simulators.machine.picture import Side
from simulators.machine.server import MachineServer, OptionError, Options, address, find_printer
from station.core.faces import Panel
from tests.rigs import web

DEADLINE = 30.0  # processes start slowly on a busy machine
STOP_DEADLINE = 30.0
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def vpcd() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE)
        yield listener


@dataclass
class Rig:
    server: MachineServer
    http: httpx.Client
    line: dict[str, object]

    def do(self, action: str, **given: object) -> httpx.Response:
        return self.http.post("/do", json={"action": action, **given})

    def get(self, path: str) -> Any:  # noqa: ANN401 - whatever the API gives
        return self.http.get(path).raise_for_status().json()


@pytest.fixture
def rig(vpcd: socket.socket, tmp_path: Path) -> Iterator[Rig]:
    server = MachineServer(
        Options(
            printer="usbip://127.0.0.1:0",
            chip=f"vpcd://127.0.0.1:{vpcd.getsockname()[1]}",
            control="http://127.0.0.1:0",
            speed=0,
            blanks=5,
            record=tmp_path / "record",
        )
    )
    line = server.start()
    with httpx.Client(base_url=str(line["control"]), timeout=DEADLINE) as http:
        yield Rig(server, http, line)
    server.stop()


def test_the_words_are_listed_with_their_parameters(rig: Rig) -> None:
    listed = {each["action"]: each for each in rig.get("/actions")["actions"]}
    assert set(listed) == set(ACTIONS)
    assert listed["tear at APDU"]["parameters"] == [
        {"name": "n", "kind": "int", "required": False, "default": 1},
        {"name": "when", "kind": "str", "required": False, "default": "inside"},
    ]


def test_a_word_is_done_and_shows_in_the_state(rig: Rig) -> None:
    assert rig.get("/state")["cover_open"] is False
    answer = rig.do("open the cover")
    assert answer.status_code == 200
    assert answer.json()["state"]["cover_open"] is True
    assert rig.get("/state")["conditions"] == ["cover-open"]


def test_unknown_words_list_what_exists(rig: Rig) -> None:
    answer = rig.do("dance")
    assert answer.status_code == 422
    assert answer.json()["actions"] == sorted(ACTIONS)


@pytest.mark.parametrize("body", ["", "[]", "{}", '"x"', '{"action": 1}'])
def test_what_is_no_action_is_refused(rig: Rig, body: str) -> None:
    assert rig.http.post("/do", content=body).status_code == 422


def test_what_can_not_be_done_is_a_conflict(rig: Rig) -> None:
    assert rig.do("take the card").status_code == 409
    assert rig.do("set speed", speed=-1).status_code == 409
    assert rig.do("set speed", speed="x").status_code == 422


def test_the_observer_has_every_card_and_its_chip(rig: Rig) -> None:
    record = rig.get("/observer")
    assert len(record["cards"]) == 5
    assert record["cards"][0]["chip"]["bank_number"].startswith("622700")
    assert record["cards"][0]["card_id"].startswith("410700")
    assert record["totals"]["feeds"] == 0
    assert record["device_seconds"] == 0


def test_a_printed_side_has_a_picture_and_a_file(rig: Rig, tmp_path: Path) -> None:
    card = next(iter(rig.server.machine.cards.values()))
    with rig.server.machine.change():
        card.faces[Side.FRONT].burn(Panel.CYAN, np.zeros((642, 1014), dtype=np.uint8))
    shown = rig.get("/observer")["cards"][0]["front"]
    assert shown["png"] == f"/observer/cards/{card.card_id}/front.png"
    picture = rig.http.get(shown["png"])
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(PNG)
    rig.server.stop()
    folder = tmp_path / "record"
    names = {path.name for path in folder.iterdir()}
    assert names == {"observer.json", f"{card.card_id}-front.png"}
    assert (folder / f"{card.card_id}-front.png").read_bytes() == picture.content
    assert json.loads((folder / "observer.json").read_text())["cards"][0]["front"] == shown


def test_no_picture_of_no_card(rig: Rig) -> None:
    card_id = next(iter(rig.server.machine.cards))
    assert rig.http.get("/observer/cards/none/front.png").status_code == 404
    assert rig.http.get(f"/observer/cards/{card_id}/edge.png").status_code == 404


def test_the_clock_can_be_reset(rig: Rig) -> None:
    rig.server.machine.clock.spend(21.0, "print-front", lambda: True)
    assert rig.get("/observer")["device_seconds_by_activity"] == {"print-front": 21.0}
    assert rig.http.post("/observer/reset-clock").json()["device_seconds"] == 0


def test_the_page_is_in_both_languages(rig: Rig) -> None:
    page = rig.http.get("/").text
    assert "模拟制卡机" in page
    assert "Simulated card machine" in page


def test_the_same_seed_makes_the_same_cards() -> None:
    first, second, other = (list(_cards_of_a_machine(seed)) for seed in (7, 7, 8))
    assert first == second
    assert first != other


def _cards_of_a_machine(seed: int) -> Iterator[str]:
    server = MachineServer(Options(seed=seed, blanks=0))
    server.hands.fill_the_feeder(3)
    yield from server.machine.cards


def test_the_reader_cable_hook_is_run(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = f"{sys.executable} -c \"import sys; open('{log}', 'a').write(sys.argv[1])\""
    server = MachineServer(Options(blanks=0, reader_cable_hook=command))
    server.hands.pull_the_reader_cable()
    server.hands.open_the_cover()
    server.hands.plug_the_reader_cable_in()
    assert log.read_text() == "outin"


def test_options_that_can_not_be_are_named() -> None:
    with pytest.raises(OptionError, match="hiti-cs220e"):
        find_printer("acme")
    with pytest.raises(OptionError, match="vpcd://host:port"):
        address("http://127.0.0.1:1", "vpcd")
    with pytest.raises(OptionError):
        address("vpcd://127.0.0.1:x", "vpcd")


def start_process(*more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "simulators", "machine", "--speed", "0", "--seed", "5"]
    places = ["--printer", "usbip://127.0.0.1:0", "--control", "http://127.0.0.1:0"]
    chip = ["--chip", "vpcd://127.0.0.1:1"]
    return subprocess.Popen([*command, *places, *chip, *more], stdout=subprocess.PIPE, text=True)


def first_line(stream: IO[str] | None) -> dict[str, object]:
    assert stream is not None
    line: dict[str, object] = json.loads(stream.readline())
    return line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_says_one_line_and_stops_when_told(number: signal.Signals) -> None:
    with start_process() as process:
        line = first_line(process.stdout)
        assert (line["ready"], line["seed"]) == (True, 5)
        assert web.get(f"{line['control']}/state").json()["power"] is True
        process.send_signal(number)
        assert process.wait(timeout=STOP_DEADLINE) == 0


def test_a_process_ends_with_its_parent() -> None:
    script = (
        "import subprocess, sys, time; p = subprocess.Popen(sys.argv[1:]); "
        "sys.stdin.readline(); sys.exit(0)"
    )
    command = [sys.executable, "-m", "simulators", "machine", "--exit-with-parent"]
    places = ["--printer", "usbip://127.0.0.1:0", "--control", "http://127.0.0.1:0"]
    parent = subprocess.Popen(
        [sys.executable, "-c", script, *command, *places, "--chip", "vpcd://127.0.0.1:1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    with parent:
        first_line(parent.stdout)
        parent.communicate("\n", timeout=DEADLINE)  # ends when the machine closed its output too


def test_a_wrong_option_is_told_on_standard_error() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "simulators", "machine", "--model", "acme"],
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )
    assert process.returncode == 2
    assert "hiti-cs220e" in process.stderr
