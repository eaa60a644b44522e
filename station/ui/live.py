"""How an open page stays up to date: a stream of ticks, and the panels that a tick makes it read.

The stream carries no content, so that all tabs of a browser share one (HTTP/1.1 allows six
connections to an origin). Each tab reads the panels of the order that its person chose, one request
at a time, and these answers are the only thing that changes its panels: an older answer can never
overwrite a newer one.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Final

import anyio
from anyio.to_thread import run_sync
from fastapi import Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from station.production.machine.notifier import Notifier
from station.ui.panels import Panels

#: Seconds between two ticks when nothing changes; a page that hears none for 10 s says so.
BEAT: Final = 3.0
MAX_PAGES: Final = 32

_pages = anyio.CapacityLimiter(MAX_PAGES)


async def live_events(request: Request) -> EventSourceResponse:
    """Send a `tick` now, at every change, and at least every `BEAT` seconds."""
    panels: Panels = request.app.state.panels
    return EventSourceResponse(_follow(panels.service.notifier), ping=15)


async def _follow(notifier: Notifier) -> AsyncIterator[ServerSentEvent]:
    while not notifier.silenced:
        heard = notifier.count
        yield ServerSentEvent(event="tick", data=json.dumps({"count": heard}))
        await run_sync(notifier.wait, heard, BEAT, abandon_on_cancel=True, limiter=_pages)
