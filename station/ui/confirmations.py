"""Which presses must be confirmed, checked by the server, and what the person is asked.

A press of a button listed here is carried out only when its `confirmed` field names exactly what
the person was asked. Without it the answer is the question, and nothing has happened.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from station.core.card_states import SERVICES
from station.core.orders import OrderKind
from station.core.questions import AnswerKind
from station.core.recipes import recipe_of
from station.core.reprints import ReprintReason
from station.production.services.service import ProductionService
from station.production.views.card_states import SERVICE_TITLES
from station.ui.card_state_panel import service_named
from station.ui.pressed import Pressed, counted_from, number_from
from station.words import text
from station.words.tables import REASON_TEXTS, REPRINT_TEXTS

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
    holder = service.orders.one(pressed.order).holder
    whose = text("confirm.whose", name=holder.AAC003) if holder else text("confirm.this")
    return Confirmation(
        text("confirm.cancel-title", whose=whose),
        text("confirm.cancel-effect"),
        text("confirm.cancel"),
        f"cancel:{pressed.order}",
    )


def _answer(service: ProductionService, pressed: Pressed) -> Confirmation | None:
    question = service.orders.one(pressed.order).question
    offered = question.answers if question else ()
    given = next((one for one in offered if one.answer.value == pressed.answer), None)
    if given is None or (given.answer in REVERSIBLE_ANSWERS and not given.needs_approver):
        return None  # what is not offered is refused when it is carried out
    return Confirmation(
        text("confirm.answer-title", answer=given.label),
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
        text("confirm.reprint-title", kind=REPRINT_TEXTS[kind]),
        text("confirm.reprint-effect", reason=REASON_TEXTS[reason]),
        text("confirm.reprint"),
        f"reprint:{pressed.reprint}:{pressed.order}",
        second="reprint" if second else "",
    )


def _waive(service: ProductionService, pressed: Pressed) -> Confirmation:
    del service
    asked = _plain("waive-photo", f"waive-photo:{pressed.order}")
    return dataclasses.replace(asked, second="photo-waiver")


def _reject_left(service: ProductionService, pressed: Pressed) -> Confirmation:
    del service, pressed
    return _plain("reject-left-card", "reject-left-card")


def _close_shift(service: ProductionService, pressed: Pressed) -> Confirmation:
    counted = counted_from(pressed)
    found = service.ledger.shift(counted).differences
    return Confirmation(
        text("confirm.close-shift-title", drawer=counted.drawer, feeder=counted.feeder),
        text("confirm.close-shift-differs", differences=text("phrases.between").join(found))
        if found
        else text("confirm.close-shift-balances"),
        text("confirm.close-shift"),
        f"close-shift:{counted.drawer}:{counted.feeder}:{sorted(counted.banks.items())}",
    )


def _destroy(service: ProductionService, pressed: Pressed) -> Confirmation:
    del service
    card = number_from(pressed.card)
    return Confirmation(
        text("confirm.destroy-card-title", card=card),
        text("confirm.destroy-card-effect", operator=pressed.actor),
        text("confirm.destroy-card"),
        f"destroy-card:{card}",
        second="destroy",
    )


def _change_card(service: ProductionService, pressed: Pressed) -> Confirmation | None:
    wanted = service_named(pressed.service)
    shown = service.card_states.looked(pressed.token)
    if not SERVICES[wanted].irreversible or shown is None:
        return None
    return Confirmation(
        text("confirm.change-card-title", name=shown.name, service=SERVICE_TITLES[wanted]),
        text("confirm.change-card-effect", card=shown.card_number_masked),
        text("confirm.change-card"),
        f"change-card:{wanted.value}:{pressed.token}",
    )


def _discard(service: ProductionService, pressed: Pressed) -> Confirmation:
    del service
    return _plain("discard-temporary", f"discard-temporary:{pressed.order}")


def _print_test(service: ProductionService, pressed: Pressed) -> Confirmation:
    del service, pressed
    return _plain("test-card", "test-card")


def _judge(name: str) -> _Ask:
    def ask(service: ProductionService, pressed: Pressed) -> Confirmation:
        del service
        return _plain(name, f"{name}:{pressed.order}")

    return ask


def _plain(action: str, names: str) -> Confirmation:
    return Confirmation(
        text(f"confirm.{action}-title"),
        text(f"confirm.{action}-effect"),
        text(f"confirm.{action}"),
        names,
    )


_Ask = Callable[[ProductionService, Pressed], Confirmation | None]
_ASKED: Final[Mapping[str, _Ask]] = {
    "cancel": _cancel,
    "answer": _answer,
    "reprint": _reprint,
    "waive-photo": _waive,
    "reject-left-card": _reject_left,
    "close-shift": _close_shift,
    "destroy-card": _destroy,
    "change-card": _change_card,
    "discard-temporary": _discard,
    "test-card": _print_test,
    "test-passed": _judge("test-passed"),
    "test-failed": _judge("test-failed"),
}
