"""A card that was put out: taken, kept for its holder, or pulled back in."""

from __future__ import annotations

from station.core.errors import StepNotAllowedError
from station.core.orders import (
    CardPlace,
    EffectKind,
    EffectRecord,
    EffectState,
    OrderRecord,
    OrderStep,
)
from station.core.printing import CardRetractor
from station.core.recipes import recipe_of
from station.journal import Transaction
from station.production.effects import Change, OutcomePendingError, Workbench
from station.production.policies import Activation


def moved(order: OrderRecord, place: CardPlace) -> Change:
    """Return the change that notes where a card outside the machine is now."""

    def change_card(change: Transaction) -> None:
        if order.card is not None:
            change.update_card(order.card, place=place)

    return change_card


def activates(bench: Workbench, order: OrderRecord) -> Change:
    """Return the change that has a released card activated at once, where the site wants that."""
    at_once = bench.equipment.policies.activation is Activation.AT_ONCE

    def change_goal(change: Transaction) -> None:
        if at_once and recipe_of(order.kind).is_activated:
            change.set_goal(order.id, OrderStep.ACTIVATED)

    return change_goal


def came_out_last(bench: Workbench, order: OrderRecord) -> bool:
    """Whether the order's card is the last that was put out: only that one can be pulled in."""
    newest = bench.journal.last_done(EffectKind.RELEASE, 1)
    return bool(newest) and newest[0].evidence_before.get("card") == str(order.card)


def retract(bench: Workbench, order: OrderRecord) -> None:
    """Have the printer pull the card back in, into its reject bin. Moves the card.

    Raises:
        StepNotAllowedError: This printer can't, or another card came out after this one.
        DeviceError: The printer refused, or the card is not at the outlet any more.
        OutcomePendingError: Whether it went back in is unknown.
    """
    printer = bench.equipment.printer
    if not isinstance(printer, CardRetractor):
        raise StepNotAllowedError("this printer pulls no card back in")
    if not came_out_last(bench, order):
        raise StepNotAllowedError("another card came out after this one")
    try:
        with bench.effect(order, EffectKind.RETRACT, {"card": str(order.card)}) as effect:
            printer.retract_card()
            effect.then(moved(order, CardPlace.REJECT_BIN))
    except OutcomePendingError:
        opened = bench.open_effect(order)
        if opened is not None:
            settle_retract(bench, order, opened)
        raise


def settle_retract(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """No sensor tells a card that was pulled back in from one that was taken: a person is asked."""
    evidence = {"proof": "none: a person is asked where the card is"}
    bench.end(effect.id, EffectState.NOT_DONE, evidence, moved(order, CardPlace.UNKNOWN))
