"""Temporary cards: written in the desk's reader, told to the province, and taken back.

The card is in the desk's reader, where only people move it: no lane begins or inspects this. A
person asks for the write with the card in the reader. When its outcome is not known (the card was
lifted, or the power went), the order waits at `approved` until a person puts the same card back and
asks again: the chip is read first. A chip that may hold a part of the data is written with the same
data only, and its order can't be cancelled; a card that can't be used is discarded, and the order
takes another one. The holder's card that can't be written again comes back instead: its order ends.

Source: 新乡市 社会保障卡业务经办流程 (2017), annex 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from station.core.attendance import AttendanceRecord, AttendanceRole
from station.core.cards import CardEncoder, ChipCondition, ChipIdentity
from station.core.changes import (
    AdoptCard,
    BindChip,
    CardFacts,
    Changes,
    EndEffect,
    MoveOrder,
    OpenCard,
    OweReport,
    ReleaseChip,
    SetHold,
    UpdateCard,
    WithdrawReport,
)
from station.core.errors import (
    CardMismatchError,
    DefectError,
    OutcomeUnknownError,
    ServiceNotThereError,
    StepNotAllowedError,
    WrongCardError,
    WrongCardReason,
)
from station.core.evidence import (
    CardRead,
    ChipInspected,
    Collect,
    EffectRecord,
    Failed,
    Proof,
    Proved,
    UsedUp,
    WriteAtDesk,
)
from station.core.gateways import (
    IssuanceReport,
    ProductionData,
    ReportOutcome,
    TemporaryCard,
    TemporaryCardGateway,
)
from station.core.life import OrderEvent
from station.core.orders import (
    AnyOrder,
    CardFate,
    CardPlace,
    CardRecord,
    EffectKind,
    EffectState,
    Hold,
    OrderRecord,
    OrderStep,
    WriteBackRecord,
    WriteBackState,
)
from station.core.recipes import recipe_of
from station.production.life.effects import ACTOR, OutcomePendingError, Workbench, move
from station.production.life.narrow import card_of, fed, prepared
from station.production.life.settlement import Settled
from station.production.life.steps import own_card, report

#: Code of the hold, and of the error, while it is not known what a write has left on the chip.
WRITE_UNKNOWN: Final = "desk-write-unknown"
BACK: Final = "temporary-collected"  #: the same of a card that came back
UNUSABLE: Final = "temporary-unusable"  #: value of the ledger's `reason` when a person says so
_PUT_ASIDE: Final = frozenset({CardFate.SPOILED, CardFate.COLLECTED})


def province_of(bench: Workbench) -> TemporaryCardGateway:
    """Return the province, narrowed.

    Raises:
        ServiceNotThereError: Its dialect has no temporary cards.
    """
    province = bench.equipment.province
    if not isinstance(province, TemporaryCardGateway):
        raise ServiceNotThereError("this dialect has no temporary cards")
    return province


def fetch(bench: Workbench, order: OrderRecord) -> ProductionData:
    """Ask the province for the data of a temporary card.

    Raises:
        ServiceNotThereError: The province's dialect has no temporary cards.
        GatewayError: It gives no data.
        InputError: A name that the chip can't hold.
    """
    data = province_of(bench).fetch_temporary_data(order.id_number)
    bench.equipment.encoder.check_data(data.chip)
    return data


# -- writing ---------------------------------------------------------------------------------------


def require_writable(order: OrderRecord) -> None:
    """Refuse an order whose card is not to be written in the desk's reader now.

    Raises:
        StepNotAllowedError: It is of another kind, or at another step.
    """
    if order.step is not OrderStep.APPROVED or not recipe_of(order.kind).writes_at_desk:
        raise StepNotAllowedError(
            "no temporary card is to be written", details={"step": order.step.value}
        )


def run(bench: Workbench, order: OrderRecord) -> None:
    """Write the card in the desk's reader, read it back, and end the order's work. Irreversible.

    Pressed again after a write without an answer, it reads the chip first and writes only what is
    missing.

    Raises:
        DeskDeviceMissingError: The desk has no card reader.
        CardMuteError, ReaderNotConnectedError: No card can be read; nothing was written.
        WrongCardError: It is not the card for this order; nothing was written.
        CardMismatchError: The data read back differ; the card is spoiled, and the order takes
            another one.
        OutcomeUnknownError: What the chip holds now is unknown: the same card must be put back. Or
            the data on the holder's card differ: it is written once more, or discarded.
    """
    opened = bench.open_at_desk(order)
    if opened is not None:
        settle(bench, order, opened)
        order = bench.journal.orders.one(order.id)
        if order.step is not OrderStep.APPROVED:
            return
    bind(bench, order)
    known = fed(bench.journal.orders.one(order.id))
    first, agent = own_card.first_order(bench, order), _agent(bench, order)
    province = bench.equipment.province
    try:
        with bench.effect(known.order, WriteAtDesk(known.chip.AAZ501)) as effect:
            written = _encoder(bench).personalise(
                known.chip, known.data.chip, province.authenticate
            )
            effect.done(written_at_desk, first, written, agent, after=CardRead(written.AAZ501))
    except OutcomePendingError as exc:
        if isinstance(exc.cause, CardMismatchError) and first is None:
            discard(bench, bench.journal.orders.one(order.id), exc.cause.code, ACTOR)
            raise exc.cause from exc
        unknown = {"cause": exc.cause.code}
        hold = Hold(WRITE_UNKNOWN, unknown, EffectKind.WRITE_AT_DESK)
        bench.apply(ACTOR, SetHold(order.id, hold))
        raise OutcomeUnknownError(str(exc), details=unknown, code=WRITE_UNKNOWN) from exc


def bind(bench: Workbench, order: OrderRecord) -> ChipIdentity:
    """Read the card in the desk's reader and bind the order to it. Writes nothing to the card.

    Raises:
        WrongCardError: A chip of this order may hold a part of its data, and this is another card;
            or it is not a blank for temporary cards; or not the card that is to be written again.
    """
    found = _encoder(bench).identify()
    first = own_card.first_order(bench, order)
    if may_hold_data(bench.journal.effects.of(order.id), order.chip):
        if order.chip is None or not found.same_card(order.chip):
            raise WrongCardError(WrongCardReason.TEMPORARY_OTHER, "another card was begun")
        return found
    if first is not None:
        if first.chip is None or not found.same_card(first.chip):
            raise WrongCardError(WrongCardReason.TEMPORARY_OTHER, "another card than the first")
    else:
        _require_blank(bench, found)
    if order.chip is None or not found.same_card(order.chip):
        bench.apply(ACTOR, BindChip(order.id, found))
    return found


def _require_blank(bench: Workbench, found: ChipIdentity) -> None:
    if any(row.fate in _PUT_ASIDE for row in bench.journal.cards.of_chip(found.AAZ501)):
        raise WrongCardError(WrongCardReason.TEMPORARY_UNFIT, "this card was put aside")
    try:
        _encoder(bench).check_blank(found, bench.equipment.desk.temporary_blanks)
    except WrongCardError as exc:
        if exc.reason is WrongCardReason.BANKS_BLANK:
            raise
        raise WrongCardError(
            WrongCardReason.TEMPORARY_UNFIT, str(exc), details={"cause": exc.code}
        ) from exc


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Establish what the chip holds after a write without an answer, by reading it.

    Raises:
        CardMuteError, ReaderNotConnectedError: No card can be read.
        WrongCardError: Another card is in the reader, or the chip holds another person's data: a
            person discards it.
        GatewayError: Reading the holder's file needs the province's HSM.
    """
    known, encoder = fed(order), _encoder(bench)
    found = encoder.identify()
    if not found.same_card(known.chip):
        raise WrongCardError(WrongCardReason.TEMPORARY_OTHER, "another card was begun")
    condition = encoder.inspect(known.data.chip, bench.equipment.province.authenticate)
    first, agent = own_card.first_order(bench, order), _agent(bench, order)
    bench.conclude(effect, judge_write(order, first, found, condition, agent))


def judge_write(
    order: OrderRecord,
    first: OrderRecord | None,
    found: ChipIdentity,
    condition: ChipCondition,
    agent: AttendanceRecord | None,
) -> Settled:
    """Return the outcome of a write at the desk, from the chip's content. Pure.

    Raises:
        WrongCardError: The chip holds another person's data.
    """
    if condition is ChipCondition.OTHER_DATA:
        raise WrongCardError(WrongCardReason.TEMPORARY_OTHER, "the chip holds other data")
    if condition is not ChipCondition.THIS_DATA:
        return Settled(EffectState.NOT_DONE, ChipInspected(condition))
    made = written_at_desk(order, first, found, agent)
    return Settled(EffectState.DONE, ChipInspected(condition), made)


def written_at_desk(
    order: OrderRecord,
    first: OrderRecord | None,
    chip: ChipIdentity,
    agent: AttendanceRecord | None,
) -> Changes:
    """Return the changes that follow when the chip holds the order's data. Pure."""
    bound, fate = BindChip(order.id, chip), recipe_of(order.kind).fate_done
    if first is not None:
        card = card_of(first)
        again = UpdateCard(card, place=CardPlace.TAKEN, fate=fate)
        rewritten = move(order, OrderEvent.REWRITTEN_AT_DESK)
        return (bound, AdoptCard(order.id, card), again, rewritten)
    read = CardFacts(fate=fate, AAZ501=chip.AAZ501)
    return (
        bound,
        OpenCard(order.id, CardPlace.KEPT, blank=False, read=read, at_desk=True),
        OweReport(order.id, _report(order, chip, agent)),
        move(order, OrderEvent.WRITTEN_AT_DESK),
    )


def _report(
    order: OrderRecord, chip: ChipIdentity, agent: AttendanceRecord | None
) -> IssuanceReport:
    data = prepared(order).data
    return IssuanceReport(
        outcome=ReportOutcome.TEMPORARY,
        batch=data.batch,
        AAC002=data.chip.AAC002,
        AAC003=data.chip.AAC003,
        AAZ500=data.chip.AAZ500,
        AAZ501=chip.AAZ501,
        AAZ507=chip.AAZ507,
        AAZ503=data.chip.AAZ503,
        valid_until=data.chip.valid_until,
        bank_number=None,
        agent_number=agent.number if agent else "",
        agent_name=agent.name if agent else "",
    )


def _agent(bench: Workbench, order: OrderRecord) -> AttendanceRecord | None:
    return bench.journal.attendances.newest(order.id, AttendanceRole.AGENT)


def may_hold_data(effects: Sequence[EffectRecord], chip: ChipIdentity | None) -> bool:
    """Whether the chip that an order is bound to may hold a part of its data. Pure.

    `effects` are the order's, oldest first. Those on another card, which was discarded, say nothing
    about this one.
    """
    for effect in reversed(effects):
        before = effect.before
        if chip is None or not isinstance(before, WriteAtDesk) or before.AAZ501 != chip.AAZ501:
            continue
        if isinstance(effect.after, UsedUp):
            return False  # that card was discarded
        if effect.state is not EffectState.NOT_DONE:
            return True
        if isinstance(effect.after, ChipInspected):
            return effect.after.condition is not ChipCondition.BLANK
        # The write had not begun: what an earlier one has left counts.
    return False


# -- a card that can't be used ---------------------------------------------------------------------


def discard(bench: Workbench, order: OrderRecord, reason: str, actor: str) -> None:
    """Record that the order's temporary card can't be used: a person puts it aside.

    An order that still waits for its card takes another one. One whose card was written ends as
    spoiled, as long as the province can't have registered the card. One about the holder's card
    ends as spoiled too: that card comes back (`TemporaryCards.discard`).

    Raises:
        StepNotAllowedError: The order has no such card, or the province may have registered it.
    """
    with bench.journal.transaction(actor) as change:
        now = bench.journal.orders.one(order.id)
        change.apply(*discarded(bench, now, reason))


def discarded(bench: Workbench, order: OrderRecord, reason: str) -> Changes:
    """Return the changes of `discard`; inside a transaction.

    Raises:
        StepNotAllowedError: See there.
    """
    refused = StepNotAllowedError(
        "no temporary card can be put aside", details={"step": order.step.value}
    )
    recipe = recipe_of(order.kind)
    if recipe.own_card and recipe.at_desk and order.step is OrderStep.APPROVED:
        return _own_discarded(bench, order, reason)
    if not recipe.at_desk or order.chip is None:
        raise refused
    bin_, fate = CardPlace.REJECT_BIN, recipe.fate_spoiled
    if order.step is OrderStep.RELEASED_OWED:
        withdrawn = _never_registered(bench, order)
        spoiled = UpdateCard(card_of(order), bin_, fate, reason)
        return (spoiled, *withdrawn, move(order, OrderEvent.CARD_SPOILED))
    if order.step is not OrderStep.APPROVED or recipe.own_card:
        raise refused
    ended = _ended(bench, order, reason)
    if not ended and not may_hold_data(bench.journal.effects.of(order.id), order.chip):
        return (ReleaseChip(order.id), _takes_another(order))
    facts = CardFacts(fate=fate, reason=reason, AAZ501=order.chip.AAZ501)
    booked = OpenCard(order.id, bin_, blank=False, bind=False, read=facts, at_desk=True)
    return (*ended, booked, ReleaseChip(order.id), _takes_another(order))


def _own_discarded(bench: Workbench, order: OrderRecord, reason: str) -> Changes:
    card = card_of(bench.journal.orders.one(order.previous or ""))
    fate = recipe_of(order.kind).fate_spoiled
    spoiled = UpdateCard(card, CardPlace.REJECT_BIN, fate, reason)
    return (*_ended(bench, order, reason), spoiled, move(order, OrderEvent.CARD_SPOILED))


def _ended(bench: Workbench, order: OrderRecord, reason: str) -> Changes:
    """Return the change that ends the order's write in doubt, if there is one."""
    opened = bench.open_at_desk(order)
    return (EndEffect(opened.id, EffectState.DONE, UsedUp(reason)),) if opened else ()


def _takes_another(order: OrderRecord) -> MoveOrder:
    return move(order, OrderEvent.BLANK_REFUSED)


def _never_registered(bench: Workbench, order: OrderRecord) -> Changes:
    undone = report.owed_reports(bench, order)
    if any(not _is_refused(row) and report.has_left(bench, row) for row in undone):
        raise StepNotAllowedError(
            "the province may have registered this card", details={"step": order.step.value}
        )
    return tuple(WithdrawReport(row.id) for row in undone)


def _is_refused(row: WriteBackRecord) -> bool:
    return row.state is WriteBackState.DEAD


# -- 收回 ------------------------------------------------------------------------------------------


def collect(bench: Workbench, order: OrderRecord) -> None:
    """临时卡收回 at the province; safe to repeat.

    Raises:
        ServiceNotThereError: The province's dialect has no temporary cards.
        OutcomePendingError: No answer.
        GatewayRejectedError: The province refuses.
    """
    province = province_of(bench)
    chip = chip_of(order)
    card = TemporaryCard(order.id_number, chip.AAZ500, chip.AAZ501)
    with bench.effect(order, Collect(card.AAZ501)) as effect:
        province.collect_temporary(card)
        effect.done(collected, _row_of(bench, card.AAZ501))


def settle_collect(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Allow a repeated request: a card that is back already is acknowledged again."""
    del order
    bench.end(effect.id, EffectState.NOT_DONE, Proved(Proof.SAFE_TO_REPEAT))


def require_not_taken_back(bench: Workbench, order: AnyOrder) -> None:
    """Refuse to cancel 收回 where the card must not be given to its holder again.

    That is a card that the province may have taken back, as long as it has not refused the newest
    request, and one that was discarded, of which the province has not been told yet.

    Raises:
        StepNotAllowedError: It is such a card.
    """
    if not recipe_of(order.kind).takes_back:
        return
    effects = bench.journal.effects.of(order.id)
    asked = [effect for effect in effects if effect.kind is EffectKind.COLLECT]
    if asked and asked[-1].state is EffectState.NOT_DONE and isinstance(asked[-1].after, Failed):
        return
    row = _row_of(bench, chip_of(bench.journal.orders.one(order.id)).AAZ501)
    if asked or (row is not None and row.fate is CardFate.SPOILED):
        raise StepNotAllowedError(
            "the card may be taken back already", details={"step": order.step.value}
        )


def collected(order: OrderRecord, row: CardRecord | None) -> Changes:
    """Return the changes that follow when the province knows that the card is back. Pure.

    `row` is the card's row of the ledger; None for a card that was issued elsewhere.
    """
    back, chip = move(order, OrderEvent.COLLECTED), chip_of(order)
    if row is None:
        read = CardFacts(fate=CardFate.COLLECTED, reason=BACK, AAZ501=chip.AAZ501)
        opened = OpenCard(order.id, CardPlace.KEPT, blank=False, read=read, at_desk=True)
        return (opened, back)
    kept = UpdateCard(row.id, place=CardPlace.KEPT, fate=CardFate.COLLECTED, reason=BACK)
    return (AdoptCard(order.id, row.id), kept, back)


def chip_of(order: OrderRecord) -> ChipIdentity:
    """Return the chip that was read for an order.

    Raises:
        DefectError: None was.
    """
    if order.chip is None:
        raise DefectError(f"order {order.id} is bound to no chip")
    return order.chip


def _row_of(bench: Workbench, AAZ501: str) -> CardRecord | None:
    return next(iter(bench.journal.cards.of_chip(AAZ501)), None)


def _encoder(bench: Workbench) -> CardEncoder:
    return bench.equipment.desk.reader().encoder
