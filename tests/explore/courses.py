"""Where the searches begin: one course for each kind of order and of machine."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Iterator
from typing import Final
from unittest import mock

from station.core.orders import OrderKind, OrderReason, OrderStep
from station.core.rehearsal import NUMBER
from station.core.reprints import ReprintReason
from station.production.desk import temporary
from station.production.desk.temporary import TemporaryWrite
from station.production.intake import reception, reprints
from station.production.intake.reprints import Reprint, accept_reprint, accept_test
from station.production.services.persons import PersonSearch
from tests.explore.acts import REQUEST
from tests.explore.choices import Budget
from tests.explore.desk_acts import BACK_KEY
from tests.explore.rig import CHIEF, CLERK, Rig, State, agreed
from tests.explore.world import DESK, HAND, NO_BANK, PERSON, TEST_CARD, Card

BOUNDS: Final = Budget(crashes=2, faults=2, breaches=1)


@dataclasses.dataclass(frozen=True)
class Course:
    """One search.

    Attributes:
        name: Of the order and the machine.
        kind: Which recipe.
        accept: Has the order accepted.
        by_hand: A person moves the cards, and nothing is printed.
        marks: The province takes the mark of a cancelled order back.
        at_desk: The card is in the desk's reader, and the machine has no part in it.
        together: How much may go wrong on one path of it, at most, within `BOUNDS`.
        weight: How long it takes, beside the others.
    """

    name: str
    kind: OrderKind
    accept: Callable[[Rig], None]
    by_hand: bool = False
    marks: bool = False
    at_desk: bool = False
    together: int = 2
    weight: int = 0

    def begin(self, bounds: Budget = BOUNDS) -> tuple[Rig, State]:
        """Return a station and the state in which the order has just been accepted."""
        rig = Rig(bounds, by_hand=self.by_hand, marks=self.marks, at_desk=self.at_desk)
        _LATEST[:] = [rig]
        rig.put(State())
        rig.choices.begin((), Budget(99, 99, 99))  # nothing goes wrong before
        self.accept(rig)
        rig.policies.chosen.clear()
        rig.world.printing = rig.order().id
        return rig, rig.take()


def _first(rig: Rig) -> None:
    rig.orders.create(PERSON, OrderReason.NEW, CLERK, idempotency_key=REQUEST)


def _made(rig: Rig) -> str:
    """Have a first card made and handed over; returns its order."""
    _first(rig)
    order = rig.order().id
    rig.world.printing = order
    for _ in range(12):
        if rig.order().step is OrderStep.ACTIVATED:
            break
        if rig.engine.next_step() is None:
            if rig.order().step is OrderStep.RELEASED:
                for card in rig.world.things.cards:
                    rig.world.change(card.serial, place=HAND)
                rig.orders.press(order, OrderStep.ACTIVATED, CLERK)
            else:
                rig.orders.run(order, CLERK, approved=True)
        rig.engine.one_step(rig.choices)
    assert rig.order().step is OrderStep.ACTIVATED, rig.order()
    return order


def _again(kind: OrderKind, reason: ReprintReason) -> Callable[[Rig], None]:
    def accept(rig: Rig) -> None:
        first = _made(rig)
        accept_reprint(
            rig.bench, Reprint(first, kind, reason, agreed(CHIEF), REQUEST + " 2"), CLERK
        )

    return accept


def _test(rig: Rig) -> None:
    accept_test(rig.bench, CLERK)


def _temporary(rig: Rig) -> None:
    rig.temporary.accept(PersonSearch(id_number=PERSON), CLERK, key=REQUEST)


def _issued(rig: Rig) -> str:
    """Have a temporary card issued; returns its order. The holder has the card."""
    _temporary(rig)
    order = rig.order().id
    rig.orders.run(order, CLERK)
    rig.engine.one_step(rig.choices)
    rig.orders.run(order, CLERK, approved=True)
    card = rig.world.make(Card(0, DESK, bank=NO_BANK))
    rig.temporary.write(TemporaryWrite(order), CLERK)
    rig.engine.one_step(rig.choices)
    assert rig.order().step is OrderStep.RELEASED, rig.order()
    rig.world.change(card.serial, place=HAND)
    return order


def _rewritten(rig: Rig) -> None:
    wish = Reprint(_issued(rig), K.TEMPORARY_AGAIN, R.PIN_FORGOTTEN)
    accept_reprint(rig.bench, wish, CLERK)


def _taken_back(rig: Rig) -> None:
    _issued(rig)
    rig.world.change(1, place=DESK)
    rig.temporary.take_back(CLERK, key=BACK_KEY)


def _rehearsal(rig: Rig) -> None:
    # The person who is drawn and written is the one of every course: the rules know that face.
    card = rig.world.make(Card(TEST_CARD))
    assert card.serial == TEST_CARD
    rig.world.set(laid=(card.serial,))
    rig.journal.rehearses = True
    rig.orders.create(NUMBER, OrderReason.NEW, CLERK, idempotency_key=REQUEST)


K, R = OrderKind, ReprintReason
COURSES: Final = (
    Course("a card", K.FULL, _first, marks=True, weight=2),
    Course("a card, moved by hand", K.FULL, _first, by_hand=True, weight=9),
    Course("补打卡面", K.FACE_ONLY, _again(K.FACE_ONLY, R.FACE_UNCLEAR), weight=1),
    Course("重写芯片", K.CHIP_ONLY, _again(K.CHIP_ONLY, R.CHIP_DATA_DAMAGED), weight=1),
    Course("test card", K.TEST, _test, together=3, weight=1),
    Course("a temporary card", K.TEMPORARY, _temporary, at_desk=True, together=4, weight=2),
    Course(
        "a temporary card, written again", K.TEMPORARY_AGAIN, _rewritten, at_desk=True, together=5
    ),
    Course("a temporary card, taken back", K.TEMPORARY_BACK, _taken_back, at_desk=True, together=5),
    Course("a rehearsal", K.REHEARSAL, _rehearsal, weight=2),
)


_LATEST: Final[list[Rig]] = []


def _order_id() -> str:
    """Name an order by its number in the journal, so that a path can be walked again."""
    return f"order {len(_LATEST[0].journal.facts.orders) + 1}"


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Have orders named in their order, and nothing logged."""
    was = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            mock.patch.object(reception, "new_order_id", _order_id),
            mock.patch.object(reprints, "new_order_id", _order_id),
            mock.patch.object(temporary, "new_order_id", _order_id),
        ):
            yield
    finally:
        logging.disable(was)
