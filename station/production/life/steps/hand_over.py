"""A card that was released: taken, kept for its holder, or retracted."""

from __future__ import annotations

from typing import Final

from station.core.changes import Changes, SetGoal, UpdateCard
from station.core.errors import StepNotAllowedError
from station.core.evidence import (
    EffectRecord,
    Proof,
    Proved,
    ReleaseCard,
    ReleaseUnused,
    RetractCard,
    ReturnCard,
    SaidByPerson,
)
from station.core.orders import (
    AnyOrder,
    CardPlace,
    EffectKind,
    EffectState,
    OrderRecord,
    OrderStep,
)
from station.core.printing import CardRetractor
from station.core.recipes import recipe_of
from station.production.life.effects import OutcomePendingError, Workbench
from station.production.life.policies import Activation, Policies
from station.production.life.settlement import Settled

LEFT_OUT: Final = "left-card-presented"  #: kind of the event when a card of no order was released


def moved(order: AnyOrder, place: CardPlace) -> Changes:
    """Return the changes that record the place of a card outside the machine. Pure."""
    return () if order.card is None else (UpdateCard(order.card, place=place),)


def activates(order: OrderRecord, policies: Policies) -> Changes:
    """Return the changes that activate a released card, where the site chose that. Pure."""
    at_once = policies.activation is Activation.AT_ONCE and recipe_of(order.kind).is_activated
    return (SetGoal(order.id, OrderStep.ACTIVATED),) if at_once else ()


def came_out_last(bench: Workbench, order: OrderRecord) -> bool:
    """Whether the order's card was the last one to be released: only that one can be retracted.

    A card of no order that went out after it is at the outlet too, and no effect has put it out.
    A card that is out by a person's word may be in a hand, with another one left at the outlet.
    """
    newest = bench.journal.effects.last_done(EffectKind.RELEASE, 1)
    if not newest or order.card is None or _put_out(newest[0]) != order.card:
        return False
    if isinstance(newest[0].after, SaidByPerson):
        return False
    left = bench.journal.history.last("", LEFT_OUT)
    return left is None or left.seq < (bench.journal.cards.presented_event(order.card) or 0)


def _put_out(effect: EffectRecord) -> int | None:
    before = effect.before
    return before.card if isinstance(before, ReleaseCard | ReleaseUnused | ReturnCard) else None


def retract(bench: Workbench, order: OrderRecord) -> None:
    """Have the printer retract the card into its reject bin. Moves the card.

    Raises:
        StepNotAllowedError: This printer can't, or another card came out after this one.
        DeviceError: The printer refused, or the card is not at the outlet any more.
        OutcomePendingError: Whether it was retracted is unknown.
    """
    printer = bench.equipment.printer
    if not isinstance(printer, CardRetractor):
        raise StepNotAllowedError("this printer pulls no card back in")
    if not came_out_last(bench, order):
        raise StepNotAllowedError("another card came out after this one")
    try:
        with bench.effect(order, RetractCard(order.card)) as effect:
            printer.retract_card()
            effect.done(moved, CardPlace.REJECT_BIN)
    except OutcomePendingError:
        opened = bench.open_effect(order)
        if opened is not None:
            settle_retract(bench, order, opened)
        raise


def settle_retract(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """End a retract whose outcome is unknown; a person is then asked where the card is.

    No sensor distinguishes a retracted card from one that was taken, so there is nothing to wait
    for, and an open retract would block the feed of every other order. It ends immediately, else in
    the next cycle of the timers, at the next start, or with the person's answer. The card is at an
    unknown place until that answer.
    """
    bench.conclude(effect, judge_retract(order))


def judge_retract(order: OrderRecord) -> Settled:
    """See `settle_retract`. Pure."""
    unknown = moved(order, CardPlace.UNKNOWN)
    return Settled(EffectState.NOT_DONE, Proved(Proof.NONE), unknown)
