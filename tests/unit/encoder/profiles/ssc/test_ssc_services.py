"""Card services byte by byte (tests/vectors/ssc/services.toml), and on the simulated card."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from simulators.cards.ssc import SscCard, make_blank
from station.core.card_services import BasicInformation, CardVerdict
from station.core.cards import ChipData
from station.core.errors import (
    GatewayUnavailableError,
    InputError,
    OutcomeUnknownError,
    PinRefusedError,
    StatusWordError,
    TransportClosedError,
    WrongCardError,
)
from station.core.pin_entry import Pin
from station.encoder import ChipServices, load_profile, open_encoder
from station.encoder.profiles.ssc.verdict import card_number_checks
from station.encoder.session import ChipEncoder
from tests.rigs.card_in_reader import CardInReader
from tests.rigs.province_hsm import hsm_answer, protect, wrong_hsm
from tests.rigs.scripted_chip import ScriptedChip, read_lines, read_vectors

SESSIONS = read_vectors("ssc/services.toml")
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
FIRST_PIN = "123456"


def scripted(title: str) -> tuple[ScriptedChip, ChipServices]:
    card = ScriptedChip(SESSIONS[f"atr_{title[-1]}"], read_lines(SESSIONS[title]))
    return card, ChipServices(ChipEncoder(card, load_profile("ssc")))


def changed(title: str, name: str, response: str) -> tuple[ScriptedChip, ChipServices]:
    card, services = scripted(title)
    at = next(n for n, line in enumerate(card.script) if line.name == name)
    card.script[at] = replace(card.script[at], response=bytes.fromhex(response))
    return card, services


def test_basic_information_of_a_3_00_card() -> None:
    card, services = scripted("read_basic_3")
    found = services.read_basic(card.authenticate)
    assert card.is_done
    assert found.national() == (
        "410700|41070219900307123X|X00000019|410700D15600000500000001A1B2C3D4|欧阳·小测试|"
        "0081202603866041070000000A|3.00|20261122|20361122|000000000000||"
    )
    assert (found.AAC004, found.AAC005, found.AAC006) == ("2", "03", "19900307")


def test_basic_information_of_a_2_00_card_needs_no_province() -> None:
    card, services = scripted("read_basic_2")
    found = services.read_basic(card.authenticate)
    assert card.is_done
    assert card.requests == []
    assert found.national(terminal="123456789012", device="A1").endswith(
        "|2.00|20261122|20361122|123456789012|A1|"
    )


def test_nothing_of_it_is_in_its_repr() -> None:
    card, services = scripted("read_basic_3")
    assert repr(services.read_basic(card.authenticate)) == "BasicInformation(***)"


Call = Callable[[ChipServices, ScriptedChip], None]
CALLS: dict[str, Call] = {
    "verify_pin_3": lambda s, card: s.verify_pin("123456"),
    "change_pin_3": lambda s, card: s.change_pin("123456", "654321"),
    "reload_pin_3": lambda s, card: s.reload_pin("654321", card.authenticate, card.protect),
    "reload_pin_2": lambda s, card: s.reload_pin("654321", card.authenticate, card.protect),
    "unblock_pin_3": lambda s, card: s.unblock_pin(card.authenticate, card.protect),
    "unblock_pin_2": lambda s, card: s.unblock_pin(card.authenticate, card.protect),
}


@pytest.mark.parametrize("title", CALLS)
def test_pin_services(title: str) -> None:
    card, services = scripted(title)
    CALLS[title](services, card)
    assert card.is_done


@pytest.mark.parametrize("title", ["reload_pin_3", "unblock_pin_2"])
def test_what_the_province_is_asked(title: str) -> None:
    card, services = scripted(title)
    CALLS[title](services, card)
    (request,) = card.protections
    assert request.AAB301 == "410700"
    assert request.algorithm == ("03" if title.endswith("3") else "01")
    shown = repr(request)
    assert "654321" not in shown
    assert "3333" not in shown


@pytest.mark.parametrize(
    "response",
    ["", "8424000014" + "E0" * 19, "8424000104" + "F0" * 4, "8424000114" + "E0" * 19],
    ids=["none", "unblock-instead", "shorter", "cut"],
)
def test_another_command_of_the_hsm_is_not_sent(response: str) -> None:
    card, services = changed("reload_pin_3", "HSM protects", response)
    with pytest.raises(GatewayUnavailableError):
        CALLS["reload_pin_3"](services, card)
    assert card.script[card.done - 1].name == "HSM protects"


@pytest.mark.parametrize("title", ["verify_pin_3", "change_pin_3"])
def test_the_last_try_is_not_spent_unasked(title: str) -> None:
    card, services = changed(title, "VERIFY PIN, tries left", "63C1")
    with pytest.raises(PinRefusedError, match="not sent") as refused:
        CALLS[title](services, card)
    assert (refused.value.code, refused.value.tries_left) == ("pin-last-try", 1)
    assert card.script[card.done - 1].name == "VERIFY PIN, tries left"


def test_the_last_try_can_be_spent_on_demand() -> None:
    card, services = changed("verify_pin_3", "VERIFY PIN, tries left", "63C1")
    services.verify_pin("123456", use_last_try=True)
    assert card.is_done


@pytest.mark.parametrize("sw", ["6983", "63C0"])
def test_a_locked_pin_is_not_tried(sw: str) -> None:
    card, services = changed("verify_pin_3", "VERIFY PIN, tries left", sw)
    with pytest.raises(PinRefusedError) as refused:
        services.verify_pin("123456", use_last_try=True)
    assert refused.value.code == "pin-locked"
    assert card.script[card.done - 1].name == "VERIFY PIN, tries left"


@pytest.mark.parametrize("sw", ["9000", "6700", "6A86"])
def test_a_card_that_does_not_tell_its_tries_is_asked_all_the_same(sw: str) -> None:
    card, services = changed("verify_pin_3", "VERIFY PIN, tries left", sw)
    services.verify_pin("123456")
    assert card.is_done


@pytest.mark.parametrize("pin", ["", "123", "12345678901234567", "12345a", "１２３４５６"])
def test_a_pin_of_another_form_is_not_sent(pin: str) -> None:
    card, services = scripted("verify_pin_3")
    calls: list[Callable[[], None]] = [
        lambda: services.verify_pin(pin),
        lambda: services.change_pin("123456", pin),
        lambda: services.reload_pin(pin, card.authenticate, card.protect),
    ]
    for call in calls:
        with pytest.raises(InputError) as refused:
            call()
        assert not pin or pin not in str(refused.value)
    assert card.done == 0


# -- on the simulated card ---------------------------------------------------------------------


@pytest.fixture(params=["1.00", "2.00", "3.00"])
def card(request: pytest.FixtureRequest) -> SscCard:
    return make_blank(random.Random(5), "622848", 5, version=request.param)


def finished(card: SscCard) -> tuple[CardInReader, ChipServices]:
    link = CardInReader(card)
    encoder = open_encoder(link, "ssc")
    encoder.personalise(encoder.identify(), PERSON, hsm_answer)
    return link, ChipServices(encoder)


def test_a_finished_card_is_good(card: SscCard) -> None:
    _, services = finished(card)
    assert services.examine(hsm_answer) == CardVerdict(is_readable=True, is_personalised=True)
    assert services.examine(hsm_answer).is_good


def test_a_blank_is_readable_and_nobodys(card: SscCard) -> None:
    verdict = ChipServices(open_encoder(CardInReader(card), "ssc")).examine(hsm_answer)
    assert verdict.is_readable
    assert not verdict.is_personalised
    assert "AAC002-missing" in verdict.problems


def test_a_mute_card_and_another_card_are_not_readable(card: SscCard) -> None:
    link = CardInReader(card)
    services = ChipServices(open_encoder(link, "ssc"))
    card.quirks.mute_power_ons = 1
    assert services.examine(hsm_answer).problems == ("chip-power-failed",)
    card.quirks.missing = frozenset({"SSSE"})
    assert services.examine(hsm_answer).problems == ("not-a-social-security-card",)


def test_pin_services_on_the_card(card: SscCard) -> None:
    _, services = finished(card)
    services.verify_pin(FIRST_PIN)
    with pytest.raises(PinRefusedError) as wrong:
        services.verify_pin("999999")
    assert (wrong.value.code, wrong.value.details["tries_left"]) == ("pin-wrong", "5")
    services.change_pin(FIRST_PIN, "135790")
    services.verify_pin("135790")
    services.reload_pin("24682468", hsm_answer, protect)
    services.verify_pin("24682468")
    assert card.counts["authentication_failures"] == 0


def test_the_tries_of_the_pin_are_read_without_costing_one(card: SscCard) -> None:
    _, services = finished(card)
    assert [services.pin_tries(), services.pin_tries()] == [6, 6]
    for left in range(5, -1, -1):
        with pytest.raises(PinRefusedError):
            services.verify_pin("999999", use_last_try=True)
        assert services.pin_tries() == left
    assert services.pin_tries(card=card.card_id) == 0


def test_a_pin_in_its_buffer_serves_as_well(card: SscCard) -> None:
    _, services = finished(card)
    with Pin(bytearray(b"123456")) as old, Pin(bytearray(b"135790")) as new:
        services.change_pin(old, new)
    services.verify_pin("135790")
    with Pin(bytearray(b"24682468")) as new:
        services.reload_pin(new, hsm_answer, protect)
    services.verify_pin("24682468")
    with pytest.raises(InputError, match="4 to 16 digits"):
        services.verify_pin(Pin(bytearray(b"12")))


@pytest.mark.parametrize(
    "act",
    [
        lambda s, other: s.pin_tries(card=other),
        lambda s, other: s.verify_pin("999999", card=other),
        lambda s, other: s.change_pin(FIRST_PIN, "135790", card=other),
        lambda s, other: s.unblock_pin(hsm_answer, protect, card=other),
        lambda s, other: s.reload_pin("135790", hsm_answer, protect, card=other),
    ],
)
def test_a_card_that_was_changed_for_another_one_is_left_alone(
    card: SscCard, act: Callable[[ChipServices, str], object]
) -> None:
    link, services = finished(card)
    sent = len(link.commands)
    with pytest.raises(WrongCardError) as caught:
        act(services, "410700D15600000500000001FFFFFFFF")
    assert caught.value.code == "another-card-than-before"
    assert {command.ins for command in link.commands[sent:]} <= {0xA4, 0xB2, 0xC0}
    services.verify_pin(FIRST_PIN, card=card.card_id)


def test_a_locked_pin_is_unblocked_and_stays(card: SscCard) -> None:
    _, services = finished(card)
    for _ in range(5):
        with pytest.raises(StatusWordError):
            services.verify_pin("999999")
    with pytest.raises(StatusWordError, match="not sent"):
        services.verify_pin(FIRST_PIN)
    with pytest.raises(StatusWordError):
        services.verify_pin("999999", use_last_try=True)
    with pytest.raises(PinRefusedError) as locked:
        services.verify_pin(FIRST_PIN)
    assert (locked.value.sw, locked.value.code) == (0x6983, "pin-locked")
    services.unblock_pin(hsm_answer, protect)
    services.verify_pin(FIRST_PIN)


def test_puk_with_one_try_left_is_a_hard_stop(card: SscCard) -> None:
    _, services = finished(card)
    for _ in range(2):
        with pytest.raises(StatusWordError):
            services.unblock_pin(wrong_hsm, protect)
    failures = card.counts["authentication_failures"]
    with pytest.raises(StatusWordError, match="not sent"):
        services.unblock_pin(hsm_answer, protect)
    assert card.counts["authentication_failures"] == failures == 2
    services.unblock_pin(hsm_answer, protect, use_last_try=True)


def test_a_card_torn_while_its_pin_is_replaced_is_an_unknown_outcome(card: SscCard) -> None:
    link, services = finished(card)
    link.tear_when = "CHANGE PIN"
    with pytest.raises(OutcomeUnknownError):
        services.change_pin(FIRST_PIN, "135790")
    link.tear_when = "VERIFY PIN"
    with pytest.raises(TransportClosedError):
        services.verify_pin(FIRST_PIN)


# -- verdicts ----------------------------------------------------------------------------------


GOOD = BasicInformation(
    AAB301="410700",
    AAC002="41070219900307002X",
    AAC003="欧阳·小测试",
    AAC004="2",
    AAC005="03",
    AAC006="19900307",
    AAC025="410702",
    AAZ500="X00000019",
    AAZ501="410700D15600000500000001A1B2C3D4",
    AAZ503="20261122",
    AAZ507="0081202603866041070000000A",
    AAZ508="3.00",
    valid_until="20361122",
    algorithm="03",
)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"AAC003": ""}, "AAC003-missing"),
        ({"AAZ508": "4.00"}, "version-unknown"),
        ({"algorithm": "01"}, "algorithm-of-another-version"),
        ({"AAC003": "欧\ufffd"}, "name-undecodable"),
        ({"AAZ500": "x00000019"}, "card-number-form"),
        ({"AAC002": "410702199003070021"}, "id-number-check-digit"),
        ({"AAC006": "19900308"}, "birth-date-differs"),
        ({"AAC006": "19900231"}, "AAC006-no-date"),
        ({"valid_until": "2036112"}, "valid_until-no-date"),
        ({"valid_until": "20251122"}, "dates-out-of-order"),
    ],
)
def test_what_makes_a_card_no_good_one(change: dict[str, Any], problem: str) -> None:
    judge = load_profile("ssc").services.judge
    assert judge(GOOD).is_good
    verdict = judge(replace(GOOD, **change))
    assert problem in verdict.problems
    assert not verdict.is_good


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"AAZ500": "X00000018"}, "card-number-check-digit"),
        ({"AAZ507": "0081202603866044030000000A"}, "reset-information-of-another-city"),
    ],
)
def test_what_is_odd_and_no_reason_to_refuse(change: dict[str, Any], warning: str) -> None:
    verdict = load_profile("ssc").services.judge(replace(GOOD, **change))
    assert verdict.warnings == (warning,)
    assert verdict.is_good


@pytest.mark.parametrize("number", ["DEU12345678901", "810000199003070015", "911156199003070017"])
def test_numbers_of_foreigners_and_permits_are_judged_by_what_they_are(number: str) -> None:
    verdict = load_profile("ssc").services.judge(replace(GOOD, AAC002=number))
    assert verdict.is_good


@pytest.mark.parametrize("number", ["D2143569X", "ET000077X", "X00000019"])
def test_the_card_numbers_of_the_specification(number: str) -> None:
    assert card_number_checks(number)
    assert not card_number_checks(number[:-1] + "5")
