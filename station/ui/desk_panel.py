"""The clerk's desk on the operator page: the ID card, the card in the desk's reader, the PIN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from station.core.attendance import How, NameAgreement, Role
from station.core.errors import IdentityMismatch, InputError, OrderNotFoundError
from station.core.identity_cards import OnReader
from station.core.orders import OrderReason, OrderStep
from station.production.desk.cards import BY_THE_PROVINCE, PinService, PinWish
from station.production.desk.views import (
    PIN_TITLES,
    AttendanceView,
    IdReaderView,
    PinProgress,
)
from station.production.service import ProductionService
from station.ui.pressed import ACTOR, Action, Pressed, name_from

#: `READ` lasts for one look only. A text of its own would move the buttons below it right when a
#: person presses one.
ON_READER: Final = {
    None: "正在检查",
    OnReader.NOTHING: "请放身份证",
    OnReader.READ: "换证时先拿起，再放下一张",
    OnReader.STAYS: "换证时先拿起，再放下一张",
}
AGREEMENTS: Final = {
    NameAgreement.PENDING: "姓名待比对",
    NameAgreement.SAME: "姓名一致",
    NameAgreement.BEGINS: "姓名前十五字一致",
    NameAgreement.CONFIRMED: "姓名已人工核对",
}
LAST: Final = 1


def desk_panel(service: ProductionService, order: str, revision: str) -> dict[str, Any]:
    """Return the variables of `_desk.html`: `desk` is None where nothing stands on the desk."""
    equipment = service.desk.equipment
    has_cards = equipment.card_reader is not None
    if equipment.id_reader is None and not has_cards:
        return {"desk": None}
    return {
        "desk": {
            "order": order,
            "revision": revision,
            "id": _id_reader(service.desk.id_reader()) if equipment.id_reader else None,
            "identity": _identity(service, order),
            "cards": _cards(service) if has_cards else None,
        }
    }


def _id_reader(view: IdReaderView) -> dict[str, Any]:
    card = view.card
    shown = None
    if card is not None:
        until = "长期" if card.valid_until is None else card.valid_until.strftime("%Y-%m-%d")
        shown = {
            "token": card.token,
            "name": card.name,
            "number": card.number,
            "until": until,
            "problem": card.problem,
        }
    return {"state": ON_READER[view.on_reader], "problem": view.problem, "card": shown}


def _identity(service: ProductionService, order: str) -> dict[str, Any] | None:
    try:
        view = service.desk.identity(order) if order else None
    except OrderNotFoundError:
        view = None
    if view is None:
        return None
    unreadable = IdentityMismatch.NAME_UNREADABLE.value
    return {
        "people": [_person(person) for person in view.people],
        "problem": view.problem,
        "can_confirm": view.problem is not None and view.problem.code == unreadable,
    }


def _person(person: AttendanceView) -> str:
    how = "已读证" if person.how is How.READ else "手工输入"
    if person.role is Role.AGENT:
        return f"代办人 {person.name} {person.number_masked}（{how}）"
    return f"持卡人{how}，{AGREEMENTS[person.agreement]}"


def _cards(service: ProductionService) -> dict[str, Any]:
    card, progress = service.desk.last_card(), service.desk.last_pin_service()
    return {
        "card": card,
        "verdict": "" if card is None else "验卡正常" if card.is_good else "验卡有问题",
        "last_try": card is not None and card.pin_tries == LAST,
        "services": [(one.value, PIN_TITLES[one.value]) for one in PinService],
        "pin": None if progress is None else _progress(progress),
    }


def _progress(progress: PinProgress) -> dict[str, Any]:
    title, done = PIN_TITLES[progress.service], progress.done
    return {
        "running": progress.running,
        "text": f"{title}：请持卡人在密码键盘上输入" if progress.running else f"{title}成功",
        "problem": progress.problem,
        "receipt": f"/api/v1/desk/pin-receipts/{done.event}.pdf" if done else "",
    }


def _open_by_card(service: ProductionService, pressed: Pressed) -> str:
    order = service.desk.open_order(pressed.token, OrderReason.REPLACEMENT, ACTOR)
    if service.order(order).step is OrderStep.ACCEPTED:
        service.press(order, OrderStep.DATA_READY, ACTOR)
    return order


def _attach_holder(service: ProductionService, pressed: Pressed) -> str:
    service.desk.attach_holder(pressed.order, pressed.token, ACTOR)
    return pressed.order


def _attach_agent(service: ProductionService, pressed: Pressed) -> str:
    name = name_from(pressed.agent_name)
    service.desk.attach_agent(
        pressed.order, ACTOR, token=pressed.token, name=name, number=pressed.agent_number
    )
    return pressed.order


def _confirm_name(service: ProductionService, pressed: Pressed) -> str:
    service.desk.confirm_name(pressed.order, ACTOR)
    return pressed.order


def _read_card(service: ProductionService, pressed: Pressed) -> str:
    service.desk.read_card()
    return pressed.order


def _pin(service: ProductionService, pressed: Pressed) -> str:
    try:
        wanted = PinService(pressed.service)
    except ValueError as exc:
        raise InputError(f"there is no PIN service {pressed.service!r}") from exc
    reading = service.desk.id_reader().card if wanted in BY_THE_PROVINCE else None
    wish = PinWish(
        wanted,
        pressed.card,
        reading=reading.token if reading else "",
        use_last_try=pressed.last_try == "yes",
    )
    service.desk.begin_pin_service(wish, ACTOR)
    return pressed.order


DESK_ACTIONS: Final[Mapping[str, Action]] = {
    "open-by-card": _open_by_card,
    "attach-holder": _attach_holder,
    "attach-agent": _attach_agent,
    "confirm-name": _confirm_name,
    "read-card": _read_card,
    "pin-service": _pin,
}
#: Of these, the ones that are not about the order on the screen.
DESK_ABOUT_NO_ORDER: Final = frozenset({"open-by-card", "read-card", "pin-service"})
