"""Calls that wait for the machine: few at a time, and only as long as somebody waits for them.

A wait holds a thread for a second at a time. The threads that answer everybody else are never among
those. Whoever comes when all places are taken is answered at once, with the order as it is now; a
wait that was admitted keeps its place until it ends or its client goes.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Final

import anyio
from anyio.to_thread import run_sync
from fastapi import Request

from station.core.orders import OrderStep
from station.production.services.service import ProductionService
from station.production.views.orders import OrderView

MOST_WAITING: Final = 16
LOOK: Final = 1.0  #: seconds after which a wait looks whether its client is still there


class Places:
    """How many calls of one expensive kind may be under way; used in the event loop's thread.

    Attributes:
        most: How many there are.
        taken: How many are in use.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0

    @contextlib.contextmanager
    def one(self) -> Iterator[bool]:
        """Hold a place; gives False, and holds none, when all are taken."""
        if self.taken >= self.most:
            yield False
            return
        self.taken += 1
        try:
            yield True
        finally:
            self.taken -= 1


places = Places(MOST_WAITING)
_threads = anyio.CapacityLimiter(MOST_WAITING)


async def wait_for(
    service: ProductionService, request: Request, order: str, step: OrderStep, seconds: float
) -> OrderView:
    """Return the order when it has reached `step`, is held or has ended; at most `seconds` later.

    Returns at once when too many wait already, and soon after the client has gone.
    """
    deadline = anyio.current_time() + seconds
    with places.one() as admitted:
        while admitted:
            left = deadline - anyio.current_time()
            if left <= 0 or await request.is_disconnected():
                break
            slice_ = functools.partial(service.orders.settles, order, step, min(left, LOOK))
            if await run_sync(slice_, limiter=_threads):
                break
    return await run_sync(service.orders.one, order)
