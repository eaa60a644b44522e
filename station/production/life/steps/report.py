"""数据回盘: the report to the province, at least once on the wire and at most once in effect.

What the proof rests on. A write-back that was ever sent may have been committed, whatever the
answer was: the province may commit and then answer "系统繁忙" (busy), or answer "not there" to a
query and commit the late request afterwards. Only an answer that the dialect lists as a refusal, of
the write-back itself, proves that it did not happen. So a write-back whose outcome is unknown is
queried before it is sent again, and the success report of a card that was spoiled since is
withdrawn without a query only when it has never left this station.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from station.core.cards import ChipIdentity
from station.core.changes import (
    Change,
    Changes,
    NoteReceipt,
    NoteReport,
    OweReport,
    SetHold,
    WithdrawReport,
)
from station.core.errors import DefectError, GatewayRejectedError, RejectionReason, StationError
from station.core.evidence import (
    EffectRecord,
    Proof,
    Proved,
    ReceiptTaken,
    SendReport,
)
from station.core.gateways import (
    IssuanceReport,
    ProvinceGateway,
    ReportOutcome,
    TemporaryCardGateway,
    WithdrawalGateway,
)
from station.core.life import TRANSITIONS, OrderEvent
from station.core.orders import (
    AnyOrder,
    CardPlace,
    EffectKind,
    EffectState,
    OrderRecord,
    OrderStep,
    WriteBackRecord,
    WriteBackState,
)
from station.core.recipes import recipe_of
from station.production.life.effects import ACTOR, OutcomePendingError, Workbench, move
from station.production.life.narrow import prepared
from station.production.life.policies import Policies
from station.production.life.settlement import Settled
from station.production.life.steps import hand_over

UNDONE: Final = (WriteBackState.OWED, WriteBackState.DEAD)


def run(bench: Workbench, order: OrderRecord) -> None:
    """Send the order's write-back and take the order to `reported` (a spoiled order stays).

    Raises:
        OutcomePendingError: No answer; ask the province before sending again.
        GatewayRejectedError: The province refuses it; the write-back is dead until a person acts.
    """
    owed = owed_report(bench, order)
    superseded = _is_superseded(order, owed)
    # What was exported, or was sent before the card was spoiled, may have arrived by now.
    if (superseded or owed.exported_at) and _is_there(bench, order, owed):
        return
    if superseded:
        bench.apply(ACTOR, WithdrawReport(owed.id))
        return
    if owed.outcome == ReportOutcome.TEMPORARY and owed.state is WriteBackState.DEAD:
        # A person may put a refused temporary card aside: it is refused no longer.
        revive(bench, order, ACTOR)
    report = bench.journal.outbox.report(owed.id)
    try:
        with bench.effect(order, SendReport(owed.outcome, owed.attempts + 1)) as effect:
            _send(bench.equipment.province_for(order.kind), report)
            effect.done(_acknowledged, bench, _done(owed))
    except OutcomePendingError as exc:
        _note(bench, owed, WriteBackState.OWED, exc)
        raise
    except GatewayRejectedError as exc:
        if owed.outcome == ReportOutcome.CANCELLED:
            # There is nothing to give back; the reason stays in the history.
            _note(bench, owed, WriteBackState.WITHDRAWN, exc)
            return
        # An earlier try may have arrived late, and be the reason of this refusal. A person may put
        # a refused temporary card aside.
        if owed.outcome == ReportOutcome.TEMPORARY and _is_there(bench, order, owed):
            return
        _note(bench, owed, WriteBackState.DEAD, exc)
        raise


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Ask the province whether it has the report already.

    Raises:
        GatewayError: It still gives no answer.
    """
    undone = owed_reports(bench, order)
    owed = _oldest(order, undone)
    has_it = _is_known(
        bench.equipment.province_for(order.kind), bench.journal.outbox.report(owed.id)
    )
    bench.conclude(effect, judge_report(order, undone, bench.equipment.policies, has_it=has_it))


def judge_report(
    order: OrderRecord, undone: Sequence[WriteBackRecord], policies: Policies, *, has_it: bool
) -> Settled:
    """Return the outcome of sending the oldest of `undone`, by the province's `has_it`. Pure.

    The success report of a card that was spoiled meanwhile is withdrawn when it had not arrived.
    """
    owed = _oldest(order, undone)
    if has_it:
        known = acknowledged(order, _done(owed), policies, undone=len(undone))
        return Settled(EffectState.DONE, Proved(Proof.PROVINCE_HAS_IT), known)
    withdraw = (WithdrawReport(owed.id),) if _is_superseded(order, owed) else ()
    return Settled(EffectState.NOT_DONE, Proved(Proof.PROVINCE_HAS_IT_NOT), withdraw)


def _is_superseded(order: OrderRecord, owed: WriteBackRecord) -> bool:
    """Whether this is the success report of a card that was spoiled since."""
    return order.step is OrderStep.SPOILED and owed.outcome == ReportOutcome.ISSUED


def _is_there(bench: Workbench, order: OrderRecord, owed: WriteBackRecord) -> bool:
    """Ask the province for a write-back, and record it as acknowledged when it is there.

    Raises:
        OutcomePendingError: Whether it is there is still unknown.
    """
    try:
        found = _is_known(
            bench.equipment.province_for(order.kind), bench.journal.outbox.report(owed.id)
        )
    except StationError as exc:
        raise OutcomePendingError(EffectKind.REPORT, exc, inspected=True) from exc
    if found:
        bench.follow(order, _acknowledged, bench, _done(owed))
    return found


def _send(province: ProvinceGateway, report: IssuanceReport) -> None:
    if report.outcome is ReportOutcome.CANCELLED:
        _with_withdrawals(province).withdraw(report)
    elif report.outcome is ReportOutcome.TEMPORARY:
        _with_temporary_cards(province).register_temporary(report)
    else:
        province.report(report)


def _is_known(province: ProvinceGateway, report: IssuanceReport) -> bool:
    if report.outcome is ReportOutcome.CANCELLED:
        return _with_withdrawals(province).is_withdrawn(report)
    if report.outcome is ReportOutcome.TEMPORARY:
        return _with_temporary_cards(province).is_registered(report)
    return province.find_report(report)


def _with_withdrawals(province: ProvinceGateway) -> WithdrawalGateway:
    if not isinstance(province, WithdrawalGateway):  # the site has changed the province
        raise GatewayRejectedError(RejectionReason.OTHER)
    return province


def _with_temporary_cards(province: ProvinceGateway) -> TemporaryCardGateway:
    if not isinstance(province, TemporaryCardGateway):  # the site has changed the province
        raise GatewayRejectedError(RejectionReason.OTHER)
    return province


def of_cancelled(order: OrderRecord, policies: Policies) -> Changes:
    """Return the changes by which a cancelled order owes 撤销标注: once the data was fetched. Pure.

    Fetching the data has locked the person's application to this window's batch.
    """
    if not tells_cancelled(order, policies) or order.data is None:
        return ()
    data = order.data
    report = IssuanceReport(
        outcome=ReportOutcome.CANCELLED,
        batch=data.batch,
        AAC002=data.chip.AAC002,
        AAC003=data.chip.AAC003,
        AAZ500=data.chip.AAZ500,
        AAZ501="",
        AAZ507="",
        AAZ503=data.chip.AAZ503,
        valid_until=data.chip.valid_until,
        bank_number=None,
    )
    return (OweReport(order.id, report),)


def tells_cancelled(order: AnyOrder, policies: Policies) -> bool:
    """Whether a cancelled order of this kind is reported to the province. Pure."""
    return policies.tell_cancelled and ReportOutcome.CANCELLED in recipe_of(order.kind).reports


def withdrawn(bench: Workbench, order: OrderRecord) -> Changes:
    """Return the changes that withdraw a spoiled card's success report, if it was never sent.

    One that was ever sent or exported is kept: the province is asked first.
    """
    return tuple(
        WithdrawReport(row.id)
        for row in owed_reports(bench, order)
        if row.outcome == ReportOutcome.ISSUED and not has_left(bench, row)
    )


def has_left(bench: Workbench, row: WriteBackRecord) -> bool:
    """Whether a report was ever sent, exported, or about to be sent when the station stopped."""
    sent = any(
        isinstance(effect.before, SendReport) and effect.before.outcome == row.outcome
        for effect in bench.journal.effects.of(row.order)
    )
    return sent or row.exported_at is not None


def revive(bench: Workbench, order: AnyOrder, actor: str) -> None:
    """失败数据回盘: allow another try of a refused report."""
    rows = bench.journal.outbox.of(order.id)
    dead = [row for row in rows if row.state is WriteBackState.DEAD]
    bench.apply(actor, *(NoteReport(row.id, WriteBackState.OWED, "revived") for row in dead))


def on_card(
    order: OrderRecord,
    chip: ChipIdentity,
    outcome: ReportOutcome,
    *,
    failed_step: str = "",
    failure: str = "",
) -> IssuanceReport:
    """Return the write-back about one card of this order: finished, or spoiled with its reason."""
    data = prepared(order).data
    return IssuanceReport(
        outcome=outcome,
        batch=data.batch,
        AAC002=data.chip.AAC002,
        AAC003=data.chip.AAC003,
        AAZ500=data.chip.AAZ500,
        AAZ501=chip.AAZ501,
        AAZ507=chip.AAZ507,
        AAZ503=data.chip.AAZ503,
        valid_until=data.chip.valid_until,
        bank_number=chip.bank_number,
        failed_step=failed_step,
        failure=failure,
    )


def owed_report(bench: Workbench, order: OrderRecord) -> WriteBackRecord:
    """Return the order's oldest write-back that is not done.

    Raises:
        DefectError: There is none: it is owed from the write on.
    """
    return _oldest(order, owed_reports(bench, order))


def _oldest(order: OrderRecord, undone: Sequence[WriteBackRecord]) -> WriteBackRecord:
    if not undone:
        raise DefectError(f"no write-back is owed for order {order.id}")
    return undone[0]


def owed_reports(bench: Workbench, order: OrderRecord) -> list[WriteBackRecord]:
    """Return the order's write-backs that the province has not acknowledged, oldest first."""
    return [row for row in bench.journal.outbox.of(order.id) if row.state in UNDONE]


def acknowledge_offline(
    bench: Workbench, order: OrderRecord, owed: WriteBackRecord, receipt: str, word: str
) -> None:
    """Take the data centre's receipt for the province's acknowledgement of an exported report."""
    noted = NoteReceipt(owed.id, receipt, word, WriteBackState.DONE)
    asked = bench.open_at_province(order)
    sent = asked.before if asked is not None else None
    if asked is not None and isinstance(sent, SendReport) and sent.outcome == owed.outcome:
        bench.finish(
            asked.id, order, ReceiptTaken(receipt), partial(_acknowledged, bench=bench, noted=noted)
        )
        return
    bench.follow(order, _acknowledged, bench, noted)


def _acknowledged(order: OrderRecord, bench: Workbench, noted: Change) -> Changes:
    undone = len(owed_reports(bench, order))
    return acknowledged(order, noted, bench.equipment.policies, undone=undone)


def acknowledged(order: OrderRecord, noted: Change, policies: Policies, *, undone: int) -> Changes:
    """Return the changes that follow from an acknowledged report, besides `noted`. Pure.

    `undone` counts the order's reports that were not acknowledged, including this one.
    """
    made: Changes = (noted,)
    if (order.step, OrderEvent.REPORTED) in TRANSITIONS:
        made += (move(order, OrderEvent.REPORTED),)
    # A spoiled order stays; the cause of its hold is over.
    elif undone <= 1 and order.hold is not None:
        made += (SetHold(order.id, None),)
    if order.step is OrderStep.RELEASED_OWED:
        made += hand_over.activates(order, policies)
        if recipe_of(order.kind).at_desk:  # the holder was made to wait for this answer
            made += hand_over.moved(order, CardPlace.TAKEN)
    return made


def _done(owed: WriteBackRecord) -> NoteReport:
    return NoteReport(owed.id, WriteBackState.DONE)


def _note(
    bench: Workbench, owed: WriteBackRecord, state: WriteBackState, exc: StationError
) -> None:
    bench.apply(ACTOR, NoteReport(owed.id, state, exc.code))
