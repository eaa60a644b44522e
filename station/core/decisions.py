"""What happens to an order after an error: the one place where that is decided.

An error carries what may be done next (`recovery`), whether the station may try again without a
person (`automatic`), and which parties had not begun to act (`untouched`). What the error can't
know is whether an effect is left without a known outcome: that is the `Doubt`. Two functions
compute a decision from both:

* `proves_nothing_happened` decides whether the intent of an effect is closed as "not done" or left
  open;
* `decide` decides how the order continues.

An effect that may have happened is never repeated. Printer and chip are inspected at once. The
province is asked when it answers again, and a machine without motors is inspected after the person
who was asked to move the card has had time for it; until then the order is held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from station.core.errors import Automatic, Recovery, StationError
from station.core.life import AT_DESK, AT_PROVINCE, EFFECTS
from station.core.orders import EffectKind


@dataclass(frozen=True, slots=True)
class Doubt:
    """An effect whose outcome is not known.

    Attributes:
        effect: Kind of the effect.
        inspected: Whether its inspection was tried and failed with the error.
    """

    effect: EffectKind
    inspected: bool = False


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Hold the order; the station tries again automatically.

    Attributes:
        reason: Code of the error.
        soon: Whether only a busy device is asked again, after a short and constant wait. Otherwise
            each failure makes the wait longer.
    """

    reason: str
    soon: bool = False


@dataclass(frozen=True, slots=True)
class AskPerson:
    """Hold the order until a person has acted on the reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Inspect:
    """Ask printer and chip now whether the effect has happened."""

    reason: str
    effect: EffectKind


@dataclass(frozen=True, slots=True)
class Stop:
    """Hold the order: a defect or a wrong configuration, which a retry can't repair."""

    reason: str


Decision = RetryAfter | AskPerson | Inspect | Stop

#: Inconclusive answers of the province (neither yes nor no) after which the station stops trying.
ANSWER_TRIES: Final = 5
#: After an error with this recovery an effect is inspected later, when the order is next processed.
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
        doubt: The effect whose outcome the error leaves unknown, if any.
        only_report_left: Whether only the report is left to do: the card is spoiled.
        tries: Number of consecutive inconclusive answers.
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
    outside = doubt.effect in AT_PROVINCE | AT_DESK
    later = outside or error.recovery in _LATER
    return not doubt.inspected and not later
