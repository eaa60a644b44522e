"""The HTTP server's own limits: connections that say nothing are closed, and are never too many.

uvicorn waits without end for the head of a first request, and its own limit on connections refuses
the newest one, which may be the clerk's page. Here the oldest connection without a request gives
way, whoever holds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN: Final = 10.0  #: seconds from connecting to the end of the first request's head
MOST_CONNECTIONS: Final = 256
MOST_HEADER_BYTES: Final = 16 * 1024


class BoundedH11Protocol(H11Protocol):
    """One connection."""

    head_within = HEAD_WITHIN
    most_connections = MOST_CONNECTIONS

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*arguments, **named)
        self.made_at = self.loop.time()
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection; close the oldest idle one where there are too many."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(self.head_within, self._close_if_silent)
        if len(self.connections) > self.most_connections:
            ours = [one for one in self.connections if isinstance(one, BoundedH11Protocol)]
            idle = [one for one in ours if one is not self and one.is_idle]
            oldest = min(idle, key=lambda one: one.made_at, default=self)
            oldest.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        if self._head_timer is not None:
            self._head_timer.cancel()
        super().connection_lost(exc)

    @property
    def is_idle(self) -> bool:
        """Whether no request is under way."""
        return self.cycle is None or self.cycle.response_complete

    def _close_if_silent(self) -> None:
        if self.is_idle:
            self.transport.close()


def server_config(app: FastAPI | Callable[..., Any]) -> uvicorn.Config:
    """Return how the application is served: silent, bounded, and quick to end."""
    return uvicorn.Config(
        app,
        http=BoundedH11Protocol,
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
        lifespan="on",
    )
