"""Until when a simulator's process serves."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from typing import Final

_PARENT_LOOK_SECONDS: Final = 0.5


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add `--exit-with-parent` to `parser`."""
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="stop when the starting process is gone"
    )


class Stopping:
    """SIGTERM, SIGINT or, where that is asked for, the end of the starting process.

    Make it before another process can know of this one: it takes the signals over, and notes which
    process is the parent.
    """

    def __init__(self, *, with_parent: bool = False) -> None:
        self._parent = os.getppid() if with_parent else None
        self._asked = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._asked.set())

    def wait(self) -> None:
        """Wait until this process is to stop."""
        rest = None if self._parent is None else _PARENT_LOOK_SECONDS
        while not self._asked.wait(rest):
            if os.getppid() != self._parent:
                return
