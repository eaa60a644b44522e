"""What batches have to do besides requests: one thread, woken by every durable change."""

from __future__ import annotations

import logging
import threading
from typing import Final

from station.batches.service import BatchService
from station.core.errors import StationError
from station.journal import Journal

log = logging.getLogger(__name__)

AGAIN_SOON: Final = 5.0  #: seconds, after an error of the journal
PATIENCE: Final = 30.0  #: seconds that a stop waits for the picture that is being checked


class BatchWork:
    """Checks pictures while there are unchecked ones, and takes batches on whose cards are made."""

    def __init__(self, journal: Journal, batches: BatchService) -> None:
        self._journal = journal
        self._batches = batches
        self._changed = threading.Condition()
        self._changes = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="batches", daemon=True)
        journal.on_change(self._wake)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread after what it is doing now."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(PATIENCE)

    def turn(self) -> bool:
        """Do a piece of what there is to do; returns whether there may be more."""
        checked = self._batches.photos.check_some()
        return self._batches.making.turn() or checked

    def _wake(self) -> None:
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def _run(self) -> None:
        while not self._stopping:
            with self._changed:
                heard = self._changes
            wait: float | None = None
            try:
                if self.turn():
                    continue
            except StationError as exc:
                extra = {"action": "batches-wait", "code": exc.code}
                log.warning("the journal can't be used", extra=extra)
                wait = AGAIN_SOON
            with self._changed:
                self._changed.wait_for(
                    lambda heard=heard: self._stopping or self._changes != heard,  # type: ignore[misc]
                    wait,
                )
