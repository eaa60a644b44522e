"""The power is cut after every single write of the journal's files, and what is left is opened.

A course of things runs once on a disk that notes every write and sync. Then, for each of them, the
files that a power cut there may leave are made, and opened as the station opens them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from station.clock import SystemClock
from station.core.errors import StationError
from station.core.orders import OrderStep
from station.journal import Journal
from tests.torture.boundaries import CASES
from tests.torture.case import Case
from tests.torture.disk import (
    ARRIVED,
    DATABASE,
    SEAL_KEY,
    empty_journal,
    engines,
    open_on,
    tape,
)
from tests.torture.power import Disk, Files
from tests.torture.runs import Result
from tests.torture.window import in_memory_folder

MOST_EVENTS: Final = 100_000


@dataclasses.dataclass(frozen=True)
class Course:
    """One thing the station does to its journal.

    Attributes:
        name: For people.
        run: Does it, on a disk that notes every write.
    """

    name: str
    run: Callable[[], object]

    def cuts(self, every: int = 1) -> Iterator[Result]:
        """Run it, then cut the power at each `every`th write, letting through less or more."""
        self.run()
        history = _History.on(tape().disk().after_power_cut(random.Random(0), 1.0))
        told = tape().told()
        for number, disk in enumerate(tape().disks()):
            for share in ARRIVED if number % every == 0 else ():
                files = disk.after_power_cut(random.Random(number), share)
                yield Result(
                    f"{self.name}: power lost at write {number}, {share:.0%} of the rest arrived",
                    list(_wrong(files, disk, history, told)),
                    kills=1,
                    faults=Counter({"power lost in a write": 1}),
                )


@dataclasses.dataclass(frozen=True)
class _History:
    """What one set of files holds."""

    hashes: list[str]
    problems: list[str]

    @classmethod
    def on(cls, files: Files) -> _History:
        """Open the files as the station does."""
        with _folder_with(files) as folder:
            problems = _damage(folder)
            try:
                engine = engines(recorded=False).on(folder / DATABASE)
                journal = open_on(engine, folder, SystemClock())
            except (StationError, sa.exc.SQLAlchemyError) as exc:
                return cls([], [f"I9 the journal does not open: {exc}"])
            hashes = [event.hash for event in journal.history.after(0, MOST_EVENTS)]
            problems += _disagreements(journal)
            journal.close()
        return cls(hashes, problems)


def _damage(folder: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(folder / DATABASE)) as connection:
        try:
            words = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        except sqlite3.DatabaseError as exc:
            words = [str(exc)]
    return [] if words == ["ok"] else [f"I9 the database is damaged: {words[0]}"]


def _disagreements(journal: Journal) -> list[str]:
    wrong = []
    try:
        journal.history.verify_chain()
        at = {"": ""}
        for event in journal.history.after(0, MOST_EVENTS):
            start = OrderStep.ACCEPTED.value if event.kind == "order-accepted" else ""
            at[event.order] = event.data.get("to", start or at[event.order])
        for order in journal.orders.recent(1000):
            if at.get(order.id) != order.step.value:
                wrong.append(f"I9 an order is at {order.step}, its history at {at.get(order.id)}")
    except StationError as exc:
        wrong.append(f"I9 {exc}")
    return wrong


def _wrong(files: Files, disk: Disk, whole: _History, told: frozenset[int]) -> Iterator[str]:
    found = _History.on(files)
    yield from found.problems
    length = len(found.hashes)
    if length < disk.acknowledged:
        yield f"I5 {disk.acknowledged} events were called durable, {length} are there"
    if found.hashes != whole.hashes[:length]:
        yield "I9 another history is there than the one that was written"
    if length not in told:
        yield f"I5 a part of a transaction is there: {length} events"


@contextlib.contextmanager
def _folder_with(files: Files) -> Iterator[Path]:
    folder = in_memory_folder()
    try:
        for name, content in (files | {SEAL_KEY: empty_journal()[SEAL_KEY]}).items():
            (folder / name).write_bytes(content)
        yield folder
    finally:
        shutil.rmtree(folder)


def _first_start() -> None:
    with _folder_with({}) as folder:
        tape().start(folder)
        open_on(engines(recorded=True).on(folder / DATABASE), folder, SystemClock()).close()


def _of(case: Case) -> Course:
    return Course(case.name, lambda: case.run(volatile=True))


COURSES: Final = (Course("the first start", _first_start), *(_of(case) for case in CASES))
