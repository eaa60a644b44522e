"""Refusals of a call that was made before, or that rests on what has changed meanwhile."""

from __future__ import annotations

from typing import ClassVar

from station.core.errors import InputError, OrderConflictError


class KeyReusedError(OrderConflictError):
    """An Idempotency-Key came with another operation or another body before."""

    code = "idempotency-key-reused"
    http_status = 422

    def __init__(self, message: str) -> None:
        super().__init__(message, code=KeyReusedError.code)


class RequestUnderWayError(InputError):
    """A request with this Idempotency-Key is being carried out; its result is not known yet."""

    code = "request-under-way"
    http_status = 409
    retry_after: ClassVar[int | None] = 1


class RequestInterruptedError(InputError):
    """A request with this key was cut off in the middle, and is never carried out a second time.

    What it has done is in the order: whoever sent it looks there and decides anew.
    """

    code = "request-interrupted"
    http_status = 409


class RevisionChangedError(InputError):
    """The order is not as the caller saw it; `details["revision"]` is its revision now."""

    code = "order-changed"
    http_status = 412

    def __init__(self, revision: int) -> None:
        super().__init__("the order has changed", details={"revision": str(revision)})
