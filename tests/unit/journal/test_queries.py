import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from station.core.changes import AddOrder, MoveOrder, SetGoal
from station.core.orders import (
    OrderKind,
    OrderReason,
    OrderSearch,
    OrderStep,
    WriteBackState,
)
from station.journal import Journal, queries
from tests.rigs.journals import journal_in

S = OrderStep

#: These answer with the whole table, or with its newest rows: they walk a key, never all rows.
WALKS_A_KEY = {
    "CARDS",
    "NEWEST_CARDS",
    "WRITE_BACKS",
    "RECENT_ORDERS",
    "LETTERS",
    "SHIFTS",
    "WEBHOOKS",
    "TRANSFERS_ON_THEIR_WAY",
    "CARD_SERVICES",
    "DUE_SERVICES",
    "DUE_ERASURES",
    "order_lines()",
}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = journal_in(tmp_path)
    yield opened
    opened.close()


#: Every choice of filters.
FILTERED = [
    chosen
    for count in range(len(queries.FILTERS) + 1)
    for chosen in itertools.combinations(queries.FILTERS, count)
]


def statements() -> Iterator[tuple[str, sa.Select[Any]]]:
    for name, value in vars(queries).items():
        if isinstance(value, sa.Select):
            yield name, value
        elif isinstance(value, tuple) and isinstance(value[0], sa.Select):
            yield from ((f"{name}[{i}]", one) for i, one in enumerate(value))
    for before, filters in itertools.product((False, True), FILTERED):
        words = ", ".join((*filters, *(["before"] if before else [])))
        yield f"order_lines({words})", queries.order_lines(*filters, before=before)


def plan_of(journal: Journal, query: sa.Select[Any]) -> list[str]:
    with journal._engine.connect() as connection:
        if "states" in query.compile(connection).params:
            query = query.params(states=["owed", "dead"])
        if "places" in query.compile(connection).params:
            query = query.params(places=["kept", "reject-bin"])
        if "orders" in query.compile(connection).params:
            query = query.params(orders=["a", "b"])
        if "kinds" in query.compile(connection).params:
            query = query.params(kinds=["approved", "answered"], seq=0, limit=1)
        if "aged" in query.compile(connection).params:
            query = query.params(before=dt.datetime.now(dt.UTC), aged=0.0, limit=1)
        compiled = query.compile(connection, compile_kwargs={"render_postcompile": True})
        values = ("x",) * len(compiled.positiontup or ())
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)
        return [row[3] for row in plan]


@pytest.mark.parametrize(("name", "query"), list(statements()))
def test_no_query_reads_a_whole_table(journal: Journal, name: str, query: sa.Select[Any]) -> None:
    steps = plan_of(journal, query)
    assert steps
    if name in WALKS_A_KEY:
        assert not [step for step in steps if "TEMP B-TREE" in step], steps
    else:
        assert not [step for step in steps if step.startswith("SCAN")], steps


def test_what_is_owed_is_found_from_the_outbox(journal: Journal) -> None:
    first, second = plan_of(journal, queries.HEADS[2])
    assert first.startswith("SEARCH write_backs USING INDEX ix_write_backs_state")
    assert second.startswith("SEARCH orders USING INDEX sqlite_autoindex_orders_1 (id=?)")


def test_every_statement_is_looked_at() -> None:
    assert len(list(statements())) >= 25


def add(journal: Journal, order: str, *steps: OrderStep, goal: OrderStep | None = None) -> None:
    with journal.transaction("test") as change:
        change.apply(
            AddOrder(
                order,
                machine=order,
                reason=OrderReason.NEW,
                id_number=f"4107011990030{order[-5:]}",
                previous=None,
            )
        )
        for before, after in zip((S.ACCEPTED, *steps), steps, strict=False):
            change.apply(MoveOrder(order, before, after, "moved"))
        change.apply(SetGoal(order, goal))


def test_a_list_can_be_paged_and_filtered(journal: Journal) -> None:
    names = [f"{number:032x}" for number in range(6)]
    for number, name in enumerate(names):
        add(journal, name, *([S.CANCELLED] if number % 2 else []))
    lines = journal.orders.lines(2)
    assert [line.id for line in lines] == [names[5], names[4]]
    assert [line.id for line in journal.orders.lines(2, names[4])] == [names[3], names[2]]
    assert [
        line.id for line in journal.orders.lines(9, None, OrderSearch(step=S.CANCELLED))
    ] == names[5::-2]
    assert [
        line.id for line in journal.orders.lines(9, names[3], OrderSearch(step=S.CANCELLED))
    ] == [names[1]]
    assert lines[0].id_number == f"4107011990030{names[5][-5:]}"
    assert lines[0].id_number not in repr(lines[0])


@pytest.mark.parametrize("filters", FILTERED)
def test_a_search_walks_its_most_selective_index_and_sorts_one_persons_orders_at_most(
    journal: Journal, filters: tuple[str, ...]
) -> None:
    for before in (False, True):
        walked = [
            step
            for step in plan_of(journal, queries.order_lines(*filters, before=before))
            if "orders USING" in step and "other" not in step
        ]
        first = filters[0] if filters else "seq"
        assert len(walked) == 1
        assert f"({first.replace('person', 'person_index')}" in walked[0] or (
            walked[0] == "SCAN orders USING INDEX ux_orders_seq" and not filters
        )
        sorts = any(
            "TEMP B-TREE" in step
            for step in plan_of(journal, queries.order_lines(*filters, before=before))
        )
        assert sorts == ("person" in filters)


def test_orders_are_found_by_person_day_kind_and_step(journal: Journal) -> None:
    names = [f"{number:032x}" for number in range(4)]
    for name in names:
        add(journal, name, *([S.CANCELLED] if name == names[1] else []))
    today = dt.datetime.now().astimezone().date()
    number = f"4107011990030{names[2][-5:]}"

    def found(**wanted: Any) -> list[str]:  # noqa: ANN401 - fields of a search
        return [line.id for line in journal.orders.lines(9, None, OrderSearch(**wanted))]

    assert found(id_number=number) == [names[2]]
    assert found(id_number=number, step=S.CANCELLED) == []
    assert found(day=today, kind=OrderKind.FULL) == names[::-1]
    assert found(day=today - dt.timedelta(days=3)) == []
    assert found(kind=OrderKind.TEST) == []
    assert found(kind=OrderKind.FULL, step=S.CANCELLED) == [names[1]]
    assert number not in repr(OrderSearch(id_number=number))


def test_a_released_order_is_a_head_only_while_it_is_to_be_activated(journal: Journal) -> None:
    add(journal, "a" * 32, S.RELEASED, goal=S.RELEASED)
    add(journal, "b" * 32, S.RELEASED, goal=S.ACTIVATED)
    add(journal, "c" * 32, S.ACTIVATED, goal=S.ACTIVATED)
    assert [head.id for head in journal.orders.heads()] == ["b" * 32]


def test_one_orders_outbox_is_asked_for_alone(journal: Journal) -> None:
    add(journal, "a" * 32)
    assert journal.outbox.of("a" * 32) == []
    assert journal.outbox.rows(WriteBackState.OWED, WriteBackState.DEAD) == []
