"""Which reason is named first when several stop a printer, and what an empty feeder stops."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from station.core.printing import (
    CardPosition,
    PrinterState,
    PrinterStateReason,
    Reason,
    Severity,
)

R = PrinterStateReason
#: A reason that a person must clear before the next one can be seen or cleared comes first.
BLOCKING_ORDER: Final = (
    R.LOCKED,
    R.UNRECOVERABLE,
    R.MOTOR_FAILURE,
    R.COVER_OPEN,
    R.DOOR_OPEN,
    R.MEDIA_JAM,
    R.FEED_ERROR,
    R.MEDIA_EMPTY,
    R.OUTPUT_MISSING,
    R.OUTPUT_FULL,
    R.REJECT_MISSING,
    R.REJECT_FULL,
    R.MEDIA_TYPE_CHANGE,
    R.RIBBON_CHIP_MISSING,
    R.RIBBON_MISSING,
    R.RIBBON_FAILED,
    R.RIBBON_UNSUPPORTED,
    R.RIBBON_EMPTY,
)


def in_blocking_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return the errors first, in the order in which a person clears them; then the others."""
    return tuple(sorted(reasons, key=_rank))


def state_of(reasons: Iterable[Reason], *, is_at_work: bool) -> PrinterState:
    """Return the IPP state: an error stops the printer even while it is still busy."""
    if any(reason.severity is Severity.ERROR for reason in reasons):
        return PrinterState.STOPPED
    return PrinterState.PROCESSING if is_at_work else PrinterState.IDLE


def severity_with_card(
    keyword: PrinterStateReason, severity: Severity, card: CardPosition | None
) -> Severity:
    """Return the severity; an empty feeder stops nothing while a card is in the path."""
    if keyword is R.MEDIA_EMPTY and card is not None:
        return Severity.WARNING
    return severity


def _rank(reason: Reason) -> tuple[bool, int]:
    order = BLOCKING_ORDER.index(reason.keyword) if reason.keyword in BLOCKING_ORDER else 99
    return reason.severity is not Severity.ERROR, order
