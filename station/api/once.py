"""The rule of `Idempotency-Key`, the same for every POST of the API; see `station.core.calls`.

The same key with the same operation, address and body: the result as it is now, and nothing is done
twice. With anything else: 422. While the first one is being carried out, another one waits a few
seconds for it and is answered alike; then 409 with `Retry-After`. A refusal (4xx) forgets the key.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Final, TypeVar

import anyio
from fastapi import Depends, Header, Request

from station.api.caller import Actor, Service
from station.core.calls import Home, NamedCall
from station.core.errors import DefectError
from station.core.errors.calls import KeyReusedError, RequestUnderWayError
from station.core.limits import LONGEST_REQUEST
from station.production.services.service import ProductionService

T = TypeVar("T")

HEADER: Final = "Idempotency-Key"
PATIENCE: Final = 5.0  #: seconds for a call under way, before another one is answered 409
#: What a person types: never kept, and no part of what makes a call the same one.
SECRET: Final = frozenset({"password", "card_pin", "pin", "new_pin", "new_pin_again"})
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


@dataclasses.dataclass(slots=True)
class _Running:
    call: NamedCall
    over: anyio.Event
    done: bool = False


class UnderWay:
    """The keys that are being carried out; used in the event loop's thread.

    There is one daemon to a state folder, so memory is enough; what a crash leaves is in the
    journal.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self.patience = patience
        self._running: dict[str, _Running] = {}

    @contextlib.asynccontextmanager
    async def alone(self, call: NamedCall) -> AsyncIterator[None]:
        """Be the only one of its key inside, or come after the one that has carried it out.

        Raises:
            KeyReusedError: Another call with this key is under way.
            RequestUnderWayError: The same call still is, after the patience.
        """
        with anyio.move_on_after(self.patience) as waiting:
            while (first := self._running.get(call.key)) is not None:
                if first.call != call:
                    raise KeyReusedError("another request with this key is under way")
                await first.over.wait()
                if first.done:  # its result is there for everybody at once
                    break
        if waiting.cancelled_caught:
            raise RequestUnderWayError("the same request is under way")
        if first is not None:
            yield
            return
        mine = self._running[call.key] = _Running(call, anyio.Event())
        try:
            yield
            mine.done = True
        finally:
            del self._running[call.key]
            mine.over.set()


class Once:
    """How one request is carried out. The journal is asked in the thread of whoever asks this."""

    def __init__(
        self, service: ProductionService, actor: str, call: NamedCall | None, home: Home
    ) -> None:
        self._service = service
        self._actor = actor
        self._call = call
        self._home = home

    @functools.cached_property
    def known(self) -> bool:
        """Whether its key has come before.

        Raises:
            KeyReusedError: It has, with another request.
        """
        return self._call is not None and self._service.calls.is_known(self._call, self._home)

    @property
    def key(self) -> str | None:
        """Its Idempotency-Key, for what keeps the key with what it makes; None without one.

        Raises:
            KeyReusedError: It came before, with another request.
        """
        if self._call is None:
            return None
        _ = self.known  # refuses a key of another request
        return self._call.key

    def run(
        self,
        do: Callable[[], T],
        again: Callable[[str], T],
        *,
        repeatable: bool = True,
        made: Callable[[T], str] = lambda _: "",
    ) -> T:
        """Carry out `do`, or return what `again` finds; see `CallService.once`."""
        if self._call is None:
            return do()
        return self._service.calls.once(
            self._call, self._actor, do, again, repeatable=repeatable, made=made
        )

    def named(self) -> str:
        """Return the key of an operation that can't be called without one."""
        key = self.key
        if key is None:
            raise DefectError("the operation's header is not required")
        return key


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
        yield Once(service, actor, None, home)
        return
    operation = f"{request.method} {request.scope['route'].path}"
    call = NamedCall(key, operation, content_of(request.url.path, await request.body()))
    under_way: UnderWay = request.app.state.under_way
    async with under_way.alone(call):
        yield Once(service, actor, call, home)


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
