"""What makes the daemon start quickly and stay small; it works the same without any of it.

Each function says what it saves on a PC of two cores (CPU seconds, so that other work on it does
not count). What saves less than 2 MB or 20 ms has no place here.

Source: glibc manual 3.2.3.7 (malloc tunable parameters).
"""

from __future__ import annotations

import ctypes
import gc
import sys
from typing import Final

M_MMAP_THRESHOLD: Final = -3
M_ARENA_MAX: Final = -8
BIG_BYTES: Final = 256 * 1024  #: a plane of a face has some 600 KiB
ARENAS: Final = 2


def give_memory_back() -> None:
    """Have malloc return large pieces to the system when they are freed. Only where glibc is.

    Otherwise its threshold grows with the largest piece, and every thread keeps its own holes:
    12 MB of 98 once everything is imported.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)
        mallopt(M_MMAP_THRESHOLD, BIG_BYTES)


def no_client_command_line() -> None:
    """Have httpx leave out its command line, with rich and pygments behind it: 4.7 MB, 50 ms.

    It does without where those are not installed; here they are, for other programs. This and
    `no_trio` are the private hooks: httpx has no setting for them.
    """
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # "not to be found"


def no_trio() -> None:
    """Have httpcore leave out trio, another event loop: 4 MB, 350 ms.

    A window has no trio; a developer's PC has it with selenium, and httpcore imports it where it
    finds it. So the daemon is measured, and tested, as a window starts it.
    """
    sys.modules.setdefault("trio", None)  # type: ignore[arg-type]  # "not to be found"


def collect_no_more() -> None:
    """Look for no garbage while importing: it makes much, frees nothing and is a third slower."""
    gc.disable()


def collect_again() -> None:
    """Look for garbage again, but not through what was made up to here: it stays for good."""
    gc.freeze()
    gc.enable()
