"""进卡: a blank is fed to the chip station and checked to be usable for this order."""

from __future__ import annotations

import contextlib
from typing import Final

from station.core.cards import ChipIdentity
from station.core.changes import BindChip, Changes, OpenCard, ReleaseChip, UpdateCard
from station.core.errors import (
    CardLeftInsideError,
    CardMuteError,
    LeaseMissingError,
    PersonNeededError,
    StatusWordError,
    WrongCardError,
    WrongCardReason,
)
from station.core.evidence import (
    EffectRecord,
    FeedBack,
    FeedBlank,
    FoundInPath,
    Proof,
    Proved,
    RejectUnusable,
)
from station.core.life import OrderEvent
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectState,
    OrderRecord,
)
from station.core.printing import Capability, PrinterStatus
from station.core.recipes import CardSource, recipe_of
from station.production.life.blank_stock import require_right_bank, wanted_bank
from station.production.life.effects import ACTOR, Workbench, move
from station.production.life.feeder_stop import refuse_after_spoiled
from station.production.life.narrow import card_of, prepared
from station.production.life.settlement import Settled, Verdict, in_doubt
from station.production.life.steps import data, own_card, put_back

#: A card that is unfit for one of these reasons is released at the outlet, unchanged, for a person.
PUT_OUT: Final = (WrongCardReason.ALREADY_PERSONALISED, WrongCardReason.OTHER_BANK)


def run(bench: Workbench, order: OrderRecord) -> None:
    """Feed a blank, read it, and bind the order to it. Moves a card.

    An unusable card goes into the reject bin at once, unwritten; the order's step is unchanged and
    its next feed takes another blank. A card with a holder's data is released at the outlet
    instead, for a person to look at, and so is a good blank of another bank: a person puts it back.

    Raises:
        DeviceError: The printer is stopped; nothing moved.
        ReaderNotConnectedError: No reader; nothing moved.
        CardLeftInsideError: A card of no order is in the path.
        CardMissingError: The blank that was fed is not in the machine any more.
        WrongCardError: The blank was refused and put aside, or released as a holder's card.
        CardMuteError: Its chip gave no ATR; it was put aside.
        FeederStoppedError: Too many blanks were unusable in a row; nothing moved.
        FeederOtherBankError: The feeder holds other banks' blanks only; nothing moved.
        CardInDoubtError: The place of another order's card is unknown; nothing moved.
        LeaseMissingError: Central has assigned the order, and the lease has ended; nothing moved.
        GatewayError: The order came from a backup, and the province did not confirm its data.
    """
    if recipe_of(order.kind).card is not CardSource.BANKS_BLANK:
        own_card.run(bench, order)
        return
    refuse_after_spoiled(bench)
    bench.equipment.encoder.check_reader()  # before anything moves
    card = bench.card_of(order)
    if card is None or card.fate is not CardFate.IN_MACHINE:
        data.ask_after_restore(bench, order)
        require_right_bank(bench, order)
        _require_lease(bench, order)
        _feed(bench, order)
        order = bench.journal.orders.one(order.id)
    _read(bench, order)


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Establish whether a feed happened.

    The path was empty when the feed began, and no other feed starts while its outcome is unknown: a
    card in the path now was fed by it, and its chip is read before it is used. An empty path proves
    nothing: a blank can jam where no sensor detects it, and a person can have removed it.

    Raises:
        OutcomeUnknownError: The path is empty: a person must find the blank.
    """
    if isinstance(effect.before, FeedBack):
        put_back.settle(bench, order, effect)
        return
    if recipe_of(order.kind).card is not CardSource.BANKS_BLANK:
        own_card.settle(bench, order, effect)
        return
    printer = bench.equipment.printer
    has_feeder = Capability.FEEDER in printer.model.capabilities
    if not has_feeder:
        # A person was asked for the card. Repeating the request moves nothing, and gives the reader
        # time to detect a card that was just inserted: it would be taken for a card of no order a
        # moment later.
        with contextlib.suppress(PersonNeededError):
            printer.bring_card_to_chip_station()
    bench.conclude(effect, judge_feed(order, printer.status(), has_feeder=has_feeder))


def judge_feed(order: OrderRecord, status: PrinterStatus, *, has_feeder: bool) -> Verdict:
    """Return the outcome of the feed of a blank, from what is in the path now. Pure."""
    if status.card is not None:
        return Settled(EffectState.DONE, FoundInPath(status.card), into_ledger(order))
    if has_feeder:
        return in_doubt(status, "an empty path does not prove that nothing was fed")
    return Settled(EffectState.NOT_DONE, Proved(Proof.READER_EMPTY))


def put_aside(bench: Workbench, order: OrderRecord, fate: CardFate, reason: str) -> None:
    """Put the order's card into the reject bin and record the reason. Moves the card."""
    card = card_of(order)
    with bench.effect(order, RejectUnusable(reason)) as effect:
        bench.equipment.printer.reject_card()
        effect.done(aside, card, fate, reason)


def aside(order: OrderRecord, card: int, fate: CardFate, reason: str) -> Changes:
    """Return what follows from a card that went into the reject bin. Pure."""
    del order
    return (UpdateCard(card, place=CardPlace.REJECT_BIN, fate=fate, reason=reason),)


def _require_lease(bench: Workbench, order: OrderRecord) -> None:
    if bench.journal.fleet.assignment_of(order.id) is None:
        return
    if not bench.equipment.lease.left(bench.clock.monotonic()):
        raise LeaseMissingError("central has assigned the order, and there is no live lease")


def _feed(bench: Workbench, order: OrderRecord) -> None:
    bench.require_no_doubt(order)
    status = bench.ready_status()
    if status.card is not None:
        raise CardLeftInsideError(
            "a card of no order stands in the machine", details={"position": status.card.value}
        )
    with bench.effect(order, FeedBlank()) as effect:
        bench.equipment.printer.bring_card_to_chip_station()
        effect.done(into_ledger)


def into_ledger(order: OrderRecord) -> Changes:
    """Return the changes that follow from a blank that left the feeder. Pure."""
    return (OpenCard(order.id, CardPlace.CHIP_STATION, bank=wanted_bank(order)),)


def _read(bench: Workbench, order: OrderRecord) -> None:
    card = card_of(order)
    rule = bench.equipment.blank_rule(prepared(order).data.AAE008)
    bench.require_card(order)  # else the next blank would be fed, without intent and ledger row
    bench.equipment.printer.bring_card_to_chip_station()
    try:
        chip = bench.equipment.encoder.identify()
        _note_bank(bench, card, chip)
        bench.equipment.encoder.check_blank(chip, rule)
    except (WrongCardError, CardMuteError, StatusWordError) as exc:
        if isinstance(exc, WrongCardError) and exc.reason in PUT_OUT:
            own_card.put_out(bench, order, exc.reason)
            raise
        put_aside(bench, order, CardFate.REFUSED, exc.code)
        bench.apply(ACTOR, *refused(order))
        raise
    bench.apply(ACTOR, *bound(order, card, chip))


def _note_bank(bench: Workbench, card: int, chip: ChipIdentity) -> None:
    # The chip says whose blank it is; before, it was counted as one of the order's bank.
    bank, row = bench.equipment.bank_of(chip), bench.journal.cards.one(card)
    if bank is not None and row is not None and row.bank != bank:
        bench.apply(ACTOR, UpdateCard(card, bank=bank))


def refused(order: OrderRecord) -> Changes:
    """Return the changes after a blank was put aside: the order takes another. Pure."""
    return (ReleaseChip(order.id), move(order, OrderEvent.BLANK_REFUSED))


def bound(order: OrderRecord, card: int, chip: ChipIdentity) -> Changes:
    """Return the changes that follow from a blank that the order may use. Pure."""
    return (
        BindChip(order.id, chip),
        UpdateCard(card, AAZ501=chip.AAZ501),
        move(order, OrderEvent.CARD_FED),
    )
