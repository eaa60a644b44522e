import random

import pytest

from station.production.life.breaker import OPEN_AFTER, Breaker, BreakerState, retry_wait
from station.production.life.equipment import RetryPolicy

NOW = 1000.0  #: seconds of the monotonic clock
POLICY = RetryPolicy(first=5.0, longest=300.0, jitter=0.2)


@pytest.fixture
def breaker() -> Breaker:
    return Breaker(POLICY, random.Random(1))


def fail(breaker: Breaker, times: int, now: float = NOW) -> None:
    for _ in range(times):
        breaker.failed(now)


def test_a_few_failures_do_not_stop_anything(breaker: Breaker) -> None:
    fail(breaker, OPEN_AFTER - 1)
    assert breaker.state(NOW) is BreakerState.CLOSED
    assert breaker.wait_left(NOW) == 0


def test_it_rests_after_some_in_a_row_and_then_lets_a_probe_through(breaker: Breaker) -> None:
    fail(breaker, OPEN_AFTER)
    assert breaker.state(NOW) is BreakerState.OPEN
    wait = breaker.wait_left(NOW)
    assert 5.0 <= wait <= 6.0
    assert breaker.wait_left(NOW + 1.0) == pytest.approx(wait - 1.0)
    after = NOW + wait
    assert breaker.state(after) is BreakerState.HALF_OPEN
    assert breaker.wait_left(after) == 0


def test_a_failed_probe_makes_it_rest_longer_up_to_the_policys_longest(breaker: Breaker) -> None:
    fail(breaker, OPEN_AFTER)
    waits = []
    for _ in range(10):
        fail(breaker, 1)
        waits.append(breaker.wait_left(NOW))
    assert waits[0] > 9.0
    assert max(waits) <= POLICY.longest_wait
    assert waits[-1] >= POLICY.longest


def test_an_answer_closes_it(breaker: Breaker) -> None:
    fail(breaker, OPEN_AFTER)
    breaker.answered()
    assert breaker.state(NOW) is BreakerState.CLOSED
    fail(breaker, OPEN_AFTER - 1)
    assert breaker.state(NOW) is BreakerState.CLOSED


def test_a_person_may_try_at_once_but_one_failure_stops_it_again(breaker: Breaker) -> None:
    fail(breaker, OPEN_AFTER)
    breaker.try_now()
    assert breaker.state(NOW) is BreakerState.HALF_OPEN
    fail(breaker, 1)
    assert breaker.state(NOW) is BreakerState.OPEN


def test_the_wait_has_jitter_upwards_only() -> None:
    rng = random.Random(3)
    waits = {retry_wait(POLICY, 2, rng) for _ in range(50)}
    assert len(waits) > 40
    assert all(10.0 <= wait <= 12.0 for wait in waits)
