"""`station printer` against a simulated machine, over its real link."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from simulators.machine.cards_in_path import Place
from station.cli import app
from station.drivers import load_family
from tests.rigs.printer_desk import PrinterDesk, open_desk

CONFIG = Path(__file__).parents[3] / "config" / "station.toml"
NO_DAEMON = "1"  # a port where none answers


@dataclass
class Window:
    """A clerk's terminal beside one simulated machine."""

    desk: PrinterDesk
    state: Path

    def run(self, *words: str) -> Result:
        self.desk.printer.close()  # one program at a time has the device
        env = {
            "STATION_PRINTER__FAMILY": self.desk.family,
            "STATION_PRINTER__MODEL": self.desk.printer.model.name,
            "STATION_PRINTER__LINK": self.desk.address,
            "STATION_STATION__STATE_DIR": str(self.state),
            "STATION_SERVER__PORT": NO_DAEMON,
            "COLUMNS": "200",
        }
        return CliRunner().invoke(app, ["printer", *words, "--config", str(CONFIG)], env=env)


@pytest.fixture(params=["hiti_cs", "evolis"])
def window(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Window]:
    with open_desk(request.param) as desk:
        yield Window(desk, tmp_path)


hiti = pytest.mark.parametrize("window", ["hiti_cs"], indirect=True)
evolis = pytest.mark.parametrize("window", ["evolis"], indirect=True)


def test_status_as_json_has_state_reasons_position_supplies_and_counters(window: Window) -> None:
    window.desk.do("open the cover")
    window.desk.do("leave a card inside", at="contact")
    result = window.run("status", "--json")
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)
    assert shown["serial"] == "SIM000000001"
    assert shown["printer-state"] == "stopped"
    assert shown["printer-state-reasons"] == ["cover-open-error"]
    assert shown["reasons"][0]["keyword"] == "cover-open"
    assert shown["reasons"][0]["native"]
    assert shown["card"] == "chip-station"
    assert shown["supplies"]["ribbon_cards_left"] == 200
    assert shown["counters"]["cards_printed"] == 1000
    assert shown["unverified"] == list(window.desk.printer.model.unverified)


def test_status_as_a_table_has_one_line_for_each(window: Window) -> None:
    window.desk.do("use up the ribbon")
    result = window.run("status")
    assert result.exit_code == 0, result.output
    rows = [line.split("  ", 1) for line in result.stdout.splitlines()]
    shown = {name.strip(): value.strip() for name, value in rows if name != "reason"}
    reasons = [value.strip() for name, value in rows if name.strip() == "reason"]
    assert shown["printer-state"] == "stopped"
    assert any(each.startswith("marker-print-ribbon-empty-error  ") for each in reasons)
    assert any("色带" in each for each in reasons)
    assert shown["card"] == "none in the path"
    assert shown["ribbon cards left"] == "0"
    assert shown["cards printed"] == "1000"
    assert "SIM000000001" in shown["printer"]
    assert shown["link"] == window.desk.address


@hiti
def test_what_a_technician_may_know_besides_is_shown(window: Window) -> None:
    supplies = json.loads(window.run("status", "--json").stdout)["supplies"]
    assert supplies["ribbon"] == "YMCKOK"
    assert supplies["ribbon-chip"] == "vendor 1 version 2"
    assert supplies["calibration"] == "horizontal 6, vertical 5"
    assert supplies["head"] == "672 dots, 300 dpi"


def test_with_the_cable_out_it_says_so_and_what_to_do(window: Window) -> None:
    window.desk.do("pull the printer cable")
    result = window.run("status")
    assert result.exit_code == 1
    assert "printer-not-connected" in result.stderr
    assert "处理" in result.stderr


@hiti
def test_cleaning_wipes_the_head_and_is_refused_with_a_card_inside(window: Window) -> None:
    window.desk.do("dirty the print head")
    window.desk.do("leave a card inside")
    assert "card-left-inside" in window.run("clean").stderr
    machine = window.desk.server.machine
    machine.put(machine.cards_at(Place.PRINT_START)[0], Place.TAKEN)
    assert window.run("clean").exit_code == 0
    assert window.desk.state()["head_dirty"] is False


@hiti
def test_a_session_is_recorded_with_every_transfer_and_no_dot(window: Window) -> None:
    result = window.run("capture", "--move", "--print")
    assert result.exit_code == 0, result.output
    (file,) = (window.state / "traces").iterdir()
    assert str(file) in result.stdout
    trace = file.read_text("utf-8")
    for transfer in (
        "S Bo -115 6 = a5000350 0100",
        "S Bo -115 7 = a5000450 800712",
        "S Bo -115 6 = a5000350 e02e",
        "S Bo -115 11 = a50a6550 8309c800 0003f6",
        "S Bo -115 65536 * 65536 bytes masked",
        "C Bo 0 65536 >",
        "C Bi 0 3 = 000000",
    ):
        assert f" {transfer}\n" in trace
    assert "0d16:030a" in trace
    assert "bulk OUT 01, bulk IN 82" in trace
    assert "# the test card's front" in trace
    data = [line.partition("= ")[2].replace(" ", "") for line in trace.splitlines()]
    assert max(map(len, data)) <= 2 * 97  # the longest answer on record
    assert window.desk.total("prints") == 1
    assert window.desk.total("releases") == 1


@hiti
def test_a_session_without_a_word_about_it_moves_nothing(window: Window, tmp_path: Path) -> None:
    file = tmp_path / "trace.txt"
    assert window.run("capture", "--out", str(file)).exit_code == 0
    assert window.desk.total("feeds") == 0
    again = window.run("capture", "--out", str(file))
    assert again.exit_code == 2
    assert "File exists" in again.stderr


@evolis
def test_a_job_is_masked_whole_and_commands_are_shown(window: Window, tmp_path: Path) -> None:
    file = tmp_path / "trace.txt"
    result = window.run("capture", "--out", str(file), "--move", "--print")
    assert result.exit_code == 0, result.output
    trace = file.read_text("utf-8")
    for transfer in (
        "S Bo -115 6 = 1b52736e 0d00",  # Rsn
        "S Bo -115 6 = 1b536973 0d00",  # Sis
        "S Bo -115 0 = ",  # a status poll
    ):
        assert f" {transfer}\n" in trace
    assert re.search(r"\* 21403[0-9]{2} bytes masked", trace)  # Pida has the length it needs
    data = [line.partition("= ")[2].replace(" ", "") for line in trace.splitlines()]
    assert max(map(len, data)) <= 2 * 200  # the longest answer: the ribbon's
    assert window.desk.total("prints") == 1


def test_a_recorded_session_plays_to_the_driver_without_its_printer(
    window: Window, tmp_path: Path
) -> None:
    file = tmp_path / "trace.txt"
    assert window.run("capture", "--out", str(file), "--move", "--print").exit_code == 0
    feeds, prints = window.desk.total("feeds"), window.desk.total("prints")
    window.desk.do("pull the printer cable")
    result = window.run("replay", str(file), "--json")
    assert result.exit_code == 0, result.output
    played = json.loads(result.stdout)
    assert [step["difference"] for step in played] == [""] * len(played)
    assert "the test card's front" in [step["name"] for step in played]
    assert sum(step["transfers"] for step in played) > 20
    assert (window.desk.total("feeds"), window.desk.total("prints")) == (feeds, prints)


def test_a_test_card_that_is_not_there_is_known_before_anything_moves(tmp_path: Path) -> None:
    env = {
        "STATION_FACE__TEST_CARD": str(tmp_path / "none.toml"),
        "STATION_STATION__STATE_DIR": str(tmp_path / "state"),
        "STATION_SERVER__PORT": NO_DAEMON,
    }
    words = ["printer", "capture", "--print", "--config", str(CONFIG)]
    result = CliRunner().invoke(app, words, env=env)
    assert result.exit_code == 2
    assert "none.toml" in result.stderr
    assert not list((tmp_path / "state").glob("traces/*"))


def test_a_machine_that_is_no_printer_is_not_recorded(tmp_path: Path) -> None:
    env = {
        "STATION_PRINTER__FAMILY": "manual",
        "STATION_PRINTER__MODEL": "reader",
        "STATION_PRINTER__LINK": "reader:",
        "STATION_STATION__STATE_DIR": str(tmp_path),
        "STATION_SERVER__PORT": NO_DAEMON,
    }
    words = ["printer", "capture", "--config", str(CONFIG)]
    result = CliRunner().invoke(app, words, env=env)
    assert result.exit_code == 2
    assert "can't be recorded" in result.stderr


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("a5 00 03 50 04 00", True),
        ("a5 00 00 50 83 09 09 00 00 00 01", True),
        ("a5 00 00 50 83 09 09 00 00 00 01 ff", False),  # a dot behind the header
        ("ff", False),
        ("a5", False),
        ("a5 00 03 50 04 00 00", False),
        ("00 a5 00 03 50 04 00", False),
    ],
)
def test_only_a_write_that_is_one_request_is_shown(data: str, shown: bool) -> None:
    may_show = load_family("hiti_cs").may_show
    assert may_show is not None
    assert may_show(bytes.fromhex(data)) is shown
