"""Request bodies: bounded in size and in time, whole before anything is done with them.

A body is read here to its end, so that memory is bounded by the limit of its route, nothing is
written to disk, and a client that dribbles holds a connection but no thread of the station. Few
large bodies are in memory at a time: 256 connections with 16 MB each would be 4 GB.
"""

from __future__ import annotations

import re
from typing import Final

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from station.api.problem import problem_response
from station.api.waiting import Places

MOST_BYTES: Final = 64 * 1024  #: of any body: the longest form of ours has 2 KB
RECEIPTS: Final = "/api/v1/write-backs/receipts"
#: A file of receipts holds one line for each report of a window's month; a list, a package or
#: pictures of a batch come as files too.
LARGER: Final = re.compile(
    rf"{RECEIPTS}|/api/v1/batch-(packages|receipts)"
    r"|(/api/v1)?/batches(/[0-9a-f]{32}/(list|photos))?|/batches/(package|receipts)"
)
MOST_LARGER: Final = 16 * 1024 * 1024
MOST_LARGE: Final = 2  #: large bodies in memory at the same time
RETRY_AFTER: Final = 5  #: seconds until a client for whose large body there is no room asks again
MOST_SECONDS: Final = 30.0  #: from the head of a request to the end of its body


class BodyLimit:
    """Reads every body before the application sees the request."""

    def __init__(self, app: ASGIApp, *, seconds: float = MOST_SECONDS) -> None:
        self._app = app
        self._seconds = seconds
        self._large = Places(MOST_LARGE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through with its whole body, or answer 413, 408 or 503."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif not LARGER.fullmatch(scope["path"]):
            await self._bounded(scope, receive, send, MOST_BYTES)
        else:
            with self._large.one() as free:
                if free:
                    await self._bounded(scope, receive, send, MOST_LARGER)
                    return
            answer = problem_response("too-many-uploads", 503, retry_after=RETRY_AFTER)
            await answer(scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
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
