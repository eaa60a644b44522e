"""What is shown together is read from one state of the journal, and nothing twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from station.core.changes import AddOrder, MoveOrder
from station.core.orders import OrderReason, OrderStep
from station.journal import Journal
from tests.rigs.journals import journal_in

ORDER = "0" * 32


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = journal_in(tmp_path)
    with opened.transaction("test") as change:
        change.apply(AddOrder(ORDER, "m", OrderReason.NEW, "410702198803050014", previous=None))
    yield opened
    opened.close()


def asked(journal: Journal) -> list[str]:
    """Return a list that is filled with the statements of every query from now on."""
    heard: list[str] = []

    @sa.event.listens_for(journal._engine, "before_cursor_execute")
    def _hear(*told: Any) -> None:  # noqa: ANN401 - SQLAlchemy's signature
        if told[2].startswith("SELECT"):
            heard.append(told[2])

    return heard


def move(journal: Journal) -> None:
    with journal.transaction("test") as change:
        change.apply(MoveOrder(ORDER, OrderStep.ACCEPTED, OrderStep.DATA_READY, "fetched"))


def test_nothing_is_read_twice_in_one_state(journal: Journal) -> None:
    heard = asked(journal)
    with journal.one_state(), journal.one_state():
        first, again = journal.orders.one(ORDER), journal.orders.one(ORDER)
        other = journal.orders.heads_of_person("410702198803050014")
    assert first == again
    assert [one.id for one in other] == [ORDER]
    assert len(heard) == 2


def test_what_is_written_meanwhile_is_seen_afterwards_and_by_others(journal: Journal) -> None:
    seen: list[OrderStep] = []
    with journal.one_state():
        before = journal.orders.one(ORDER).step
        mover = threading.Thread(target=move, args=(journal,))
        mover.start()
        mover.join(30)
        reader = threading.Thread(target=lambda: seen.append(journal.orders.one(ORDER).step))
        reader.start()
        reader.join(30)
        assert journal.cards.of(ORDER) == []  # another table, of the same state
        assert journal.orders.one(ORDER).step is before
    assert before is OrderStep.ACCEPTED
    assert seen == [OrderStep.DATA_READY]
    assert journal.orders.one(ORDER).step is OrderStep.DATA_READY
