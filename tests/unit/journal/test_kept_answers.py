"""Answers of the journal are kept until the next change, and never longer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from station.core.changes import AddOrder
from station.core.errors import JournalError
from station.core.orders import OrderReason
from station.journal import Journal, read_journal
from station.journal.rows import MOST_ROWS, Rows
from tests.rigs.journals import journal_in

PEOPLE = ("410701199003074512", "410701199003074520")  # invented


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = _opened(tmp_path)
    yield opened
    opened.close()


def _opened(folder: Path) -> Journal:
    return journal_in(folder)


def _accept(journal: Journal, order: str, person: str = PEOPLE[0]) -> None:
    with journal.transaction("clerk") as change:
        change.apply(AddOrder(order, "window-1", OrderReason.NEW, person, None))


def _statements(journal: Journal) -> list[str]:
    seen: list[str] = []

    @sa.event.listens_for(journal._engine, "before_cursor_execute")
    def _note(*args: object) -> None:
        seen.append(str(args[2]))

    return seen


def test_what_nobody_has_changed_is_read_once(journal: Journal) -> None:
    _accept(journal, "a")
    asked = _statements(journal)
    first = [journal.orders.heads(), journal.orders.head("a"), journal.cards.strangers_inside()]
    assert asked
    asked.clear()
    again = [journal.orders.heads(), journal.orders.head("a"), journal.cards.strangers_inside()]
    assert again == first
    assert asked == []


def test_a_change_is_seen_at_once(journal: Journal) -> None:
    _accept(journal, "a")
    assert [head.id for head in journal.orders.heads()] == ["a"]
    _accept(journal, "b", PEOPLE[1])
    assert [head.id for head in journal.orders.heads()] == ["a", "b"]


def test_a_change_that_fails_is_forgotten_too(journal: Journal) -> None:
    _accept(journal, "a")
    journal.orders.heads()
    asked = _statements(journal)
    with pytest.raises(JournalError), journal.transaction("clerk"):
        raise sa.exc.OperationalError("COMMIT", {}, Exception("disk full"))
    asked.clear()
    journal.orders.heads()
    assert asked


def test_other_values_are_another_question(journal: Journal) -> None:
    _accept(journal, "a")
    _accept(journal, "b", PEOPLE[1])
    assert journal.orders.head("a").id == "a"
    assert journal.orders.head("b").id == "b"


def test_nobody_changes_what_another_is_given(journal: Journal) -> None:
    _accept(journal, "a")
    journal.orders.heads().clear()
    assert len(journal.orders.heads()) == 1


def test_who_only_reads_sees_what_the_daemon_writes(tmp_path: Path, journal: Journal) -> None:
    _accept(journal, "a")
    reader = read_journal(f"sqlite:///{tmp_path / 'journal.db'}", tmp_path / "seal.key")
    assert len(reader.orders.heads()) == 1
    _accept(journal, "b", PEOPLE[1])
    assert len(reader.orders.heads()) == 2
    reader.close()


def test_what_was_read_during_a_change_is_not_kept() -> None:
    rows = Rows(sa.create_engine("sqlite://"), keeps=True)
    began, changed = threading.Event(), threading.Event()
    answers: list[list[str]] = []

    def old() -> list[str]:
        began.set()
        assert changed.wait(30)
        return ["before"]

    reader = threading.Thread(target=lambda: answers.append(rows.kept("q", {}, old)))
    reader.start()
    assert began.wait(30)
    rows.forget()  # what a writer does after its commit
    changed.set()
    reader.join(30)
    assert answers == [["before"]]  # it had asked before the change
    assert rows.kept("q", {}, lambda: ["after"]) == ["after"]


def test_a_long_answer_is_not_kept() -> None:
    rows = Rows(sa.create_engine("sqlite://"), keeps=True)
    rows.kept("q", {}, lambda: ["x"] * (MOST_ROWS + 1))
    assert rows.kept("q", {}, lambda: ["new"]) == ["new"]


def test_one_state_stays_one_state(journal: Journal) -> None:
    _accept(journal, "a")
    journal.orders.heads()
    with journal.one_state():
        assert len(journal.orders.lines(10)) == 1
        _accept(journal, "b", PEOPLE[1])
        assert len(journal.orders.heads()) == 1
        assert len(journal.orders.lines(10)) == 1
    assert len(journal.orders.heads()) == 2
