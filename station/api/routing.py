"""The router of every operation: refused as `problem` says, and worked on in one thread."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Final, TypeVar

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter
from fastapi.routing import APIRoute

from station.api.problem import PROBLEMS

T = TypeVar("T", bound=Callable[..., Any])

QUICK_THREADS: Final = 4
_quick_threads = anyio.CapacityLimiter(QUICK_THREADS)
_marked_quick: set[Callable[..., Any]] = set()


class OperationRoute(APIRoute):
    """One operation. A plain function is called in a thread: it may wait for the disk.

    FastAPI does that too, but then goes to a thread a second time, to look through the answer.
    Threads take turns with the interpreter, so with many clients each way there and back is a wait.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        **named: Any,  # noqa: ANN401 - FastAPI's own
    ) -> None:
        super().__init__(path, _in_a_thread(endpoint), **named)


class OperationRouter(APIRouter):
    """The operations of one area, under one prefix and one tag of the OpenAPI document."""

    def __init__(self, tag: str, prefix: str = "") -> None:
        super().__init__(prefix=prefix, tags=[tag], responses=PROBLEMS, route_class=OperationRoute)


def quick(endpoint: T) -> T:
    """Mark an operation that asks the journal or adds a few rows to it, and waits for nothing else.

    The more threads are ready to run, the longer each waits for the interpreter: twenty clients in
    as many threads cost a fifth more of the processor than in four, and the last one is answered
    twice as late. So these have threads of their own, where nothing slow comes before them.
    """
    _marked_quick.add(endpoint)
    return endpoint


def _in_a_thread(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(endpoint):
        return endpoint
    limiter = _quick_threads if endpoint in _marked_quick else None

    @functools.wraps(endpoint)
    async def called(**named: Any) -> Any:  # noqa: ANN401 - the endpoint's
        return await run_sync(functools.partial(endpoint, **named), limiter=limiter)

    return called
