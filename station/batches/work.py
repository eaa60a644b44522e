"""What batches have to do besides requests: one thread, woken by every durable change."""

from __future__ import annotations

from typing import Final

from station.batches.service import BatchService
from station.journal import Journal
from station.journal.follower import Follower

PATIENCE: Final = 30.0  #: seconds that a stop waits for the picture that is being checked


class BatchWork:
    """Checks pictures while there are unchecked ones, and takes batches on whose cards are made."""

    def __init__(self, journal: Journal, batches: BatchService) -> None:
        self._batches = batches
        self._follower = Follower(
            journal,
            "batches",
            lambda: 0.0 if self.turn() else None,  # 0: there may be more
        )

    def start(self) -> None:
        """Start the thread."""
        self._follower.start()

    def stop(self) -> None:
        """End the thread after what it is doing now."""
        self._follower.stop(PATIENCE)

    def turn(self) -> bool:
        """Do a piece of what there is to do; returns whether there may be more."""
        checked = self._batches.photos.check_some()
        return self._batches.making.turn() or checked
