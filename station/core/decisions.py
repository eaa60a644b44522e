"""What happens to an order after an error: the one place where that is decided.

An error says about itself what may be done next (`recovery`), whether the station may try again
without a person (`automatic`), and which parties had not begun to act (`untouched`). What the error
can't know is whether an effect is left without a known outcome: that is the `Doubt`. Two functions
make a decision of both:

* `proves_nothing_happened` closes the intent of an effect as "not done", or leaves it open;
* `decide` says what becomes of the order.

An effect that may have happened is never repeated. Printer and chip are asked at once what
happened. The province is asked when it answers again, and a machine without motors when the person
who was asked to move the card has had time for it; until then the order is held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from station.core.errors import Automatic, Recovery, StationError
from station.core.life import AT_PROVINCE, EFFECTS
from station.core.orders import EffectKind


@dataclass(frozen=True, slots=True)
class Doubt:
    """An effect whose outcome is not known.

    Attributes:
        effect: Its kind.
        inspected: Whether the proof of its kind was tried, and failed with the error.
    """

    effect: EffectKind
    inspected: bool = False


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Hold the order; the station tries again without a person.

    Attributes:
        reason: Code of the error.
        soon: Whether a device is only asked again. Else each failure makes the wait longer.
    """

    reason: str
    soon: bool = False


@dataclass(frozen=True, slots=True)
class AskPerson:
    """Hold the order until a person has acted on the reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Inspect:
    """Ask printer and chip now what became of the effect."""

    reason: str
    effect: EffectKind


@dataclass(frozen=True, slots=True)
class Stop:
    """Hold the order: a defect or a wrong configuration, which no retry can mend."""

    reason: str


Decision = RetryAfter | AskPerson | Inspect | Stop

#: Tries that get an answer which says neither yes nor no, before the station stops trying.
ANSWER_TRIES: Final = 5
#: After these an effect is inspected only later, by whoever takes the order up again.
_LATER: Final = frozenset({Recovery.AWAIT_PERSON})


def proves_nothing_happened(error: StationError, effect: EffectKind) -> bool:
    """Whether an error that ended an effect proves that the effect has not begun."""
    return EFFECTS[effect].party in error.untouched


def decide(
    error: StationError,
    doubt: Doubt | None = None,
    *,
    only_report_left: bool = False,
    tries: int = 0,
) -> Decision:
    """Return what happens to an order that an error has stopped.

    Args:
        error: What went wrong.
        doubt: The effect that is left without a known outcome because of it, if there is one.
        only_report_left: Whether the order waits for nothing but its report: its card is spoiled.
        tries: How often in a row the order got an answer that says neither yes nor no.
    """
    if doubt is not None and _inspects_now(error, doubt):
        return Inspect(error.code, doubt.effect)
    if error.automatic is Automatic.SOON:
        return RetryAfter(error.code, soon=True)
    if error.automatic is Automatic.BACKED_OFF:
        return RetryAfter(error.code)
    if error.automatic is Automatic.A_FEW_TIMES and tries < ANSWER_TRIES:
        return RetryAfter(error.code)
    if error.automatic is Automatic.REPORT_ONLY and only_report_left:
        return RetryAfter(error.code)
    return Stop(error.code) if error.recovery is Recovery.STOP else AskPerson(error.code)


def _inspects_now(error: StationError, doubt: Doubt) -> bool:
    later = doubt.effect in AT_PROVINCE or error.recovery in _LATER
    return not doubt.inspected and not later
