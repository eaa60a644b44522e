"""Operations about many people: 批次名单, 银行校验, 银行校验结果.

Source: docs/explanations/dialect-henan.md; document 000 (深圳), 2.3.3 and 2.3.4. Every text and
field is assumed. unverified
"""

from __future__ import annotations

from typing import Final

from simulators.province import rules
from simulators.province.call import Call, Reply, ok
from simulators.province.records import Records
from simulators.province.rules import BankResult, RefusedError

UNKNOWN: Final = "身份证号不存在"
OTHER_NAME: Final = "姓名与证件号码不符"
OTHER_BANK: Final = "开户银行与申请不符"


def batch_list(call: Call) -> Reply:
    """批次名单: the people whom a clerk has put on the list of a batch."""
    number = call.fields["批次号"]
    batch = call.records.batch(number)
    if batch is None:
        raise RefusedError("批次号不存在")
    if batch.owner != call.user:
        raise RefusedError(rules.LOCK_FAILED)
    return ok(DATA="\n".join(",".join(line) for line in call.records.roster(number)))


def send(call: Call) -> Reply:
    """银行校验: all of them or none; who is being checked or has passed stays so."""
    rows = call.rows(4)
    if call.fields["人数"] != str(len(rows)):
        raise RefusedError("人数与明细不符")
    for _, id_number, name, bank in rows:
        if call.records.send_to_bank(call.fields["批次号"], id_number, name, bank):
            call.records.count_effect("bank_checks")
    return ok()


def answers(call: Call) -> Reply:
    """银行校验结果 of everybody that was sent for this batch."""
    told = call.records.bank_checks(call.fields["批次号"])
    return ok(DATA="\n".join(",".join(line) for line in told))


def let_banks_answer(records: Records, failing: dict[str, str]) -> int:
    """Have the banks answer about everybody who is being checked; returns how many."""
    waiting = records.waiting_at_bank()
    for batch, id_number, name, bank in waiting:
        person = records.overview(id_number)
        reason = failing.get(id_number, "")
        if person is None:
            reason = UNKNOWN
        elif name != person.name:
            reason = OTHER_NAME
        elif bank not in {"", person.bank or person.card_bank}:
            reason = OTHER_BANK
        result = BankResult.FAILED if reason else BankResult.PASSED
        records.set_bank_result(batch, id_number, result, reason)
    return len(waiting)
