"""Many portraits at once, beside what a card needs.

A list of 5,000 people comes with 5,000 pictures, and checking one takes 50 ms of the processor.
They have processes of their own: one for each core, so that no core rests, and with less claim to
the processor than the rest, so that the card at the window comes first. They end soon after the
last picture, as each takes more than 100 MB.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from station.core.errors import PictureFailure, PictureWorkError
from station.core.photos import PhotoReport
from station.picture_process.client import ProcessPictures
from station.picture_process.codec import Setup
from station.picture_process.process import Patience, PictureProcess

MOST_PROCESSES: Final = 4
BACKGROUND: Final = Patience(idle=20.0)
STANDS_BACK: Final = 10  #: see nice(2)


def background_processes(setup: Setup) -> list[PictureProcess]:
    """Return a process for each core that the daemon may use, none of them started."""
    count = min(len(os.sched_getaffinity(0)), MOST_PROCESSES)
    return [PictureProcess(setup, patience=BACKGROUND, nice=STANDS_BACK) for _ in range(count)]


class ProcessPhotoChecks:
    """Implements `station.core.faces.PhotoChecks` with several picture processes. Thread-safe."""

    def __init__(self, processes: Sequence[PictureProcess]) -> None:
        self._processes = [ProcessPictures(process) for process in processes]
        self._free: queue.SimpleQueue[ProcessPictures] = queue.SimpleQueue()
        for process in self._processes:
            self._free.put(process)

    def check_photos(self, jpegs: Sequence[bytes]) -> Sequence[PhotoReport | PictureWorkError]:
        """See `station.core.faces.PhotoChecks.check_photos`."""
        with ThreadPoolExecutor(len(self._processes), "photo-checks") as threads:
            return list(threads.map(self._checked, jpegs))

    def _checked(self, jpeg: bytes) -> PhotoReport | PictureWorkError:
        process = self._free.get()
        try:
            return process.check_photo(jpeg).report
        except PictureWorkError as exc:
            if exc.failure is PictureFailure.NOT_STARTED:
                raise
            return exc
        finally:
            self._free.put(process)

    def close(self) -> None:
        """End the processes; whoever waits for an answer gets an error. Safe to call twice."""
        for process in self._processes:
            process.close()
