"""What may happen while an order's card is in the desk's reader; see `acts` for the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from station.core.life import FINAL
from station.core.orders import CardFate, OrderReason, OrderRecord, OrderStep
from station.core.recipes import recipe_of
from station.production.desk.temporary import TemporaryWrite
from station.production.intake.reception import OrderRequest, accept
from station.production.life.steps.report import UNDONE
from tests.explore import acts
from tests.explore.acts import REQUEST, Action, first_card, own_card
from tests.explore.choices import Budget
from tests.explore.memory import OPEN
from tests.explore.rig import CLERK, Rig
from tests.explore.world import (
    BIN,
    DESK,
    GONE,
    GOOD,
    HAND,
    NO_BANK,
    PERSON,
    STRANGER,
    Card,
)

S = OrderStep
BACK_KEY: Final = REQUEST + " 2"  #: of a card that was read to take it back
_AT_WINDOW: Final = (DESK, HAND)
#: What a person may put into the reader instead of the card that is needed.
WRONG: Final = {
    "another blank": Card(0, bank=NO_BANK),
    "a bank's blank": Card(0, bank=GOOD),
    "another holder's temporary card": Card(0, bank=NO_BANK, holder=STRANGER),
    "another holder's card of a bank": Card(0, bank=GOOD, holder=STRANGER),
}


def actions(rig: Rig) -> list[Action]:
    """Return everything that can happen in the state that was put."""
    if not rig.at_desk:
        return acts.at_machine(rig)
    if not rig.up:
        return [Action("The station starts.", acts._start), *_lost(rig)]
    if is_over(rig):
        return list(acts._time(rig))
    found = [Action("The power goes.", acts._power_off, good=False, cost=Budget(crashes=1))]
    step = rig.engine.next_step()
    if step is not None:
        found.append(Action(f"The station works on {step}.", acts._work))
    found += acts._time(rig)
    if rig.world.things.conditions:
        wrong = ", ".join(sorted(rig.world.things.conditions))
        found.append(Action(f"A person puts right: {wrong}.", acts._mend))
    found += _presses(rig)
    found += _writes(rig)
    found += _against_the_rules(rig)
    return found


def is_over(rig: Rig) -> bool:
    """Whether the order has ended and nothing is open."""
    facts = rig.journal.facts
    undone = any(row.state in UNDONE for row in facts.outbox)
    moving = any(one.state in OPEN for one in facts.effects)
    return _has_ended(rig.order()) and not undone and not moving


def _has_ended(order: OrderRecord) -> bool:
    return order.step in FINAL or order.step is S.RELEASED


def _presses(rig: Rig) -> Iterator[Action]:
    order = rig.order()
    by_reading = rig.journal.orders.by_request(BACK_KEY) is not None
    if not _has_ended(order):
        if order.goal is None or order.hold is not None or order.step is S.DATA_READY:
            yield Action("The clerk presses the button of the next step.", _go_on)
        yield Action("The clerk cancels the order.", acts._cancel)
    if acts._retries(rig, order):
        yield Action("The clerk has the reports sent again.", acts._retry)
    if order.kind is rig.journal.facts.orders[0].kind:
        yield Action("The clerk sends the same request again.", _again)
    if by_reading:
        yield Action("The clerk takes the same card back again.", _back_again)


def _go_on(rig: Rig) -> None:
    order = rig.order()
    if recipe_of(order.kind).takes_back:
        rig.orders.press(order.id, S.COLLECTED, CLERK)
    else:
        rig.orders.run(order.id, CLERK, approved=True)


def _again(rig: Rig) -> None:
    _same_order(rig, REQUEST, _requested)


def _requested(rig: Rig) -> str:
    kind = rig.journal.facts.orders[0].kind
    wish = OrderRequest(PERSON, OrderReason.NEW, REQUEST, kind=kind)
    return accept(rig.bench.journal, "m", wish, CLERK)


def _back_again(rig: Rig) -> None:
    rig.world.change(1, place=DESK)
    _same_order(rig, BACK_KEY, lambda rig: rig.temporary.take_back(CLERK, key=BACK_KEY))


def _same_order(rig: Rig, key: str, ask: Callable[[Rig], str]) -> None:
    before = len(rig.journal.facts.orders)
    try:
        again = ask(rig)
    finally:
        if len(rig.journal.facts.orders) != before:
            rig.broken.append("I7 the same request made a second order")
    if again != rig.journal.orders.by_request(key):
        rig.broken.append("I7 the same request was answered with another order")


# -- the card --------------------------------------------------------------------------------------


def _writes(rig: Rig) -> Iterator[Action]:
    order = rig.order()
    if order.step is not S.APPROVED or not recipe_of(order.kind).writes_at_desk:
        if order.step is S.RELEASED_OWED:
            yield from _discards(rig)
        return
    card = needed(rig, order)
    if card is None or card.place in _AT_WINDOW:
        yield Action("The clerk has the card in the reader written.", partial(_write, card=card))
    yield from _discards(rig)


def needed(rig: Rig, order: OrderRecord) -> Card | None:
    """Return the card that a person who keeps the rules puts in; None for a fresh blank."""
    if recipe_of(order.kind).own_card:
        return first_card(rig, order)
    if order.chip is not None:
        return own_card(rig, order)
    known = {row.AAZ501 for row in rig.journal.facts.cards}
    usable = (
        one
        for one in rig.world.things.cards
        if one.bank == NO_BANK
        and not one.holder
        and one.place in _AT_WINDOW
        and one.card_id not in known
    )
    return next(usable, None)


def _write(rig: Rig, card: Card | None) -> None:
    card = card or rig.world.make(Card(0, bank=NO_BANK))
    put_in(rig, card.serial)
    try:
        rig.temporary.write(TemporaryWrite(rig.order().id), CLERK)
    finally:
        _put_aside(rig)


def put_in(rig: Rig, serial: int) -> None:
    """Put a card into the desk's reader; what was in it goes to the hand."""
    for one in rig.world.things.cards:
        if one.place == DESK:
            rig.world.change(one.serial, place=HAND)
    rig.world.change(serial, place=DESK)


def _put_aside(rig: Rig) -> None:
    """Do what a person does with a card that the ledger calls spoiled: no more than move it."""
    spoiled = {row.AAZ501 for row in rig.journal.facts.cards if row.fate is CardFate.SPOILED}
    for one in rig.world.things.cards:
        if one.card_id in spoiled and one.place in _AT_WINDOW:
            rig.world.change(one.serial, place=BIN)


def _discards(rig: Rig) -> Iterator[Action]:
    card = own_card(rig, rig.order())
    if card is None:
        return
    refused = rig.order().step is S.RELEASED_OWED
    right = card.bad or card.place == GONE or refused
    cost = Budget() if right else Budget(breaches=1)
    yield Action("The clerk says that the card can't be used.", _discard, good=right, cost=cost)


def _discard(rig: Rig) -> None:
    card = own_card(rig, rig.order())
    assert card is not None
    if card.place == GONE:
        rig.lied = True  # it was lost, and there is no other word for it
    try:
        rig.temporary.discard(rig.order().id, CLERK)
    finally:
        _put_aside(rig)


# -- against the rules -----------------------------------------------------------------------------


def _against_the_rules(rig: Rig) -> Iterator[Action]:
    order = rig.order()
    if order.step is S.APPROVED and recipe_of(order.kind).writes_at_desk:
        for name, card in WRONG.items():
            yield _breach(f"The clerk has {name} written.", partial(_write_wrong, card=card))
        aside = next((one for one in rig.world.things.cards if one.place == BIN), None)
        if aside is not None:
            yield _breach(
                f"The clerk has card {aside.serial} written, which was put aside.",
                partial(_write, card=aside),
            )
    if rig.journal.orders.by_request(BACK_KEY) is not None:
        yield _breach("The clerk takes another card back under the same key.", _other_back)
    yield from _lost(rig)


def _write_wrong(rig: Rig, card: Card) -> None:
    made = rig.world.make(card)
    try:
        _write(rig, made)
    finally:
        if rig.world.card(made.serial) == made._replace(place=DESK):
            rig.world.change(made.serial, place=GONE)  # it was left as it was


def _other_back(rig: Rig) -> None:
    made = rig.world.make(WRONG["another holder's temporary card"])
    put_in(rig, made.serial)
    try:
        _back_again_with_this(rig)
    finally:
        rig.world.change(made.serial, place=GONE)


def _back_again_with_this(rig: Rig) -> None:
    rig.temporary.take_back(CLERK, key=BACK_KEY)
    rig.broken.append("I7 another card was taken for the one of this request")


def _lost(rig: Rig) -> Iterator[Action]:
    card = own_card(rig, rig.order())
    if card is not None and card.place in _AT_WINDOW and rig.order().step is S.APPROVED:
        yield _breach("The card is lost.", partial(_lose, serial=card.serial))


def _lose(rig: Rig, serial: int) -> None:
    rig.world.change(serial, place=GONE)


def _breach(name: str, run: Callable[[Rig], None]) -> Action:
    return Action(name, run, good=False, cost=Budget(breaches=1))
