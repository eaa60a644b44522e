"""How open pages learn that something has changed: a count that grows, and who waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import threading


class Pulse:
    """Any thread bumps it; pages wait for it in the server's event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self.count = 0
        self.ended = False

    def bump(self) -> None:
        """Say that something has changed."""
        with self._lock:
            self.count += 1
            waiting, self._waiting = self._waiting, set()
        for loop, event in waiting:
            with contextlib.suppress(RuntimeError):  # the server has ended meanwhile
                loop.call_soon_threadsafe(event.set)

    def end(self) -> None:
        """Send every page away: the server stops."""
        self.ended = True
        self.bump()

    async def wait(self, heard: int, seconds: float) -> None:
        """Wait for a change after `heard`, for at most so long."""
        event = asyncio.Event()
        entry = asyncio.get_running_loop(), event
        with self._lock:
            if self.count != heard:
                return
            self._waiting.add(entry)
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return
        finally:
            with self._lock:
                self._waiting.discard(entry)
