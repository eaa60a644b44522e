"""进卡: a blank comes to the chip station and is found to be one that this order may use."""

from __future__ import annotations

import contextlib

from station.core.cards import ChipIdentity
from station.core.errors import (
    CardLeftInsideError,
    CardMissingError,
    CardMuteError,
    LocalProtocolError,
    PersonNeededError,
    StatusWordError,
    WrongCardError,
)
from station.core.life import OrderEvent
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectRecord,
    EffectState,
    OrderRecord,
)
from station.core.printing import Capability
from station.core.recipes import CardSource, recipe_of
from station.journal import Transaction
from station.production.effects import ACTOR, Change, Workbench, in_doubt
from station.production.feeder_stop import refuse_after_spoiled
from station.production.steps import own_card, put_back


def run(bench: Workbench, order: OrderRecord) -> None:
    """Feed a blank, read it, and bind the order to it. Moves a card.

    A card that can't be used goes into the reject bin at once, unwritten; the order stays where it
    was and its next feed takes another blank.

    Raises:
        DeviceError: The printer is stopped; nothing moved.
        ReaderNotConnectedError: No reader; nothing moved.
        CardLeftInsideError: A card of no order is in the way.
        CardMissingError: The blank that was fed is not in the machine any more.
        WrongCardError: The blank was refused and put aside.
        CardMuteError: Its chip gave no ATR; it was put aside.
        FeederStoppedError: Too many blanks were unusable in a row; nothing moved.
        CardInDoubtError: Another order's card may be on its way; nothing moved.
    """
    if recipe_of(order.kind).card is not CardSource.BANKS_BLANK:
        own_card.run(bench, order)
        return
    refuse_after_spoiled(bench)
    bench.equipment.encoder.check_reader()  # before anything moves
    card = bench.card_of(order)
    if card is None or card.fate is not CardFate.IN_MACHINE:
        _feed(bench, order)
        order = bench.journal.order(order.id)
    _read(bench, order)


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Find out whether a feed happened.

    The path was empty when the feed began, and nothing else feeds while one is in doubt: a card in
    it now came with this feed, and its chip is read before it is used. An empty path proves
    nothing: a blank can jam where no sensor sees it, and a person can have taken it out.

    Raises:
        OutcomeUnknownError: The path is empty: a person must say what became of the blank.
    """
    if put_back.BACK in effect.evidence_before:
        put_back.settle(bench, order, effect)
        return
    if recipe_of(order.kind).card is not CardSource.BANKS_BLANK:
        own_card.settle(bench, order, effect)
        return
    printer = bench.equipment.printer
    has_feeder = Capability.FEEDER in printer.model.capabilities
    if not has_feeder:
        # A person was asked for the card. To ask once more moves nothing, and gives the reader
        # time to see what was just put in: it would pass for a card of no order a moment later.
        with contextlib.suppress(PersonNeededError):
            printer.bring_card_to_chip_station()
    status = printer.status()
    if status.card is not None:
        evidence = {"proof": "a card is in the path", "position": status.card.value}
        bench.end(effect.id, EffectState.DONE, evidence, _into_ledger(order))
    elif has_feeder:
        raise in_doubt(status, "an empty path does not prove that nothing was fed", {})
    else:
        evidence = {"proof": "the reader is empty, and no machine moves a card here"}
        bench.end(effect.id, EffectState.NOT_DONE, evidence)


def put_aside(bench: Workbench, order: OrderRecord, fate: CardFate, reason: str) -> None:
    """Put the order's card into the reject bin and say why in the ledger. Moves the card."""
    card = order.card
    if card is None:
        raise LocalProtocolError("the order has no card to put aside")
    with bench.effect(order, EffectKind.REJECT, {"reason": reason}) as effect:
        bench.equipment.printer.reject_card()
        effect.then(
            lambda change: change.update_card(
                card, place=CardPlace.REJECT_BIN, fate=fate, reason=reason
            )
        )


def _feed(bench: Workbench, order: OrderRecord) -> None:
    bench.require_no_doubt(order)
    status = bench.ready_status()
    if status.card is not None:
        raise CardLeftInsideError(
            "a card of no order stands in the machine", details={"position": status.card.value}
        )
    with bench.effect(order, EffectKind.FEED, {}) as effect:
        bench.equipment.printer.bring_card_to_chip_station()
        effect.then(_into_ledger(order))


def _into_ledger(order: OrderRecord) -> Change:
    def change_ledger(change: Transaction) -> None:
        change.open_card(order.id, CardPlace.CHIP_STATION)

    return change_ledger


def _read(bench: Workbench, order: OrderRecord) -> None:
    if order.data is None or order.card is None:
        raise LocalProtocolError("a card was fed for an order without data")
    rule = bench.equipment.blank_rule(order.data.AAE008)
    if bench.ready_status().card is None:
        # To bring a card would feed the next blank, without intent and ledger.
        raise CardMissingError("the blank is gone from the machine", details={"order": order.id})
    bench.equipment.printer.bring_card_to_chip_station()
    try:
        chip = bench.equipment.encoder.identify()
        bench.equipment.encoder.check_blank(chip, rule)
    except (WrongCardError, CardMuteError, StatusWordError) as exc:
        put_aside(bench, order, CardFate.REFUSED, exc.code)
        with bench.journal.transaction(ACTOR) as change:
            change.release_chip(order.id)
            bench.move(order, OrderEvent.BLANK_REFUSED)(change)
        raise
    _bind(bench, order, chip, order.card)


def _bind(bench: Workbench, order: OrderRecord, chip: ChipIdentity, card: int) -> None:
    move = bench.move(order, OrderEvent.CARD_FED)
    with bench.journal.transaction(ACTOR) as change:
        change.bind_chip(order.id, chip)
        change.update_card(card, AAZ501=chip.AAZ501)
        move(change)
