import importlib
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from simulators.cards.ssc import make_blank
from station.core.errors import ConfigError, InputError, LocalProtocolError
from station.encoder import ChipEncoder, ChipServices, load_profile, open_encoder, profile_names
from station.encoder.apdu import CommandApdu, ResponseApdu
from station.encoder.card_profile import NoServices, exchange
from tests.rigs.card_in_reader import CardInReader
from tests.rigs.province_hsm import hsm_answer, protect


def test_profiles_are_found_by_looking() -> None:
    assert "ssc" in profile_names()
    for name in profile_names():
        profile = load_profile(name)
        assert profile.name == name
        assert profile.title


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(ConfigError, match=r"nothing_such.*ssc"):
        load_profile("nothing_such")


def test_a_folder_without_a_profile_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("station.encoder.profiles.ssc")
    monkeypatch.delattr(module, "PROFILE")
    with pytest.raises(ConfigError, match="must export PROFILE"):
        load_profile("ssc")


def test_a_profile_says_what_was_never_seen_on_a_card() -> None:
    assert len(load_profile("ssc").unverified) >= 5
    assert all("(" in doubt for doubt in load_profile("ssc").unverified)


@pytest.mark.parametrize(
    ("cla", "ins", "writes"),
    [
        (0x00, 0xDC, True),  # UPDATE RECORD
        (0x00, 0xD6, True),  # UPDATE BINARY
        (0x84, 0xD4, True),  # REPLACE KEY
        (0x80, 0xC2, True),  # IMPORT KEY
        (0x90, 0x3D, True),  # nothing that this card is sent
        (0x00, 0xB2, False),
        (0x00, 0x82, False),
        (0x00, 0xA4, False),
    ],
)
def test_what_the_social_security_cards_commands_do(cla: int, ins: int, writes: bool) -> None:
    assert load_profile("ssc").commands.is_writing(CommandApdu("x", cla, ins, 0, 0)) is writes


def test_a_script_driven_wrongly_stops() -> None:
    step = exchange(CommandApdu("x", 0, 0x84, 0, 0, le=8))
    next(step)
    with pytest.raises(LocalProtocolError):
        step.send(b"not an answer of a card")
    good = exchange(CommandApdu("x", 0, 0x84, 0, 0, le=8))
    next(good)
    with pytest.raises(StopIteration):
        good.send(ResponseApdu(b"", 0x6982))


def test_opening_touches_nothing() -> None:
    class NoLink:
        address = "none:"

        def __getattr__(self, name: str) -> object:
            raise AssertionError(name)

    assert open_encoder(NoLink(), "ssc").address == "none:"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "ask",
    [
        lambda services: services.read_basic(hsm_answer),
        lambda services: services.verify_pin("123456"),
        lambda services: services.change_pin("123456", "654321"),
        lambda services: services.read_signature_key(),
        lambda services: services.reload_pin("654321", hsm_answer, protect),
    ],
)
def test_a_card_without_services_is_sent_nothing(ask: Callable[[ChipServices], object]) -> None:
    link = CardInReader(make_blank(random.Random(1), "622848", 1))
    profile = replace(load_profile("ssc"), services=NoServices())
    with pytest.raises(InputError):
        ask(ChipServices(ChipEncoder(link, profile)))
    assert link.commands == []
