"""The router of every operation: refused as `problem` says, and worked on in one thread."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from station.api.problem import PROBLEMS


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


def _in_a_thread(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(endpoint):
        return endpoint

    @functools.wraps(endpoint)
    async def called(**named: Any) -> Any:  # noqa: ANN401 - the endpoint's
        return await run_in_threadpool(endpoint, **named)

    return called
