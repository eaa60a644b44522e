"""The rule of `Idempotency-Key`, the same for every POST of the API; see `station.core.calls`.

The same key with the same operation, address and body: the result as it is now, and nothing is done
twice. With anything else: 422. While the first one is being carried out, another one waits a few
seconds for it and is answered alike; then 409 with `Retry-After`. A refusal (4xx) forgets the key.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Final, TypeVar

import anyio
from anyio.to_thread import run_sync
from fastapi import Depends, Header, Request

from station.api.caller import Actor, Service
from station.core.calls import Home, NamedCall
from station.core.errors.calls import KeyReusedError, RequestUnderWayError
from station.core.limits import LONGEST_REQUEST
from station.production.services.service import ProductionService

T = TypeVar("T")

HEADER: Final = "Idempotency-Key"
PATIENCE: Final = 5.0  #: seconds for a call under way, before another one is answered 409
#: What a person types: never kept, and no part of what makes a call the same one.
SECRET: Final = frozenset({"password", "pin", "new_pin", "new_pin_again"})
TOLD: Final = (
    "Your own name for this request. Sent again with the same body: the result as it is now, and"
    " nothing is done twice. With another body: 422. While it is under way: 409."
)

Key = Annotated[
    str | None,
    Header(alias=HEADER, min_length=1, max_length=LONGEST_REQUEST, description=TOLD),
]
NeededKey = Annotated[
    str, Header(alias=HEADER, min_length=1, max_length=LONGEST_REQUEST, description=TOLD)
]


class UnderWay:
    """The keys that are being carried out; used in the event loop's thread.

    There is one daemon to a state folder, so memory is enough; what a crash leaves is in the
    journal.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._calls: dict[str, tuple[NamedCall, anyio.Event]] = {}

    @contextlib.asynccontextmanager
    async def alone(self, call: NamedCall) -> AsyncIterator[None]:
        """Be the only one of its key inside.

        Raises:
            KeyReusedError: Another call with this key is under way.
            RequestUnderWayError: The same call still is, after the patience.
        """
        with anyio.move_on_after(self._patience):
            while call.key in self._calls:
                first, ended = self._calls[call.key]
                if first != call:
                    raise KeyReusedError("another request with this key is under way")
                await ended.wait()
        if call.key in self._calls:
            raise RequestUnderWayError("the same request is under way")
        ended = anyio.Event()
        self._calls[call.key] = call, ended
        try:
            yield
        finally:
            del self._calls[call.key]
            ended.set()


class Once:
    """How one request is carried out.

    Attributes:
        key: Its Idempotency-Key, for what keeps the key with what it makes; None without one.
    """

    def __init__(self, service: ProductionService, actor: str, call: NamedCall | None) -> None:
        self._service = service
        self._actor = actor
        self._call = call
        self.key = None if call is None else call.key

    def run(self, do: Callable[[], T], again: Callable[[], T], *, repeatable: bool = True) -> T:
        """Carry out `do`, or return what `again` finds; see `CallService.once`."""
        if self._call is None:
            return do()
        return self._service.calls.once(self._call, self._actor, do, again, repeatable=repeatable)


def content_of(path: str, body: bytes) -> str:
    """Return what makes a request this one and no other: its address and body, no password.

    What waits and watches (the query) is left out. A body that is not JSON is refused later.
    """
    try:
        told = _without_secrets(json.loads(body)) if body else None
    except (ValueError, RecursionError):
        told = body.hex()
    return json.dumps([path, told], ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _without_secrets(told: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(told, dict):
        return {k: _without_secrets(v) for k, v in told.items() if k not in SECRET}
    if isinstance(told, list):
        return [_without_secrets(one) for one in told]
    return told


@contextlib.asynccontextmanager
async def _named(
    request: Request, service: ProductionService, actor: str, key: str | None, home: Home
) -> AsyncIterator[Once]:
    if key is None:
        yield Once(service, actor, None)
        return
    operation = f"{request.method} {request.scope['route'].path}"
    call = NamedCall(key, operation, content_of(request.url.path, await request.body()))
    under_way: UnderWay = request.app.state.under_way
    async with under_way.alone(call):
        if home is not Home.CALLS:
            await run_sync(service.calls.require_home, call, home)
        yield Once(service, actor, call)


def _kept(home: Home) -> Callable[..., AsyncIterator[Once]]:
    async def once(
        request: Request, service: Service, actor: Actor, key: Key = None
    ) -> AsyncIterator[Once]:
        async with _named(request, service, actor, key, home) as one:
            yield one

    return once


def _kept_always(home: Home) -> Callable[..., AsyncIterator[Once]]:
    async def once(
        request: Request, service: Service, actor: Actor, key: NeededKey
    ) -> AsyncIterator[Once]:
        async with _named(request, service, actor, key, home) as one:
            yield one

    return once


OnceCalled = Annotated[Once, Depends(_kept(Home.CALLS))]
OnceOrdered = Annotated[Once, Depends(_kept(Home.ORDERS))]
OnceExported = Annotated[Once, Depends(_kept(Home.EXPORTS))]
OnceMoved = Annotated[Once, Depends(_kept_always(Home.STOCK))]
OnceClosed = Annotated[Once, Depends(_kept_always(Home.SHIFTS))]
