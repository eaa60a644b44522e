"""Routes of the operator page and the diagnostics page; both work offline and without a script."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, FastAPI, Form, Header, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import HTMLResponse, Response

from station.core.errors import StationError
from station.ui.actions import act
from station.ui.live import live_events
from station.ui.machine_panel import versions
from station.ui.panels import Panels
from station.ui.pressed import Pressed

HERE: Final = Path(__file__).parent

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
        _panels(request).service.papers.photo(order),
        media_type="image/jpeg",
        headers={"Cache-Control": "private, no-store"},
    )


@router.post("/actions/{action}")
def press(
    action: str,
    request: Request,
    pressed: Annotated[Pressed, Form()],
    hx_request: Annotated[str | None, Header()] = None,
    hx_target: Annotated[str | None, Header()] = None,
) -> HTMLResponse:
    """Press one button; answers the part of the page that changed, or the page without script."""
    panels = _panels(request)
    shown = pressed.order
    error: StationError | None = None
    try:
        shown = act(action, panels.service, pressed)
    except StationError as exc:
        error = exc
    if hx_target == "devices":
        return HTMLResponse(panels.devices())
    if hx_target == "ledger":
        return HTMLResponse(panels.ledger(error))
    if hx_target == "machine":
        return HTMLResponse(panels.machine())
    if hx_request:
        return HTMLResponse(panels.order(shown, error))
    return HTMLResponse(panels.operator_page(shown, error, pressed.id_number))
