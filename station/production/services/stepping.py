"""Acts on an order that hold only while the order is as the caller saw it.

Two clerks who look at the same order press at the same time. Each names the revision that was on
the screen; the first act changes it, and the second one is refused. Acts with a precondition on one
order run one after the other; the machine goes on meanwhile, and its progress decides what is still
possible.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from station.core.errors.calls import RevisionChangedError
from station.journal import Journal
from station.production.life.effects import ACTOR


class Stepping:
    """Compares revisions. Thread-safe."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._orders: dict[str, tuple[threading.Lock, int]] = {}

    def revision(self, order: str) -> int:
        """Return a number that grows whenever somebody must look at the order again.

        That is what `OrderService.revision` counts, and what people have wished: what the station
        tries again automatically leaves it as it is. 0 for an unknown order.
        """
        return self._journal.history.revision(order, ACTOR)

    @contextlib.contextmanager
    def unchanged(self, order: str, revision: int | None) -> Iterator[None]:
        """Act inside while the order has this revision; None asks for nothing.

        Raises:
            RevisionChangedError: It has another one.
        """
        if revision is None:
            yield
            return
        with self._alone(order):
            now = self.revision(order)
            if now != revision:
                raise RevisionChangedError(now)
            yield

    @contextlib.contextmanager
    def _alone(self, order: str) -> Iterator[None]:
        with self._lock:
            lock, users = self._orders.get(order, (threading.Lock(), 0))
            self._orders[order] = lock, users + 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, users = self._orders[order]
                if users == 1:
                    del self._orders[order]
                else:
                    self._orders[order] = lock, users - 1
