"""What a proof has found about an effect whose outcome was not known. Values only.

A proof has two parts. One queries the devices; it is thin and decides nothing. The other is pure:
from the order, the intent and the devices' reports it determines whether the effect happened, and
which changes follow. Its verdict may be "done" or "not done" only on positive evidence. An empty
path, another card or an unchanged counter is not evidence, and then a person is asked.
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
    """The outcome of the effect is established.

    Attributes:
        state: Done or not done.
        after: The evidence.
        changes: Changes that become durable together with it.
    """

    state: EffectState
    after: Outcome
    changes: Changes = ()


@dataclass(frozen=True, slots=True)
class InDoubt:
    """No evidence shows the outcome of the effect.

    Attributes:
        why: What was found instead, for the log.
        details: Values for the operator's text; nothing personal.
        stopped_by: The condition that stops the printer, if any: a person must clear it.
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
    """The printer has not finished: it is inspected again."""

    def error(self) -> StationError:
        """Return the error that holds the order for a short time."""
        return PrinterBusyError("the printer is still at work")


Verdict = Settled | InDoubt | StillAtWork


def in_doubt(status: PrinterStatus, why: str, details: Mapping[str, str] | None = None) -> InDoubt:
    """Return the verdict for an outcome without evidence, with what stops the printer."""
    return InDoubt(why, details or {}, status.errors[0] if status.errors else None)
