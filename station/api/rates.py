"""How often, and how much at a time, one caller may ask.

Each caller has a bucket of requests that fills at the site's rate; whoever has emptied it is
answered 429 with the time to wait. So many requests of one caller may be under way at once: a
connection with an unfinished request can't give way to another, and all of them together must leave
room for the pages. Listeners have places of their own (`station.listeners`).

Whoever is nobody is refused before this costs anything, and what anybody may ask is cheap or has a
limit of its own. An account at the unix socket is the administrator of this PC.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, OrderedDict
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from station.access.doors import NOBODY, Caller, Means
from station.api.problem import problem_response

RATE: Final = 100.0  #: requests of one caller in a second, by and by
BURST: Final = 3.0  #: seconds of the rate that may come at once
MOST_AT_ONCE: Final = 64  #: requests of one caller under way; the server has 256 connections
MOST_CALLERS: Final = 1000  #: whose buckets are remembered
STREAMS: Final = frozenset({"/api/v1/events", "/ui/events", "/wall/events"})


class RateLimit:
    """Refuses a known caller who asks too often, or too much at once."""

    def __init__(self, app: ASGIApp, *, rate: float = RATE) -> None:
        self._app = app
        self._rate = rate
        self._most = rate * BURST
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # left, and when
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer 429."""
        caller: Caller = scope.get("state", {}).get("caller", NOBODY)
        if scope["type"] != "http" or caller is NOBODY or caller.means is Means.SOCKET:
            await self._app(scope, receive, send)
            return
        wait = self._wait(caller.name)
        streams = scope["path"] in STREAMS
        if wait or (not streams and self._under_way[caller.name] >= MOST_AT_ONCE):
            answer = problem_response("too-many-requests", 429, retry_after=max(1, wait))
            await answer(scope, receive, send)
            return
        self._under_way[caller.name] += not streams
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way[caller.name] -= not streams
            if not self._under_way[caller.name]:
                del self._under_way[caller.name]

    def _wait(self, caller: str) -> int:
        """Take one request out of the caller's bucket; returns the seconds to wait for one."""
        now = asyncio.get_running_loop().time()
        left, at = self._buckets.pop(caller, (self._most, now))
        left = min(self._most, left + (now - at) * self._rate)
        self._buckets[caller] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)
        return 0 if left >= 1 else math.ceil((1 - left) / self._rate)
