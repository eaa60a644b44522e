"""The clerk's desk on the operator page: the ID card, the card in the desk's reader, the PIN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from station.core.attendance import AttendanceRole, How
from station.core.errors import IdentityMismatch, InputError, OrderNotFoundError
from station.core.orders import OrderReason, OrderStep
from station.production.desk.cards import BY_THE_PROVINCE, PinService, PinWish
from station.production.desk.views import AttendanceView, IdReaderView, PinProgress
from station.production.life.feeder_stop import StopCause
from station.production.services.service import ProductionService
from station.ui.desk_contents import (
    CardsShown,
    DeskPanel,
    IdCardShown,
    IdentityShown,
    IdReaderShown,
    PinServiceShown,
    PinShown,
)
from station.ui.pressed import Action, Pressed, name_from
from station.ui.temporary_panel import TEMPORARY_ACTIONS, temporary_shown
from station.words import Table, text

#: What is said of the reader, by what its last look found. `READ` lasts for one look only: a text
#: of its own would move the buttons below it right when a person presses one.
ON_READER: Final = Table("id-reader")
AGREEMENTS: Final = Table("name-agreement")
PIN_TITLES: Final = Table("pin-service")
LAST: Final = 1


def desk_panel(service: ProductionService, order: str, revision: str) -> DeskPanel | None:
    """Return what stands on the desk; None where there is nothing that a clerk uses there."""
    equipment = service.desk.equipment
    if equipment.id_reader is None and equipment.card_reader is None:
        return None
    return DeskPanel(
        order=order,
        revision=revision,
        reader=_id_reader(service.desk.id_reader()) if equipment.id_reader else None,
        identity=_identity(service, order),
        cards=_cards(service, order) if equipment.card_reader else None,
    )


def _id_reader(view: IdReaderView) -> IdReaderShown:
    card = view.card
    shown = None
    if card is not None:
        until = text("id-card.long-term") if card.valid_until is None else str(card.valid_until)
        shown = IdCardShown(card.token, card.name, card.number, until, card.problem)
    found = "unknown" if view.on_reader is None else view.on_reader.value
    return IdReaderShown(ON_READER[found], view.problem, shown)


def _identity(service: ProductionService, order: str) -> IdentityShown | None:
    try:
        view = service.desk.identity(order) if order else None
    except OrderNotFoundError:
        view = None
    if view is None:
        return None
    unreadable = IdentityMismatch.NAME_UNREADABLE.value
    return IdentityShown(
        people=tuple(_person(person) for person in view.people),
        problem=view.problem,
        can_confirm=view.problem is not None and view.problem.code == unreadable,
    )


def _person(person: AttendanceView) -> str:
    how = text("attendance.read") if person.how is How.READ else text("attendance.typed")
    if person.role is AttendanceRole.AGENT:
        return text("attendance.agent", name=person.name, number=person.number_masked, how=how)
    return text("attendance.holder", how=how, agreement=AGREEMENTS[person.agreement.value])


def _cards(service: ProductionService, order: str) -> CardsShown:
    card, progress = service.desk.last_card(), service.desk.last_pin_service()
    verdict = ""
    if card is not None:
        verdict = text("desk-card.good") if card.is_good else text("desk-card.bad")
    return CardsShown(
        card=card,
        verdict=verdict,
        last_try=card is not None and card.pin_tries == LAST,
        services=tuple(PinServiceShown(one.value, PIN_TITLES[one.value]) for one in PinService),
        pin=None if progress is None else _progress(progress),
        temporary=temporary_shown(service, order),
        try_blank=service.ledger.stop_cause() is StopCause.MUTE,
    )


def _progress(progress: PinProgress) -> PinShown:
    title, done = PIN_TITLES[progress.service], progress.done
    if progress.running:
        said = text("pin-progress.running", service=title)
    else:
        said = text("pin-progress.done", service=title)
    receipt = f"/api/v1/desk/pin-receipts/{done.event}.pdf" if done else ""
    return PinShown(progress.running, said, progress.problem, receipt)


def _open_by_card(service: ProductionService, pressed: Pressed) -> str:
    order = service.desk.open_order(pressed.token, OrderReason.REPLACEMENT, pressed.actor)
    if service.orders.one(order).step is OrderStep.ACCEPTED:
        service.orders.press(order, OrderStep.DATA_READY, pressed.actor)
    return order


def _attach_holder(service: ProductionService, pressed: Pressed) -> str:
    service.desk.attach_holder(pressed.order, pressed.token, pressed.actor)
    return pressed.order


def _attach_agent(service: ProductionService, pressed: Pressed) -> str:
    name = name_from(pressed.agent_name)
    service.desk.attach_agent(
        pressed.order, pressed.actor, token=pressed.token, name=name, number=pressed.agent_number
    )
    return pressed.order


def _confirm_name(service: ProductionService, pressed: Pressed) -> str:
    service.desk.confirm_name(pressed.order, pressed.actor)
    return pressed.order


def _read_card(service: ProductionService, pressed: Pressed) -> str:
    service.desk.read_card()
    return pressed.order


def _try_blank(service: ProductionService, pressed: Pressed) -> str:
    service.desk.try_blank(pressed.actor)
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
    service.desk.begin_pin_service(wish, pressed.actor)
    return pressed.order


DESK_ACTIONS: Final[Mapping[str, Action]] = {
    "open-by-card": _open_by_card,
    "attach-holder": _attach_holder,
    "attach-agent": _attach_agent,
    "confirm-name": _confirm_name,
    "read-card": _read_card,
    "pin-service": _pin,
    "try-blank": _try_blank,
    **TEMPORARY_ACTIONS,
}
#: Of these, the ones that are not about the order on the screen.
DESK_ABOUT_NO_ORDER: Final = frozenset(
    {"open-by-card", "read-card", "pin-service", "try-blank", "take-back-temporary"}
)
