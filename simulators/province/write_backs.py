"""数据回盘: accepts reports about blanks, and answers queries for them later.

Source: docs/explanations/dialect-henan.md, 即制卡回盘 and 查询回盘.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulators.province import codes, rules
from simulators.province.call import Call, Reply, hex_bytes, ok
from simulators.province.rules import (
    ApplicationState,
    CardState,
    MemberState,
    RefusedError,
    Verdict,
)
from simulators.province.views import Member, Overview, WriteBack

COLUMNS: Final = 14
MAX_FAILURE_BYTES: Final = 50
SPOILED: Final = "spoiled"
ISSUED: Final = "issued"


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a write-back with its person and batch line."""

    person: Overview
    member: Member
    report: WriteBack


def write_back(call: Call) -> Reply:
    """即制卡回盘. All lines or none; when every line is known already, the answer states it."""
    verdicts = [_take_row(call, row) for row in call.rows(COLUMNS)]
    if all(verdict is Verdict.DUPLICATE for verdict in verdicts):
        return {"ERR": rules.ALREADY_REPORTED}
    return ok()


def _take_row(call: Call, row: list[str]) -> Verdict:
    line = _line_of(call, row)
    verdict = _judge(call, line)
    _ACTIONS[verdict](call, line)
    if verdict is not Verdict.DUPLICATE:
        call.records.add_write_back(line.member, line.report, call.timestamp)
    return verdict


def _line_of(call: Call, row: list[str]) -> _Line:
    _, card_number, id_number, name = row[:4]
    person = call.person(id_number)
    batch = call.records.batch(call.fields["批次号"])
    member = call.records.member(call.fields["批次号"], person.id_number)
    if batch is None or member is None:
        raise RefusedError("批次号与社会保障号码不符")
    if batch.owner != call.user:
        raise RefusedError(rules.WRONG_BATCH_STATE)
    if member.card_number != card_number:
        raise RefusedError("社保卡号与批次不符")
    call.check_name(person, name)
    report = _report_of(row)
    _check_form(report, person)
    return _Line(person, member, report)


def _report_of(row: list[str]) -> WriteBack:
    made_on, valid_until, card_id, reset_info, account, bank_number, _, box = row[4:12]
    return WriteBack(
        outcome=SPOILED if row[12] else ISSUED,
        card_id=card_id.upper(),
        reset_info=reset_info.upper(),
        bank_number=bank_number,
        made_on=made_on,
        valid_until=valid_until,
        account=account,
        box=box,
        failed_step=row[12],
        failure=row[13],
    )


def _check_form(report: WriteBack, person: Overview) -> None:
    """Check the requirements of every write-back; a spoiled blank may have been unreadable."""
    if report.card_id or report.outcome == ISSUED:
        hex_bytes(report.card_id, 16, "卡识别码")
        hex_bytes(report.reset_info, 13, "卡复位码")
    if report.card_id and report.card_id[:6] != person.region:
        raise RefusedError("卡识别码与发卡地不符")
    if report.bank_number and not _is_bank_number(report.bank_number):
        raise RefusedError("银行卡号格式错误")
    if report.failed_step not in {"", "银行", "制卡"}:
        raise RefusedError("失败环节应为 银行 或 制卡")
    if len(report.failure.encode("gb18030")) > MAX_FAILURE_BYTES:
        raise RefusedError(f"失败原因超过 {MAX_FAILURE_BYTES} 字节")


def _is_bank_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 12 <= len(text) <= 19


def _judge(call: Call, line: _Line) -> Verdict:
    held = call.records.held(line.member)
    if line.report.outcome == SPOILED:
        return rules.judge_spoiled(held, line.report.card_id)
    verdict = rules.judge_issued(held, line.report.card_id)
    if verdict is Verdict.ISSUE:
        _check_issued(call, line)
    return verdict


def _check_issued(call: Call, line: _Line) -> None:
    member, report = line.member, line.report
    if not report.bank_number:
        raise RefusedError("银行卡号为空")
    if (report.made_on, report.valid_until) != (member.made_on, member.valid_until):
        raise RefusedError("制卡日期或有效期与制卡数据不符")
    if call.records.is_used_elsewhere(report, member.application):
        raise RefusedError("卡识别码或银行卡号已被使用")


def _issue(call: Call, line: _Line) -> None:
    records, person, member = call.records, line.person, line.member
    records.set_card_state(person.card_number, CardState.CANCELLED)
    records.add_card(
        member.card_number,
        person.id_number,
        CardState.ISSUED,
        bank=person.bank,
        issued_on=member.made_on,
        card_id=line.report.card_id,
        replaces=person.card_number or None,
    )
    records.set_application_state(member.application, ApplicationState.DONE)
    records.use_fee(person.id_number, member.application)
    records.set_member_state(member.id, MemberState.MADE)
    records.count_effect("reports_accepted")


def _spoil(call: Call, line: _Line) -> None:
    call.records.set_application_state(line.member.application, ApplicationState.FAILED)
    call.records.set_mark(line.member.application, is_marked=False)
    call.records.set_member_state(line.member.id, MemberState.FAILED)
    call.records.count_effect("reports_spoiled")


def _revoke(call: Call, line: _Line) -> None:
    call.records.revoke_write_back(line.member.application)
    kind = call.records.application_kind(line.member.application)
    restored = CardState.LOST if kind == codes.LOST_REISSUE else CardState.NORMAL
    call.records.take_back_card(line.member.card_number, restored)
    call.records.give_back_fee(line.member.application)
    call.records.count_effect("reports_revoked")
    _spoil(call, line)


_ACTIONS: Final[dict[Verdict, Callable[[Call, _Line], None]]] = {
    Verdict.ISSUE: _issue,
    Verdict.SPOIL: _spoil,
    Verdict.NOTE_SPOILED: lambda call, _: call.records.count_effect("reports_spoiled"),
    Verdict.REVOKE: _revoke,
    Verdict.DUPLICATE: lambda call, _: call.records.count_effect("reports_duplicate"),
}


def find_write_back(call: Call) -> Reply:
    """查询回盘: of the named card if there is one, else of the valid card, else the last."""
    person = call.person(call.fields["社会保障号码"])
    member = call.records.member(call.fields["批次号"], person.id_number)
    if member is None:
        raise RefusedError("批次号与社会保障号码不符")
    card_id = call.fields.get("卡识别码", "").upper()
    found = call.records.last_write_back(member.id, card_id)
    if found is None:
        return ok(回盘状态="未回盘", 卡识别码="")
    words = {ISSUED: "已回盘", SPOILED: "已回盘失败"}
    return ok(回盘状态=words[found[0]], 卡识别码=found[1])
