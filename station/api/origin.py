"""Which web pages may call: not one under another name, not one of another origin.

A browser sends a page's script the answer only where the server allows it, but it sends the
request all the same. So requests that a foreign page may have caused are refused before anything
else looks at them.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from station.api.problem import problem_response
from station.core.origins import normal_origin


class HostGuard:
    """Refuses requests to another host name: a name that was rebound to this address (DNS)."""

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str]) -> None:
        self._app = app
        self._allowed = {host.lower() for host in allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer 400."""
        if scope["type"] == "http" and _host(scope) not in self._allowed:
            await problem_response("host-not-allowed", 400)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _host(scope: Scope) -> str:
    host = Headers(scope=scope).get("host", "").lower()
    if host.startswith("["):
        return host.partition("]")[0].lstrip("[")
    return host.partition(":")[0]


class OriginGuard:
    """Refuses requests whose `Origin` is neither this station nor a paired one.

    Requests without an `Origin` do not come from a script of a foreign page; the Host check
    comes before this one.
    """

    def __init__(self, app: ASGIApp, paired_origins: frozenset[str]) -> None:
        self._app = app
        self._paired = paired_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer 403."""
        if scope["type"] == "http" and not self._allowed(scope):
            answer = problem_response("origin-not-paired", 403)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _allowed(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        given = headers.get("origin")
        if given is None:
            return True
        try:
            origin = normal_origin(given)
            own = normal_origin(f"{scope['scheme']}://{headers.get('host', '')}")
        except ValueError:
            return False
        return origin in self._paired or origin == own
