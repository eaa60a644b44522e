"""The live stream of the pages: whichever part has changed is sent again, as HTML."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final

import anyio
from anyio.to_thread import run_sync
from fastapi import Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from station.ui.panels import Panels

LOOK_AGAIN: Final = 10.0  #: seconds; an open page also keeps the machine being looked at
MAX_PAGES: Final = 32

_pages = anyio.CapacityLimiter(MAX_PAGES)


async def live_events(request: Request) -> EventSourceResponse:
    """Send `order`, `machine` and `devices` now, and each again when it has changed."""
    panels: Panels = request.app.state.panels
    return EventSourceResponse(_follow(panels), ping=15)


async def _follow(panels: Panels) -> AsyncIterator[ServerSentEvent]:
    parts: dict[str, Callable[[], str]] = {
        "order": panels.order,
        "machine": panels.machine,
        "devices": panels.devices,
    }
    sent: dict[str, str] = {}
    bell = panels.service.bell
    while not bell.silenced:
        heard = bell.count
        for name, render in parts.items():
            html = await run_sync(render)
            if sent.get(name) != html:
                sent[name] = html
                yield ServerSentEvent(event=name, data=html)
        await run_sync(bell.wait, heard, LOOK_AGAIN, abandon_on_cancel=True, limiter=_pages)
