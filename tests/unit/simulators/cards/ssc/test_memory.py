"""What survives power, a restart of the machine, and a copy."""

import json
from collections.abc import Callable

import pytest

from simulators.cards import SimulatedCard
from simulators.cards.ssc import Quirks, SscCard, from_json, restore

Talk = Callable[[SscCard, str], str]
Prove = Callable[[SscCard, str], str]
SELECT_SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"


def test_written_records_survive_power_and_half_a_session_stays_half(
    writable: SscCard, talk: Talk, prove: Prove
) -> None:
    talk(writable, "00DC0A30030A0132")
    writable.power_off()  # torn out
    writable.power_on()
    talk(writable, SELECT_SSSE)
    prove(writable, "RKSSSE")
    assert talk(writable, "00B20A3003") == "0A01329000"
    assert talk(writable, "00B20B3003") == "0B01FF9000"
    assert writable.image()["blank"] is False


def test_json_round_trip(writable: SscCard, talk: Talk, prove: Prove) -> None:
    talk(writable, "00DC0A30030A0132")
    talk(writable, "00DC6030036001AA")
    talk(writable, "00A4000002EF08")
    talk(writable, "00D6000203FFD800")
    talk(writable, "0084000008")
    talk(writable, "0082000410" + "00" * 16)
    talk(writable, "0020000003111111")
    writable.behave(Quirks(mute_power_ons=1))
    text = writable.to_json()
    copy = from_json(text)
    assert copy.to_json() == text
    assert (copy.card_id, copy.atr, copy.counts) == (
        writable.card_id,
        writable.atr,
        writable.counts,
    )
    assert copy.power_on() is None
    assert copy.power_on() == writable.atr
    assert talk(copy, SELECT_SSSE) == "611E"
    assert talk(copy, "0020000000") == "63C5"
    talk(copy, "0084000008")
    assert talk(copy, "0082000410" + "00" * 16) == "63C1"
    assert prove(copy, "RKSSSE") == "9000"
    assert talk(copy, "00B2083404") == "6C03"
    assert talk(copy, "00B0880005") == "0000FFD8009000"


def test_a_changed_pin_survives_and_is_nowhere_in_clear(card: SscCard, talk: Talk) -> None:
    talk(card, SELECT_SSSE)
    assert talk(card, "805E010007123456FF918273") == "9000"
    copy = from_json(card.to_json())
    copy.power_on()
    talk(copy, SELECT_SSSE)
    assert talk(copy, "0020000003918273") == "9000"
    assert "918273" not in card.to_json()


def test_challenges_never_repeat_after_a_restart(card: SscCard, talk: Talk) -> None:
    given = [talk(card, "0084000008") for _ in range(3)]
    copy = restore(card.image())
    copy.power_on()
    assert talk(copy, "0084000008") not in given


def test_a_fork_goes_its_own_way(writable: SscCard, talk: Talk) -> None:
    fork = writable.fork()
    talk(writable, "00DC0A30030A0132")
    writable.quirks.failing_writes = 5
    assert fork.image()["blank"] is True
    assert fork.counts["writes"] == 0
    assert fork.quirks.failing_writes == 0
    assert fork.transmit(b"\x00\x84\x00\x00\x08") == b""  # it has no power


def test_the_image_is_plain_json_and_holds_no_key(card: SscCard) -> None:
    image = card.image()
    assert json.loads(json.dumps(image)) == image
    # UKSSSE and RKSSSE of this card, computed with OpenSSL from the masters.
    for key in ("DDD7CCD79448E168EDE81CA95713B8BE", "A269A205D0AE4BF545FB892E816E555C"):
        assert key not in card.to_json()


def test_an_image_is_a_copy(card: SscCard) -> None:
    image = card.image()
    quirks = image["quirks"]
    assert isinstance(quirks, dict)
    quirks["failing_writes"] = 9
    assert card.quirks.failing_writes == 0


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("version", "9.99", "no layout"),
        ("kind", "other", "kind"),
        ("card_id", "41", "card id of 16 bytes"),
        ("historical", "00", "13 historical bytes"),
        ("files", {}, "EF05 01"),
        ("files", {"SSSE/EF05": "AA"}, "EF05 01"),
        ("tries_left", {"PIN": 3}, "other keys"),
        ("bank_number", None, "bank_number"),
        ("unheard", "of", "unheard"),
    ],
)
def test_a_wrong_image_is_refused(card: SscCard, key: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        restore(card.image() | {key: value})


def test_a_file_image_that_is_too_large_is_refused(card: SscCard) -> None:
    image = card.image()
    files = image["files"]
    assert isinstance(files, dict)
    files["SSSE/EF07"] = "00" * 0x301
    with pytest.raises(ValueError, match="larger than the file"):
        restore(image)


def test_a_file_image_of_the_other_structure_is_refused(card: SscCard) -> None:
    image = card.image()
    files = image["files"]
    assert isinstance(files, dict)
    files["SSSE/EF07"] = {"01": "00"}
    with pytest.raises(ValueError, match="fitting SSSE/EF07"):
        restore(image)


def test_it_is_a_simulated_card(card: SscCard) -> None:
    as_asked: SimulatedCard = card
    assert isinstance(as_asked, SimulatedCard)


def test_repr_shows_nothing_of_value(card: SscCard) -> None:
    assert repr(card) == "SscCard(410700D15600000500000001F5B16522)"
    inside = repr(card._who) + repr(card._chip)
    for secret in ("6228237737000000011", "123456", "a0a1a2", r"\xa0\xa1"):
        assert secret not in inside
