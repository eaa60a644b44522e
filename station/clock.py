"""The PC's clock behind `station.core.clock.Clock`.

On Linux the elapsed seconds are those of `CLOCK_BOOTTIME`: they also count while the PC sleeps, and
every process since the same start of the PC reads the same value. The kernel's boot id names that
start. Source: clock_getres(2), random(4). Elsewhere the process's monotonic clock is used under a
name of its own, and the time between two processes counts as unknown.
"""

from __future__ import annotations

import datetime as dt
import secrets
import time
from pathlib import Path
from typing import Final

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """The real clock. Stateless except for the boot's identifier; thread-safe."""

    def __init__(self) -> None:
        boot = _boot_id() if hasattr(time, "CLOCK_BOOTTIME") else ""
        self._shared = bool(boot)
        self._boot = boot or secrets.token_hex(16)

    @property
    def boot(self) -> str:
        """See `Clock.boot`."""
        return self._boot

    def now(self) -> dt.datetime:
        """See `Clock.now`."""
        return utc_now()

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) if self._shared else monotonic()

    def pause(self, seconds: float) -> None:
        """See `Clock.pause`."""
        time.sleep(seconds)


def monotonic() -> float:
    """Return this process's monotonic seconds, for the duration of one exchange or wait.

    Values that decide about an order, or are compared across processes, come from the station's
    clock.
    """
    return time.monotonic()


def utc_now() -> dt.datetime:
    """Return the wall time, timezone-aware, in UTC: for names of files and for people to read."""
    return dt.datetime.now(dt.UTC)


def _boot_id() -> str:
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
