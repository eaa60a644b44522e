"""Journals for tests that need one, without the time of making it."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from station.core.clock import Clock
from station.journal import Journal, open_journal


def journal_in(folder: Path, *, clock: Clock | None = None) -> Journal:
    """Open the journal of a folder, a new one where there is none.

    A new one is a copy of an empty one: its migrations take longer than most tests, and are tested
    by the tests of the schema.
    """
    file = folder / "journal.db"
    if not file.exists():
        file.write_bytes(_empty())
    return open_journal(f"sqlite:///{file}", folder / "seal.key", clock=clock)


@functools.cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        open_journal(f"sqlite:///{folder}/journal.db", Path(folder) / "seal.key").close()
        return (Path(folder) / "journal.db").read_bytes()
