"""Power that goes before, inside and after a command."""

import pytest

from simulators.cards.ssc import Moment, Quirks, SscCard, TornRecord
from tests.unit.simulators.cards.ssc.host import SSSE, Host, blank

NAME_1 = "00DC093020091EB2E2CAD4BCD7" + "00" * 24
NAME_2 = "00DC093020091EC0EEC0EEC0EE" + "00" * 24


def _open(card: SscCard) -> Host:
    card.power_on()
    host = Host(card)
    host.talk(SSSE)
    for name in ("UKSSSE", "RKSSSE"):
        assert host.prove(name) == "9000"
    return host


def _name(card: SscCard) -> str:
    return _open(card).talk("00B2093020")[:14]


@pytest.mark.parametrize(
    ("moment", "torn", "left", "writes"),
    [
        (Moment.BEFORE, TornRecord.NEW, "091EB2E2CAD4BC", 1),
        (Moment.INSIDE, TornRecord.OLD, "091EB2E2CAD4BC", 1),
        (Moment.INSIDE, TornRecord.NEW, "091EC0EEC0EEC0", 2),
        (Moment.AFTER, TornRecord.OLD, "091EC0EEC0EEC0", 2),
    ],
)
def test_a_torn_write_leaves_the_old_or_the_new(
    moment: Moment, torn: TornRecord, left: str, writes: int
) -> None:
    card = blank("3.00", Quirks(torn_record=torn))
    host = _open(card)
    assert host.talk(NAME_1) == "9000"
    card.tear_in(1, moment)
    assert host.talk(NAME_2) == ""
    assert host.talk("00B2093020") == ""  # without power
    assert (card.counts["writes"], card.counts["tears"]) == (writes, 1)
    assert _name(card) == left


@pytest.mark.parametrize("moment", list(Moment))
def test_everything_proven_is_gone_after_a_tear(moment: Moment) -> None:
    card = blank()
    host = _open(card)
    card.tear_in(1, moment)
    host.talk("00B2093020")
    assert card.power_on() == card.atr
    host.talk(SSSE)
    assert host.talk("00B2093020") == "6982"


def test_a_tear_comes_when_it_was_told_to() -> None:
    card = blank()
    host = Host(card)
    card.tear_in(3, Moment.BEFORE)
    assert host.talk(SSSE) == "611E"
    assert host.talk("0084000008")[-4:] == "9000"
    assert host.talk("0084000008") == ""
    card.power_on()
    card.tear_in(2, Moment.BEFORE)
    card.tear_in(0, Moment.BEFORE)
    assert [host.talk("0084000008")[-4:] for _ in range(4)] == ["9000"] * 4


@pytest.mark.parametrize("torn", list(TornRecord))
def test_a_slice_of_the_photo_is_whole_or_not_there(torn: TornRecord) -> None:
    card = blank("3.00", Quirks(torn_record=torn))
    host = _open(card)
    host.talk("00A4020002EF08")
    host.talk("00D60000FF" + "11" * 255)
    card.tear_in(1, Moment.INSIDE)
    host.talk("00D6008010" + "22" * 16)
    host = _open(card)
    host.talk("00A4020002EF08")
    expected = "11" * 16 if torn is TornRecord.OLD else "22" * 16
    assert host.talk("00B0008010") == expected + "9000"


def _try_new_pin(card: SscCard) -> str:
    card.power_on()
    host = Host(card)
    host.talk(SSSE)
    return host.talk("0020000003246810")


@pytest.mark.parametrize(("torn", "status"), [(TornRecord.OLD, "63C5"), (TornRecord.NEW, "9000")])
def test_a_torn_change_of_the_pin(torn: TornRecord, status: str) -> None:
    card = blank("2.00", Quirks(torn_record=torn))
    host = Host(card)
    host.talk(SSSE)
    card.tear_in(1, Moment.INSIDE)
    assert host.talk("805E010007123456FF246810") == ""
    assert _try_new_pin(card) == status


def test_a_card_that_counts_down_first_loses_a_try() -> None:
    card = blank("3.00", Quirks(torn_counter_spent=True))
    for left in (2, 1, 0):
        card.power_on()
        host = Host(card)
        host.talk(SSSE)
        host.challenge()
        card.tear_in(1, Moment.INSIDE)
        host.talk("0082000410" + "00" * 16)
        tries = card.image()["tries_left"]
        assert isinstance(tries, dict)
        assert tries["UKSSSE"] == left
    card.power_on()
    host.talk(SSSE)
    assert host.prove("UKSSSE") == "6983"  # dead, although no proof was ever wrong
    assert card.counts["authentication_failures"] == 0


def test_an_ordinary_card_loses_none() -> None:
    card = blank()
    for _ in range(5):
        card.power_on()
        host = Host(card)
        host.talk(SSSE)
        card.tear_in(2, Moment.INSIDE)
        assert host.prove("UKSSSE") == ""
    tries = card.image()["tries_left"]
    assert isinstance(tries, dict)
    assert tries["UKSSSE"] == 3


def test_a_fork_is_not_torn() -> None:
    card = blank()
    card.tear_in(1, Moment.BEFORE)
    copy = card.fork()
    copy.power_on()
    assert Host(copy).talk(SSSE) == "611E"
