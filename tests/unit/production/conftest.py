"""A window in memory for every test of the production life."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.production.doubles import Bench

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - only where tests keep a database for a moment


@pytest.fixture
def window() -> Iterator[Bench]:
    """One window whose journal is a file, in memory where the PC has room for it."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        bench = Bench(Path(folder))
        yield bench
        bench.journal.close()
