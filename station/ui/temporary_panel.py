"""Temporary cards on the operator page, beside the desk's reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from station.core.errors import OrderNotFoundError
from station.core.orders import OrderStep
from station.core.recipes import recipe_of
from station.production.desk.service import WRITE_TEMPORARY
from station.production.desk.temporary import TemporaryWrite
from station.production.services.persons import typed_search
from station.production.services.service import ProductionService
from station.ui.desk_contents import TemporaryShown
from station.ui.pressed import Action, Pressed

S = OrderStep


def temporary_shown(service: ProductionService, order: str) -> TemporaryShown:
    """Return what can be done with the temporary card of the order on the screen."""
    offered = service.temporary.is_offered
    try:
        shown = service.orders.one(order) if order else None
    except OrderNotFoundError:
        shown = None
    if shown is None or not recipe_of(shown.kind).at_desk:
        return TemporaryShown(offered)
    recipe = recipe_of(shown.kind)
    done = recipe.receipt_at is shown.step
    waits = shown.step is S.APPROVED and recipe.writes_at_desk
    begun = shown.chip is not None or recipe.own_card
    return TemporaryShown(
        offered,
        may_write=waits,
        may_discard=begun and (waits or shown.step is S.RELEASED_OWED),
        receipt=f"/api/v1/temporary-cards/{shown.id}/receipt.pdf" if done else "",
    )


def _issue(service: ProductionService, pressed: Pressed) -> str:
    order = service.temporary.accept(typed_search(pressed.id_number), pressed.actor)
    if service.orders.one(order).step is S.ACCEPTED:
        service.orders.press(order, S.DATA_READY, pressed.actor)
    return order


def _write(service: ProductionService, pressed: Pressed) -> str:
    card = service.desk.id_reader().card
    reading = card.token if card is not None and card.problem is None else ""
    wish = TemporaryWrite(pressed.order, reading)
    actor = pressed.actor

    def write() -> None:
        service.temporary.write(wish, actor)

    service.desk.begin(WRITE_TEMPORARY, write)
    return pressed.order


def _discard(service: ProductionService, pressed: Pressed) -> str:
    return service.temporary.discard(pressed.order, pressed.actor)


def _take_back(service: ProductionService, pressed: Pressed) -> str:
    return service.temporary.take_back(pressed.actor)


TEMPORARY_ACTIONS: Final[Mapping[str, Action]] = {
    "issue-temporary": _issue,
    "write-temporary": _write,
    "discard-temporary": _discard,
    "take-back-temporary": _take_back,
}
