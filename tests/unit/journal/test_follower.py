"""The thread that follows the journal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.changes import AddEvent
from station.core.errors import JournalError
from station.journal import Journal
from station.journal.follower import Follower
from tests.rigs.journals import journal_in

PATIENCE = 30.0  #: seconds


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = journal_in(tmp_path)
    yield made
    made.close()


def change(journal: Journal) -> None:
    with journal.transaction("test") as at_once:
        at_once.apply(AddEvent("", "tried", {}))


def test_a_change_during_a_turn_leads_to_another_turn(journal: Journal) -> None:
    turns, second = [0], threading.Event()

    def turn() -> None:
        turns[0] += 1
        if turns[0] == 1:
            change(journal)
        else:
            second.set()

    follower = Follower(journal, "test", turn)
    follower.start()
    assert second.wait(PATIENCE)
    follower.stop(PATIENCE)
    assert turns == [2]  # nothing has changed since


def test_what_is_due_needs_no_change(journal: Journal) -> None:
    waits, over = iter((0.0, 0.0, None)), threading.Event()

    def turn() -> float | None:
        seconds = next(waits)
        if seconds is None:
            over.set()
        return seconds

    follower = Follower(journal, "test", turn)
    follower.start()
    assert over.wait(PATIENCE)
    follower.stop(PATIENCE)


def test_a_journal_that_cannot_be_used_ends_no_thread(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    turns, failed, again = [0], threading.Event(), threading.Event()

    def turn() -> None:
        turns[0] += 1
        if turns[0] == 1:
            failed.set()
            raise JournalError("full")
        again.set()

    follower = Follower(journal, "test", turn)
    follower.start()
    assert failed.wait(PATIENCE)
    change(journal)
    assert again.wait(PATIENCE)
    follower.stop(PATIENCE)
    assert [record.__dict__["action"] for record in caplog.records] == ["test-wait"]


def test_a_stopped_one_has_no_further_turn(journal: Journal) -> None:
    turned = threading.Event()
    follower = Follower(journal, "test", turned.set)
    follower.start()
    assert turned.wait(PATIENCE)
    follower.stop(PATIENCE)
    turned.clear()
    change(journal)
    assert not turned.is_set()
    assert "test" not in [thread.name for thread in threading.enumerate()]
