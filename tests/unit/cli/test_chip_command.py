"""`station chip` with a simulated card in memory and an HSM in this process."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import station.gateways
import station.transport.chip_link
from simulators.cards.ssc import make_blank
from station.cli import app
from station.core.cards import ChipData
from station.encoder import open_encoder
from tests.card_in_reader import CardInReader
from tests.province_hsm import hsm_answer

CONFIG = Path(__file__).parents[3] / "config" / "station.toml"
PERSON = ChipData(
    AAC002="41070219900307002X",
    AAC003="欧阳·小测试",
    AAC004="2",
    AAC005="03",
    AAC025="410702",
    AAC006="19900307",
    AAZ500="X00000019",
    AAZ503="20261122",
    valid_until="20361122",
)


class Province:
    """A gateway of which only the HSM is asked."""

    authenticate = staticmethod(hsm_answer)

    def open(self, settings: object) -> Province:
        del settings
        return self

    def close(self) -> None:
        return None


@dataclass
class Window:
    link: CardInReader

    def run(self, *words: str, typed: str = "") -> Result:
        return CliRunner().invoke(app, ["chip", *words, "--config", str(CONFIG)], input=typed)


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Window:
    link = CardInReader(make_blank(random.Random(1), "622848", 1))
    monkeypatch.setenv("STATION_PROVINCE__PASSWORD", "nothing")
    monkeypatch.setattr(
        station.transport.chip_link, "open_chip_link", lambda address, card_wait: link
    )
    monkeypatch.setattr(station.gateways, "load_gateway", lambda name: Province())
    encoder = open_encoder(link, "ssc")
    encoder.personalise(encoder.identify(), PERSON, hsm_answer)
    return Window(link)


def test_read_shows_nothing_of_the_holder_unasked(window: Window) -> None:
    done = window.run("read")
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    assert shown["AAZ501"] == window.link.card.card_id
    assert shown["bank_number_masked"].startswith("622848***")
    assert PERSON.AAC002 not in done.output


def test_read_with_the_holder(window: Window) -> None:
    shown = json.loads(window.run("read", "--holder").stdout)
    assert (shown["AAC002"], shown["AAC003"]) == (PERSON.AAC002, PERSON.AAC003)


def test_read_as_the_national_interface_has_it(window: Window) -> None:
    done = window.run("read", "--national")
    fields = done.stdout.strip().split("|")
    assert len(fields) == 12  # eleven, each with its bar
    assert fields[1:3] == [PERSON.AAC002, PERSON.AAZ500]
    assert fields[4] == PERSON.AAC003
    assert fields[6:10] == ["3.00", "20261122", "20361122", "000000000000"]


def test_a_failure_has_the_national_code(window: Window) -> None:
    window.link.card.quirks.missing = frozenset({"SSSE"})  # type: ignore[attr-defined]
    done = window.run("read", "--national")
    assert done.exit_code == 1
    assert done.stderr.startswith("-1 卡类型不对")
    assert "(not-a-social-security-card)" in window.run("read").stderr


def test_check_says_whether_the_card_is_good(window: Window) -> None:
    done = window.run("check")
    assert (done.exit_code, json.loads(done.stdout)["good"]) == (0, True)
    window.link.card = make_blank(random.Random(2), "622848", 2)
    done = window.run("check")
    assert (done.exit_code, json.loads(done.stdout)["good"]) == (1, False)


def test_pins_are_typed_unseen(window: Window) -> None:
    done = window.run("verify-pin", typed="123456\n")
    assert (done.exit_code, "123456" in done.output) == (0, False)
    assert window.run("verify-pin", typed="111111\n").exit_code == 1
    done = window.run("change-pin", typed="123456\n654321\n654321\n")
    assert done.exit_code == 0, done.output
    assert "654321" not in done.output
    assert window.run("verify-pin", typed="654321\n").exit_code == 0
