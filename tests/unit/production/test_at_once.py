"""The same request many times at once: it is carried out once, and everybody gets its answer."""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from station.core.errors import OrderConflictError
from station.core.ledger import Counted
from station.core.orders import OrderKind, OrderReason, OrderStep, StockMove
from station.core.reprints import ReprintReason
from station.production.intake.reprints import Reprint
from tests.rigs.faces import render_person
from tests.unit.production.doubles import ID_NUMBER, Bench
from tests.unit.production.in_place import Walk, service

TIMES = 20
T = TypeVar("T")


def at_once(ask: Callable[[int], T], times: int = TIMES) -> list[T]:
    """Call `ask(0..times-1)` from as many threads, all beginning together."""
    together = threading.Barrier(times)

    def one(number: int) -> T:
        together.wait(30.0)
        return ask(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.field_case("E3")
def test_twenty_equal_requests_make_one_order_and_get_its_answer(window: Bench) -> None:
    serves = service(window)
    views = at_once(
        lambda _: serves.orders.create(
            ID_NUMBER, OrderReason.NEW, "hall", idempotency_key="one request"
        )
    )
    assert all(view == views[0] for view in views)
    assert [order.id for order in window.journal.orders.recent(9)] == [views[0].id]


@pytest.mark.field_case("E3")
def test_twenty_equal_reprints_make_one_order(window: Bench) -> None:
    walk = Walk.accept(window)
    walk.to(OrderStep.RELEASED)
    serves = service(window)
    wish = Reprint(
        walk.id, OrderKind.FACE_ONLY, ReprintReason.FACE_UNCLEAR, idempotency_key="one reprint"
    )
    made = {view.id for view in at_once(lambda _: serves.orders.reprint(wish, "hall"))}
    assert len(made) == 1
    assert len(window.journal.orders.recent(9)) == len({walk.id} | made)


@pytest.mark.field_case("E3")
def test_a_key_of_another_request_is_still_refused(window: Bench) -> None:
    serves = service(window)
    serves.orders.create(ID_NUMBER, OrderReason.NEW, "hall", idempotency_key="k")
    with pytest.raises(OrderConflictError) as refused:
        serves.orders.create(ID_NUMBER, OrderReason.REPLACEMENT, "hall", idempotency_key="k")
    assert refused.value.code == "idempotency-key-reused"


@pytest.mark.field_case("E15")
def test_thirty_equal_stock_moves_move_once(window: Bench) -> None:
    ledger = service(window).ledger
    reports = at_once(
        lambda _: ledger.move_stock(StockMove.OPENED, 100, "clerk", request="one move"), 30
    )
    assert {report.figures.opened for report in reports} == {100}
    assert len(window.journal.stock.moves(-1, window.journal.history.newest_seq())) == 1


@pytest.mark.field_case("E15")
@pytest.mark.parametrize("keys", [["one"] * 10, [f"tab {n}" for n in range(10)]])
def test_ten_closes_of_one_shift_at_once_close_one(window: Bench, keys: list[str]) -> None:
    ledger = service(window).ledger
    ledger.move_stock(StockMove.OPENED, 100, "clerk", request="load")
    together = threading.Barrier(len(keys))
    read = window.journal.stock.last_shift
    first = threading.local()

    def last_shift() -> object:
        found = read()
        if not getattr(first, "done", False):  # all of them have seen the open shift
            first.done = True
            together.wait(30.0)
        return found

    window.journal.stock.last_shift = last_shift  # type: ignore[assignment, method-assign]
    closed = at_once(
        lambda n: ledger.close_shift(Counted(0, 100), "clerk", request=keys[n]), len(keys)
    )
    assert {shift.id for shift in closed} == {1}


@pytest.mark.field_case("E15")
def test_a_shift_that_was_closed_meanwhile_with_other_counts_is_refused(window: Bench) -> None:
    ledger = service(window).ledger
    ledger.move_stock(StockMove.OPENED, 100, "clerk", request="load")
    read, asked = window.journal.stock.last_shift, itertools.count()

    def last_shift() -> object:
        found = read()
        if next(asked) == 0:  # somebody else is quicker, between our look and our transaction
            ledger.close_shift(Counted(0, 100), "wang", request="wang's")
        return found

    window.journal.stock.last_shift = last_shift  # type: ignore[assignment, method-assign]
    with pytest.raises(OrderConflictError) as refused:
        ledger.close_shift(Counted(0, 99), "li", request="li's")
    assert refused.value.code == "shift-closed-meanwhile"
    shift = read()
    assert shift is not None
    assert shift.ended_by == "wang"


@pytest.mark.field_case("E15")
def test_a_shifts_request_with_other_counts_is_refused(window: Bench) -> None:
    ledger = service(window).ledger
    ledger.close_shift(Counted(0, 0), "clerk", request="k")
    assert ledger.close_shift(Counted(0, 0), "clerk", request="k").id == 1
    with pytest.raises(OrderConflictError) as refused:
        ledger.close_shift(Counted(0, 1), "clerk", request="k")
    assert refused.value.code == "idempotency-key-reused"


@pytest.mark.field_case("E15")
def test_test_cards_asked_for_at_once_are_one_order(window: Bench) -> None:
    ledger = service(window).ledger
    assert len(set(at_once(lambda _: ledger.print_test_card("technician"), 10))) == 1


# -- what a stolen database tells ------------------------------------------------------------------


def plain_digests(texts: Iterable[str]) -> set[str]:
    """Every digest of these texts that a thief would try, in hex."""
    made = set()
    for text, name in itertools.product(texts, ("md5", "sha1", "sha224", "sha256", "sha512")):
        made.add(hashlib.new(name, text.encode()).hexdigest())
    return made


@pytest.mark.field_case("E12")
def test_a_stolen_journal_holds_no_number_and_no_plain_digest_of_one(window: Bench) -> None:
    walk = Walk.accept(window, key=f"order of {ID_NUMBER}")
    walk.to(OrderStep.RELEASED)
    window.machine.feeder.insert(0, window.machine.out.pop())
    view = service(window).orders.reprint(
        Reprint(
            walk.id, OrderKind.FACE_ONLY, ReprintReason.FACE_UNCLEAR, idempotency_key=ID_NUMBER
        ),
        "hall",
    )
    Walk(window, view.id).to(OrderStep.RELEASED)
    data = window.journal.orders.one(walk.id).data
    assert data is not None
    face = render_person(window.faces, data, window.machine.model.geometry, duplex=False)
    window.journal.close()
    content = b"".join(file.read_bytes() for file in Path(window.folder).glob("journal.db*"))
    spoken = [ID_NUMBER, data.chip.AAC003, *(f"{ID_NUMBER}|{r.value}" for r in OrderReason)]
    spoken += [json.dumps(ID_NUMBER), f"order of {ID_NUMBER}"]
    for text in (*spoken, *plain_digests(spoken), face.sha256):
        assert text.encode() not in content, text
