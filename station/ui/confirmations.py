"""Which presses must be confirmed, checked by the server, and what the person is asked.

A press of a button listed here is carried out only when its `confirmed` field names exactly what
the person was asked. Without it the answer is the question, and nothing has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from station.core.ledger import Counted
from station.core.operator_text_questions import REASON_TEXTS, REPRINT_TEXTS
from station.core.orders import OrderKind
from station.core.questions import AnswerKind
from station.core.recipes import recipe_of
from station.core.reprints import ReprintReason
from station.production.service import ProductionService
from station.ui.pressed import Pressed, number_from

#: Answers that change nothing that a device or a later answer could not put right. Every other
#: answer must be confirmed, also one that is added later.
REVERSIBLE_ANSWERS: Final = frozenset(
    {
        AnswerKind.GO_ON,
        AnswerKind.WAIT,
        AnswerKind.IS_IN,
        AnswerKind.IS_OUT,
        AnswerKind.TAKEN,
        AnswerKind.KEPT,
    }
)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a person is asked before something that cannot be undone.

    Attributes:
        title: The question.
        consequence: What will happen.
        label: Words of the confirming button.
        names: Value of the field `confirmed` that carries the press out.
        second: What a second person must agree to, in the same dialog; empty for nothing.
        refused: Why the second person's word was not taken a moment ago.
    """

    title: str
    consequence: str
    label: str
    names: str
    second: str = ""
    refused: str = ""


def confirmation_for(
    action: str, service: ProductionService, pressed: Pressed
) -> Confirmation | None:
    """Return what must be confirmed before this press is carried out; None when nothing.

    Raises:
        StationError: The press names something that does not exist.
    """
    ask = _ASKED.get(action)
    return ask(service, pressed) if ask else None


def _cancel(service: ProductionService, pressed: Pressed) -> Confirmation:
    holder = service.order(pressed.order).holder
    whose = f"{holder.AAC003}的" if holder else "这个"
    return Confirmation(
        f"取消{whose}制卡任务？",
        "没有写过的卡会退出；任务取消后不能恢复，要制卡须重新受理。",
        "取消任务",
        f"cancel:{pressed.order}",
    )


def _answer(service: ProductionService, pressed: Pressed) -> Confirmation | None:
    question = service.order(pressed.order).question
    offered = question.answers if question else ()
    given = next((one for one in offered if one.answer.value == pressed.answer), None)
    if given is None or (given.answer in REVERSIBLE_ANSWERS and not given.needs_approver):
        return None  # what is not offered is refused when it is carried out
    return Confirmation(
        f"确定回答“{given.label}”？",
        given.consequence,
        given.label,
        f"answer:{given.answer.value}:{pressed.order}",
        second="answer" if given.needs_approver else "",
    )


def _reprint(service: ProductionService, pressed: Pressed) -> Confirmation | None:
    kind, _, reason = pressed.reprint.partition(":")
    if kind not in set(OrderKind) or reason not in set(ReprintReason):
        return None
    rule = recipe_of(OrderKind(kind)).reprint
    second = service.reprint_needs_approval(pressed.order, OrderKind(kind))
    if rule is None or not (rule.irreversible or second):
        return None
    return Confirmation(
        f"{REPRINT_TEXTS[kind]}？",
        f"原因：{REASON_TEXTS[ReprintReason(reason)]}。原来的卡或芯片数据不能恢复。",
        "受理",
        f"reprint:{pressed.reprint}:{pressed.order}",
        second="reprint" if second else "",
    )


def _waive(service: ProductionService, pressed: Pressed) -> Confirmation:
    del service
    return Confirmation(
        "放行这张照片？",
        "照片不符合软规则，须主管看过并同意；照片原样使用。",
        "主管放行",
        f"waive-photo:{pressed.order}",
        second="photo-waiver",
    )


def _reject_left(service: ProductionService, pressed: Pressed) -> Confirmation:
    del service, pressed
    return Confirmation(
        "把机内的卡退到废卡盒？", "机内的卡会移动到废卡盒。", "退到废卡盒", "reject-left-card"
    )


def _close_shift(service: ProductionService, pressed: Pressed) -> Confirmation:
    counted = Counted(number_from(pressed.drawer), number_from(pressed.feeder))
    found = service.ledger.shift(counted).differences
    return Confirmation(
        f"按实点数交班：抽屉 {counted.drawer} 张，进卡槽 {counted.feeder} 张？",
        f"{'；'.join(found)}。差额会记入交班表。" if found else "账实相符。",
        "交班",
        f"close-shift:{counted.drawer}:{counted.feeder}",
    )


def _destroy(service: ProductionService, pressed: Pressed) -> Confirmation:
    del service
    card = number_from(pressed.card)
    return Confirmation(
        f"台账号 {card} 的卡已由两人销毁？",
        f"销毁人 {pressed.actor}，见证的主管在下面输入自己的密码；登记后不能更改。",
        "登记已销毁",
        f"destroy-card:{card}",
        second="destroy",
    )


def _print_test(service: ProductionService, pressed: Pressed) -> Confirmation:
    del service, pressed
    return Confirmation(
        "用一张预制卡打印测试卡？", "用掉一张预制卡，测试卡须两人销毁。", "打印", "test-card"
    )


def _judge(title: str, consequence: str, label: str, name: str) -> _Ask:
    def ask(service: ProductionService, pressed: Pressed) -> Confirmation:
        del service
        return Confirmation(title, consequence, label, f"{name}:{pressed.order}")

    return ask


_Ask = Callable[[ProductionService, Pressed], Confirmation | None]
_ASKED: Final[Mapping[str, _Ask]] = {
    "cancel": _cancel,
    "answer": _answer,
    "reprint": _reprint,
    "waive-photo": _waive,
    "reject-left-card": _reject_left,
    "close-shift": _close_shift,
    "destroy-card": _destroy,
    "test-card": _print_test,
    "test-passed": _judge("测试卡合格？", "登记为合格，恢复进卡。", "合格", "test-passed"),
    "test-failed": _judge("测试卡不合格？", "登记为不合格。", "不合格", "test-failed"),
}
