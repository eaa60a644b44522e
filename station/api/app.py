"""Puts the application together: routers, problem answers, and who may call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI

from station import __version__
from station.api import desk, events, ledger, orders, queue, station, write_backs
from station.api.bodies import BodyLimit
from station.api.caching import NoStore
from station.api.origin import HostGuard, OriginGuard, PairedPages
from station.api.problem import DefectGuard, document_problems, install_problem_handlers
from station.production.services.service import ProductionService

DESCRIPTION = """
One card window: accept an order, fetch its data, preview, feed, write the chip, report to the
province, print, hand out. Every call may be made twice; `Idempotency-Key` makes accepting an
order safe to repeat. Errors are `application/problem+json` with a stable `code`.
"""


def create_app(
    service: ProductionService,
    *,
    allowed_hosts: Sequence[str],
    paired_origins: Sequence[str] = (),
    install_pages: Callable[[FastAPI], None] = lambda app: None,
    on_started: Callable[[], None] = lambda: None,
    on_stopped: Callable[[], None] = lambda: None,
) -> FastAPI:
    """Return the application: starting it starts the service, stopping it stops the service.

    Whatever must be given back belongs into `on_stopped`: uvicorn raises the signal that ended it
    again when it is done, so no line after it runs.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        service.start()
        on_started()
        yield
        service.stop()
        on_stopped()

    app = FastAPI(
        title="Card station",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere; the station works offline
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,
    )
    app.state.service = service
    install_problem_handlers(app)
    for router in (
        orders.router,
        queue.router,
        ledger.router,
        desk.router,
        station.router,
        write_backs.router,
        events.router,
    ):
        app.include_router(router, prefix="/api/v1")
    document_problems(app)
    install_pages(app)
    app.add_middleware(DefectGuard)
    app.add_middleware(BodyLimit)
    app.add_middleware(
        PairedPages,
        allow_origins=list(paired_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Idempotency-Key", "Last-Event-ID", "Content-Type", "X-Operator"],
        expose_headers=["Allow", "Retry-After"],
        allow_private_network=bool(paired_origins),
    )
    app.add_middleware(OriginGuard, paired_origins=frozenset(paired_origins))
    app.add_middleware(HostGuard, allowed_hosts=tuple(allowed_hosts))
    app.add_middleware(NoStore)  # outermost: refusals and errors are answers too
    return app
