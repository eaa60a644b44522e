"""Which web pages may call: not one under another name, not one of another origin.

A browser sends a page's script the answer only where the server allows it, but it sends the
request all the same. So requests that a foreign page may have caused are refused before anything
else looks at them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
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
    """Refuses what the page of another origin may have caused, unless that origin is paired.

    A script's request carries the `Origin` of its page; a form, a picture or a frame of another
    page does not always, but its browser says so in `Sec-Fetch-Site` (Fetch Metadata). Paired pages
    use the API, never the station's own pages. What neither header names comes from no browser, or
    from the person at the keyboard. The Host check comes before this one.
    """

    def __init__(self, app: ASGIApp, is_paired: Callable[[str], bool]) -> None:
        self._app = app
        self._is_paired = is_paired

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
            return _is_ours_or_typed(headers, scope["method"])
        try:
            origin = normal_origin(given)
            own = normal_origin(f"{scope['scheme']}://{headers.get('host', '')}")
        except ValueError:
            return False
        if origin == own:
            return headers.get("sec-fetch-site", "same-origin") in _OWN
        path = scope["path"]
        if path == PAIRINGS or path.startswith(f"{PAIRINGS}/"):
            return True  # any page may ask a person to be paired
        return path.startswith("/api/") and self._is_paired(origin)


#: What a browser says of a request of our own page, and of an address that a person typed.
_OWN: Final = frozenset({"same-origin", "none"})
PAIRINGS: Final = "/api/v1/pairings"


def _is_ours_or_typed(headers: Headers, method: str) -> bool:
    if headers.get("sec-fetch-site", "none") in _OWN:
        return True
    # A link on another page: the session's cookie does not come along, and nothing is framed.
    opened = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest"))
    return method == "GET" and opened == ("navigate", "document")


class PairedPages(CORSMiddleware):
    """CORS for an origin that passed the guard before; a preflight that asks too much fails."""

    def is_allowed_origin(self, origin: str) -> bool:
        """Return True: `OriginGuard` has refused every other origin already."""
        del origin
        return True

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return what the browser asks before it sends the request itself."""
        answer = super().preflight_response(request_headers)
        return answer if answer.status_code < 400 else problem_response("preflight-refused", 400)
