"""Puts the application together: routers, problem answers, and who may call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from typing import Final

from fastapi import Depends, FastAPI

from station import __version__
from station.access import Doors
from station.api import (
    applications,
    batch_province,
    batch_results,
    batches,
    card_states,
    custody,
    desk,
    events,
    ledger,
    orders,
    people,
    queue,
    reference,
    search,
    sessions,
    station,
    temporary_cards,
    units,
    webhooks,
    write_backs,
)
from station.api.bodies import BodyLimit
from station.api.caching import NoStore
from station.api.document import document, operation_name
from station.api.doors import Doorkeeper
from station.api.once import UnderWay
from station.api.origin import HostGuard, OriginGuard, PairedPages
from station.api.problem import DefectGuard, install_problem_handlers
from station.api.rates import RATE, RateLimit
from station.api.shields import Shields
from station.batches.service import BatchService
from station.listeners import Listening
from station.production.services.service import ProductionService
from station.web import Door

PREFIX: Final = "/api/v1"
DESCRIPTION = """
One card window: accept an order, fetch its data, preview, feed, write the chip, report to the
province, print, hand out. Every call may be made twice; `Idempotency-Key` makes accepting an
order safe to repeat. Errors are `application/problem+json` with a stable `code`.
"""


def create_app(
    service: ProductionService,
    *,
    doors: Doors,
    batch_service: BatchService,
    bundle: Callable[[], bytes],
    allowed_hosts: Sequence[str],
    paired_origins: Sequence[str] = (),
    requests_per_second: float = RATE,
    install_pages: Callable[[FastAPI], None] = lambda app: None,
    on_started: Callable[[], None] = lambda: None,
    on_stopped: Callable[[], None] = lambda: None,
) -> FastAPI:
    """Return the application: starting it starts the service, stopping it stops the service.

    `bundle` makes the support bundle.

    Whatever must be given back belongs into `on_stopped`: uvicorn raises the signal that ended it
    again when it is done, so no line after it runs.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        service.start()
        with ExitStack() as undo:
            undo.callback(service.stop)  # no card moves after a start that has failed
            doors.keep_history(service.note)
            on_started()
            undo.pop_all()
        yield
        service.stop()
        on_stopped()

    app = FastAPI(
        title="Card station",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere: see `reference`
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,
        generate_unique_id_function=operation_name,
    )
    app.state.service = service
    app.state.batches = batch_service
    app.state.doors = doors
    app.state.bundle = bundle
    app.state.under_way = UnderWay()
    app.state.listening = Listening(service, events.event_as_json)
    install_problem_handlers(app)
    for router in (
        orders.router,
        people.router,
        card_states.router,
        custody.router,
        applications.router,
        search.router,
        queue.router,
        batches.router,
        batches.packages,
        batch_province.lists,
        batch_province.router,
        batch_results.router,
        batch_results.receipts,
        batches.lists,
        units.router,
        ledger.router,
        desk.router,
        temporary_cards.router,
        station.router,
        webhooks.router,
        webhooks.letters,
        write_backs.router,
        events.router,
        sessions.router,
    ):
        app.include_router(router, prefix=PREFIX, dependencies=[Depends(Door(PREFIX))])
    document(app)
    app.include_router(reference.router, dependencies=[Depends(Door())])
    install_pages(app)
    app.add_middleware(DefectGuard)
    app.add_middleware(BodyLimit)
    app.add_middleware(RateLimit, rate=requests_per_second)
    app.add_middleware(Doorkeeper, doors=doors)
    app.add_middleware(
        PairedPages,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=[
            "Authorization",
            "Idempotency-Key",
            "If-Match",
            "Last-Event-ID",
            "Content-Type",
        ],
        expose_headers=["Allow", "ETag", "Retry-After"],
    )
    app.add_middleware(
        OriginGuard,
        is_paired=lambda origin: origin in paired_origins or doors.clients.is_paired(origin),
    )
    app.add_middleware(HostGuard, allowed_hosts=tuple(allowed_hosts))
    app.add_middleware(Shields)
    app.add_middleware(NoStore)  # outermost: refusals and errors are answers too
    return app
