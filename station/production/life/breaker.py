"""A circuit breaker for reports: orders do not keep asking a province that does not answer.

Each attempt of a report may cost a whole time-out of the lane of reports. After `OPEN_AFTER`
consecutive attempts without a usable answer the link rests; then one report is the probe, and only
its answer lets the others through. A refusal is an answer. Thread-safe. Times are the clock's
monotonic seconds: a link rests for the time set by the policy, independent of the wall clock.
"""

from __future__ import annotations

import enum
import random
import threading
from typing import Final

import tenacity

from station.production.life.equipment import RetryPolicy

OPEN_AFTER: Final = 3


class BreakerState(enum.StrEnum):
    """What happens to the next report."""

    CLOSED = "closed"  #: it is sent
    OPEN = "open"  #: it waits
    HALF_OPEN = "half-open"  #: it is sent as the probe


class Breaker:
    """Counts consecutive failures and decides when the next report may be tried."""

    def __init__(self, policy: RetryPolicy, rng: random.Random) -> None:
        self._policy = policy
        self._rng = rng
        self._failures = 0
        self._rests_until: float | None = None
        self._lock = threading.Lock()

    def failed(self, now: float) -> None:
        """Record a report without a usable answer."""
        with self._lock:
            self._failures += 1
            if self._failures >= OPEN_AFTER:
                wait = retry_wait(self._policy, self._failures - OPEN_AFTER + 1, self._rng)
                self._rests_until = now + wait

    def answered(self) -> None:
        """Record an answer: acknowledgement or refusal."""
        with self._lock:
            self._failures, self._rests_until = 0, None

    def try_now(self) -> None:
        """Let one report through, because a person requested it."""
        with self._lock:
            self._rests_until = None

    def state(self, now: float) -> BreakerState:
        """Return what happens to a report now."""
        if self._failures < OPEN_AFTER:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self.wait_left(now) > 0 else BreakerState.HALF_OPEN

    def wait_left(self, now: float) -> float:
        """Return the seconds until a report may be tried; 0 when it may."""
        until = self._rests_until
        return 0.0 if until is None else max(0.0, until - now)


def retry_wait(policy: RetryPolicy, attempts: int, rng: random.Random) -> float:
    """Return the seconds to wait after `attempts` failures: doubling, bounded, with jitter."""
    state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    state.attempt_number = attempts
    plain = tenacity.wait_exponential(multiplier=policy.first, max=policy.longest)(state)
    return plain * (1.0 + rng.uniform(0.0, policy.jitter))
