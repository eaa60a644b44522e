"""Routes of the operator page and the diagnostics page; both work offline and without a script."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, FastAPI, Form, Header, Query, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from station.access import table
from station.core.people import Approval
from station.ui import (
    batch_files,
    batch_pages,
    custody_pages,
    doors_pages,
    supervisor_pages,
    technician_pages,
    unit_pages,
)
from station.ui.live import live_events
from station.ui.panels import Panels, page_named
from station.ui.pressed import Pressed
from station.ui.presses import carry_out
from station.ui.technician import TechnicianSources, TraceFilter
from station.ui.technician_pages import trace_filter
from station.ui.translation import in_its_language
from station.web import Door, caller_of, doors_of

HERE: Final = Path(__file__).parent

router = APIRouter(include_in_schema=False)

ShownOrder = Annotated[str | None, Query(max_length=64)]


def install_pages(app: FastAPI, *, window: str, sources: TechnicianSources | None = None) -> None:
    """Add the pages and what they load to the application."""
    app.state.panels = Panels(app.state.service, window, sources=sources)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    spoken = Depends(in_its_language)
    app.include_router(batch_files.files, dependencies=[Depends(Door(files=True)), spoken])
    for one in (
        router,
        doors_pages.router,
        custody_pages.router,
        supervisor_pages.router,
        technician_pages.router,
        unit_pages.router,  # before the batches: `units` is not the id of one
        batch_files.router,
        batch_pages.router,
    ):
        app.include_router(one, dependencies=[Depends(Door()), spoken])


def _panels(request: Request) -> Panels:
    return doors_pages.panels_of(request)


@router.get("/", response_model=None)
def operator_page(request: Request, order: ShownOrder = None) -> HTMLResponse | RedirectResponse:
    """The clerk's page, about `order`; about no order when that is empty."""
    if not table.may(caller_of(request).roles, "page operator"):
        return RedirectResponse("/diagnostics", status_code=303)
    panels = _panels(request)
    return HTMLResponse(panels.operator_page(panels.first_order() if order is None else order))


@router.get("/diagnostics")
def diagnostics_page(request: Request, order: ShownOrder = None) -> HTMLResponse:
    """The technician's page; `order` is what the clerk's page showed, for the way back."""
    panels = _panels(request)
    return HTMLResponse(panels.diagnostics_page(order or ""))


@router.get("/diagnostics/readiness.pdf")
def readiness_record(request: Request) -> Response:
    """就绪记录: the newest self-test in full, and the ones before."""
    panels = _panels(request)
    content = panels.service.self_test.paper(panels.window)
    headers = {"Content-Disposition": 'inline; filename="readiness.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


@router.get("/supervisor")
def supervisor_page(request: Request, order: ShownOrder = None) -> HTMLResponse:
    """The page of the shift; `order` is what the clerk's page showed, for the way back."""
    return HTMLResponse(_panels(request).supervisor_page(order or ""))


@router.get("/ui/panels")
def read_panels(
    request: Request,
    wanted: Annotated[TraceFilter, Depends(trace_filter)],
    page: str = "operator",
    order: ShownOrder = None,
    before: ShownOrder = None,
) -> JSONResponse:
    """Every panel of one page as it is now: what an open page asks for after a tick."""
    name = page_named(page)
    doors_of(request).require(caller_of(request), f"page {name}")
    return JSONResponse(asdict(_panels(request).read(name, order or "", wanted, before or "")))


router.add_api_route("/ui/events", live_events)


@router.get("/ui/orders/{order}/photo.jpg")
def photo(order: str, request: Request) -> Response:
    """The portrait as the province sent it, for the comparison."""
    return Response(_panels(request).service.papers.photo(order), media_type="image/jpeg")


@router.get("/actions/{action}")
def reopened_press(action: str) -> RedirectResponse:
    """A press is not repeated by opening its address again: go to the page."""
    return RedirectResponse("/diagnostics" if action == "check" else "/", status_code=303)


@router.post("/actions/{action}")
def press(
    action: str,
    request: Request,
    pressed: Annotated[Pressed, Form()],
    x_press: Annotated[str | None, Header()] = None,
) -> Response:
    """Press one button: an outcome for the page's script, or without a script the whole page."""
    caller, doors = caller_of(request), doors_of(request)
    if action in table.ACTIONS:  # another one is no button, and is answered so
        doors.require(caller, f"action {action}")
    panels = _panels(request)

    def approve(act: str, given: Pressed) -> Approval:
        name = given.approver.strip()
        pin = given.approver_pin
        return doors.approve(act, caller.name, name, given.approver_password, card_pin=pin)

    outcome = carry_out(action, panels.service, pressed.by(caller.name), approve)
    if x_press is not None:
        return JSONResponse(asdict(panels.answer(outcome, action, pressed)))
    if pressed.page == "supervisor" and table.may(caller.roles, "page supervisor"):
        return HTMLResponse(panels.supervisor_page(pressed.order, outcome, action, pressed))
    if pressed.page == "diagnostics" or not table.may(caller.roles, "page operator"):
        return HTMLResponse(panels.diagnostics_page(pressed.order, outcome, action, pressed))
    return HTMLResponse(panels.operator_page(outcome.order, outcome, action, pressed))
