"""What the invented province's texts mean, and its code lists.

Only a text that is listed here is a success or a refusal. After any other one the outcome is
unknown, and the station asks before it does anything else.
"""

from __future__ import annotations

from typing import Final

from station.core.errors import RejectionReason as Why

DONE: Final = frozenset({"done"})
ALREADY_REPORTED: Final = "已经回盘"
BATCH_EXISTS: Final = frozenset({"已经有批次号", "已经开始制卡"})
ALREADY_ACTIVE: Final = frozenset({"01"})
ISSUED, SPOILED = "已回盘", "已回盘失败"
STATES: Final = frozenset({"未回盘", ISSUED, SPOILED})

#: Beginning of a text -> our reason.
REFUSALS: Final = {
    "身份证号不存在": Why.PERSON_UNKNOWN,
    "姓名与社会保障号码不符": Why.PERSON_UNKNOWN,
    "未做正式挂失": Why.NOT_REPORTED_LOST,
    "未申请补换卡": Why.REPLACEMENT_NOT_APPLIED,
    "未做交费登记": Why.FEE_NOT_REGISTERED,
    "未做即制卡标注": Why.NOT_MARKED,
    "数据已退回": Why.DATA_WITHDRAWN,
    "批次确认加锁失败": Why.BATCH_LOCKED,
    "用户名或密码错误": Why.NOT_AUTHORISED,
    "加密机": Why.HSM_REFUSED,
    "该申请已用其他卡回盘": Why.OTHER,
    "卡号与社会保障号码不符": Why.OTHER,
    "卡状态为": Why.OTHER,
    "02": Why.OTHER,
}
CODES: Final = {
    "AAC004": frozenset({"1", "2", "9"}),
    "AAC005": frozenset({*(f"{code:02}" for code in range(1, 57)), "99"}),
}


def refusal_of(text: str) -> Why | None:
    """Return what a listed refusal means; None for any other text."""
    return next((why for start, why in REFUSALS.items() if text.startswith(start)), None)
