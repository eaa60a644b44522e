"""What the operator sees of the current order: buttons, comparison, face, message."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from station.core.errors import PersonRequest, PhotoRulesError
from station.core.life import reached
from station.core.orders import CardPlace, OrderStep
from station.core.recipes import recipe_of
from station.production.views.messages import Problem
from station.production.views.orders import OrderView
from station.ui.buttons import buttons_of, following
from station.ui.contents import (
    AnswerButton,
    AskedQuestion,
    Comparison,
    FacePictures,
    Message,
    OrderPanel,
    ReprintChoices,
)
from station.ui.ledger_contents import Choice
from station.ui.machine_contents import Level
from station.words import Table, text
from station.words.tables import REASON_TEXTS, REPRINT_TEXTS

S = OrderStep

RUNNING: Final = Table("running")

#: Level of what there is to say of an order at a step (`standing` in the texts).
STANDING: Final[Mapping[S, Level]] = {
    S.ACCEPTED: "info",
    S.DATA_READY: "info",
    S.APPROVED: "info",
    S.FED: "info",
    S.ENCODED: "info",
    S.REPORTED: "info",
    S.PRINTED: "info",
    S.PRINTED_OWED: "warn",
    S.RELEASED_OWED: "warn",
    S.RELEASED: "ok",
    S.ACTIVATED: "ok",
    S.COLLECTED: "ok",
    S.CANCELLED: "info",
    S.SPOILED: "warn",
}
#: The same where it depends on where the card is: step and place.
BY_PLACE: Final[Mapping[tuple[S, CardPlace], Level]] = {
    (S.RELEASED, CardPlace.TAKEN): "warn",
    (S.RELEASED, CardPlace.KEPT): "warn",
    (S.RELEASED, CardPlace.REJECT_BIN): "warn",
    (S.RELEASED, CardPlace.UNKNOWN): "warn",
    (S.CANCELLED, CardPlace.OUTPUT_HOPPER): "info",
    (S.SPOILED, CardPlace.UNKNOWN): "warn",
}

#: What is said while an order waits for its turn, instead of a key that need not be pressed.
AHEAD: Final = Table("ahead")
#: Level of a text that a kind of order shows instead of its step's (`Recipe.texts`), by code.
OWN_TEXTS: Final[Mapping[str, Level]] = {
    "put-back-for-face": "info",
    "put-back-for-chip": "info",
    "face-reprinted": "ok",
    "chip-rewritten": "ok",
    "test-card-out": "ok",
    "lay-test-card": "info",
    "rehearsal-out": "ok",
    "lay-temporary-blank": "info",
    "lay-temporary-card": "info",
    "temporary-owed": "warn",
    "temporary-issued": "ok",
    "temporary-rewritten": "ok",
    "temporary-read": "info",
    "temporary-collected": "ok",
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
            message=Message("info", text("order.none")),
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
        return text("order.photo-unchecked")
    return text("phrases.between").join(
        text("order.photo-waived", rule=text(f"photo-rule.{rule}"), who=who)
        for rule, who in order.photo_waivers.items()
        if who
    )


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
        said = RUNNING.get(order.running, text("order.running"))
        return Message("info", said, deadline=_moment(order.running_until), until="done")
    if order.problem is not None:
        return _problem(order.problem)
    if order.behind:
        cause, remedy = text("order.behind-cause"), text("order.behind-remedy")
        return Message("warn", text("order.behind"), cause, order.where, remedy)
    coming = order.next_step if _goes_on(order) else None
    if coming is not None and coming in AHEAD:
        return Message("info", AHEAD[coming])
    return Message(*(_own_words(order) or _standing(order)))


def _own_words(order: OrderView) -> tuple[Level, str] | None:
    """Return level and title where an order of this kind needs other words than its step's."""
    if order.step is S.PRINTED and not order.face_sha256:
        return "info", text("order.no-face")
    if order.load:
        return "info", text("own-text.load-bank", bank=order.load)
    own = recipe_of(order.kind).texts.get(order.step)
    return None if own is None else (OWN_TEXTS[own], text(f"own-text.{own}"))


def _standing(order: OrderView) -> tuple[Level, str]:
    level = BY_PLACE.get((order.step, order.card_place))
    if level is not None:
        return level, text(f"standing-by-place.{order.step}-{order.card_place}")
    return STANDING[order.step], text(f"standing.{order.step}")


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
        citizen=problem.citizen,
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
        if rule is not None and order.card_step in rule.offered_at
    )


def _slip_url(order: OrderView) -> str:
    owed = order.step is S.RELEASED_OWED and not recipe_of(order.kind).at_desk
    return f"/api/v1/orders/{order.id}/slip.pdf" if owed else ""
