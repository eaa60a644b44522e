"""How an open page stays up to date: a stream of ticks, and the panels that a tick makes it read.

The stream carries no content, so that all tabs of a browser share one (HTTP/1.1 allows six
connections to an origin). Each tab reads the panels of the order that its person chose, one request
at a time, and these answers are the only thing that changes its panels: an older answer can never
overwrite a newer one.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Final

import anyio
from anyio.to_thread import run_sync
from fastapi import Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from station.production.machine.notifier import Notifier
from station.ui.panels import Panels
from station.web import caller_of, doors_of

#: Seconds between two ticks when nothing changes; a page that hears none for 10 s says so.
BEAT: Final = 3.0
MAX_PAGES: Final = 32

_pages = anyio.CapacityLimiter(MAX_PAGES)


async def live_events(request: Request) -> EventSourceResponse:
    """Send a `tick` now, at every change, and every `BEAT` seconds, while the session is open."""
    panels: Panels = request.app.state.panels
    doors, caller = doors_of(request), caller_of(request)
    token = "" if caller.session is None else caller.session.token

    def is_open() -> bool:
        return doors.sessions.find(token, uses=False) is not None

    return EventSourceResponse(_follow(panels.service.notifier, is_open), ping=15)


async def _follow(
    notifier: Notifier, is_open: Callable[[], bool]
) -> AsyncIterator[ServerSentEvent]:
    while not notifier.silenced and is_open():
        heard = notifier.count
        yield ServerSentEvent(event="tick", data=json.dumps({"count": heard}))
        await run_sync(notifier.wait, heard, BEAT, abandon_on_cancel=True, limiter=_pages)
