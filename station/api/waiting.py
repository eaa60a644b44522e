"""Calls that wait for the machine: few at a time, and only as long as somebody waits for them.

A call that waits holds a thread. The threads that answer everybody else must never be among those:
waiting has a few of its own, and whoever comes when all are taken is answered at once, with the
order as it is now; the caller asks again, or listens to `/events`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final, TypeVar

import anyio
from anyio.to_thread import run_sync
from fastapi import Request

from station.core.orders import OrderStep
from station.production.service import ProductionService
from station.production.views import OrderView

T = TypeVar("T")

MOST_WAITING: Final = 16
LOOK: Final = 1.0  #: seconds after which a wait looks whether its client is still there

_threads = anyio.CapacityLimiter(MOST_WAITING)


async def wait_for(
    service: ProductionService, request: Request, order: str, step: OrderStep, seconds: float
) -> OrderView:
    """Return the order when it has reached `step`, is held or has ended; at most `seconds` later.

    Returns at once when too many wait already, and soon after the client has gone.
    """
    deadline = anyio.current_time() + seconds
    while True:
        left = deadline - anyio.current_time()
        if left <= 0 or not _threads.available_tokens or await request.is_disconnected():
            return await run_sync(service.order, order)
        slice_ = functools.partial(service.wait_for, order, step, min(left, LOOK))
        view = await run_sync(slice_, limiter=_threads)
        if service.is_settled(view, step):
            return view


async def if_one_may_wait(slow: Callable[[], T], quick: Callable[[], T]) -> T:
    """Return what `slow` returns; where too many wait already, what `quick` does."""
    if not _threads.available_tokens:
        return await run_sync(quick)
    return await run_sync(slow, limiter=_threads)
