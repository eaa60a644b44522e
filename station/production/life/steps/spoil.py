"""废卡: a blank that was used up goes into the reject bin; a failure report is owed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from station.core.changes import (
    Changes,
    EndEffect,
    OweReport,
    ReleaseChip,
    UpdateCard,
)
from station.core.errors import WrongCardError, WrongCardReason
from station.core.evidence import (
    EffectRecord,
    FeedBlank,
    FeedKnownCard,
    Proof,
    Proved,
    RejectUnusable,
    RejectUsed,
    UsedUp,
)
from station.core.gateways import FailedStep, ReportOutcome
from station.core.life import EFFECTS, OrderEvent
from station.core.orders import (
    AnyOrder,
    CardFate,
    CardPlace,
    EffectState,
    OrderRecord,
    OrderStep,
)
from station.core.printing import Capability, CardPosition, PrinterStatus
from station.core.recipes import recipe_of
from station.production.life.effects import ACTOR, Workbench, move
from station.production.life.narrow import fed
from station.production.life.settlement import Settled, Verdict, in_doubt
from station.production.life.steps import own_card, put_back, report
from station.production.life.steps.which_card import (
    Which,
    compare,
    note_another,
    read_card,
    which_card,
)

MAKING: Final = FailedStep.MAKING.value  #: for every failure in this machine


def spoil_card(
    bench: Workbench,
    order: OrderRecord,
    *,
    step: str,
    reason: str,
    unless_reporting: bool = False,
) -> None:
    """Put the order's card into the reject bin and end the order as spoiled. Moves the card.

    The card in the ledger, the order's end and the failure report become durable together. An open
    intent (a chip write with a bad result) ends as done: the blank *was* used up.

    Raises:
        OrderMovedError: With `unless_reporting`: the order's report is on its way to the province.
        WrongMachineError: The card is in another printer than the one on the link.
        CardMissingError: The path is empty.
        WrongCardError: The card in the path is another one; it is not moved. Or it was fed, never
            read, and holds a holder's data: it was released at the outlet unchanged.
        DeviceError: The printer refused.
    """
    bench.require_card(order)
    strangers = put_back.strangers(bench, order)  # a card that can't be read may be one of these
    # To read the card moves it: a print that is in doubt could then be taken for one that was
    # never begun, as its card is at the chip station and no counter has moved.
    if ended := end_open(bench.open_effect(order), reason):
        bench.apply(ACTOR, *ended)
    found = read_card(bench)
    if order.chip is None and recipe_of(order.kind).binds_card and found and found.AAZ500:
        own_card.put_out(bench, order, WrongCardReason.ALREADY_PERSONALISED)
        raise WrongCardError(
            WrongCardReason.ALREADY_PERSONALISED, "the card that was fed is somebody's; it is out"
        )
    card = bench.journal.cards.one(order.card) if order.card is not None else None
    which = compare(order, found, card)
    if which is Which.OTHER or (strangers and which is not Which.THIS):
        note_another(bench, order)
        raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "another card stands in the path")
    gone = put_back.taken_out(strangers)
    if gone:
        bench.apply(ACTOR, *gone)
    used = RejectUsed(reason, step)
    with bench.effect(order, used, unless_reporting=unless_reporting) as effect:
        bench.equipment.printer.reject_card()
        effect.done(_in_the_bin, bench, step, reason)


def _in_the_bin(order: OrderRecord, bench: Workbench, step: str, reason: str) -> Changes:
    return used_up(order, step, reason, report.withdrawn(bench, order))


def decided(bench: Workbench, order: AnyOrder) -> tuple[str, str] | None:
    """Return step and reason of a spoiled card inside that is not yet in the bin; else None.

    A spoiled card remains spoiled whatever stopped its rejection (a cover, a refusal, a power cut
    before the rejection began): nothing else is done with it.
    """
    card = bench.card_of(order)
    if card is None or card.fate is not CardFate.IN_MACHINE:
        return None
    return called_spoiled(bench.journal.effects.of(order.id))


def called_spoiled(effects: Sequence[EffectRecord]) -> tuple[str, str] | None:
    """Return step and reason if the last fed card was declared spoiled since. Pure.

    `effects` are the order's, oldest first.
    """
    for effect in reversed(effects):
        if isinstance(effect.before, FeedBlank | FeedKnownCard):
            return None  # this card was fed later
        if isinstance(effect.before, RejectUsed):
            return (effect.before.step, effect.before.reason)
        if isinstance(effect.after, UsedUp):
            return (MAKING, effect.after.reason)
    return None


def write_off(order: OrderRecord, place: CardPlace, reason: str, withdraw: Changes) -> Changes:
    """Return the changes that spoil a card which is not in the machine any more. Pure.

    A card that was fed and never read leaves its order's step unchanged: it takes another blank.
    `withdraw` withdraws the card's success report; see `report.withdrawn`.
    """
    return used_up(order, MAKING, reason, withdraw, place)


def end_open(opened: EffectRecord | None, reason: str) -> Changes:
    """Return the changes that end an open chip write or print as done: the blank is used up."""
    if opened is None or not EFFECTS[opened.kind].uses_up:
        return ()
    return (EndEffect(opened.id, EffectState.DONE, UsedUp(reason)),)


def settle_reject(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Establish whether a card went into the reject bin.

    Rejected: the printer detects a card in the bin, or a person who was asked to put it aside has
    left the reader empty. Not rejected: the chip of the card in the path is this card's.

    Raises:
        OutcomeUnknownError: The path is empty, or its card can't be distinguished from another one.
    """
    printer = bench.equipment.printer
    status = printer.status()
    stayed = status.card not in (None, CardPosition.REJECT_BIN)
    seen = BinSeen(
        status=status,
        has_feeder=Capability.FEEDER in printer.model.capabilities,
        chip=which_card(bench, order, order.card) if stayed else None,
    )
    bench.conclude(effect, judge_reject(order, effect, seen, report.withdrawn(bench, order)))


@dataclass(frozen=True, slots=True)
class BinSeen:
    """What was found after a rejection.

    Attributes:
        status: The printer's report.
        has_feeder: Whether a machine moves the cards; at a bare reader a person does.
        chip: Which card's chip is in the path; None when no card is.
    """

    status: PrinterStatus
    has_feeder: bool
    chip: Which | None = None


def judge_reject(
    order: OrderRecord, effect: EffectRecord, seen: BinSeen, withdraw: Changes
) -> Verdict:
    """Return whether a card went into the reject bin. See `settle_reject`. Pure."""
    status = seen.status
    in_bin = status.card is CardPosition.REJECT_BIN
    if in_bin or (status.card is None and not seen.has_feeder):
        proof = Proof.CARD_IN_BIN if in_bin else Proof.PUT_ASIDE_FROM_READER
        return Settled(EffectState.DONE, Proved(proof), put_aside(order, effect, withdraw))
    if status.card is None:
        return in_doubt(status, "an empty path does not prove that the card is in the bin")
    if seen.chip is Which.THIS:
        return Settled(EffectState.NOT_DONE, Proved(Proof.CHIP_IS_THIS_CARDS))
    found = {} if seen.chip is None else {"chip": seen.chip.value}
    return in_doubt(status, "a card is in the path", found)


def put_aside(
    order: OrderRecord,
    effect: EffectRecord,
    withdraw: Changes,
    place: CardPlace = CardPlace.REJECT_BIN,
) -> Changes:
    """Return the changes once the place of a card that was to be rejected is known. Pure."""
    if isinstance(effect.before, RejectUsed):
        return used_up(order, effect.before.step, effect.before.reason, withdraw, place)
    return _refused(order, effect.intent(RejectUnusable).reason, place)


def used_up(
    order: OrderRecord,
    step: str,
    reason: str,
    withdraw: Changes,
    place: CardPlace = CardPlace.REJECT_BIN,
) -> Changes:
    """Return what follows from a card that is used up and is at `place` now. Pure."""
    # A blank that was never read, or a card that was not the one, has no order bound to it: the
    # order takes another one.
    not_yet_its = recipe_of(order.kind).binds_card or order.step is OrderStep.APPROVED
    if order.chip is None and not_yet_its:
        return _unread(order, place, reason)
    return _spoiled(order, step, reason, withdraw, place)


def _refused(order: OrderRecord, reason: str, place: CardPlace) -> Changes:
    if order.card is None:
        return ()
    aside = UpdateCard(order.card, place=place, fate=CardFate.REFUSED, reason=reason)
    return (aside, ReleaseChip(order.id))


def _unread(order: OrderRecord, place: CardPlace, reason: str) -> Changes:
    again = (ReleaseChip(order.id), move(order, OrderEvent.BLANK_REFUSED))
    return (*_lost(order, place, CardFate.SPOILED, reason), *again)


def _spoiled(
    order: OrderRecord, step: str, reason: str, withdraw: Changes, place: CardPlace
) -> Changes:
    spoiled = move(order, OrderEvent.CARD_SPOILED)
    recipe = recipe_of(order.kind)
    gone = _lost(order, place, recipe.fate_spoiled, reason)
    if ReportOutcome.SPOILED not in recipe.reports:
        return (*gone, *withdraw, spoiled)
    failed = report.on_card(
        order, fed(order).chip, ReportOutcome.SPOILED, failed_step=step, failure=reason
    )
    return (*gone, *withdraw, OweReport(order.id, failed), spoiled)


def _lost(order: OrderRecord, place: CardPlace, fate: CardFate, reason: str) -> Changes:
    if order.card is None:
        return ()
    return (UpdateCard(order.card, place=place, fate=fate, reason=reason),)
