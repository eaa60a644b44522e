"""Operations about temporary cards: 申领, 发放, 查询, 收回.

Source: docs/explanations/dialect-henan.md; the window procedure of 新乡 2017, article 6 and annex
6. Every text and field is assumed. unverified
"""

from __future__ import annotations

import base64
from typing import Final

from simulators.province import codes, rules
from simulators.province.call import Call, Reply, hex_bytes, ok
from simulators.province.making import dates_of
from simulators.province.rules import RefusedError, TemporaryState
from simulators.province.views import Overview, Temporary

HAS_ONE: Final = "已有临时卡，未收回"
COLLECTED: Final = "临时卡已收回"
NO_SUCH_CARD: Final = "该卡不是此人的临时卡"
OTHER_CARD: Final = "该申领已发放其他卡"


def apply(call: Call) -> Reply:
    """临时卡申领: for a holder whose card is being replaced. The same answer until 发放."""
    person = call.person(call.fields["社会保障号码"])
    if person.application is None:
        raise RefusedError(rules.NOT_APPLIED)
    known = call.records.temporary(person.id_number)
    if known is not None and known.state is TemporaryState.ISSUED:
        raise RefusedError(HAS_ONE)
    if known is None or known.state is TemporaryState.COLLECTED:
        number, dates = call.records.next_card_number(), dates_of(call.now.date())
        call.records.add_temporary(person.id_number, number, *dates)
        known = call.records.temporary(person.id_number)
    return _data_of(call, person, known)


def _data_of(call: Call, person: Overview, card: Temporary | None) -> Reply:
    if card is None:
        raise RefusedError(NO_SUCH_CARD)
    return ok(
        受理编号=card.application,
        临时卡号=card.number,
        社会保障号码=person.id_number,
        姓名=person.name,
        性别=person.sex,
        民族=person.nation,
        出生日期=person.birth_date,
        出生地=person.birth_place,
        经办机构=codes.ISSUER,
        制卡日期=card.made_on,
        有效期至=card.valid_until,
        发卡地=person.region,
        相片=base64.b64encode(call.portrait(person)).decode("ascii"),
    )


def issue(call: Call) -> Reply:
    """临时卡发放: which card was handed out, and to whom. A second card for it is refused."""
    person = call.person(call.fields["社会保障号码"])
    call.check_name(person, call.fields["姓名"])
    card = call.records.temporary(person.id_number)
    if card is None or card.application != call.fields["受理编号"]:
        raise RefusedError("受理编号与社会保障号码不符")
    if card.number != call.fields["临时卡号"]:
        raise RefusedError("临时卡号与申领不符")
    card_id = call.fields["卡识别码"].upper()
    hex_bytes(card_id, 16, "卡识别码")
    hex_bytes(call.fields["卡复位信息"], 13, "卡复位信息")
    agent = call.fields.get("代办人身份证号", "")
    if bool(agent) is not bool(call.fields.get("代办人姓名", "")):
        raise RefusedError("代办人身份证号和姓名须同时填写")
    if agent == person.id_number:
        raise RefusedError("代办人不能是申领人本人")
    if card.state is not TemporaryState.APPLIED:
        raise RefusedError(HAS_ONE if card.card_id == card_id else OTHER_CARD)
    call.records.issue_temporary(card.application, card_id, agent)
    call.records.count_effect("temporary_issued")
    return ok()


def find(call: Call) -> Reply:
    """临时卡查询: of the named card, as far as it was this person's."""
    person = call.person(call.fields["社会保障号码"])
    card_id = call.fields["卡识别码"].upper()
    card = call.records.temporary(person.id_number, card_id)
    state = TemporaryState.APPLIED if card is None else card.state
    return ok(临时卡状态=str(state), 卡识别码="" if card is None else card.card_id)


def collect(call: Call) -> Reply:
    """临时卡收回."""
    person = call.person(call.fields["社会保障号码"])
    card = call.records.temporary(person.id_number, call.fields["卡识别码"].upper())
    if card is None or card.number != call.fields["临时卡号"]:
        raise RefusedError(NO_SUCH_CARD)
    if card.state is TemporaryState.COLLECTED:
        return {"ERR": COLLECTED}
    call.records.collect_temporary(card.application)
    call.records.count_effect("temporary_collected")
    return ok()
