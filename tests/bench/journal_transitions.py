"""Durable transitions: the journal's, and the very same statements on bare SQLite.

A transition is what the end of 写卡 writes: the order row, its events, and the outbox row with the
sealed report, in one transaction that is on the disk when it returns.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from station.core.changes import AddOrder, MoveOrder, OweReport
from station.core.gateways import IssuanceReport, ReportOutcome
from station.core.orders import OrderReason, OrderStep
from station.core.secrets import BankNumber
from station.journal import Journal, open_journal

Statement = tuple[str, tuple[Any, ...]]
Transitions = Sequence[Sequence[Statement]]

REPORT = IssuanceReport(
    outcome=ReportOutcome.ISSUED,
    batch="T0001",
    AAC002="410702198803050014",  # invented
    AAC003="测试",
    AAZ500="A12345678",
    AAZ501="410700" + "0" * 26,
    AAZ507="3B" + "0" * 24,
    AAZ503="20261122",
    valid_until="20361122",
    bank_number=BankNumber("6227001234567890128"),
)


def prepare(folder: Path, count: int) -> Path:
    """Make a journal with `count` orders at `fed`; returns its file."""
    folder.mkdir(parents=True)
    with _open(folder) as journal, journal.transaction("bench") as change:
        for number in range(count):
            order = order_id(number)
            change.apply(
                AddOrder(
                    order,
                    machine=f"m{number}",
                    reason=OrderReason.NEW,
                    id_number=f"4107021988{number:08d}",
                    previous=None,
                )
            )
            change.apply(MoveOrder(order, OrderStep.ACCEPTED, OrderStep.FED, "made"))
    return folder / "journal.db"


def order_id(number: int) -> str:
    """Return the id of one prepared order."""
    return f"{number:032x}"


def paired_times(
    prepared: Path, folder: Path, transitions: Transitions
) -> tuple[list[float], list[float]]:
    """Make each transition through the journal and then as bare statements, in turn.

    Turn by turn, so that whatever else the machine does meets both alike. Returns the seconds of
    each transition: the journal's, and those of `sqlite3` alone with the journal's pragmas.
    """
    ours, raw = [], []
    connection = sqlite3.connect(copy(prepared, folder / "raw"), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    with _open(copy(prepared, folder / "ours").parent) as journal:
        for number, transition in enumerate(transitions):
            ours.append(_timed(journal, number))
            raw.append(_raw(connection, transition))
    connection.close()
    return ours, raw


def record(prepared: Path, folder: Path, count: int) -> Transitions:
    """Return the statements of every transition, as SQLite gets them."""
    transitions: list[list[Statement]] = []
    with _open(copy(prepared, folder).parent) as journal:

        @sa.event.listens_for(journal._engine, "before_cursor_execute")
        def _hear(*heard: Any) -> None:  # noqa: ANN401 - SQLAlchemy's signature
            statement, values = heard[2:4]
            if statement == "BEGIN IMMEDIATE":
                transitions.append([])
            else:
                transitions[-1].append((statement, tuple(map(_plain, values))))

        for number in range(count):
            _timed(journal, number)
    return transitions


def _raw(connection: sqlite3.Connection, transition: Sequence[Statement]) -> float:
    started = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    for statement, values in transition:
        connection.execute(statement, values).fetchall()
    connection.execute("COMMIT")
    return time.perf_counter() - started


def _timed(journal: Journal, number: int) -> float:
    order = order_id(number)
    started = time.perf_counter()
    with journal.transaction("bench") as change:
        change.apply(MoveOrder(order, OrderStep.FED, OrderStep.ENCODED, "written"))
        change.apply(OweReport(order, REPORT))
    return time.perf_counter() - started


def _plain(value: Any) -> Any:  # noqa: ANN401 - what a driver takes
    return bytes(value) if isinstance(value, memoryview) else value


def copy(prepared: Path, folder: Path) -> Path:
    """Copy a prepared journal and its key into a new folder; returns its file."""
    folder.mkdir(parents=True)
    for name in ("journal.db", "seal.key"):
        shutil.copy(prepared.parent / name, folder / name)
    return folder / "journal.db"


@contextmanager
def _open(folder: Path) -> Iterator[Journal]:
    journal = open_journal(f"sqlite:///{folder}/journal.db", folder / "seal.key")
    yield journal
    journal.close()
