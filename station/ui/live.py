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

from fastapi import Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from station.listeners import Listening, Stream
from station.production.machine.notifier import Notifier
from station.ui.panels import Panels
from station.web import caller_of, doors_of

#: Seconds between two ticks when nothing changes; a page that hears none for 10 s says so.
BEAT: Final = 3.0


async def live_events(request: Request) -> EventSourceResponse:
    """Send a `tick` now, at every change, and every `BEAT` seconds, while the session is open."""
    panels: Panels = request.app.state.panels
    doors, caller = doors_of(request), caller_of(request)
    listening: Listening = request.app.state.listening
    listening.pages.take(caller.name)
    lines = _follow(panels.service.notifier, listening, lambda: doors.still_in(caller))
    return Stream(lines, listening.pages, caller.name, ping=15)


async def _follow(
    notifier: Notifier, listening: Listening, is_open: Callable[[], bool]
) -> AsyncIterator[ServerSentEvent]:
    while not notifier.silenced and is_open():
        heard = notifier.count
        yield ServerSentEvent(event="tick", data=json.dumps({"count": heard}))
        await listening.wait(heard, BEAT)
