"""数据回盘: the province is told, at least once on the wire and at most once in effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from station.core.cards import ChipIdentity
from station.core.changes import (
    Change,
    Changes,
    NoteReceipt,
    NoteReport,
    SetHold,
    WithdrawReport,
)
from station.core.errors import DefectError, GatewayRejectedError, StationError
from station.core.evidence import (
    Completed,
    EffectRecord,
    Outcome,
    Proof,
    Proved,
    ReceiptTaken,
    SendReport,
)
from station.core.gateways import IssuanceReport, ReportOutcome
from station.core.life import TRANSITIONS, OrderEvent
from station.core.orders import (
    EffectState,
    OrderRecord,
    OrderStep,
    WriteBackRecord,
    WriteBackState,
)
from station.production.effects import ACTOR, OutcomePendingError, Workbench, move
from station.production.narrow import prepared
from station.production.policies import Policies
from station.production.settlement import Settled
from station.production.steps import hand_over

UNDONE: Final = (WriteBackState.OWED, WriteBackState.DEAD)


def run(bench: Workbench, order: OrderRecord) -> None:
    """Send the order's write-back and take the order to `reported` (a spoiled order stays).

    Raises:
        OutcomePendingError: No answer; ask the province before sending again.
        GatewayRejectedError: The province refuses it; the write-back is dead until a person acts.
    """
    owed = owed_report(bench, order)
    report = bench.journal.outbox.report(owed.id)
    try:
        with bench.effect(order, SendReport(owed.outcome, owed.attempts + 1)) as effect:
            after: Outcome = Completed()
            # What left in a file may have arrived by now: the province is asked first.
            if owed.exported_at and bench.equipment.province.find_report(report):
                after = Proved(Proof.PROVINCE_HAS_IT)
            else:
                bench.equipment.province.report(report)
            effect.done(*_acknowledged(bench, order, _done(owed)), after=after)
    except OutcomePendingError as exc:
        _note(bench, owed, WriteBackState.OWED, exc)
        raise
    except GatewayRejectedError as exc:
        _note(bench, owed, WriteBackState.DEAD, exc)
        raise


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Ask the province whether it has the report already.

    Raises:
        GatewayError: It still gives no answer.
    """
    undone = owed_reports(bench, order)
    owed = _oldest(order, undone)
    has_it = bench.equipment.province.find_report(bench.journal.outbox.report(owed.id))
    bench.conclude(effect, judge_report(order, undone, bench.equipment.policies, has_it=has_it))


def judge_report(
    order: OrderRecord, undone: Sequence[WriteBackRecord], policies: Policies, *, has_it: bool
) -> Settled:
    """Say how the sending of the oldest of `undone` has ended; `has_it` is the province. Pure.

    The success report of a card that was spoiled meanwhile is withdrawn when it had not arrived.
    """
    owed = _oldest(order, undone)
    if has_it:
        known = acknowledged(order, _done(owed), policies, undone=len(undone))
        return Settled(EffectState.DONE, Proved(Proof.PROVINCE_HAS_IT), known)
    superseded = order.step is OrderStep.SPOILED and owed.outcome == ReportOutcome.ISSUED
    withdraw = (WithdrawReport(owed.id),) if superseded else ()
    return Settled(EffectState.NOT_DONE, Proved(Proof.PROVINCE_HAS_IT_NOT), withdraw)


def withdrawn(bench: Workbench, order: OrderRecord) -> Changes:
    """Return the changes that take back a spoiled card's success report, if it was never taken.

    One whose sending has no known outcome stays: the province is asked first.
    """
    if bench.open_at_province(order) is not None:
        return ()
    rows = owed_reports(bench, order)
    return tuple(WithdrawReport(row.id) for row in rows if row.outcome == ReportOutcome.ISSUED)


def revive(bench: Workbench, order: OrderRecord, actor: str) -> None:
    """失败数据回盘: let a refused report be tried again."""
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
    """Return the write-back about one card of this order: finished, or spoiled and why."""
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
    known = _acknowledged(bench, order, noted)
    asked = bench.open_at_province(order)
    sent = asked.before if asked is not None else None
    if asked is not None and isinstance(sent, SendReport) and sent.outcome == owed.outcome:
        bench.end(asked.id, EffectState.DONE, ReceiptTaken(receipt), *known)
        return
    bench.apply(ACTOR, *known)


def _acknowledged(bench: Workbench, order: OrderRecord, noted: Change) -> Changes:
    undone = len(owed_reports(bench, order))
    return acknowledged(order, noted, bench.equipment.policies, undone=undone)


def acknowledged(order: OrderRecord, noted: Change, policies: Policies, *, undone: int) -> Changes:
    """Return what follows from a report that the province has, besides `noted`. Pure.

    `undone` counts the order's reports that were not acknowledged, with this one.
    """
    made: Changes = (noted,)
    if (order.step, OrderEvent.REPORTED) in TRANSITIONS:
        made += (move(order, OrderEvent.REPORTED),)
    elif undone <= 1 and order.hold is not None:  # a spoiled order stays; what held it is over
        made += (SetHold(order.id, None),)
    if order.step is OrderStep.RELEASED_OWED:
        made += hand_over.activates(order, policies)
    return made


def _done(owed: WriteBackRecord) -> NoteReport:
    return NoteReport(owed.id, WriteBackState.DONE)


def _note(
    bench: Workbench, owed: WriteBackRecord, state: WriteBackState, exc: StationError
) -> None:
    bench.apply(ACTOR, NoteReport(owed.id, state, exc.code))
