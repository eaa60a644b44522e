"""出卡 and 领卡启用: the card is released, and the province activates it. Also returns a blank."""

from __future__ import annotations

from dataclasses import dataclass

from station.core.changes import Changes, SetGoal, UpdateCard
from station.core.errors import StepNotAllowedError
from station.core.evidence import (
    Activate,
    EffectRecord,
    Proof,
    Proved,
    ReleaseCard,
    ReleaseUnused,
    ReturnCard,
)
from station.core.life import AT_DESK, IN_MACHINE, TRANSITIONS, OrderEvent, is_at
from station.core.orders import (
    AnyOrder,
    CardFate,
    CardPlace,
    EffectKind,
    EffectState,
    OrderRecord,
    OrderStep,
)
from station.core.printing import Capability, CardPosition, PrinterStatus
from station.core.recipes import recipe_of
from station.production.life.effects import Workbench, move
from station.production.life.narrow import prepared
from station.production.life.policies import Activation, Policies
from station.production.life.settlement import Settled, Verdict, in_doubt
from station.production.life.steps import chip, hand_over, own_card, report, temporary
from station.production.life.steps.which_card import Which, which_card


def run(bench: Workbench, order: OrderRecord) -> None:
    """Check the chip again and release the card. Can't be undone.

    Raises:
        CardMissingError: The path is empty.
        WrongCardError: The card is not this order's: it stays inside.
        DeviceError: The printer refused.
        OutcomePendingError: Whether it was released is unknown.
    """
    if recipe_of(order.kind).binds_card:
        chip.prove_this_orders_chip(bench, order)
    else:
        bench.require_card(order)  # no chip identifies a test card
    with bench.effect(order, ReleaseCard(order.card)) as effect:
        bench.equipment.printer.present_card()
        effect.done(put_out, bench.equipment.policies)


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Establish whether the card was released.

    Released: the printer detects a card at the outlet, or a person who was asked to remove it has
    left the reader empty. Not released: the chip of the card in the path is this card's.

    Raises:
        OutcomeUnknownError: The path is empty, or another card is in it: a person must say whether
            the card is out.
    """
    printer, card = bench.equipment.printer, released_card(order, effect)
    status = printer.status()
    stayed = status.card not in (None, CardPosition.OUTPUT_HOPPER)
    seen = PathSeen(
        status=status,
        has_feeder=Capability.FEEDER in printer.model.capabilities,
        chip=which_card(bench, order, card) if stayed else None,
    )
    bench.conclude(effect, judge_release(order, effect, seen, bench.equipment.policies))


@dataclass(frozen=True, slots=True)
class PathSeen:
    """What was found after a release.

    Attributes:
        status: The printer's report.
        has_feeder: Whether a machine moves the cards; at a bare reader a person does.
        chip: Which card's chip is in the path; None when no card is.
    """

    status: PrinterStatus
    has_feeder: bool
    chip: Which | None = None


def judge_release(
    order: OrderRecord, effect: EffectRecord, seen: PathSeen, policies: Policies
) -> Verdict:
    """Return whether the card was released. See `settle`. Pure."""
    status, card = seen.status, released_card(order, effect)
    if status.card is CardPosition.OUTPUT_HOPPER:
        out = went_out(order, effect, policies)
        return Settled(EffectState.DONE, Proved(Proof.CARD_AT_OUTLET), out)
    if status.card is None and seen.has_feeder:
        return in_doubt(status, "an empty path does not prove that the card is out")
    if status.card is None:
        out = went_out(order, effect, policies)
        return Settled(EffectState.DONE, Proved(Proof.TAKEN_FROM_READER), out)
    if seen.chip is Which.THIS:
        inside = still_inside(card)
        return Settled(EffectState.NOT_DONE, Proved(Proof.CHIP_IS_THIS_CARDS), inside)
    found = {} if seen.chip is None else {"chip": seen.chip.value}
    return in_doubt(status, "a card is in the path", found)


def went_out(order: OrderRecord, effect: EffectRecord, policies: Policies) -> Changes:
    """Return the changes that follow once this effect's card is known to be out. Pure."""
    if isinstance(effect.before, ReturnCard):
        return own_card.given_back(order, effect.before.card, effect.before.refused)
    return put_out(order, policies)


def released_card(order: OrderRecord, effect: EffectRecord) -> int | None:
    """Return the ledger id of the card that was to be released. Pure."""
    before = effect.before
    named = before.card if isinstance(before, ReleaseCard | ReleaseUnused | ReturnCard) else None
    return order.card if named is None else named


def still_inside(card: int | None) -> Changes:
    """Return the changes that record that a card has not left the machine. Pure."""
    return () if card is None else (UpdateCard(card, place=CardPlace.CHIP_STATION),)


def activate(bench: Workbench, order: OrderRecord) -> None:
    """领卡启用 at the province; safe to repeat.

    Raises:
        OutcomePendingError: No answer.
        GatewayRejectedError: The province refuses.
    """
    data = prepared(order).data
    with bench.effect(order, Activate()) as effect:
        bench.equipment.province_for(order.kind).activate(
            AAC002=data.chip.AAC002,
            AAC003=data.chip.AAC003,
            AAZ500=data.chip.AAZ500,
            AAB301=data.AAB301,
        )
        effect.done(activated, bench.equipment.policies)


def activated(order: OrderRecord, policies: Policies) -> Changes:
    """Return the changes of an activation; at the hand-over the card counts as taken. Pure.

    A card that was taken back and spoiled meanwhile is active, and its order stays spoiled.
    """
    if (order.step, OrderEvent.ACTIVATED) not in TRANSITIONS:
        return ()
    taken: Changes = ()
    if policies.activation is Activation.AT_HAND_OVER:
        taken = hand_over.moved(order, CardPlace.TAKEN)
    return (move(order, OrderEvent.ACTIVATED), *taken)


def settle_activation(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Allow a repeated request: for an active card the province answers that it is active."""
    del order
    bench.end(effect.id, EffectState.NOT_DONE, Proved(Proof.SAFE_TO_REPEAT))


def cancel_in_journal(bench: Workbench, order: AnyOrder, actor: str, also: Changes = ()) -> bool:
    """End an order that has nothing in the machine; returns False when the machine must be asked.

    Moves nothing, so any thread may call it: the journal has one writer, and an effect of this
    order is begun either before (then it is seen here) or after (then it is refused). What is
    `also` given becomes durable with the end.

    Raises:
        StepNotAllowedError: Too late, or its card is being taken back at the province.
        OrderMovedError: It moved to another step concurrently.
    """
    with bench.journal.transaction(actor) as change:
        card = bench.card_of(bench.journal.orders.head(order.id))
        inside = card is not None and card.fate is CardFate.IN_MACHINE
        if inside or order.step in IN_MACHINE or bench.open_effect(order) is not None:
            return False
        _refuse_written(bench, order)
        temporary.require_not_taken_back(bench, order)
        policies = bench.equipment.policies
        owed: Changes = ()
        if policies.tell_cancelled:
            owed = report.of_cancelled(bench.journal.orders.one(order.id), policies)
        change.apply(move(order, OrderEvent.CANCELLED), *owed, *also)
    return True


def cancel(bench: Workbench, order: OrderRecord, actor: str) -> None:
    """End an order without irreversible effects; an unharmed blank is released. May move it.

    Raises:
        StepNotAllowedError: Too late: the chip may be written.
        CardMissingError: The path is empty.
        WrongCardError: The blank at the chip station is not the one that was fed.
    """
    owed = report.of_cancelled(order, bench.equipment.policies)
    cancelled = (move(order, OrderEvent.CANCELLED), *owed)
    _refuse_written(bench, order)
    card = bench.card_of(order)
    if card is not None and card.fate is CardFate.IN_MACHINE:
        # Whatever happens to the blank, the order does not continue automatically.
        bench.apply(actor, SetGoal(order.id, None))
        if order.step in IN_MACHINE and recipe_of(order.kind).binds_card:
            chip.read_this_card(bench, order)
        else:
            bench.require_card(order)
        with bench.effect(order, ReleaseUnused(card.id)) as out:
            bench.equipment.printer.present_card()
            out.done(put_out, bench.equipment.policies)
        return
    bench.apply(actor, *cancelled)


def _refuse_written(bench: Workbench, order: AnyOrder) -> None:
    effects = bench.journal.effects.of(order.id)
    written = any(effect.kind is EffectKind.WRITE_CHIP for effect in effects)
    at_desk = any(effect.kind in AT_DESK for effect in effects)
    chip = bench.journal.orders.one(order.id).chip if at_desk else None
    if written or temporary.may_hold_data(effects, chip):
        raise StepNotAllowedError(
            "the chip may be written: it must be spoiled, not cancelled",
            details={"step": order.step.value},
        )


def put_out(order: OrderRecord, policies: Policies) -> Changes:
    """Return the changes that follow from a released card, finished or unchanged. Pure."""
    done = is_at(order.step, OrderStep.PRINTED)
    made: Changes = ()
    if order.card is not None:
        fate = _fate(order, done=done)
        made = (UpdateCard(order.card, place=CardPlace.OUTPUT_HOPPER, fate=fate),)
    made += (move(order, OrderEvent.CARD_RELEASED if done else OrderEvent.CANCELLED),)
    made += () if done else report.of_cancelled(order, policies)
    return made + (hand_over.activates(order, policies) if order.step is OrderStep.PRINTED else ())


def _fate(order: OrderRecord, *, done: bool) -> CardFate:
    recipe = recipe_of(order.kind)
    if done:
        return recipe.fate_done
    # A card that was fed in place of the holder's, or was never read, is returned.
    return CardFate.RETURNED if order.chip is None else recipe.fate_cancelled
