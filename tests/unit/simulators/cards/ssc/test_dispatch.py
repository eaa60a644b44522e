"""T=0, selection, unknown commands, and the odd answers of the field."""

from collections.abc import Callable

import pytest

from simulators.cards.ssc import AtrForm, CaseFour, Quirks, SscCard, WrongLe, from_json

Talk = Callable[[SscCard, str], str]
SELECT_SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
FCI = "6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C03860103"


def test_get_response(card: SscCard, talk: Talk) -> None:
    assert talk(card, SELECT_SSSE) == "611E"
    assert talk(card, "00C0000000") == "6C1E"
    assert talk(card, "00C000001F") == "6C1E"
    assert talk(card, "00C0000002") == "6F1C611C"
    assert talk(card, "00C000001C") == FCI[4:] + "9000"
    assert talk(card, "00C000001C") == "6F00"


def test_any_other_command_drops_the_waiting_answer(card: SscCard, talk: Talk) -> None:
    talk(card, SELECT_SSSE)
    talk(card, "00B2012812")
    assert talk(card, "00C000001E") == "6F00"


def test_a_le_after_the_data_changes_nothing(card: SscCard, talk: Talk) -> None:
    assert talk(card, SELECT_SSSE + "00") == "611E"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("", "6700"),
        ("00A404", "6700"),
        ("00A404000F7378", "6700"),
        ("00A404000273780000", "6700"),
        ("00A40400047378312E", "6700"),  # a name has five bytes
        ("00A404000F", "6700"),
        ("00A40400057378312E730000", "6700"),  # two bytes after the data
        ("00A404010F7378312E73682EC9E7BBE1B1A3D5CF", "6A86"),
        ("00A40400103141592E53595322222222222222222233"[:42], "6A82"),
        ("00A40100023F00", "6A86"),
        ("00A4000002DF01", "6A82"),
        ("00A4020002EF05", "6A82"),  # not below the MF
        ("00A40000013F", "6700"),
        ("00FF000000", "6D00"),
        ("FFA4000000", "6E00"),
        ("80B2010400", "6E00"),
        ("00A8000002830000"[:14], "6E00"),
        ("8424000104AABBCCDD", "6A88"),  # no STK at the MF
        ("0084000008" + "00" * 8, "6700"),
    ],
)
def test_refused(card: SscCard, talk: Talk, command: str, status: str) -> None:
    assert talk(card, command) == status


def test_the_root_is_selected_and_says_nothing(card: SscCard, talk: Talk) -> None:
    for command in ("00A40000023F00", "00A40000", "00A4000000"):
        assert talk(card, command) == "9000"


def test_part_of_a_name_finds_the_first_and_then_no_next(card: SscCard, talk: Talk) -> None:
    assert talk(card, "00A40400057378312E73") == "611E"
    assert talk(card, "00A40402057378312E73") == "6A82"
    assert talk(card, "00A4040005A000000333") == "613D"
    assert talk(card, "00A4040205A000000333") == "6A82"


def test_a_bank_card_is_no_social_security_card(card: SscCard, talk: Talk) -> None:
    card.behave(Quirks(missing=frozenset({"SSSE"})))
    assert talk(card, SELECT_SSSE) == "6A82"
    assert talk(card, "00A4040008A000000333010101") == "613D"
    assert "SSSE" in from_json(card.to_json()).quirks.missing


def test_direct_answers(card: SscCard, talk: Talk) -> None:
    card.behave(Quirks(case_four=CaseFour.DIRECT))
    assert talk(card, SELECT_SSSE) == FCI + "9000"
    assert talk(card, "00C000001E") == "6F00"


def test_wrong_le_answered_with_data(card: SscCard, talk: Talk) -> None:
    card.behave(Quirks(wrong_le=WrongLe.DATA))
    talk(card, SELECT_SSSE)
    assert talk(card, "00C0000000") == FCI + "9000"
    assert talk(card, "00B2032800") == "0304332E30309000"
    assert card.counts["reads"] == 1


@pytest.mark.parametrize(
    ("form", "atr"),
    [
        (AtrForm.PLAIN, "3B6D0000544B1805308660410700000001"),
        (AtrForm.FAST, "3B7D960000544B1805308660410700000001"),
        (AtrForm.CONTACTLESS, "3B8D8001544B18053086604107000000019F"),
    ],
)
def test_atr_forms(card: SscCard, form: AtrForm, atr: str) -> None:
    card.behave(Quirks(atr_form=form))
    answer = card.power_on()
    assert answer is not None
    assert answer.hex().upper() == atr
    assert card.atr == answer


def test_a_bad_contact_until_the_card_is_moved(card: SscCard, talk: Talk) -> None:
    card.behave(Quirks(mute_power_ons=3))
    assert card.power_on() is None
    assert card.transmit(bytes.fromhex(SELECT_SSSE)) == b""
    assert card.reset() is None
    card.moved()
    assert card.power_on() == card.atr
    assert talk(card, SELECT_SSSE) == "611E"


def test_a_bad_contact_heals_after_so_many_tries(card: SscCard) -> None:
    card.behave(Quirks(mute_power_ons=2))
    assert [card.power_on() is None for _ in range(3)] == [True, True, False]
    assert card.counts["power_ons"] == 2  # the fixture's, and the one that worked


def test_without_power_there_is_no_answer(card: SscCard) -> None:
    card.power_off()
    card.power_off()
    assert card.transmit(bytes.fromhex(SELECT_SSSE)) == b""
    card.moved()
    assert card.transmit(bytes.fromhex(SELECT_SSSE)) == b""
