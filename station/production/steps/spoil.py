"""废卡: a blank that was used up goes into the reject bin; a failure report is owed."""

from __future__ import annotations

from station.core.errors import LocalProtocolError
from station.core.gateways import ReportOutcome
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectRecord,
    EffectState,
    OrderRecord,
)
from station.journal import Transaction
from station.production.effects import Change, Workbench
from station.production.states import OrderEvent
from station.production.steps import report


def spoil_card(bench: Workbench, order: OrderRecord, *, step: str, reason: str) -> None:
    """Put the order's card into the reject bin and end the order as spoiled. Moves the card.

    The card in the ledger, the order's end and the failure report become durable together. An open
    intent (a chip write that came out wrong) ends as done: the blank *was* used up.
    """
    opened = bench.open_effect(order)
    if opened is not None:
        bench.end(opened.id, EffectState.DONE, {"result": "spoiled", "reason": reason})
    with bench.effect(order, EffectKind.REJECT, {"reason": reason, "step": step}) as effect:
        bench.equipment.printer.reject_card()
        effect.then(_spoiled(bench, order, step, reason))


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


def _spoiled(bench: Workbench, order: OrderRecord, step: str, reason: str) -> Change:
    card, chip = order.card, order.chip
    if chip is None:
        raise LocalProtocolError("a spoiled card without chip")
    owed = report.on_card(order, chip, ReportOutcome.SPOILED, failed_step=step, failure=reason)
    move = bench.move(order, OrderEvent.CARD_SPOILED)

    def change_all(change: Transaction) -> None:
        if card is not None:
            change.update_card(
                card, place=CardPlace.REJECT_BIN, fate=CardFate.SPOILED, reason=reason
            )
        change.owe_report(order.id, owed)
        move(change)

    return change_all
