"""The last exchanges with devices and province, kept in memory for the technician.

Nothing is kept that may not be shown: whoever adds an exchange gives only those bytes that can't be
a key, a PIN, a number or a name, and of all others their length.
"""

from __future__ import annotations

import enum
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

KEPT: Final = 300  #: exchanges of each kind
MOST_BYTES: Final = 64  #: of a request or an answer; of longer ones the first are kept


class WireKind(enum.StrEnum):
    """With whom an exchange was."""

    PRINTER = "printer"
    CHIP = "chip"
    PROVINCE = "province"
    DESK = "desk"


@dataclass(slots=True)
class WireExchange:
    """One request and what was answered; it grows until it has ended.

    Attributes:
        number: Of all exchanges since the start, from 1.
        began: Monotonic seconds.
        kind: With whom.
        order: The order that was at work; empty for none.
        name: What was asked; never data. Empty where `naming` tells it from the request.
        sent: The first bytes of the request; None where it may not be shown.
        sent_size: Bytes of the whole request.
        naming: Returns the name of a request that may be shown.
        got: The first bytes of the answer, as far as they may be shown.
        got_size: Bytes of the whole answer.
        outcome: Code of an error, or a status; empty while none is known.
        told: What is known of request and answer besides bytes; no data.
        took: Seconds; None until the answer is there.
    """

    number: int
    began: float
    kind: WireKind
    order: str
    name: str
    sent: bytes | None
    sent_size: int
    naming: Callable[[bytes], str] | None = None
    got: bytes = b""
    got_size: int = 0
    outcome: str = ""
    told: str = ""
    took: float | None = None


#: The order whose step this thread is taking.
_at_work: ContextVar[str] = ContextVar("order-at-work", default="")


@contextmanager
def exchanges_about(order: str) -> Iterator[None]:
    """Note every exchange of this thread, inside the block, as one about `order`."""
    token = _at_work.set(order)
    try:
        yield
    finally:
        _at_work.reset(token)


class WireTrace:
    """The last exchanges of each kind. Any thread may add and read.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock: Final = clock
        self._numbers = itertools.count(1)
        self._kept: dict[WireKind, deque[WireExchange]] = {
            kind: deque(maxlen=KEPT) for kind in WireKind
        }

    def begin(
        self,
        kind: WireKind,
        name: str,
        sent: bytes | None,
        size: int,
        naming: Callable[[bytes], str] | None = None,
    ) -> WireExchange:
        """Add an exchange whose request is about to be sent; see `WireExchange`."""
        one = WireExchange(
            next(self._numbers), self.clock(), kind, _at_work.get(), name, sent, size, naming
        )
        self._kept[kind].append(one)
        return one

    def end(self, one: WireExchange, outcome: str = "") -> None:
        """Note that an exchange has ended, or that a further part of its answer is there."""
        one.outcome = outcome
        one.took = self.clock() - one.began

    def kept(self) -> list[WireExchange]:
        """Return what is kept, newest first."""
        every = itertools.chain.from_iterable(list(kept) for kept in self._kept.values())
        return sorted(every, key=lambda one: one.number, reverse=True)

    def newest(self, kind: WireKind, names: frozenset[str]) -> WireExchange | None:
        """Return the newest ended exchange of one of these names; None when none is kept."""
        found = (one for one in reversed(list(self._kept[kind])) if one.took is not None)
        return next((one for one in found if one.name in names), None)
