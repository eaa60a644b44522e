"""What was left over when the station started, and who has read it."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Iterator

from station.core.errors import GatewayUnavailableError
from station.core.orders import OrderStep
from station.core.printing import CardPosition
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from station.production.services.start_up import LEFT_OVER_READ, Finding, FoundNow, LeftOver
from tests.unit.production.doubles import Bench, Card
from tests.unit.production.in_place import Walk
from tests.unit.production.test_engine import wait_until
from tests.unit.production.test_ledger import stocked

S = OrderStep


@contextlib.contextmanager
def started(window: Bench) -> Iterator[ProductionService]:
    """Start a station on what the last one left."""
    window.restart()
    notifier = Notifier()
    window.journal.on_change(notifier.ring)
    engine = Engine(window.bench, notifier, random.Random(1))
    made = ProductionService(window.journal, window.bench.equipment, engine, notifier)
    made.start()
    try:
        wait_until(lambda: engine.begun)
        yield made
    finally:
        made.stop()


def findings(station: ProductionService) -> list[Finding]:
    return [one.finding for one in station.start_up.now()]


def only(station: ProductionService) -> FoundNow:
    (found,) = station.start_up.now()
    return found


def test_nothing_is_said_when_nothing_was_left_over(window: Bench) -> None:
    Walk.accept(window).to(S.RELEASED)
    with started(window) as station:
        assert station.start_up.now() == ()
        station.start_up.read("clerk")
        assert window.journal.history.newest(LEFT_OVER_READ, 1) == []


def test_a_card_that_was_inside_is_found_as_it_was_and_shown_as_it_is(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    with started(window) as station:
        assert findings(station) == [Finding(LeftOver.CARD, order.id, S.REPORTED)]
        assert only(station).still
        station.orders.run(order.id, "clerk")
        station.orders.wait_for(order.id, S.RELEASED, 20.0)
        now = only(station)
        assert (now.finding.step, now.still) == (S.REPORTED, False)
        assert now.order is not None
        assert now.order.step is S.RELEASED


def test_a_question_that_nobody_has_answered_is_found(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    window.machine.path = None
    with started(window) as station:
        now = only(station)
        assert now.finding.kind is LeftOver.CARD
        assert now.order is not None
        assert now.order.question is not None


def test_a_card_of_no_order_is_found_until_it_is_put_away(window: Bench) -> None:
    window.machine.path = Card(77)
    window.machine.position = CardPosition.CHIP_STATION
    with started(window) as station:
        assert findings(station) == [Finding(LeftOver.STRANGE_CARD)]
        assert only(station).still
        station.machine.reject_left_card("clerk")
        station.machine.check_now(20.0)
        assert not only(station).still


def test_a_card_that_comes_into_the_machine_later_is_not_left_over(window: Bench) -> None:
    with started(window) as station:
        window.machine.path = Card(77)
        station.machine.check_now(20.0)
        assert station.machine.view().card_left_inside
        assert station.start_up.now() == ()


def test_owed_reports_are_found(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.ENCODED)
    window.trap.spring("report", "before", GatewayUnavailableError("no answer"))
    order.step()
    with started(window) as station:
        kinds = {one.finding.kind: one for one in station.start_up.now()}
        assert kinds[LeftOver.REPORTS].finding.count == 1


def test_a_shift_of_an_earlier_day_is_found_and_one_of_today_is_not(window: Bench) -> None:
    stocked(window)
    with started(window) as station:
        assert station.start_up.now() == ()
    clock = window.clock
    plain = clock.now
    clock.now = lambda: plain() + dt.timedelta(days=1)  # type: ignore[method-assign]
    with started(window) as station:
        assert findings(station) == [Finding(LeftOver.SHIFT)]
        assert only(station).still


def test_one_person_reads_it_once_and_the_history_says_who(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    window.machine.path = None
    with started(window) as station:
        station.start_up.read("li.na")
        assert station.start_up.now() == ()
        station.start_up.read("wang")  # another tab, a moment later
        (event,) = window.journal.history.newest(LEFT_OVER_READ, 5)
        assert (event.actor, event.data) == ("li.na", {"found": "1", "kinds": "card"})
    with started(window) as station:  # what is left over is told again by the next start
        assert findings(station) == [Finding(LeftOver.CARD, order.id, S.REPORTED)]
