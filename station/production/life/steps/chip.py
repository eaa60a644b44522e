"""写卡: the order's data is written to the chip and read back; the proof of the chip's content."""

from __future__ import annotations

from station.core.cards import ChipCondition, ChipIdentity
from station.core.changes import BindChip, Changes, OweReport, UpdateCard
from station.core.errors import (
    CardMismatchError,
    WrongCardError,
    WrongCardReason,
)
from station.core.evidence import CardRead, ChipInspected, EffectRecord, WriteChip
from station.core.gateways import ProductionData, ReportOutcome
from station.core.life import OrderEvent
from station.core.orders import CardFate, CardPlace, EffectState, OrderRecord
from station.core.photos import Portrait
from station.core.recipes import recipe_of
from station.production.life.effects import ACTOR, OutcomePendingError, Workbench, move
from station.production.life.narrow import fed
from station.production.life.settlement import Settled
from station.production.life.steps import put_back, report, spoil
from station.production.life.steps.which_card import NOT_SEEN, note_another


def run(bench: Workbench, order: OrderRecord) -> None:
    """Write the chip and read it back. Irreversible. Makes the report owed in the same transaction.

    Raises:
        WrongCardError: The card is not the one that was fed.
        OutcomePendingError: The outcome is unknown: the chip must be read first.
        CardMismatchError: The data read back differ; the card is spoiled and in the reject bin.
    """
    known = fed(order)
    encoder = bench.equipment.encoder
    photo = _photo(bench, known.data)
    bring_to_chip(bench, order)
    try:
        with bench.effect(order, WriteChip(known.chip.AAZ501)) as effect:
            written = encoder.personalise(
                known.chip,
                known.data.chip,
                bench.equipment.province.authenticate,
                photo,
            )
            effect.done(written_chip, written, after=CardRead(written.AAZ501))
    except OutcomePendingError as exc:
        if isinstance(exc.cause, CardMismatchError):
            spoil.spoil_card(bench, order, step=spoil.MAKING, reason=exc.cause.code)
            raise exc.cause from exc
        raise


def _photo(bench: Workbench, data: ProductionData) -> Portrait | None:
    """Return the portrait for the chip, decoded; None where none is written.

    Raises:
        PhotoError: It breaks a hard rule: nothing was moved or written.
    """
    if not bench.equipment.encoder.writes_photo:
        return None
    portrait = bench.equipment.faces.open_photo(data.photo_jpeg)
    portrait.require_picture()
    return portrait


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Establish what a chip holds after a write without an answer, by reading it.

    Raises:
        GatewayError: Reading the holder's file needs the province's HSM.
        CardMissingError: No card is in the machine.
        WrongCardError: Another card is in the machine.
    """
    known = fed(order)
    identity = read_this_card(bench, order)
    encoder, province = bench.equipment.encoder, bench.equipment.province
    condition = encoder.inspect(known.data.chip, province.authenticate)
    bench.conclude(effect, judge_write(order, identity, condition))


def judge_write(order: OrderRecord, identity: ChipIdentity, condition: ChipCondition) -> Settled:
    """Return the outcome of a write on the card of this identity, from its chip's content. Pure.

    On a blank or half-written chip the same data may be written again, which ends in the same
    content.

    Raises:
        WrongCardError: The chip holds another person's data.
    """
    if condition is ChipCondition.OTHER_DATA:
        raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "the chip holds other data")
    found = ChipInspected(condition)
    if condition is ChipCondition.THIS_DATA:
        return Settled(EffectState.DONE, found, written_chip(order, identity))
    return Settled(EffectState.NOT_DONE, found)


def bring_to_chip(bench: Workbench, order: OrderRecord) -> None:
    """Bring the order's own card to the chip station; never feeds one. Moves the card.

    Raises:
        WrongMachineError: The card is in another printer than the one on the link.
        CardMissingError: The path is empty.
        DeviceError: The printer is stopped.
    """
    bench.require_card(order)
    bench.equipment.printer.bring_card_to_chip_station()


def read_this_card(bench: Workbench, order: OrderRecord) -> ChipIdentity:
    """Power the chip on and prove that it is the order's card. Moves the card to the chip station.

    Raises:
        CardMissingError: The path is empty.
        WrongCardError: It is another card, or one that does not answer as a social security card;
            nothing was written and it was not moved.
    """
    bring_to_chip(bench, order)
    try:
        found = bench.equipment.encoder.identify()
    except WrongCardError as exc:  # a blank is put aside for this; the order's card is not
        note_another(bench, order)
        raise WrongCardError(
            WrongCardReason.NOT_RECOGNISED, "the card does not answer as a social security card"
        ) from exc
    if order.chip is None or not found.same_card(order.chip):
        note_another(bench, order)
        raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "another card stands at the chip")
    _note_found(bench, order)
    return found


def _note_found(bench: Workbench, order: OrderRecord) -> None:
    # The order's own card is at the chip station, so a card fed in its place has been removed.
    noted = put_back.taken_out(put_back.strangers(bench, order))
    card = bench.card_of(order)
    if card is not None and card.fate is CardFate.IN_MACHINE and card.place in NOT_SEEN:
        noted += (UpdateCard(card.id, place=CardPlace.CHIP_STATION),)
    if noted:
        bench.apply(ACTOR, *noted)


def prove_this_orders_chip(bench: Workbench, order: OrderRecord) -> ChipIdentity:
    """Prove that the card at the chip station is the order's and carries its number (I2).

    Raises:
        CardMissingError: The path is empty.
        WrongCardError: It is another card, or does not carry this order's 卡号.
    """
    found = read_this_card(bench, order)
    if order.data is None or found.AAZ500 != order.data.chip.AAZ500:
        raise WrongCardError(
            WrongCardReason.NOT_THIS_ORDERS, "the chip does not carry this order's AAZ500"
        )
    return found


def written_chip(order: OrderRecord, chip: ChipIdentity) -> Changes:
    """Return the changes that follow when the chip holds the order's data. Pure."""
    bound = BindChip(order.id, chip)
    if ReportOutcome.ISSUED not in recipe_of(order.kind).reports:
        return (bound, move(order, OrderEvent.CHIP_REWRITTEN))
    owed = OweReport(order.id, report.on_card(order, chip, ReportOutcome.ISSUED))
    return (bound, owed, move(order, OrderEvent.CHIP_WRITTEN))
