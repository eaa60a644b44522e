"""A hand takes the card out after the station has looked, and before it reads the chip."""

from __future__ import annotations

import pytest

from station.core.errors import CardMissingError
from station.core.orders import CardFate, OrderStep
from station.core.printing import PrinterCounters
from station.core.questions import QuestionKind
from station.production.life.steps.which_card import read_card
from tests.unit.production.doubles import Bench, FakeMachine, Killed
from tests.unit.production.in_place import Walk, service

S, Q = OrderStep, QuestionKind
OTHER_NUMBER = "410701198506154822"  # invented


class Reached(FakeMachine):
    """Its card is taken while the counters are being read."""

    def counters(self) -> PrinterCounters:
        made = super().counters()
        self.path = None
        return made


@pytest.mark.field_case("A4")
def test_a_card_taken_out_while_its_print_is_inspected_has_no_blank_fed(window: Bench) -> None:
    Walk.accept(window).to(S.RELEASED)  # its counters have changed over a finished print
    order = Walk.accept(window, OTHER_NUMBER, "second")
    order.to(S.REPORTED)
    window.trap.spring("print", "before", Killed())
    with pytest.raises(Killed):
        order.step()
    window.machine.__class__ = Reached
    order.restart()
    assert window.machine.counts["feeds"] == 2
    window.machine.__class__ = FakeMachine
    assert not order.step()
    assert window.machine.counts["feeds"] == 2
    fates = [row.fate for row in window.journal.cards.all()]
    assert fates == [CardFate.ISSUED, CardFate.IN_MACHINE]
    question = service(window).orders.one(order.id).question
    assert question is not None


def test_no_card_is_read_in_an_empty_path(window: Bench) -> None:
    with pytest.raises(CardMissingError):
        read_card(window.bench)
    assert window.machine.counts["feeds"] == 0
