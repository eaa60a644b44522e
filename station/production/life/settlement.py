"""What a proof has found about an effect whose outcome was not known. Values only.

A proof has two parts. One asks the devices; it is thin and decides nothing. The other is pure: from
the order, the intent and what the devices reported it says whether the effect happened, and what
follows. It may say "done" or "not done" only when something shows it; an empty path, another card
or a counter that stands still shows nothing, and then a person is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from station.core.changes import Changes
from station.core.errors import (
    BrokeOffError,
    OutcomeUnknownError,
    PrinterBusyError,
    StationError,
)
from station.core.evidence import Outcome
from station.core.orders import EffectState
from station.core.printing import PrinterStatus, Reason


@dataclass(frozen=True, slots=True)
class Settled:
    """It is known how the effect has ended.

    Attributes:
        state: Done or not done.
        after: What shows it.
        changes: What becomes durable together with it.
    """

    state: EffectState
    after: Outcome
    changes: Changes = ()


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Nothing shows how the effect has ended.

    Attributes:
        why: What was found instead, for the log.
        details: Values for the operator's text; nothing personal.
        stopped_by: What stops the printer, if something does: that is what a person must see to.
    """

    why: str
    details: Mapping[str, str] = field(default_factory=dict)
    stopped_by: Reason | None = None

    def error(self) -> StationError:
        """Return the error that holds the order."""
        told = f"{self.why}: {', '.join(f'{name} {value}' for name, value in self.details.items())}"
        details, reason = dict(self.details), self.stopped_by
        if reason is None:
            return OutcomeUnknownError(told, details=details)
        return BrokeOffError(told, native_code=reason.native_number, code=reason.keyword.value)


@dataclass(frozen=True, slots=True)
class StillAtWork:
    """The printer has not finished: it is looked at again."""

    def error(self) -> StationError:
        """Return the error that holds the order for a moment."""
        return PrinterBusyError("the printer is still at work")


Verdict = Settled | InDoubt | StillAtWork


def in_doubt(status: PrinterStatus, why: str, details: Mapping[str, str] | None = None) -> InDoubt:
    """Return the verdict for an outcome that nothing shows; it names what stops the printer."""
    return InDoubt(why, details or {}, status.errors[0] if status.errors else None)
