"""Two printers of one make, each with a card inside, of which one at a time is on the link."""

from __future__ import annotations

import pytest

from station.core.cards import ChipIdentity
from station.core.errors import ReaderNotConnectedError, WrongMachineError
from station.core.orders import CardFate, CardPlace, OrderStep
from station.core.questions import AnswerKind
from tests.unit.production.doubles import Bench, Card
from tests.unit.production.in_place import Walk, service

S, A = OrderStep, AnswerKind
OTHER_NUMBER = "410701198506154822"  # invented

Printers = tuple[Walk, Walk, Card, Card]


def in_path(window: Bench) -> Card | None:
    """Return the card in the printer's path now."""
    return window.machine.path


def answer(window: Bench, order: Walk, said: AnswerKind) -> None:
    """Say what a person says about an order's card."""
    service(window).orders.answer(order.id, said, "clerk")


@pytest.fixture
def two_printers(window: Bench, monkeypatch: pytest.MonkeyPatch) -> Printers:
    """Have two orders with a card in a printer each: the first unread in printer 1, which is here.

    The second one's was in printer 2, and is in a person's hand.
    """
    first = Walk.accept(window, key="first")
    second = Walk.accept(window, OTHER_NUMBER, key="second")
    first.to(S.APPROVED)
    second.to(S.APPROVED)

    def no_reader() -> ChipIdentity:
        raise ReaderNotConnectedError("out")

    with monkeypatch.context() as patch:
        patch.setattr(window.machine, "identify", no_reader)
        assert not first.step()
    unread, window.machine.path, window.machine.serial = in_path(window), None, "2"
    second.to(S.FED)
    taken = in_path(window)
    assert unread is not None
    assert taken is not None
    window.machine.path, window.machine.serial = unread, "1"
    return first, second, unread, taken


@pytest.mark.field_case("A5")
def test_the_empty_path_of_another_printer_says_nothing_about_a_card(
    window: Bench, two_printers: Printers
) -> None:
    first, _second, _unread, _taken = two_printers
    window.machine.path, window.machine.serial = None, "2"
    with pytest.raises(WrongMachineError):
        service(window).orders.cancel(first.id, "clerk")
    assert not first.step()
    assert first.code == "card-in-another-machine"
    row = window.bench.card_of(first.record)
    assert row is not None
    assert row.place is CardPlace.CHIP_STATION


@pytest.mark.field_case("A5")
@pytest.mark.parametrize("mute", [False, True])
def test_a_card_that_another_order_has_inside_goes_out_with_its_own_row(
    window: Bench, two_printers: Printers, mute: bool
) -> None:
    first, second, unread, taken = two_printers
    unread.mute = mute
    second.step()
    window.machine.feeder.insert(0, taken)
    answer(window, second, A.PUT_BACK)
    assert window.machine.out == [unread]
    assert in_path(window) is taken
    rows = window.journal.cards.all()
    assert [(row.order, row.fate) for row in rows] == [
        (first.id, CardFate.RETURNED),
        (second.id, CardFate.IN_MACHINE),
    ]
    number = "" if mute else unread.identity().AAZ501
    assert number == rows[0].AAZ501
    second.to(S.RELEASED)
    first.to(S.RELEASED)  # with the next blank
    assert [row.fate for row in window.journal.cards.all()] == [
        CardFate.RETURNED,
        *2 * [CardFate.ISSUED],
    ]


@pytest.mark.field_case("A5")
def test_a_card_in_the_place_of_a_missed_one_gets_a_row_of_its_own(
    window: Bench, two_printers: Printers
) -> None:
    first, second, unread, taken = two_printers
    window.machine.path = None  # a hand took it out
    first.step()
    assert first.code == "card-not-in-machine"
    second.step()
    window.machine.path = Card(88)  # and put another one in
    window.machine.feeder.insert(0, taken)
    answer(window, second, A.PUT_BACK)
    rows = {row.AAZ501: row.place for row in window.journal.cards.all()}
    assert rows[Card(88).identity().AAZ501] is CardPlace.OUTPUT_HOPPER
    assert rows[""] is CardPlace.UNKNOWN
    assert unread not in window.machine.out
