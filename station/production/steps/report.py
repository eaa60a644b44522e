"""数据回盘: the province is told, at least once on the wire and at most once in effect.

What the proof rests on. A write-back that was ever sent may have been committed, whatever came
back: the province may commit and then say "系统繁忙", or answer "not there" to a query and commit
the late request afterwards. Only an answer that the dialect lists as a refusal, of the write-back
itself, proves that it did not happen. So a write-back whose outcome is unknown is asked for before
it is sent again, and the success report of a card that was spoiled since is taken back unasked only
when it has never left this station.
"""

from __future__ import annotations

from typing import Final

from station.core.cards import ChipIdentity
from station.core.errors import GatewayRejectedError, LocalProtocolError, StationError
from station.core.gateways import IssuanceReport, ReportOutcome
from station.core.life import TRANSITIONS, OrderEvent
from station.core.orders import (
    EffectKind,
    EffectRecord,
    EffectState,
    OrderRecord,
    OrderStep,
    WriteBackRecord,
    WriteBackState,
)
from station.journal import Transaction
from station.production.effects import ACTOR, Change, OutcomePendingError, Workbench
from station.production.steps import hand_over

UNDONE: Final = (WriteBackState.OWED, WriteBackState.DEAD)


def run(bench: Workbench, order: OrderRecord) -> None:
    """Send the order's write-back and take the order to `reported` (a spoiled order stays).

    Raises:
        OutcomePendingError: No answer; ask the province before sending again.
        GatewayRejectedError: The province refuses it; the write-back is dead until a person acts.
    """
    owed = owed_report(bench, order)
    superseded = _is_superseded(order, owed)
    # What left in a file, or was sent before the card was spoiled, may have arrived by now.
    if (superseded or owed.exported_at) and _is_there(bench, order, owed):
        return
    if superseded:
        with bench.journal.transaction(ACTOR) as change:
            change.withdraw_report(owed.id)
        return
    report = bench.journal.report_of(owed.id)
    evidence = {"outcome": owed.outcome, "attempt": str(owed.attempts + 1)}
    try:
        with bench.effect(order, EffectKind.REPORT, evidence) as effect:
            bench.equipment.province.report(report)
            effect.then(_acknowledged(bench, order, _done(owed)))
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
    owed = owed_report(bench, order)
    if bench.equipment.province.find_report(bench.journal.report_of(owed.id)):
        evidence = {"proof": "the province has it"}
        bench.end(effect.id, EffectState.DONE, evidence, _acknowledged(bench, order, _done(owed)))
        return
    evidence = {"proof": "the province does not have it"}
    changes = (_withdrawn(owed),) if _is_superseded(order, owed) else ()
    bench.end(effect.id, EffectState.NOT_DONE, evidence, *changes)


def _is_superseded(order: OrderRecord, owed: WriteBackRecord) -> bool:
    """Whether this is the success report of a card that was spoiled since."""
    return order.step is OrderStep.SPOILED and owed.outcome == ReportOutcome.ISSUED


def _is_there(bench: Workbench, order: OrderRecord, owed: WriteBackRecord) -> bool:
    """Ask the province for a write-back, and note it as acknowledged when it is there.

    Raises:
        OutcomePendingError: Whether it is there is still unknown.
    """
    try:
        found = bench.equipment.province.find_report(bench.journal.report_of(owed.id))
    except StationError as exc:
        raise OutcomePendingError(EffectKind.REPORT, exc, inspected=True) from exc
    if found:
        acknowledged = _acknowledged(bench, order, _done(owed))
        with bench.journal.transaction(ACTOR) as change:
            acknowledged(change)
    return found


def withdrawn(bench: Workbench, order: OrderRecord) -> Change:
    """Return the change that takes back a spoiled card's success report, if it never left.

    One that was ever sent or exported stays: the province is asked first.
    """
    mine = [
        row
        for row in owed_reports(bench, order)
        if row.outcome == ReportOutcome.ISSUED and not _has_left(bench, row)
    ]

    def change_all(change: Transaction) -> None:
        for row in mine:
            _withdrawn(row)(change)

    return change_all


def _has_left(bench: Workbench, row: WriteBackRecord) -> bool:
    """Whether a report was ever sent, exported, or about to be sent when the station stopped."""
    sent = any(
        effect.kind is EffectKind.REPORT and effect.evidence_before.get("outcome") == row.outcome
        for effect in bench.journal.effects(row.order)
    )
    return sent or row.exported_at is not None


def revive(bench: Workbench, order: OrderRecord, actor: str) -> None:
    """失败数据回盘: let a refused report be tried again."""
    for row in bench.journal.write_backs_of(order.id):
        if row.state is WriteBackState.DEAD:
            with bench.journal.transaction(actor) as change:
                change.note_report(row.id, WriteBackState.OWED, "revived")


def on_card(
    order: OrderRecord,
    chip: ChipIdentity,
    outcome: ReportOutcome,
    *,
    failed_step: str = "",
    failure: str = "",
) -> IssuanceReport:
    """Return the write-back about one card of this order: finished, or spoiled and why."""
    if order.data is None:
        raise LocalProtocolError("a report without data")
    data = order.data
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
        LocalProtocolError: There is none: a defect, since it is owed from the write on.
    """
    owed = owed_reports(bench, order)
    if not owed:
        raise LocalProtocolError("no write-back is owed for this order")
    return owed[0]


def owed_reports(bench: Workbench, order: OrderRecord) -> list[WriteBackRecord]:
    """Return the order's write-backs that the province has not acknowledged, oldest first."""
    return [row for row in bench.journal.write_backs_of(order.id) if row.state in UNDONE]


def acknowledge_offline(
    bench: Workbench, order: OrderRecord, owed: WriteBackRecord, receipt: str, word: str
) -> None:
    """Take the data centre's receipt for the province's acknowledgement of an exported report."""

    def noted(change: Transaction) -> None:
        change.note_receipt(owed.id, receipt, word, WriteBackState.DONE)

    known = _acknowledged(bench, order, noted)
    asked = bench.open_at_province(order)
    if asked is not None and asked.evidence_before.get("outcome") == owed.outcome:
        evidence = {"proof": "the data centre's receipt", "receipt": receipt}
        bench.end(asked.id, EffectState.DONE, evidence, known)
        return
    with bench.journal.transaction(ACTOR) as change:
        known(change)


def _acknowledged(bench: Workbench, order: OrderRecord, noted: Change) -> Change:
    waits = (order.step, OrderEvent.REPORTED) in TRANSITIONS
    last = len(owed_reports(bench, order)) <= 1
    move = bench.move(order, OrderEvent.REPORTED) if waits else None

    def change_all(change: Transaction) -> None:
        noted(change)
        if move is not None:
            move(change)
        elif last and order.hold is not None:  # a spoiled order stays; what held it is over
            change.set_hold(order.id, None)
        if order.step is OrderStep.RELEASED_OWED:
            hand_over.activates(bench, order)(change)

    return change_all


def _done(owed: WriteBackRecord) -> Change:
    return lambda change: change.note_report(owed.id, WriteBackState.DONE)


def _withdrawn(owed: WriteBackRecord) -> Change:
    return lambda change: change.withdraw_report(owed.id)


def _note(
    bench: Workbench, owed: WriteBackRecord, state: WriteBackState, exc: StationError
) -> None:
    with bench.journal.transaction(ACTOR) as change:
        change.note_report(owed.id, state, exc.code)
