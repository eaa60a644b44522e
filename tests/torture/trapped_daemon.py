"""`station serve` with a trap in its journal: SIGKILL right before or right after the n-th commit.

Run as `python -m tests.torture.trapped_daemon FOLDER serve ...`. Nothing happens until
`FOLDER/trap` says `3 before`, `3 after` or `0 never`; commits are counted from there and named in
`FOLDER/passed`, one a line. `3 after batch-rows-read` counts only commits with an event of this
kind, `1 before -` only those without any.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from unittest import mock

from station.__main__ import main
from station.journal import Journal, Transaction
from station.journal.writing import Writing

TRAP: Final = "trap"
PASSED: Final = "passed"


class Trap:
    """Counts commits and springs once."""

    def __init__(self, folder: Path) -> None:
        self._trap, self._passed = folder / TRAP, folder / PASSED
        self._set: tuple[int, str, str] | None = None
        self._count = 0
        self._events = threading.local()

    def install(self) -> None:
        """Put it under every journal of this process."""
        begin, tell = Journal.transaction, Writing.add_event

        @contextlib.contextmanager
        def transaction(journal: Journal, actor: str) -> Iterator[Transaction]:
            self._events.kinds, self._events.counted = [], False
            with begin(journal, actor) as change:
                yield change
                self._count_one()
                self._spring("before")
            self._spring("after")

        def add_event(to: Writing, order: str, kind: str, data: Mapping[str, str]) -> None:
            self._events.kinds.append(" ".join([kind, *filter(None, [data.get("effect")])]))
            tell(to, order, kind, data)

        mock.patch.object(Journal, "transaction", transaction).start()
        mock.patch.object(Writing, "add_event", add_event).start()

    def _count_one(self) -> None:
        if self._set is None:
            if not self._trap.exists():
                return
            number, when, *kind = self._trap.read_text().split()
            self._set = int(number), when, "".join(kind)
        wanted, kinds = self._set[2], self._events.kinds
        self._events.counted = not wanted or wanted in (kinds or ["-"])
        self._count += self._events.counted
        with self._passed.open("a") as passed:
            passed.write(", ".join(self._events.kinds) + "\n")

    def _spring(self, when: str) -> None:
        if self._events.counted and self._set and self._set[:2] == (self._count, when):
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    Trap(Path(sys.argv.pop(1))).install()
    main()
