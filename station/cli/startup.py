"""What makes the daemon start quickly and stay small; it works the same without any of it.

Source: glibc manual 3.2.3.7 (malloc tunable parameters); pydantic's `defer_build`.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from collections.abc import Iterator
from typing import Final

M_MMAP_THRESHOLD: Final = -3
M_ARENA_MAX: Final = -8
BIG_BYTES: Final = 256 * 1024  #: a plane of a face has some 600 KiB
ARENAS: Final = 2


def give_memory_back() -> None:
    """Have malloc return pictures to the system when they are freed. Only where glibc is.

    Otherwise its threshold grows with the largest picture, and every thread keeps its own holes.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)
        mallopt(M_MMAP_THRESHOLD, BIG_BYTES)


@contextlib.contextmanager
def models_built_later() -> Iterator[None]:
    """Have pydantic build the models that are imported in this block when they are first used.

    FastAPI's own of OpenAPI: only who asks for the description needs them.
    """
    from pydantic import BaseModel

    BaseModel.model_config["defer_build"] = True
    try:
        yield
    finally:
        del BaseModel.model_config["defer_build"]


def no_client_command_line() -> None:
    """Have httpx leave out its command line, with rich and pygments behind it: 5 MB, 60 ms.

    It does without where those are not installed; here they are, for other programs.
    """
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # "not to be found"


def collect_no_more() -> None:
    """Look for no garbage while importing: it makes much, frees nothing and is a third slower."""
    gc.disable()


def collect_again() -> None:
    """Look for garbage again, but not through what was made up to here: it stays for good."""
    gc.freeze()
    gc.enable()
