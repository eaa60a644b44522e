"""出卡 and 领卡启用: the card goes out, and the province activates it. Also giving a blank back."""

from __future__ import annotations

from station.core.errors import LocalProtocolError, StepNotAllowedError
from station.core.life import IN_MACHINE, OrderEvent, is_at
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectRecord,
    EffectState,
    OrderRecord,
    OrderStep,
)
from station.core.printing import Capability, CardPosition, PrinterStatus
from station.core.recipes import recipe_of
from station.journal import Transaction
from station.production.effects import Change, Workbench, in_doubt
from station.production.policies import Activation
from station.production.steps import chip, hand_over, own_card
from station.production.steps.which_card import Which, which_card


def run(bench: Workbench, order: OrderRecord) -> None:
    """Check the chip once more and put the card out. Can't be undone.

    Raises:
        WrongCardError: The card is not this order's: it stays inside.
        DeviceError: The printer refused.
        OutcomePendingError: Whether it went out is unknown.
    """
    if recipe_of(order.kind).binds_card:
        chip.prove_this_orders_chip(bench, order)
    else:
        bench.ready_status()
    with bench.effect(order, EffectKind.RELEASE, {"card": str(order.card)}) as effect:
        bench.equipment.printer.present_card()
        effect.then(_out(bench, order))


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Find out whether the card went out.

    Out: the printer sees a card at the outlet, or a person who was asked to take it out has left
    the reader empty. Not out: the chip of the card in the path is this card's.

    Raises:
        OutcomeUnknownError: The path is empty, or another card is in it: a person must say whether
            the card is out.
    """
    status = bench.equipment.printer.status()
    has_feeder = Capability.FEEDER in bench.equipment.printer.model.capabilities
    if status.card is CardPosition.OUTPUT_HOPPER:
        evidence = {"proof": "the printer sees a card at the outlet"}
        bench.end(effect.id, EffectState.DONE, evidence, went_out(bench, order, effect))
    elif status.card is not None:
        _read_what_stayed(bench, order, effect, status)
    elif has_feeder:
        raise in_doubt(status, "an empty path does not prove that the card is out", {})
    else:
        evidence = {"proof": "a person was asked to take it, and the reader is empty"}
        bench.end(effect.id, EffectState.DONE, evidence, went_out(bench, order, effect))


def went_out(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> Change:
    """Return the change that follows once it is known that the card of this effect is out."""
    before = effect.evidence_before
    if "refused" in before:
        return own_card.given_back(order, int(before["card"]), before["refused"])
    return _out(bench, order)


def card_of(order: OrderRecord, effect: EffectRecord) -> int | None:
    """Return the ledger id of the card that was to go out."""
    named = effect.evidence_before.get("card", "")
    return int(named) if named.isdecimal() else order.card


def _read_what_stayed(
    bench: Workbench, order: OrderRecord, effect: EffectRecord, status: PrinterStatus
) -> None:
    card = card_of(order, effect)
    which = which_card(bench, order, card)
    if which is not Which.THIS:
        raise in_doubt(status, "a card is in the path", {"chip": which.value})
    evidence = {"proof": "the chip of the card in the path is this card's"}
    bench.end(effect.id, EffectState.NOT_DONE, evidence, still_inside(card))


def still_inside(card: int | None) -> Change:
    """Return the change that notes that a card has not left the machine."""

    def change_card(change: Transaction) -> None:
        if card is not None:
            change.update_card(card, place=CardPlace.CHIP_STATION)

    return change_card


def activate(bench: Workbench, order: OrderRecord) -> None:
    """领卡启用 at the province; safe to repeat.

    Raises:
        OutcomePendingError: No answer.
        GatewayRejectedError: The province refuses.
    """
    if order.data is None:
        raise LocalProtocolError("activation without data")
    data = order.data
    with bench.effect(order, EffectKind.ACTIVATE, {}) as effect:
        bench.equipment.province.activate(
            AAC002=data.chip.AAC002,
            AAC003=data.chip.AAC003,
            AAZ500=data.chip.AAZ500,
            AAB301=data.AAB301,
        )
        effect.then(bench.move(order, OrderEvent.ACTIVATED))
        if bench.equipment.policies.activation is Activation.AT_HAND_OVER:
            effect.then(hand_over.moved(order, CardPlace.TAKEN))


def settle_activation(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """An activation may be asked for again: an active card answers that it is active."""
    del order
    bench.end(effect.id, EffectState.NOT_DONE, {"proof": "safe to repeat"})


def cancel_in_journal(bench: Workbench, order: OrderRecord, actor: str) -> bool:
    """End an order that has nothing in the machine; returns False when the machine must be asked.

    Moves nothing, so any thread may call it: the journal has one writer, and an effect of this
    order is begun either before (then it is seen here) or after (then it is refused).

    Raises:
        StepNotAllowedError: Too late.
        OrderMovedError: It went further in this moment.
    """
    with bench.journal.transaction(actor) as change:
        card = bench.card_of(bench.journal.order(order.id))
        inside = card is not None and card.fate is CardFate.IN_MACHINE
        if inside or order.step in IN_MACHINE or bench.open_effect(order) is not None:
            return False
        _refuse_written(bench, order)
        bench.move(order, OrderEvent.CANCELLED)(change)
    return True


def cancel(bench: Workbench, order: OrderRecord, actor: str) -> None:
    """End an order to which nothing irreversible happened; an unharmed blank goes out. May move it.

    Raises:
        StepNotAllowedError: Too late: the chip may be written.
        WrongCardError: The blank at the chip station is not the one that was fed.
    """
    move = bench.move(order, OrderEvent.CANCELLED)
    _refuse_written(bench, order)
    card = bench.card_of(order)
    if card is not None and card.fate is CardFate.IN_MACHINE:
        with bench.journal.transaction(actor) as change:
            # Whatever becomes of the blank, the order does not go on by itself.
            change.set_goal(order.id, None)
        if order.step in IN_MACHINE and recipe_of(order.kind).binds_card:
            chip.read_this_card(bench, order)
        with bench.effect(order, EffectKind.RELEASE, {"card": str(card.id), "blank": "yes"}) as out:
            bench.equipment.printer.present_card()
            out.then(_out(bench, order))
        return
    with bench.journal.transaction(actor) as change:
        move(change)


def _refuse_written(bench: Workbench, order: OrderRecord) -> None:
    effects = bench.journal.effects(order.id)
    if any(effect.kind is EffectKind.WRITE_CHIP for effect in effects):
        raise StepNotAllowedError(
            "the chip may be written: it must be spoiled, not cancelled",
            details={"step": order.step.value},
        )


def _out(bench: Workbench, order: OrderRecord) -> Change:
    card = order.card
    done = is_at(order.step, OrderStep.PRINTED)
    move = bench.move(order, OrderEvent.CARD_RELEASED if done else OrderEvent.CANCELLED)
    fate = _fate(order, done=done)

    def change_all(change: Transaction) -> None:
        if card is not None:
            change.update_card(card, place=CardPlace.OUTPUT_HOPPER, fate=fate)
        move(change)
        if done and order.step is OrderStep.PRINTED:
            hand_over.activates(bench, order)(change)

    return change_all


def _fate(order: OrderRecord, *, done: bool) -> CardFate:
    recipe = recipe_of(order.kind)
    if done:
        return recipe.fate_done
    # A card that was fed instead of the holder's, or was never read, is given back.
    return CardFate.RETURNED if order.chip is None else recipe.fate_cancelled
