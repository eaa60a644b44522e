"""A busy PC: processes that use whatever CPU they get."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def busy_pc(loops: int = 2) -> Iterator[None]:
    """Run endless loops beside what is done here, and end them."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for loop in running:
            loop.kill()
            loop.wait()
