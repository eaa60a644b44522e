"""The simulated desk as a process: its line of readiness, its hands, and what the station reads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from simulators.child import ROOT
from station.core.identity_cards import OnReader
from station.core.pin_entry import PinPrompt
from station.desk.id_reader import SamReader
from station.desk.pin_pad import SerialPinPad, load_pad_facts
from tests.rigs import web
from tests.rigs.id_reader import PATIENT, open_id_link
from tests.rigs.pin_pad import open_pad_link

NUMBER = "410799199003070010"  # invented


class Running:
    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-m", "simulators", "desk", "--folder", str(folder)]
        self.child = subprocess.Popen(
            [*command, "--control", "http://127.0.0.1:0", "--exit-with-parent", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.child.stdout is not None
        self.ready = json.loads(self.child.stdout.readline())

    def do(self, action: str, **given: str) -> httpx.Response:
        url = f"{self.ready['control']}/do"
        return web.post(url, json={"action": action, **given})

    def stop(self) -> int:
        self.child.terminate()
        assert self.child.stdout is not None
        self.child.stdout.close()
        return self.child.wait(30.0)


@pytest.fixture(params=["pty", "usbip"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path, "--id-line", request.param)
    yield made
    assert made.stop() == 0


def test_the_station_reads_what_the_hands_do(desk: Running) -> None:
    link = desk.ready["id_reader"]
    reader = SamReader(link, lambda: open_id_link(link), patience=PATIENT)
    assert reader.look().found is OnReader.NOTHING
    for kind in ("", "J", "I", "Y"):
        assert desk.do("put an ID card on", kind=kind).is_success
        assert reader.look().card is not None
    assert desk.do("put an ID card on", number=NUMBER, name="张三").is_success
    card = reader.look().card
    assert card is not None
    assert (card.number, card.name) == (NUMBER, "张三")
    for action in ("send the next answers in pieces", "send bytes before the next answer"):
        desk.do("lift the ID card")
        desk.do(action)
        assert reader.look().found is OnReader.STAYS
    reader.close()


def test_each_button_of_the_page_does_what_it_says_as_it_stands_there(desk: Running) -> None:
    for one in web.get(f"{desk.ready['control']}/actions").json()["actions"]:
        given = {each["name"]: each["default"] for each in one["parameters"]}
        pressed = desk.do(one["action"], **given)
        assert pressed.is_success, pressed.text


def test_the_pad_and_what_can_be_done(desk: Running) -> None:
    link = desk.ready["pin_pad"]
    pad = SerialPinPad(link, load_pad_facts("framed"), lambda: open_pad_link(link))
    assert desk.do("type at the next prompts", plans="193742").is_success
    with pad.ask_pin(PinPrompt.CURRENT, length=6, timeout=30.0) as pin:
        assert pin.coded() == bytes.fromhex("193742")
    pad.close()
    control = desk.ready["control"]
    actions = web.get(f"{control}/actions").json()["actions"]
    listed = {one["action"]: one for one in actions}
    assert listed["unplug the PIN pad"]["chinese"] == "拔掉密码键盘"
    assert [one["name"] for one in listed["press keys now"]["parameters"]] == ["keys"]
    state = web.get(f"{control}/state").text
    assert "193742" not in state
    assert desk.do("no such thing").status_code == 422
    assert desk.do("lift the ID card", x="1").status_code == 422
