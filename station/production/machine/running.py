"""Which step each thread is taking right now."""

from __future__ import annotations

import threading

from station.production.machine.looks import Running


class RunningSteps:
    """The step of each thread that takes one. Any thread may ask; each notes its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_thread: dict[int, Running] = {}

    def note(self, running: Running) -> None:
        """Note what the calling thread begins."""
        with self._lock:
            self._by_thread[threading.get_ident()] = running

    def end(self) -> Running | None:
        """Note that the calling thread has ended its step; returns it, if there was one."""
        with self._lock:
            return self._by_thread.pop(threading.get_ident(), None)

    def of_order(self, order: str) -> Running | None:
        """Return the step that this order is being taken to, and since when."""
        with self._lock:
            return next((one for one in self._by_thread.values() if one.order == order), None)

    def of_thread(self, thread: threading.Thread) -> Running | None:
        """Return the step that this thread is taking."""
        with self._lock:
            return self._by_thread.get(thread.ident or 0)
