"""The PC's disk: full, read-only, locked by a backup tool, held open by a reader, two daemons."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from typing import Final

from simulators.child import ProcessEndedError
from tests.chaos import truth
from tests.chaos.stage import Kind, Scenario, Stage

LOCK_SECONDS: Final = 25.0
UNLOCKED_SECONDS: Final = 2.0  #: within this the outcome is written once the lock is gone
FULL_SECONDS: Final = 4.0


@contextlib.contextmanager
def _write_lock(stage: Stage) -> Iterator[None]:
    journal = sqlite3.connect(stage.world.state / "journal.db", timeout=30, isolation_level=None)
    with contextlib.closing(journal):
        journal.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            journal.execute("ROLLBACK")


def locked(stage: Stage) -> None:
    """A backup tool holds the journal's write lock for 25 s just as a blank is fed."""
    wish, other = stage.clerk.next_person(), stage.clerk.next_person()
    with stage.in_the_middle_of("feed", wish):
        with _write_lock(stage):
            stage.go_on()
            stage.answers_at_once("while the journal is locked")
            time.sleep(LOCK_SECONDS / 2)
            stage.clerk.accept(other)
            time.sleep(LOCK_SECONDS / 2)
            told = stage.clerk.view(wish)
        time.sleep(UNLOCKED_SECONDS)
    stage.claim(
        bool(told.get("problem") or told.get("running")),
        "I10 a fed blank waits for its row, and the order says nothing",
    )
    codes = [code for code in other.refused if code.startswith("500")]
    stage.claim(not codes, f"I10 an order while the journal is locked: {codes}")
    with truth.copied_journal(stage.world.state) as journal:
        rows = journal.cards.of(wish.order)
        stage.claim(
            bool(rows),
            f"I3 {UNLOCKED_SECONDS:g} s after the lock a fed blank is in no row of the ledger",
        )
    stage.clerk.serve(wish)
    stage.clerk.serve(other)


def reader_stays(stage: Stage) -> None:
    """A reader keeps its snapshot open for the whole life of a card."""
    journal = sqlite3.connect(stage.world.state / "journal.db", isolation_level=None)
    with contextlib.closing(journal):
        journal.execute("BEGIN")
        journal.execute("SELECT count(*) FROM events").fetchone()
        wish = stage.clerk.next_person()
        stage.clerk.start(wish)
        stage.clerk.serve(wish)
        journal.execute("ROLLBACK")


def full(stage: Stage) -> None:
    """The state folder's file system is full in the middle of a feed, a print and a report."""
    if not stage.world.small_disk:
        raise NotHereError("a file system of its own needs root")
    for effect in ("feed", "print", "report"):
        wish = stage.clerk.next_person()
        with stage.in_the_middle_of(effect, wish), stage.world.full_disk():
            stage.go_on()
            time.sleep(FULL_SECONDS)
            stage.answers_at_once("while the disk is full")
        stage.clerk.serve(wish)


def read_only(stage: Stage) -> None:
    """The daemon is killed in the middle of a print and finds its state folder read-only."""
    world = stage.world
    if not world.small_disk:
        raise NotHereError("a file system of its own needs root")
    wish = stage.clerk.next_person()
    with stage.in_the_middle_of("print", wish):
        world.kill_daemon()
        feeds = world.observer()["totals"]["feeds"]
        with world.read_only_disk():
            try:
                world.start_station()
            except ProcessEndedError as exc:
                words = str(exc)
                stage.claim("Traceback" not in words, f"I10 ended with a traceback: {words[-200:]}")
            else:
                stage.go_on()
                stage.clerk.view(wish)
                time.sleep(FULL_SECONDS)
                world.kill_daemon()
        stage.claim(world.observer()["totals"]["feeds"] == feeds, "I5 fed without a journal")
    world.recover_daemon()
    stage.clerk.serve(wish)


def second_daemon(stage: Stage) -> None:
    """Somebody starts a second daemon on the same state folder while a card is printed."""
    wish = stage.clerk.next_person()
    with stage.in_the_middle_of("print", wish):
        answer = _try_second_daemon(stage)
        stage.claim(answer != "", "I6 a second daemon serves on the same state folder")
        stage.claim("Traceback" not in answer, f"I10 refused with a traceback: {answer[-200:]}")
    stage.clerk.serve(wish)


def _try_second_daemon(stage: Stage) -> str:
    """Return why a second daemon ended; empty when it serves."""
    command = stage.world.station_command()
    environment = {**os.environ, **stage.world.station_environment()}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as second:
        assert second.stdout is not None
        words = []
        for line in second.stdout:
            words.append(line)
            if '"ready": true' in line:
                time.sleep(2.0)
                second.kill()
                return ""
    return "".join(words) or "(silent)"


class NotHereError(Exception):
    """The scenario needs something that this machine does not allow."""


SCENARIOS: Final = (
    Scenario("journal locked for 25 s", locked, cases=("G3",)),
    Scenario("journal held open by a reader", reader_stays),
    Scenario("disk full", full),
    Scenario("disk read-only", read_only),
    Scenario("second daemon", second_daemon, cases=("A7",)),
    Scenario("second daemon, printer over TCP", second_daemon, Kind.EVOLIS, cases=("A7", "G9")),
)
