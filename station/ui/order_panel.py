"""What the operator sees of the current order: buttons, comparison, face, message."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from station.core.errors import PersonRequest, PhotoRulesError
from station.core.life import reached
from station.core.operator_text_questions import REASON_TEXTS, REPRINT_TEXTS
from station.core.orders import CardPlace, OrderStep
from station.core.photos import RULE_TITLES, PhotoRule
from station.core.recipes import recipe_of
from station.production.views.messages import Problem
from station.production.views.orders import OrderView
from station.ui.buttons import buttons_of, following
from station.ui.contents import (
    AnswerButton,
    AskedQuestion,
    Choice,
    Comparison,
    FacePictures,
    Level,
    Message,
    OrderPanel,
    ReprintChoices,
)

S = OrderStep

RUNNING: Final = {
    S.DATA_READY: "正在获取数据…",
    S.FED: "正在进卡…",
    S.ENCODED: "正在写卡，请勿断电…",
    S.REPORTED: "正在数据回盘…",
    S.PRINTED: "正在打印…",
    S.PRINTED_OWED: "正在打印…",
    S.RELEASED: "正在出卡…",
    S.RELEASED_OWED: "正在出卡…",
    S.ACTIVATED: "正在领卡启用…",
}

STANDING: Final[Mapping[S, tuple[Level, str]]] = {
    S.ACCEPTED: ("info", "已受理，按 F2 获取数据"),
    S.DATA_READY: ("info", "请核对照片、姓名、银行，无误后按 F3"),
    S.APPROVED: ("info", "已核对，按 F4 进卡，或一键制卡"),
    S.FED: ("info", "预制卡已到芯片读写位，按 F6 写卡"),
    S.ENCODED: ("info", "写卡完成并已回读核对，按 F7 数据回盘"),
    S.REPORTED: ("info", "省卡管已收到数据，按 F8 打印"),
    S.PRINTED: ("info", "卡面已打印，按 F9 出卡"),
    S.PRINTED_OWED: ("warn", "卡面已打印，等省卡管收到数据后出卡"),
    S.RELEASED_OWED: ("warn", "未启用的卡已发出：请打印凭条交给持卡人；联网后自动回盘"),
    S.RELEASED: ("ok", "制卡完成：请取卡，交给持卡人后按 F10 领卡启用"),
    S.ACTIVATED: ("ok", "已领卡启用"),
    S.CANCELLED: ("info", "任务已取消，没有写过卡"),
    S.SPOILED: ("warn", "这张卡已作废，在废卡盒；作废情况将回盘给省卡管"),
}
#: What there is to say where it depends on where the card is.
BY_PLACE: Final[Mapping[tuple[S, CardPlace], tuple[Level, str]]] = {
    (S.RELEASED, CardPlace.TAKEN): ("warn", "卡已交出，尚未启用：按 F10 领卡启用，或补打卡面"),
    (S.RELEASED, CardPlace.KEPT): (
        "warn",
        "卡收存在窗口，尚未启用：核对身份、交卡后按 F10",
    ),
    (S.RELEASED, CardPlace.REJECT_BIN): (
        "warn",
        "卡已收回废卡盒，尚未启用：取出交卡后按 F10",
    ),
    (S.RELEASED, CardPlace.UNKNOWN): ("warn", "卡已出卡，尚未启用；请先回答卡在哪里"),
    (S.CANCELLED, CardPlace.OUTPUT_HOPPER): ("info", "任务已取消；退出的卡在出卡口，请取走"),
    (S.SPOILED, CardPlace.UNKNOWN): (
        "warn",
        "这张卡已登记遗失作废；作废情况将回盘给省卡管，找到时送回销毁",
    ),
}

#: What is said while an order waits for its turn, instead of a key that need not be pressed.
AHEAD: Final = {
    S.DATA_READY: "已受理，正在排队获取数据…",
    S.FED: "已核对，接着进卡，请稍候…",
    S.ENCODED: "接着写卡，请稍候…",
    S.REPORTED: "接着数据回盘，请稍候…",
    S.PRINTED: "接着打印，请稍候…",
    S.PRINTED_OWED: "接着打印，请稍候…",
    S.RELEASED: "接着出卡，请稍候…",
    S.RELEASED_OWED: "接着出卡，请稍候…",
    S.ACTIVATED: "接着领卡启用，请稍候…",
}
#: Texts of a kind of order that are shown instead of its step's (`Recipe.texts`), by code.
OWN_TEXTS: Final[Mapping[str, tuple[Level, str]]] = {
    "put-back-for-face": ("info", "补打卡面：把持卡人的原卡放入进卡槽，再按 F4 进卡"),
    "put-back-for-chip": ("info", "重写芯片：把持卡人的原卡放入进卡槽，再按 F4 进卡"),
    "face-reprinted": ("ok", "补打完成：请取卡，核对卡面后交给持卡人"),
    "chip-rewritten": ("ok", "重写完成：请取卡，验卡后交给持卡人"),
    "test-card-out": ("ok", "测试卡已出卡：请技术人员到诊断页判定是否合格"),
}

#: Keys of the answers to a question. Browsers keep Alt with a digit (tabs), F, E and D (menu,
#: address) for themselves; a plain digit would be taken from the next person's number.
ANSWER_KEYS: Final = ("Alt+J", "Alt+K", "Alt+L", "Alt+N", "Alt+O", "Alt+U")


def order_panel(order: OrderView | None, revision: str, *, owed: int) -> OrderPanel:
    """Return one order, or none, as the operator sees it."""
    waits = _waits_for_supervisor(order)
    buttons = buttons_of(order, owed, waits_for_supervisor=waits)
    if order is None:
        return OrderPanel(
            id="",
            revision="",
            buttons=buttons,
            next="",
            compare=None,
            face=None,
            message=Message("info", "请输入或刷身份证，按 Enter 获取数据"),
            question=None,
            waiver=False,
            reprints=(),
            slip_url="",
            card_out="",
        )
    return OrderPanel(
        id=order.id,
        revision=revision,
        buttons=buttons,
        next=following(order),
        compare=_compare(order),
        face=_face(order),
        message=_message(order),
        question=_question(order),
        waiver=waits,
        reprints=_reprints(order),
        slip_url=_slip_url(order),
        card_out=order.card_out or "",
    )


def _compare(order: OrderView) -> Comparison | None:
    if order.holder is None:
        return None
    return Comparison(
        name=order.holder.AAC003,
        id_number=order.holder.AAC002,
        bank=order.holder.bank,
        photo_url=f"/ui/orders/{order.id}/photo.jpg",
        approved=reached(order.step, S.APPROVED),
        photo_note=_photo_note(order),
    )


def _photo_note(order: OrderView) -> str:
    """Return what a person who compares the picture must know of its check."""
    if order.photo_rules_unchecked:
        return "软规则未检查"
    passed = [(RULE_TITLES[PhotoRule(rule)], who) for rule, who in order.photo_waivers.items()]
    return "；".join(f"{title}：{who} 放行" for title, who in passed if who)


def _waits_for_supervisor(order: OrderView | None) -> bool:
    problem = order.problem if order else None
    return problem is not None and problem.code == PhotoRulesError.code


def _face(order: OrderView) -> FacePictures | None:
    if order.holder is None or not order.face_sha256:
        return None
    base = f"/api/v1/orders/{order.id}/preview"
    tag = order.face_sha256[:16]
    return FacePictures(
        front_url=f"{base}/front.png?{tag}",
        back_url=f"{base}/back.png?{tag}" if order.has_back else "",
        sha256=order.face_sha256,
    )


def _message(order: OrderView) -> Message:
    if order.running is not None:
        said = RUNNING.get(order.running, "正在处理…")
        return Message("info", said, deadline=_moment(order.running_until), until="done")
    if order.problem is not None:
        return _problem(order.problem)
    if _goes_on(order) and order.next_step in AHEAD:
        return Message("info", AHEAD[order.next_step])
    return Message(*(_own_words(order) or _standing(order)))


def _own_words(order: OrderView) -> tuple[Level, str] | None:
    """Return level and title where an order of this kind needs other words than its step's."""
    if order.step is S.PRINTED and not order.face_sha256:
        return "info", "本窗口不打印卡面，按 F9 出卡"
    own = recipe_of(order.kind).texts.get(order.step)
    return None if own is None else OWN_TEXTS[own]


def _standing(order: OrderView) -> tuple[Level, str]:
    return BY_PLACE.get((order.step, order.card_place), STANDING[order.step])


def _goes_on(order: OrderView) -> bool:
    """Whether the station takes the order further without another press."""
    waits_for_person = order.step is S.DATA_READY
    return order.goal is not None and not waits_for_person and not reached(order.step, order.goal)


def _problem(problem: Problem) -> Message:
    return Message(
        level=_level(problem),
        title=problem.title,
        cause=problem.cause,
        where=problem.where,
        remedy=problem.remedy,
        code=problem.code,
        native=problem.native,
        deadline=_moment(problem.retry_at),
        until="retry",
    )


def _level(problem: Problem) -> Level:
    if problem.code in set(PersonRequest):
        return "info"
    return "warn" if problem.retry_at else "error"


def _moment(at: dt.datetime | None) -> str:
    """Return a moment as the page's script counts down to it: ISO 8601; empty for none."""
    return at.isoformat() if at else ""


def _question(order: OrderView) -> AskedQuestion | None:
    if order.question is None:
        return None
    answers = tuple(
        AnswerButton(
            answer=one.answer.value,
            label=one.label,
            consequence=one.consequence,
            needs_approver=one.needs_approver,
            key=ANSWER_KEYS[number] if number < len(ANSWER_KEYS) else "",
        )
        for number, one in enumerate(order.question.answers)
    )
    return AskedQuestion(order.question.text, answers)


def _reprints(order: OrderView) -> tuple[ReprintChoices, ...]:
    if order.running is not None:
        return ()
    rules = [(kind, recipe_of(kind).reprint) for kind in recipe_of(order.kind).again]
    return tuple(
        ReprintChoices(
            REPRINT_TEXTS[kind],
            tuple(
                Choice(f"{kind.value}:{reason.value}", REASON_TEXTS[reason])
                for reason in rule.reasons
            ),
        )
        for kind, rule in rules
        if rule is not None and order.step in rule.offered_at
    )


def _slip_url(order: OrderView) -> str:
    return f"/api/v1/orders/{order.id}/slip.pdf" if order.step is S.RELEASED_OWED else ""
