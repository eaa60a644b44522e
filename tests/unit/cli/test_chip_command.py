"""`station chip` with a simulated card in memory and an HSM in this process."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import station.bootstrap
from simulators.cards.ssc import make_blank
from station.cli import app
from station.cli import chip as chip_commands
from station.core.cards import ChipData
from station.core.errors import GatewayRejectedError, RejectionReason
from station.encoder import open_encoder
from tests.rigs.card_in_reader import CardInReader
from tests.rigs.province_ca import certify
from tests.rigs.province_hsm import hsm_answer, protect, wrong_hsm

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
    protect = staticmethod(protect)
    certify = staticmethod(certify)

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
def window(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Window:
    link = CardInReader(make_blank(random.Random(1), "622848", 1))
    monkeypatch.setenv("STATION_PROVINCE__PASSWORD", "nothing")
    monkeypatch.setenv("STATION_STATION__STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(station.bootstrap, "open_chip_link", lambda address, card_wait: link)
    monkeypatch.setattr(station.bootstrap, "load_gateway", lambda name: Province())
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


def test_pins_come_from_a_pipe_and_are_never_shown(window: Window) -> None:
    done = window.run("verify-pin", typed="123456\n")
    assert (done.exit_code, done.stdout) == (0, "密码正确\n")
    done = window.run("change-pin", typed="123456\n654321\n")
    assert (done.exit_code, done.output) == (0, "密码已修改\n")
    assert window.run("verify-pin", typed="654321\n").exit_code == 0


def test_a_pin_is_no_argument(window: Window) -> None:
    for command in ("verify-pin", "change-pin", "unblock-pin", "reload-pin"):
        assert window.run(command, "123456").exit_code == 2
    assert window.link.card.counts["pin_failures"] == 0


def test_at_a_terminal_a_pin_is_typed_unseen_and_a_new_one_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[object, ...]] = []

    def prompt(text: str, *, hide_input: bool, confirmation_prompt: str | bool) -> str:
        asked.append((text, hide_input, confirmation_prompt))
        return "135790"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", prompt)
    assert chip_commands._ask_pin("密码") == "135790"
    assert chip_commands._ask_pin("新密码", again="再输一次") == "135790"
    assert asked == [("密码", True, False), ("新密码", True, "再输一次")]


def test_a_wrong_pin_says_how_many_tries_are_left(window: Window) -> None:
    said = window.run("verify-pin", typed="111111\n").stderr
    assert "密码错误 (pin-wrong)" in said
    assert "还可以再试 5 次" in said
    for _ in range(4):
        window.run("verify-pin", typed="111111\n")
    assert "(pin-last-try)" in window.run("verify-pin", typed="111111\n").stderr
    assert window.link.card.counts["pin_failures"] == 5


def test_a_locked_pin_is_unblocked_by_the_province(window: Window) -> None:
    for _ in range(6):
        window.run("verify-pin", "--use-last-try", typed="111111\n")
    assert "(pin-locked)" in window.run("verify-pin", typed="123456\n").stderr
    done = window.run("unblock-pin")
    assert (done.exit_code, done.stdout) == (0, "密码已解锁，原密码不变\n")
    assert window.run("verify-pin", typed="123456\n").exit_code == 0


def test_a_forgotten_pin_is_replaced_by_the_province(window: Window) -> None:
    done = window.run("reload-pin", typed="24682468\n")
    assert (done.exit_code, done.output) == (0, "密码已重置\n")
    assert window.run("verify-pin", typed="24682468\n").exit_code == 0
    assert window.run("reload-pin", typed="12ab\n").exit_code == 1
    assert window.run("verify-pin", typed="24682468\n").exit_code == 0


def test_the_last_try_of_a_key_is_kept_over_programs(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Province, "authenticate", staticmethod(wrong_hsm))
    said = [window.run("unblock-pin").stderr for _ in range(4)]
    assert ["(chip-refused)" in text for text in said] == [True, True, False, False]
    assert all("(key-last-try)" in text for text in said[2:])
    assert window.link.card.counts["authentication_failures"] == 2
    monkeypatch.setattr(Province, "authenticate", staticmethod(hsm_answer))
    assert window.run("unblock-pin").exit_code == 1
    assert window.run("unblock-pin", "--use-last-try").exit_code == 0
    assert window.run("unblock-pin").exit_code == 0  # accepted: the card has all tries again


def test_an_hsm_that_refuses_is_explained_and_the_pin_stays(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(request: object) -> bytes:
        raise GatewayRejectedError(RejectionReason.HSM_REFUSED, province_text="加密机: 忙")

    monkeypatch.setattr(Province, "protect", staticmethod(refuse))
    done = window.run("reload-pin", typed="24682468\n")
    assert done.exit_code == 1
    assert "(hsm-refused)" in done.stderr
    assert window.run("verify-pin", typed="123456\n").exit_code == 0
