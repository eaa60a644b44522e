"""废卡: a blank that was used up goes into the reject bin; a failure report is owed."""

from __future__ import annotations

from typing import Final

from station.core.errors import (
    CardMissingError,
    LocalProtocolError,
    WrongCardError,
    WrongCardReason,
)
from station.core.gateways import FailedStep, ReportOutcome
from station.core.life import EFFECTS, OrderEvent
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectRecord,
    EffectState,
    OrderRecord,
)
from station.core.printing import Capability, CardPosition
from station.core.recipes import recipe_of
from station.journal import Transaction
from station.production.effects import ACTOR, Change, Workbench, in_doubt
from station.production.steps import put_back, report
from station.production.steps.which_card import Which, which_card

SPOILED: Final = "spoiled"  #: `result` of an effect that used the blank up in vain
MAKING: Final = FailedStep.MAKING.value  #: of everything that happens in this machine


def spoil_card(bench: Workbench, order: OrderRecord, *, step: str, reason: str) -> None:
    """Put the order's card into the reject bin and end the order as spoiled. Moves the card.

    The card in the ledger, the order's end and the failure report become durable together. An open
    intent (a chip write that came out wrong) ends as done: the blank *was* used up.

    Raises:
        CardMissingError: The path is empty.
        WrongCardError: The card in the path is another one; it stays where it is.
        DeviceError: The printer refused.
    """
    if bench.ready_status().card is None:
        raise CardMissingError("no card is in the machine", details={"order": order.id})
    bench.require_own_machine(order)
    if which_card(bench, order, order.card) is Which.OTHER:
        raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "another card stands in the path")
    _end_open(bench, order, reason)
    with bench.effect(order, EffectKind.REJECT, {"reason": reason, "step": step}) as effect:
        bench.equipment.printer.reject_card()
        effect.then(_used_up(bench, order, step, reason))


def decided(bench: Workbench, order: OrderRecord) -> tuple[str, str] | None:
    """Return step and reason of a card inside that is spoiled and not yet in the bin; else None.

    A spoiled card is spoiled whatever stopped its way into the bin (a cover, a refusal, a power
    cut before the rejection began): nothing else is done with it.
    """
    card = bench.card_of(order)
    if card is None or card.fate is not CardFate.IN_MACHINE:
        return None
    for effect in reversed(bench.journal.effects(order.id)):
        before, after = effect.evidence_before, effect.evidence_after
        if effect.kind is EffectKind.FEED and put_back.BACK not in before:
            return None  # this card came in later
        if effect.kind is EffectKind.REJECT and "step" in before:
            return (before["step"], before["reason"])
        if EFFECTS[effect.kind].uses_up and after.get("result") == SPOILED:
            return (MAKING, after["reason"])
    return None


def write_off(bench: Workbench, order: OrderRecord, place: CardPlace, reason: str) -> Change:
    """Return the change that spoils a card which is not in the machine any more. Moves nothing.

    A card that was fed and never read leaves its order where it was: it takes another blank.
    """
    return _used_up(bench, order, MAKING, reason, place)


def end_open(bench: Workbench, order: OrderRecord, reason: str) -> Change:
    """Return the change that ends an open chip write or print as done: the blank is used up."""
    opened = bench.open_effect(order)

    def change_effect(change: Transaction) -> None:
        if opened is not None and EFFECTS[opened.kind].uses_up:
            evidence = {"result": SPOILED, "reason": reason}
            change.end_effect(opened.id, EffectState.DONE, evidence)

    return change_effect


def _end_open(bench: Workbench, order: OrderRecord, reason: str) -> None:
    with bench.journal.transaction(ACTOR) as change:
        end_open(bench, order, reason)(change)


def settle_reject(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Find out whether a card went into the reject bin.

    There: the printer sees a card in the bin, or a person who was asked to put it aside has left
    the reader empty. Not there: the chip of the card in the path is this card's.

    Raises:
        OutcomeUnknownError: The path is empty, or what is in it can't be told from another card.
    """
    printer = bench.equipment.printer
    status = printer.status()
    has_feeder = Capability.FEEDER in printer.model.capabilities
    in_bin = status.card is CardPosition.REJECT_BIN
    if in_bin or (status.card is None and not has_feeder):
        proof = "the printer sees a card in the bin" if in_bin else "the reader is empty"
        bench.end(effect.id, EffectState.DONE, {"proof": proof}, put_aside(bench, order, effect))
        return
    if status.card is None:
        raise in_doubt(status, "an empty path does not prove that the card is in the bin", {})
    which = which_card(bench, order, order.card)
    if which is not Which.THIS:
        raise in_doubt(status, "a card is in the path", {"chip": which.value})
    evidence = {"proof": "the chip of the card in the path is this card's"}
    bench.end(effect.id, EffectState.NOT_DONE, evidence)


def put_aside(
    bench: Workbench,
    order: OrderRecord,
    effect: EffectRecord,
    place: CardPlace = CardPlace.REJECT_BIN,
) -> Change:
    """Return the change that follows once it is known where a card is that was to be rejected."""
    before = effect.evidence_before
    if "step" in before:
        return _used_up(bench, order, before["step"], before["reason"], place)
    return _refused(order, before["reason"], place)


def _used_up(
    bench: Workbench,
    order: OrderRecord,
    step: str,
    reason: str,
    place: CardPlace = CardPlace.REJECT_BIN,
) -> Change:
    # A blank that was never read has no order bound to it: the order takes another one.
    if order.chip is None and recipe_of(order.kind).binds_card:
        return _unread(bench, order, place, reason)
    return _spoiled(bench, order, step, reason, place)


def _refused(order: OrderRecord, reason: str, place: CardPlace) -> Change:
    def change_all(change: Transaction) -> None:
        if order.card is not None:
            change.update_card(order.card, place=place, fate=CardFate.REFUSED, reason=reason)
            change.release_chip(order.id)

    return change_all


def _unread(bench: Workbench, order: OrderRecord, place: CardPlace, reason: str) -> Change:
    card, move = order.card, bench.move(order, OrderEvent.BLANK_REFUSED)

    def change_all(change: Transaction) -> None:
        if card is not None:
            change.update_card(card, place=place, fate=CardFate.SPOILED, reason=reason)
        change.release_chip(order.id)
        move(change)

    return change_all


def _spoiled(
    bench: Workbench,
    order: OrderRecord,
    step: str,
    reason: str,
    place: CardPlace = CardPlace.REJECT_BIN,
) -> Change:
    card, chip = order.card, order.chip
    move = bench.move(order, OrderEvent.CARD_SPOILED)
    withdraw = report.withdrawn(bench, order)
    recipe = recipe_of(order.kind)
    fate = recipe.fate_spoiled
    owed = None
    if ReportOutcome.SPOILED in recipe.reports:
        if chip is None:
            raise LocalProtocolError("a spoiled card without chip")
        owed = report.on_card(order, chip, ReportOutcome.SPOILED, failed_step=step, failure=reason)

    def change_all(change: Transaction) -> None:
        if card is not None:
            change.update_card(card, place=place, fate=fate, reason=reason)
        withdraw(change)
        if owed is not None:
            change.owe_report(order.id, owed)
        move(change)

    return change_all
