"""PIN UNBLOCK, PIN RELOAD and the two BLOCK commands under secure messaging."""

import pytest

from simulators.cards.ssc import SscCard, from_json
from tests.unit.simulators.cards.ssc.host import SSSE, Host, blank

VERSIONS = ["1.00", "2.00", "3.00"]


def _locked(version: str) -> Host:
    host = Host(blank(version))
    host.talk(SSSE)
    answers = [host.talk("0020000003111111") for _ in range(7)]
    assert answers == ["63C5", "63C4", "63C3", "63C2", "63C1", "63C0", "6983"]
    return host


@pytest.mark.parametrize("version", VERSIONS)
def test_a_locked_pin_is_unlocked_and_stays_the_same(version: str) -> None:
    host = _locked(version)
    assert host.talk("0020000003123456") == "6983"
    assert host.prove("PUK") == "9000"
    assert host.secured("STK", "84240000") == "9000"
    assert host.talk("0020000003123456") == "9000"
    assert host.card.counts["writes SSSE/PIN"] == 1


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("digits", ["2468", "246810", "246810121416"])
def test_a_forgotten_pin_is_replaced(version: str, digits: str) -> None:
    host = _locked(version)
    host.prove("PUK")
    assert host.secured("STK", "84240001", bytes.fromhex(digits)) == "9000"
    assert host.talk("0020000003123456")[:3] == "63C"
    assert host.talk(f"00200000{len(digits) // 2:02X}{digits}") == "9000"
    copy = from_json(host.card.to_json())
    copy.power_on()
    again = Host(copy)
    again.talk(SSSE)
    assert again.talk(f"00200000{len(digits) // 2:02X}{digits}") == "9000"
    assert digits not in host.card.to_json()


def test_the_commands_have_their_published_lengths() -> None:
    sent: list[str] = []

    class Recording(Host):
        def talk(self, command: str) -> str:
            sent.append(command)
            return super().talk(command)

    for version in ("2.00", "3.00"):
        host = Recording(blank(version))
        host.talk(SSSE)
        host.prove("PUK")
        host.secured("STK", "84240000")
        host.secured("STK", "84240001", b"\x12\x34\x56")
    messages = [command for command in sent if command.startswith("8424")]
    assert [command[:10] for command in messages] == [
        "8424000004",
        "842400010c",
        "8424000004",
        "8424000114",
    ]


@pytest.mark.parametrize("version", ["2.00", "3.00"])
def test_nothing_without_puk(version: str) -> None:
    host = _locked(version)
    assert host.secured("STK", "84240000") == "6982"
    host.prove("PUK", wrong=True)
    assert host.secured("STK", "84240001", b"\x12\x34\x56") == "6982"
    assert host.talk("0020000000") == "6983"


@pytest.mark.parametrize("version", ["2.00", "3.00"])
def test_a_wrong_mac_changes_nothing(version: str) -> None:
    host = _locked(version)
    host.prove("PUK")
    assert host.secured("UKSSSE", "84240000") == "6988"  # not under STK
    host.challenge()
    assert host.talk("842400000400000000") == "6988"
    assert host.talk("842400000400000000") == "6984"  # the challenge is used up
    assert host.card.counts["mac_failures"] == 2
    assert host.talk("0020000000") == "6983"


def test_a_message_belongs_to_its_challenge() -> None:
    host = _locked("3.00")
    host.prove("PUK")
    copy = host.card.fork()
    sent: list[str] = []
    talk = host.talk
    host.talk = lambda command: sent.append(command) or talk(command)  # type: ignore[method-assign, func-returns-value]
    assert host.secured("STK", "84240000") == "9000"
    copy.power_on()
    other = Host(copy)
    other.talk(SSSE)
    other.prove("PUK")
    other.challenge()
    assert other.talk(sent[-1]) == "6988"


@pytest.mark.parametrize(
    ("header", "clear", "status"),
    [
        ("84240000", b"\x12\x34\x56", "6700"),
        ("84240001", None, "6A80"),
        ("84240001", b"\x12", "6A80"),
        ("84240002", None, "6A86"),
        ("84240100", None, "6A86"),
        ("84160001", None, "6A86"),
        ("841E0000", None, "6A86"),
        ("841E0001", b"\x01", "6700"),
    ],
)
def test_odd_messages(header: str, clear: bytes | None, status: str) -> None:
    host = _locked("3.00")
    host.prove("PUK")
    assert host.secured("STK", header, clear) == status
    assert host.talk("0020000000") == "6983"


@pytest.mark.parametrize("data", ["03AABBCC", "05AABBCCDDEE", "0C" + "00" * 12])
def test_odd_lengths(data: str) -> None:
    host = _locked("3.00")
    host.prove("PUK")
    host.challenge()
    assert host.talk("84240001" + data) == "6700"


def test_a_blocked_application_stays_blocked() -> None:
    host = Host(blank("3.00"))
    host.talk(SSSE)
    assert host.secured("STK", "841E0001") == "9000"
    assert host.talk("00B2012812") == "9303"
    assert host.talk("0084000008") == "9303"
    copy = from_json(host.card.to_json())
    copy.power_on()
    for command in (SSSE, "00A4040006D15600000500"):
        assert Host(copy).talk(command) == "9303"
    assert Host(copy).talk("00A4040008A000000333010101") == "613D"  # the bank is no part of it


def test_one_df_can_be_blocked_alone() -> None:
    host = Host(blank("2.00"))
    host.talk("00A4040006D15600000502")
    assert host.secured("STK", "841E0001") == "6988"
    assert host.secured("STKDF03", "841E0001") == "9000"
    assert host.talk("00A4040006D15600000502") == "9303"
    assert host.talk("00A4040006D15600000503") == "610A"
    assert host.talk(SSSE) == "611E"


def test_a_blocked_card_refuses_everything() -> None:
    host = Host(blank("2.00"))
    host.talk(SSSE)
    assert host.secured("STK", "84160000") == "6988"
    assert host.secured("BK", "84160000") == "9000"
    copy: SscCard = from_json(host.card.to_json())
    assert copy.power_on() == copy.atr
    for command in (SSSE, "00A4040008A000000333010101", "0084000008", "00C0000000"):
        assert Host(copy).talk(command) == "6A81"
