"""废卡: a blank that was used up goes into the reject bin; a failure report is owed."""

from __future__ import annotations

from typing import Final

from station.core.errors import CardMissingError, LocalProtocolError
from station.core.gateways import ReportOutcome
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectRecord,
    EffectState,
    OrderKind,
    OrderRecord,
)
from station.journal import Transaction
from station.production.effects import ACTOR, Change, Workbench
from station.production.states import OrderEvent
from station.production.steps import report

#: Effects that use the blank up whether they were done or not.
USED_UP: Final = frozenset({EffectKind.WRITE_CHIP, EffectKind.PRINT})
MAKING: Final = "制卡"  #: 失败环节 of everything that happens in this machine


def spoil_card(bench: Workbench, order: OrderRecord, *, step: str, reason: str) -> None:
    """Put the order's card into the reject bin and end the order as spoiled. Moves the card.

    The card in the ledger, the order's end and the failure report become durable together. An open
    intent (a chip write that came out wrong) ends as done: the blank *was* used up.

    Raises:
        CardMissingError: The path is empty.
        DeviceError: The printer refused.
    """
    if bench.ready_status().card is None:
        raise CardMissingError("no card is in the machine", details={"order": order.id})
    _end_open(bench, order, reason)
    with bench.effect(order, EffectKind.REJECT, {"reason": reason, "step": step}) as effect:
        bench.equipment.printer.reject_card()
        effect.then(_spoiled(bench, order, step, reason))


def write_off(bench: Workbench, order: OrderRecord, place: CardPlace, reason: str) -> Change:
    """Return the change that spoils a card which is not in the machine any more. Moves nothing.

    A card that was fed and never read leaves its order where it was: it takes another blank.
    """
    if order.chip is None:
        return _unread(bench, order, place, reason)
    return _spoiled(bench, order, MAKING, reason, place)


def end_open(bench: Workbench, order: OrderRecord, reason: str) -> Change:
    """Return the change that ends an open chip write or print as done: the blank is used up."""
    opened = bench.open_effect(order)

    def change_effect(change: Transaction) -> None:
        if opened is not None and opened.kind in USED_UP:
            evidence = {"result": "spoiled", "reason": reason}
            change.end_effect(opened.id, EffectState.DONE, evidence)

    return change_effect


def _end_open(bench: Workbench, order: OrderRecord, reason: str) -> None:
    with bench.journal.transaction(ACTOR) as change:
        end_open(bench, order, reason)(change)


def settle_reject(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Find out whether a card went into the reject bin: is the path empty?"""
    before = effect.evidence_before
    card = bench.equipment.printer.status().card
    if card is not None and not bench.journal.fed_since(effect.id):
        bench.end(effect.id, EffectState.NOT_DONE, {"proof": "a card stands in the path"})
        return
    evidence = {"proof": "the card path is empty, or was when the next card was fed"}
    if "step" in before:
        change = _spoiled(bench, order, before["step"], before["reason"])
    else:
        change = _refused(order, before["reason"])
    bench.end(effect.id, EffectState.DONE, evidence, change)


def _refused(order: OrderRecord, reason: str) -> Change:
    def change_all(change: Transaction) -> None:
        if order.card is not None:
            change.update_card(
                order.card, place=CardPlace.REJECT_BIN, fate=CardFate.REFUSED, reason=reason
            )
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
    test = order.kind is OrderKind.TEST
    fate = CardFate.TEST if test else CardFate.SPOILED
    owed = None
    if not test:
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
