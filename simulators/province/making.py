"""Operations of a card station before the write-back: batch and production data.

Source: docs/explanations/dialect-henan.md, the table of operations.
"""

from __future__ import annotations

import base64
import datetime as dt
from typing import Final

from simulators.province import codes, rules
from simulators.province.call import Call, Reply, ok
from simulators.province.rules import MemberState, RefusedError
from simulators.province.views import Member, Overview

VALID_YEARS: Final = 10


def find_batch_number(call: Call) -> Reply:
    """查询批次号."""
    person = call.ready_person(call.fields["社会保障号码"])
    return ok(姓名=person.name, 批次号=person.batch, 社保卡号=person.new_number)


def open_batch(call: Call) -> Reply:
    """获取批次号. A window's empty batch is returned again until it is used."""
    district = call.fields["所属区县"]
    if len(district) != 6 or not district.startswith(call.region[:4]):
        raise RefusedError("所属区县不属于本窗口")
    return ok(批次号=call.records.empty_batch(call.region, call.user, call.timestamp))


def lock_batch(call: Call) -> Reply:
    """即制卡批次: put people into the batch, assign each a 卡号, lock it. All of them or none."""
    rows = call.rows(3)
    number = call.fields["批次号"]
    batch = call.records.batch(number)
    if batch is None:
        raise RefusedError("批次号不存在")
    if batch.owner != call.user:
        raise RefusedError(rules.LOCK_FAILED)
    if call.fields["人数"] != str(len(rows)):
        raise RefusedError("人数与明细不符")
    people = [_candidate(call, id_number, name) for _, id_number, name in rows]
    if batch.is_locked:
        raise RefusedError("批次已确认，不能再加人")
    call.records.lock_batch(
        number, bank=call.fields.get("服务银行", ""), maker=call.fields.get("卡商", "")
    )
    call.records.count_effect("batches_locked")
    pairs = zip(rows, people, strict=True)
    lines = [_add_line(call, number, row[0], person) for row, person in pairs]
    return ok(DATA="\n".join(lines))


def _candidate(call: Call, id_number: str, name: str) -> Overview:
    person = call.ready_person(id_number)
    call.check_name(person, name)
    if person.member_state is MemberState.MAKING:
        raise RefusedError(rules.MAKING_STARTED)
    if person.member is not None:
        raise RefusedError(rules.HAS_BATCH)
    return person


def _add_line(call: Call, batch: str, ordinal: str, person: Overview) -> str:
    number = call.records.next_card_number()
    call.records.add_member(batch, ordinal, person, number)
    call.records.set_holder(person.application or 0, call.user)
    return f"{ordinal},{number},{person.id_number},{person.name}"


def production_data(call: Call) -> Reply:
    """即制卡数据. The first call fixes the card's dates; later calls return the same data."""
    person = call.person(call.fields["社会保障号码"])
    member = call.records.member(call.fields["批次号"], person.id_number)
    if member is not None and member.state is MemberState.MADE:
        raise RefusedError(rules.ALREADY_REPORTED)
    call.ready_person(person.id_number)
    if member is None or member.id != person.member:
        raise RefusedError("批次号与社会保障号码不符")
    call.check_name(person, call.fields["姓名"])
    if member.state is MemberState.LOCKED:
        call.records.start_making(member.id, *dates_of(call.now.date()))
    started = call.records.member(member.batch, member.id_number) or member
    return _data_of(call, person, started)


def dates_of(today: dt.date) -> tuple[str, str]:
    """Return the dates of a card that is made today: made on, valid until."""
    # 29 February has no anniversary in most years; the day before it is the last valid one.
    day = today.day if (today.month, today.day) != (2, 29) else 28
    until = today.replace(year=today.year + VALID_YEARS, day=day)
    return today.strftime("%Y%m%d"), until.strftime("%Y%m%d")


def _data_of(call: Call, person: Overview, member: Member) -> Reply:
    return ok(
        社保卡号=member.card_number,
        国籍=person.nationality,
        证件类型=person.document,
        社会保障号码=person.id_number,
        证件有效期="20991231",
        姓名=person.name,
        性别=person.sex,
        民族=person.nation,
        出生日期=person.birth_date,
        出生地=person.birth_place,
        经办机构=codes.ISSUER,
        申请类型=person.application_kind,
        补换原因=person.application_reason,
        制卡日期=member.made_on,
        有效期至=member.valid_until,
        服务银行=person.bank,
        服务银行名称=codes.BANKS[person.bank],
        发卡地=person.region,
        相片=base64.b64encode(call.portrait(person)).decode("ascii"),
    )
