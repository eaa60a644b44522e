"""A circuit breaker for reports: a province that does not answer is not asked by every order.

Each try of a report may cost a whole time-out in the machine's thread. After `OPEN_AFTER` of them
in a row without a usable answer the link rests; then one report is the probe, and only its answer
lets the others through. A refusal is an answer. Used by the machine's thread, read by others.
"""

from __future__ import annotations

import datetime as dt
import enum
import random
from typing import Final

import tenacity

from station.production.equipment import RetryPolicy

OPEN_AFTER: Final = 3


class BreakerState(enum.StrEnum):
    """What the link does with the next report."""

    CLOSED = "closed"  #: it is sent
    OPEN = "open"  #: it waits
    HALF_OPEN = "half-open"  #: it is the probe


class Breaker:
    """Counts failures in a row and says when the next report may be tried."""

    def __init__(self, policy: RetryPolicy, rng: random.Random) -> None:
        self._policy = policy
        self._rng = rng
        self._failures = 0
        self._rests_until: dt.datetime | None = None

    def failed(self, now: dt.datetime) -> None:
        """Note a report without a usable answer."""
        self._failures += 1
        if self._failures >= OPEN_AFTER:
            wait = retry_wait(self._policy, self._failures - OPEN_AFTER + 1, self._rng)
            self._rests_until = now + dt.timedelta(seconds=wait)

    def answered(self) -> None:
        """Note an answer: acknowledgement or refusal."""
        self._failures, self._rests_until = 0, None

    def try_now(self) -> None:
        """Let one report through, because a person asked."""
        self._rests_until = None

    def state(self, now: dt.datetime) -> BreakerState:
        """Return what happens to a report now."""
        if self._failures < OPEN_AFTER:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self.wait_left(now) > 0 else BreakerState.HALF_OPEN

    def wait_left(self, now: dt.datetime) -> float:
        """Return the seconds until a report may be tried; 0 when it may."""
        until = self._rests_until
        if until is None:
            return 0.0
        left = (until - now).total_seconds()
        # More than the policy ever waits means that the PC's clock was set back.
        return left if 0 < left <= self._policy.longest_wait else 0.0

    def rests_until(self, now: dt.datetime) -> dt.datetime | None:
        """Return until when reports wait; None when they do not."""
        return self._rests_until if self.wait_left(now) > 0 else None


def retry_wait(policy: RetryPolicy, attempts: int, rng: random.Random) -> float:
    """Return the seconds to wait after `attempts` failures: doubling, bounded, with jitter."""
    state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    state.attempt_number = attempts
    plain = tenacity.wait_exponential(multiplier=policy.first, max=policy.longest)(state)
    return plain * (1.0 + rng.uniform(0.0, policy.jitter))
