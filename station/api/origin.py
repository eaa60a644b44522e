"""A web page of another origin may not press the window's buttons, unless it was paired."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from station.api.problem import problem_response


class OriginGuard:
    """Refuses requests whose `Origin` is neither this station nor a paired one.

    Requests without an `Origin` do not come from a script of a foreign page; the Host check
    stands before this one (against DNS rebinding).
    """

    def __init__(self, app: ASGIApp, paired_origins: frozenset[str]) -> None:
        self._app = app
        self._paired = paired_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer 403."""
        if scope["type"] == "http" and not self._allowed(Headers(scope=scope)):
            answer = problem_response("origin-not-paired", 403)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _allowed(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None or origin in self._paired:
            return True
        return urlsplit(origin).netloc == headers.get("host")
