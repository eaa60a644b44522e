"""Puts central's application together, behind the same guards as a window's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Depends, FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from station import __version__
from station.access import Doors
from station.access.central_table import CENTRAL_PUBLIC, central_operations
from station.access.table import PUBLIC
from station.api import sessions
from station.api.bodies import BodyLimit
from station.api.caching import NoStore
from station.api.doors import Addresses, Doorkeeper
from station.api.origin import HostGuard, OriginGuard
from station.api.problem import DefectGuard, install_problem_handlers
from station.api.rates import RateLimit
from station.api.shields import Shields
from station.central import carrying, pages, routes
from station.central.central import Central
from station.central.frame import install_central_pages
from station.central.routes import central_of
from station.core.fleet import ENROLMENT_PATH, EnrolmentRequest
from station.ui import doors_pages
from station.ui.translation import in_its_language
from station.web import Door

ADDRESSES: Final = Addresses(
    PUBLIC | CENTRAL_PUBLIC,
    central_operations(),
    re.compile(r"/|/wall|/work|/blanks|/search|/audit|/settings|/accounts|/doors", re.ASCII),
)
REQUESTS_PER_SECOND: Final = 50.0


def create_central_app(
    central: Central,
    doors: Doors,
    *,
    allowed_hosts: Sequence[str],
    on_started: Callable[[], None] = lambda: None,
    on_stopped: Callable[[], None] = lambda: None,
) -> FastAPI:
    """Return the application: starting it starts central, stopping it stops central."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        central.start()
        doors.keep_history(central.record)
        on_started()
        yield
        central.stop()
        on_stopped()

    app = FastAPI(
        title="Card station: central",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.central = central
    app.state.doors = doors
    install_problem_handlers(app)
    for router in (routes.router, sessions.router):
        app.include_router(
            router, prefix=routes.PREFIX, dependencies=[Depends(Door(routes.PREFIX))]
        )
    install_central_pages(app, central.name)
    spoken = Depends(in_its_language)
    for one in (pages.router, doors_pages.router):
        app.include_router(one, dependencies=[Depends(Door()), spoken])

    if central.carrying is not None:
        app.state.carrying = central.carrying
        app.include_router(carrying.router, dependencies=[Depends(Door())])

    @app.post(ENROLMENT_PATH, dependencies=[Depends(Door())])
    async def enrol(request: Request) -> Response:
        """Register a new window; see `EnrolmentRequest`."""
        asked = EnrolmentRequest.from_json(await request.body())
        answer = await run_in_threadpool(central_of(request).enrol, asked)
        return Response(answer.to_json(), media_type="application/json")

    @app.get("/health", dependencies=[Depends(Door())])
    async def health() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "ok", "version": __version__}

    app.add_middleware(DefectGuard)
    app.add_middleware(BodyLimit)
    app.add_middleware(RateLimit, rate=REQUESTS_PER_SECOND)
    app.add_middleware(Doorkeeper, doors=doors, addresses=ADDRESSES)
    app.add_middleware(OriginGuard, is_paired=lambda origin: False)
    app.add_middleware(HostGuard, allowed_hosts=tuple(allowed_hosts))
    app.add_middleware(Shields)
    app.add_middleware(NoStore)
    return app
