"""Challenges, authentication, retry counters, PIN, and what clears the security state."""

from collections.abc import Callable

import pytest

from simulators.cards.ssc import SscCard

Talk = Callable[[SscCard, str], str]
Proof = Callable[[str, bytes, bytes], bytes]
Prove = Callable[[SscCard, str], str]

SELECT_SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
SELECT_BANK = "00A4040008A000000333010101"
READ_NUMBER = "00B2083014"
WRITE_SEX = "00DC0A30030A0132"
WRONG_UKSSSE = "0082000410" + "00" * 16


@pytest.mark.parametrize("length", [4, 8, 16])
def test_challenges_have_the_asked_length_and_differ(
    card: SscCard, talk: Talk, length: int
) -> None:
    first, second = (talk(card, f"00840000{length:02X}") for _ in range(2))
    assert len(first) == len(second) == 2 * length + 4
    assert first.endswith("9000")
    assert first != second


@pytest.mark.parametrize(
    ("command", "status"),
    [("0084000007", "6700"), ("0084000000", "6700"), ("0084010008", "6A86")],
)
def test_odd_challenges_are_refused(card: SscCard, talk: Talk, command: str, status: str) -> None:
    assert talk(card, command) == status


def test_nothing_personal_is_read_or_written_without_a_key(card: SscCard, talk: Talk) -> None:
    talk(card, SELECT_SSSE)
    assert talk(card, "00B2012812")[-4:] == "9000"  # EF05 is free
    for command in (READ_NUMBER, "00B2013014", "00B201355B", WRITE_SEX, "00DC0228030201FF"):
        assert talk(card, command) == "6982"
    for command in ("00A4000002EF08", "00A4000002EF07"):
        assert talk(card, command) == "9000"
        assert talk(card, "00B0000010") == "6982"
        assert talk(card, "00D600000100") == "6982"


def test_each_key_opens_its_own_right_only(card: SscCard, talk: Talk, prove: Prove) -> None:
    talk(card, SELECT_SSSE)
    assert prove(card, "UKSSSE") == "9000"
    assert talk(card, READ_NUMBER) == "6982"
    assert talk(card, WRITE_SEX) == "9000"
    talk(card, SELECT_SSSE)
    assert prove(card, "RKSSSE") == "9000"
    assert talk(card, READ_NUMBER)[-4:] == "9000"
    assert talk(card, WRITE_SEX) == "6982"


def test_both_keys_hold_together(writable: SscCard, talk: Talk) -> None:
    assert talk(writable, WRITE_SEX) == "9000"
    assert talk(writable, "00B20A3003") == "0A01329000"


def test_the_process_factor_is_the_latest_challenge(
    card: SscCard, talk: Talk, proof: Proof
) -> None:
    talk(card, SELECT_SSSE)
    old, latest = (bytes.fromhex(talk(card, "0084000008")[:16]) for _ in range(2))
    with_the_old = proof("UKSSSE", old, latest) + latest
    assert talk(card, f"0082000410{with_the_old.hex()}") == "63C2"
    old, latest = (bytes.fromhex(talk(card, "0084000008")[:16]) for _ in range(2))
    with_the_latest = proof("UKSSSE", latest, old) + old
    assert talk(card, f"0082000410{with_the_latest.hex()}") == "9000"


def test_a_challenge_is_good_once(card: SscCard, talk: Talk, proof: Proof) -> None:
    talk(card, SELECT_SSSE)
    assert talk(card, WRONG_UKSSSE) == "6984"  # none was asked for
    challenge = bytes.fromhex(talk(card, "0084000008")[:16])
    good = f"0082000410{(proof('UKSSSE', challenge, challenge) + challenge).hex()}"
    assert talk(card, good) == "9000"
    assert talk(card, good) == "6984"
    # A failed attempt uses it up too.
    challenge = bytes.fromhex(talk(card, "0084000008")[:16])
    assert talk(card, WRONG_UKSSSE) == "63C2"
    good = f"0082000410{(proof('UKSSSE', challenge, challenge) + challenge).hex()}"
    assert talk(card, good) == "6984"


@pytest.mark.parametrize("length", ["04", "10"])
def test_only_eight_bytes_make_a_process_factor(card: SscCard, talk: Talk, length: str) -> None:
    talk(card, SELECT_SSSE)
    talk(card, f"00840000{length}")
    assert talk(card, WRONG_UKSSSE) == "6984"


def test_a_challenge_dies_with_its_application(card: SscCard, talk: Talk, proof: Proof) -> None:
    talk(card, SELECT_SSSE)
    challenge = bytes.fromhex(talk(card, "0084000008")[:16])
    talk(card, SELECT_BANK)
    talk(card, SELECT_SSSE)
    good = f"0082000410{(proof('UKSSSE', challenge, challenge) + challenge).hex()}"
    assert talk(card, good) == "6984"


def test_other_commands_leave_the_challenge_alone(card: SscCard, talk: Talk, proof: Proof) -> None:
    talk(card, SELECT_SSSE)
    challenge = bytes.fromhex(talk(card, "0084000008")[:16])
    talk(card, "00A4000002EF05")
    talk(card, "00B2010412")
    talk(card, f"0088000010{'00' * 16}")
    good = f"0082000410{(proof('UKSSSE', challenge, challenge) + challenge).hex()}"
    assert talk(card, good) == "9000"


def test_three_failures_block_a_key_for_good(card: SscCard, talk: Talk, prove: Prove) -> None:
    talk(card, SELECT_SSSE)
    for status in ("63C2", "63C1", "63C0", "6983"):
        talk(card, "0084000008")
        assert talk(card, WRONG_UKSSSE) == status
    assert prove(card, "UKSSSE") == "6983"
    assert prove(card, "RKSSSE") == "9000"
    card.power_off()
    card.power_on()
    talk(card, SELECT_SSSE)
    assert prove(card, "UKSSSE") == "6983"
    assert card.counts["authentication_failures"] == 3


def test_success_gives_all_tries_back(card: SscCard, talk: Talk, prove: Prove) -> None:
    talk(card, SELECT_SSSE)
    for _ in range(2):
        talk(card, "0084000008")
        talk(card, WRONG_UKSSSE)
    assert prove(card, "UKSSSE") == "9000"
    talk(card, "0084000008")
    assert talk(card, WRONG_UKSSSE) == "63C2"


def test_a_failure_takes_the_right_away(writable: SscCard, talk: Talk) -> None:
    talk(writable, "0084000008")
    assert talk(writable, WRONG_UKSSSE) == "63C2"
    assert talk(writable, WRITE_SEX) == "6982"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("0082000510" + "00" * 16, "6A88"),  # no such key
        ("0082000010" + "00" * 16, "6A88"),  # IRK is not for this
        ("0082000210" + "00" * 16, "6A88"),  # STK neither
        ("0082000411" + "00" * 16 + "02", "6A88"),  # key version 2 is not loaded
        ("0082000408" + "00" * 8, "6700"),
        ("0082010410" + "00" * 16, "6A86"),
        ("0088000410" + "00" * 16, "6A88"),  # UKSSSE is not for internal authentication
        ("0088000008" + "00" * 8, "6700"),
    ],
)
def test_refused_without_costing_a_try(
    card: SscCard, talk: Talk, prove: Prove, command: str, status: str
) -> None:
    talk(card, SELECT_SSSE)
    talk(card, "0084000008")
    assert talk(card, command) == status
    assert card.counts["authentication_failures"] == 0
    assert card.counts["internal_authentications"] == 0


def test_keys_exist_in_their_application_only(card: SscCard, talk: Talk, prove: Prove) -> None:
    assert prove(card, "UKSSSE") == "6A88"  # still in the MF
    talk(card, SELECT_BANK)
    assert prove(card, "UKSSSE") == "6A88"
    assert talk(card, "0020000003123456") == "6A88"


@pytest.mark.parametrize(
    "away", [SELECT_BANK, "00A404000E315041592E5359532E4444463031", "00A40000023F00", SELECT_SSSE]
)
def test_selecting_a_directory_clears_the_state(writable: SscCard, talk: Talk, away: str) -> None:
    assert talk(writable, WRITE_SEX) == "9000"
    talk(writable, away)
    talk(writable, SELECT_SSSE)
    assert talk(writable, WRITE_SEX) == "6982"
    assert talk(writable, READ_NUMBER) == "6982"


def test_selecting_files_keeps_the_state(writable: SscCard, talk: Talk) -> None:
    for file in ("EF05", "EF08", "EF06"):
        assert talk(writable, f"00A4020002{file}") == "9000"
    assert talk(writable, "00A4000002EF0A") == "6A82"
    assert talk(writable, "00A4040006D15600000509") == "6A82"  # no such application: stays here
    assert talk(writable, WRITE_SEX) == "9000"


@pytest.mark.parametrize("how", ["reset", "power_on"])
def test_a_reset_clears_the_state(writable: SscCard, talk: Talk, how: str) -> None:
    getattr(writable, how)()
    assert talk(writable, WRITE_SEX) == "6A82"  # not even in the application
    talk(writable, SELECT_SSSE)
    assert talk(writable, WRITE_SEX) == "6982"


def test_pin(card: SscCard, talk: Talk) -> None:
    talk(card, SELECT_SSSE)
    assert talk(card, "0020000000") == "63C6"
    assert talk(card, "0020000003111111") == "63C5"
    assert talk(card, "0020000003123456") == "9000"
    assert talk(card, "0020000000") == "9000"
    assert talk(card, "0020000001") == "6700"
    assert talk(card, "002000000112") == "6700"
    assert card.counts["pin_failures"] == 1
    assert talk(card, "0020000003111111") == "63C5"
    assert talk(card, "0020000000") == "63C5"  # a failure takes the verification away


def test_pin_blocks_after_six_failures(card: SscCard, talk: Talk) -> None:
    talk(card, SELECT_SSSE)
    answers = [talk(card, "0020000003111111") for _ in range(7)]
    assert answers == ["63C5", "63C4", "63C3", "63C2", "63C1", "63C0", "6983"]
    assert talk(card, "0020000003123456") == "6983"
    assert talk(card, "0020000000") == "6983"


def test_change_pin(card: SscCard, talk: Talk) -> None:
    talk(card, SELECT_SSSE)
    assert talk(card, "805E010007111111FF654321") == "63C5"
    assert talk(card, "805E01000612345665432F") == "6A80"
    assert talk(card, "805E010007123456FF654321") == "9000"
    assert talk(card, "0020000003123456") == "63C5"
    assert talk(card, "0020000003654321") == "9000"
    assert "654321" not in repr(card)
