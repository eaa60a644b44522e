"""Routes of the operator page and the diagnostics page; both work offline and without a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, FastAPI, Form, Header, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import HTMLResponse, Response

from station.core.errors import InputError, StationError
from station.core.orders import OrderReason, OrderStep
from station.production.service import ProductionService
from station.ui.live import live_events
from station.ui.machine_panel import versions
from station.ui.order_panel import BUTTONS
from station.ui.panels import Panels

HERE: Final = Path(__file__).parent
ACTOR: Final = "window"

router = APIRouter(include_in_schema=False)


def install_pages(app: FastAPI, *, window: str) -> None:
    """Add the pages and what they load to the application."""
    app.state.panels = Panels(app.state.service, window)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(router)
    app.add_api_route("/ui/events", live_events, include_in_schema=False)


def _panels(request: Request) -> Panels:
    panels: Panels = request.app.state.panels
    return panels


@router.get("/")
def operator_page(request: Request) -> HTMLResponse:
    """The clerk's page."""
    return HTMLResponse(_panels(request).operator_page())


@router.get("/diagnostics")
def diagnostics_page(request: Request) -> HTMLResponse:
    """The technician's page."""
    panels = _panels(request)
    return HTMLResponse(panels.diagnostics_page(versions(panels.service.station())))


@router.get("/ui/orders/{order}/photo.jpg")
def photo(order: str, request: Request) -> Response:
    """The portrait as the province sent it, for the comparison."""
    return Response(
        _panels(request).service.photo(order),
        media_type="image/jpeg",
        headers={"Cache-Control": "private, no-store"},
    )


@router.post("/actions/waive-photo")
def waive_photo(
    request: Request,
    order: Annotated[str, Form()],
    supervisor: Annotated[str, Form(max_length=64)],
    hx_request: Annotated[str | None, Header()] = None,
) -> HTMLResponse:
    """主管放行: a supervisor's word for a picture; answers like any other button."""
    panels = _panels(request)
    error: StationError | None = None
    try:
        panels.service.waive_photo_rules(order, supervisor.strip(), ACTOR)
    except StationError as exc:
        error = exc
    page = panels.order if hx_request else panels.operator_page
    return HTMLResponse(page(order, error))


@router.post("/actions/{action}")
def act(
    action: str,
    request: Request,
    order: Annotated[str, Form()] = "",
    id_number: Annotated[str, Form()] = "",
    hx_request: Annotated[str | None, Header()] = None,
    hx_target: Annotated[str | None, Header()] = None,
) -> HTMLResponse:
    """Press one button; answers the part of the page that changed, or the page without script."""
    panels = _panels(request)
    shown = order
    error: StationError | None = None
    try:
        if action not in ACTIONS:
            raise InputError(f"there is no button {action!r}")
        shown = ACTIONS[action](panels.service, order, id_number)
    except StationError as exc:
        error = exc
    if hx_target == "devices":
        return HTMLResponse(panels.devices())
    if hx_target == "machine":
        return HTMLResponse(panels.machine())
    if hx_request:
        return HTMLResponse(panels.order(shown, error))
    return HTMLResponse(panels.operator_page(shown, error, id_number))


Action = Callable[[ProductionService, str, str], str]


def _fetch(service: ProductionService, order: str, id_number: str) -> str:
    if not id_number.strip() and order:
        return service.press(order, OrderStep.DATA_READY, ACTOR).id
    accepted = service.create_order(id_number, OrderReason.REPLACEMENT, ACTOR)
    return service.press(accepted.id, OrderStep.DATA_READY, ACTOR).id


def _make(service: ProductionService, order: str, id_number: str) -> str:
    current = service.order(order) if order else None
    typed = id_number.strip().upper()
    same = current is not None and (not typed or _is_holder(service, order, typed))
    if current is None or not same:
        current = service.create_order(id_number, OrderReason.REPLACEMENT, ACTOR)
    return service.run(current.id, ACTOR).id


def _is_holder(service: ProductionService, order: str, typed: str) -> bool:
    holder = service.order(order).holder
    return holder is not None and typed == holder.AAC002


def _step(step: OrderStep) -> Action:
    return lambda service, order, _: service.press(order, step, ACTOR).id


def _retry(service: ProductionService, order: str, id_number: str) -> str:
    del id_number
    service.retry_write_backs(ACTOR)
    return order


def _reject_left(service: ProductionService, order: str, id_number: str) -> str:
    del id_number
    service.reject_left_card(ACTOR)
    return order


def _check(service: ProductionService, order: str, id_number: str) -> str:
    del id_number
    service.check_now(timeout=10.0)
    return order


def _answer(printed: bool) -> Action:
    return lambda service, order, _: service.answer_print(order, printed=printed, actor=ACTOR).id


ACTIONS: Final[Mapping[str, Action]] = {
    **{action: _step(step) for action, step in BUTTONS.items()},
    "fetch": _fetch,
    "make": _make,
    "cancel": lambda service, order, _: service.cancel(order, ACTOR).id,
    "retry-report": _retry,
    "reject-left-card": _reject_left,
    "check": _check,
    "print-yes": _answer(True),
    "print-no": _answer(False),
    "done-by-hand": lambda service, order, _: service.look_again(order, ACTOR).id,
}
