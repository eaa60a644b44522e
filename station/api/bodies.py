"""Request bodies: bounded in size and in time, whole before anything is done with them.

A body is read here to its end, so that memory is bounded by the limit of its route, nothing is
written to disk, and a client that dribbles holds a connection but no thread of the station.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from station.api.problem import problem_response

MOST_BYTES: Final = 64 * 1024  #: of any body: the longest form of ours has 2 KB
RECEIPTS: Final = "/api/v1/write-backs/receipts"
#: A file of receipts holds one line for each report of a window's month.
LARGER: Final[Mapping[str, int]] = {RECEIPTS: 16 * 1024 * 1024}
MOST_SECONDS: Final = 30.0  #: from the head of a request to the end of its body


class BodyLimit:
    """Reads every body before the application sees the request."""

    def __init__(self, app: ASGIApp, *, seconds: float = MOST_SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through with its whole body, or answer 413 or 408."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = LARGER.get(scope["path"], MOST_BYTES)
        body: bytes | None = None
        with anyio.move_on_after(self._seconds) as clock:
            body = await _read(scope, receive, most)
        if clock.cancelled_caught:
            await problem_response("body-too-slow", 408)(scope, receive, send)
        elif body is None:
            await problem_response("body-too-large", 413)(scope, receive, send)
        else:
            await self._app(scope, _replay(body, receive), send)


async def _read(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """Return the body; None when it is larger than allowed, or its client has gone."""
    length = Headers(scope=scope).get("content-length", "")
    if length and (not length.isdecimal() or int(length) > most):
        return None
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None  # gone: nobody reads the answer
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again
