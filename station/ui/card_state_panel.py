"""社保卡维护 on the operator page: the card that was looked at, its services and their receipts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from station.core.applications import APPLICATIONS, ApplicationType, ExchangeReason
from station.core.card_states import SERVICES, ServiceResult, StateService
from station.core.errors import InputError
from station.core.orders import OrderStep
from station.production.services.applications import ApplicationWish
from station.production.services.card_states import StateWish
from station.production.services.persons import typed_search
from station.production.services.service import ProductionService
from station.production.views.card_states import SERVICE_TITLES, STATE_TITLES
from station.ui.people_contents import ServiceRow, StateButton, StatePanel
from station.ui.pressed import Action, Pressed, name_from
from station.words import Table

RESULTS: Final = Table("service-result")
TYPES: Final = Table("application-type")
REASONS: Final = Table("exchange-reason")
ROWS_SHOWN: Final = 5


def card_state_panel(service: ProductionService, viewer: str) -> StatePanel:
    """Return what a clerk has looked at last, and the last services of the window."""
    rows = tuple(
        ServiceRow(
            id=one.id,
            text=f"{one.at.astimezone():%H:%M} {SERVICE_TITLES[one.service]}",
            result=RESULTS[one.result],
            done=one.result is ServiceResult.DONE and one.card is not None,
        )
        for one in service.card_states.newest(ROWS_SHOWN)
    )
    view = service.card_states.looked_by(viewer)
    choices, banks = _choices(), service.applications.banks()
    if view is None:
        return StatePanel("", "", "", "", "", "", (), rows, choices, banks)
    return StatePanel(
        token=view.token,
        holder=view.name,
        number=view.number_masked,
        card_number=view.card_number_masked,
        state=STATE_TITLES[view.state],
        bank=view.bank,
        services=tuple(
            StateButton(one.value, SERVICE_TITLES[one], one in view.offered)
            for one in service.card_states.services_here
        ),
        rows=rows,
        applications=choices,
        banks=banks,
    )


def _choices() -> tuple[StateButton, ...]:
    return tuple(
        StateButton(f"{kind.value}:{reason}", f"{TYPES[kind]}{told}")
        for kind, facts in APPLICATIONS.items()
        for reason, told in (
            [(one.value, f" {REASONS[one]}") for one in ExchangeReason if one in facts.reasons]
            or [("", "")]
        )
    )


def service_named(word: str) -> StateService:
    """Return the service that a press names.

    Raises:
        InputError: There is none.
    """
    try:
        return StateService(word)
    except ValueError as exc:
        raise InputError(f"there is no card service {word!r}") from exc


def _look(service: ProductionService, pressed: Pressed) -> str:
    service.card_states.look(typed_search(pressed.id_number), pressed.actor)
    return pressed.order


def _change(service: ProductionService, pressed: Pressed) -> str:
    wanted = service_named(pressed.service)
    card = service.desk.id_reader().card if SERVICES[wanted].in_person else None
    reading = card.token if card is not None and card.problem is None else ""
    # Whoever gets here has confirmed what can't be undone: `station.ui.confirmations` asks first.
    wish = StateWish(wanted, looked=pressed.token, reading=reading, confirmed=True)
    service.card_states.change(wish, pressed.actor)
    return pressed.order


def _apply(service: ProductionService, pressed: Pressed) -> str:
    kind, _, reason = pressed.application.partition(":")
    try:
        wanted = ApplicationType(kind), ExchangeReason(reason) if reason else None
    except ValueError as exc:
        raise InputError(f"there is no application {pressed.application!r}") from exc
    wish = ApplicationWish(
        typed_search(pressed.id_number),
        *wanted,
        pressed.bank,
        name_from(pressed.agent_name),
        fee_paid=pressed.fee == "yes",
        old_card_collected=pressed.old_card == "yes",
    )
    order = service.applications.apply(wish, pressed.actor)
    return service.orders.press(order, OrderStep.DATA_READY, pressed.actor).id


STATE_ACTIONS: Final[Mapping[str, Action]] = {
    "apply-for-card": _apply,
    "look-at-card": _look,
    "change-card": _change,
}
