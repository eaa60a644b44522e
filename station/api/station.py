"""The window itself: readiness and devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Query, Request, Response

from station.api.caller import Actor, Service
from station.api.models.shown import Shown
from station.api.models.station import StationView
from station.api.once import OnceCalled
from station.api.routing import OperationRouter
from station.words import text

ZIP: Final = "application/zip"

router = OperationRouter("station")


class Health(Shown):
    """Whether the process serves."""

    status: str
    recovered: bool


@router.get("/health", summary="Does the process serve?")
async def get_health(service: Service) -> Health:
    """Asks no device, and takes no thread: it answers however busy the station is."""
    return Health(status="ok", recovered=service.recovered)


@router.get("/station", summary=text("api.station"))
def get_station(
    service: Service,
    check: Annotated[bool, Query(description="Look at every device now (a few seconds).")] = False,
) -> StationView:
    """Printer, reader, province and journal, each with its faults, causes and remedies."""
    return StationView.of(
        service.machine.check_now(timeout=10.0) if check else service.machine.view()
    )


@router.get(
    "/station/support-bundle.zip",
    summary=text("api.support-bundle"),
    response_class=Response,
    responses={200: {"content": {ZIP: {}}}},
)
def get_support_bundle(request: Request) -> Response:
    """Made now, for whoever maintains the program: versions, health, log lines, exchanges.

    Nothing in it is about a person; of the exchanges only long numbers are masked.
    """
    make: Callable[[], bytes] = request.app.state.bundle
    headers = {
        "Content-Disposition": 'attachment; filename="support-bundle.zip"',
        "Cache-Control": "private, no-store",
    }
    return Response(make(), media_type=ZIP, headers=headers)


@router.post("/station/reject-left-card", summary="Put a card of no order into the reject bin")
def reject_left_card(service: Service, actor: Actor, once: OnceCalled) -> StationView:
    """Moves a card."""
    return StationView.of(
        once.run(
            lambda: service.machine.reject_left_card(actor),
            lambda _: service.machine.view(),
            repeatable=False,
        )
    )
