"""Operations of the clerk's window: loss, application, fee, mark, hand-over, failed data.

Source: docs/explanations/dialect-henan.md; the window procedure of 新乡 2017, 5.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from simulators.province import codes, rules
from simulators.province.call import Call, Reply, ok
from simulators.province.rules import (
    ApplicationState,
    CardState,
    MemberState,
    RefusedError,
)
from simulators.province.views import Member, Overview


def report_loss(operation: str) -> Callable[[Call], Reply]:
    """Return the handler of 临时挂失, 正式挂失, 解除挂失 or 注销."""

    def handle(call: Call) -> Reply:
        person = _card_holder(call, call.fields["社会保障号码"])
        following = rules.after_loss_report(
            operation, person.card_state, has_applied=person.application is not None
        )
        call.records.set_card_state(person.card_number, following)
        return ok()

    return handle


def card_state(call: Call) -> Reply:
    """网上社保卡查询: the valid card, else the last one that was cancelled."""
    person = call.person(call.fields["社会保障号码"])
    number, state, bank = person.card_number, person.card_state, person.card_bank
    if state is None:
        number, bank = call.records.last_cancelled(person.id_number)
        state = CardState.CANCELLED
    if not number:
        raise RefusedError(rules.NO_CARD)
    name = codes.BANKS.get(bank, "")
    told = {"姓名": person.name, "社保卡号": number, "卡状态": str(state)}
    return ok(**told, 服务银行名称=name, 发卡地=person.region)


def _card_holder(call: Call, id_number: str) -> Overview:
    person = call.person(id_number)
    if not person.card_number:
        number, _ = call.records.last_cancelled(person.id_number)
        if number != call.fields["卡号"]:
            raise RefusedError(rules.NO_CARD)
        return replace(person, card_number=number, card_state=CardState.CANCELLED)
    if call.fields["卡号"] != person.card_number:
        raise RefusedError("卡号与社会保障号码不符")
    call.check_name(person, call.fields["姓名"])
    return person


def apply_for_card(call: Call) -> Reply:
    """补换卡申请: a first card, or one in place of a lost, a worn or a defective one."""
    person = call.person(call.fields["社会保障号码"])
    bank = call.fields.get("服务银行", "") or person.card_bank or codes.MAIN_BANK
    kind = call.fields["申请类型"][:1]
    if kind not in {codes.FIRST, codes.LOST_REISSUE, codes.EXCHANGE, codes.WARRANTY}:
        raise RefusedError("即制卡不办理该申请类型")
    if kind == codes.LOST_REISSUE and person.card_state is not CardState.LOST:
        raise RefusedError(rules.NOT_LOST)
    if kind == codes.FIRST and person.card_state is not None:
        raise RefusedError("已有社保卡")
    changes = kind in {codes.EXCHANGE, codes.WARRANTY}
    if changes and person.card_state not in {CardState.NORMAL, CardState.ISSUED}:
        raise RefusedError(f"卡状态为{person.card_state or '无卡'}，不能换卡")
    if person.application is not None:
        raise RefusedError("已申请补换卡")
    if bank not in codes.BANKS:
        raise RefusedError("服务银行不存在")
    call.records.add_application(
        person.id_number,
        bank=bank,
        applied_at=call.timestamp,
        state=ApplicationState.OPEN,
        kind=kind,
        reason=call.fields.get("补换原因", "") or codes.LOST_REISSUE_REASON,
    )
    return ok()


def register_fee(call: Call) -> Reply:
    """交费登记, for a lost card or one that is exchanged."""
    person = call.person(call.fields["社会保障号码"])
    exchanges = person.application_kind == codes.EXCHANGE
    if person.card_state is not CardState.LOST and not exchanges:
        raise RefusedError(rules.NOT_LOST)
    if person.has_fee:
        raise RefusedError("已做交费登记")
    call.records.add_fee(person.id_number, call.timestamp)
    return ok()


def mark(call: Call) -> Reply:
    """即制卡标注: the last step before the station."""
    call.check_city(call.fields["城市"])
    person = call.person(call.fields["社会保障号码"])
    call.check_name(person, call.fields["姓名"])
    missing = rules.first_missing(person.standing(call.region, call.user))
    if not missing:
        raise RefusedError("已做即制卡标注")
    if missing != rules.NOT_MARKED:
        raise RefusedError(missing)
    if person.application_state is ApplicationState.FAILED:
        raise RefusedError("制卡失败，请先做失败数据处理")
    if person.application_state is ApplicationState.HANDLED:
        raise RefusedError("失败数据已处理，请先恢复申请")
    call.records.set_mark(person.application or 0, is_marked=True)
    return ok()


def withdraw(call: Call) -> Reply:
    """撤销标注 by the window that has marked data: the application is as before 即制卡标注."""
    person = call.person(call.fields["社会保障号码"])
    call.check_name(person, call.fields["姓名"])
    if not person.is_marked:
        raise RefusedError(rules.NOT_MARKED)
    if person.member is None or person.batch != call.fields["批次号"]:
        raise RefusedError("批次号与社会保障号码不符")
    if person.held_by not in {"", call.user}:
        raise RefusedError(rules.LOCK_FAILED)
    call.records.set_member_state(person.member, MemberState.RESTORED)
    call.records.set_mark(person.application or 0, is_marked=False)
    call.records.set_holder(person.application or 0, "")
    call.records.count_effect("marks_withdrawn")
    return ok()


def activate(call: Call) -> Reply:
    """领卡启用: `00` done, `01` was already active. Requires the write-back of this card."""
    call.check_city(call.fields["城市"])
    person = _card_holder(call, call.fields["社保号"])
    if person.card_state is CardState.NORMAL:
        call.records.count_effect("activations_repeated")
        return {"ERR": "01"}
    if person.card_state is not CardState.ISSUED:
        raise RefusedError(f"卡状态为{person.card_state}，不能领卡启用")
    call.records.activate(person.card_number, call.timestamp)
    call.records.count_effect("activations")
    return {"ERR": "00"}


def handle_failure(call: Call) -> Reply:
    """失败数据处理: ends the attempt, whether or not its failure was ever written back."""
    person, member = _current_line(call)
    if person.application_state is ApplicationState.HANDLED:
        raise RefusedError("已做失败数据处理")
    if member.state not in {MemberState.FAILED, MemberState.MAKING}:
        raise RefusedError("没有失败数据")
    # The mark ends with the attempt, and a late write-back finds the line closed.
    call.records.set_application_state(member.application, ApplicationState.HANDLED)
    call.records.set_mark(member.application, is_marked=False)
    call.records.set_member_state(member.id, MemberState.FAILED)
    call.records.add_restoration(member.id, "失败数据处理", call.timestamp)
    return ok()


def restore(call: Call) -> Reply:
    """恢复申请: the application may be marked again, for a new batch and a new card."""
    person, member = _current_line(call)
    if person.application_state is not ApplicationState.HANDLED:
        raise RefusedError("未做失败数据处理")
    call.records.set_application_state(member.application, ApplicationState.OPEN)
    call.records.set_member_state(member.id, MemberState.RESTORED)
    call.records.set_holder(member.application, "")
    call.records.add_restoration(member.id, "恢复申请", call.timestamp)
    return ok()


def _current_line(call: Call) -> tuple[Overview, Member]:
    person = call.person(call.fields["社会保障号码"])
    member = call.records.member(call.fields["批次号"], person.id_number)
    if member is None:
        raise RefusedError("批次号与社会保障号码不符")
    if member.state is MemberState.MADE:
        raise RefusedError(rules.ALREADY_REPORTED)
    if member.id != person.member:
        raise RefusedError("没有失败数据")
    return person, member
