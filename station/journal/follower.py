"""A thread that follows the journal: a turn after each durable change, and when one is due."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from station.core.errors import StationError
from station.journal.store import Journal

log = logging.getLogger(__name__)

AGAIN_SOON: Final = 5.0  #: seconds after which a journal that can't be used is tried again


class Follower:
    """One thread and its turns. A change that comes during a turn leads to another turn."""

    def __init__(self, journal: Journal, name: str, turn: Callable[[], float | None]) -> None:
        """Make it; nothing runs yet.

        Args:
            journal: What is followed.
            name: Of the thread, and in the log.
            turn: Does what is due; returns the seconds until something is due again, None for
                nothing before the next change.
        """
        self._journal = journal
        self._name = name
        self._turn = turn
        self._changed = threading.Condition()
        self._changes = 0
        self._heard = 0  # of the changes, those before the present turn
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._journal.on_change(self._wake)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the thread after its present turn, which is waited for no longer than `timeout`."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def _wake(self) -> None:
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def _run(self) -> None:
        while self._wait(self._one_turn()):
            pass

    def _one_turn(self) -> float | None:
        with self._changed:
            self._heard = self._changes
        try:
            return self._turn()
        except StationError as exc:
            extra = {"action": f"{self._name}-wait", "code": exc.code}
            log.warning("not done, and tried again soon", extra=extra)
            return AGAIN_SOON

    def _wait(self, seconds: float | None) -> bool:
        with self._changed:
            self._changed.wait_for(self._is_due, seconds)
            return not self._stopping

    def _is_due(self) -> bool:
        return self._stopping or self._changes != self._heard
