"""Whether a movement that did not reach its goal began at all.

A driver that has sent a movement and does not find the card at its goal must not conclude "nothing
happened" from an empty path alone: the card may have jammed where no sensor detects it, and a
person may have removed it since. Two findings prove that no card left the feeder:

* the printer reports a feeder error that it did not report before this movement;
* the feeder was reported empty before the movement, and still is.

Both need an empty path before and after, and no reported condition that stops a card in the path.
An empty feeder alone proves nothing: the card that jammed may have been the last one.
"""

from __future__ import annotations

from typing import Final

from station.core.printing import PrinterStateReason, PrinterStatus

#: Under one of these conditions no motor turns, or the turning motor is stopped.
STOPS_MOTION: Final = frozenset(
    {
        PrinterStateReason.COVER_OPEN,
        PrinterStateReason.DOOR_OPEN,
        PrinterStateReason.MEDIA_JAM,
        PrinterStateReason.MOTOR_FAILURE,
        PrinterStateReason.UNRECOVERABLE,
        PrinterStateReason.OTHER,
    }
)
#: Conditions that keep a card out of the reject box.
STOPS_REJECT: Final = frozenset({PrinterStateReason.REJECT_FULL, PrinterStateReason.REJECT_MISSING})
#: Conditions that keep a card out of the output hopper.
STOPS_PRESENT: Final = frozenset(
    {PrinterStateReason.OUTPUT_FULL, PrinterStateReason.OUTPUT_MISSING}
)


def no_card_left_the_feeder(before: PrinterStatus, after: PrinterStatus) -> bool:
    """Whether these two readings prove that a movement from an empty path fed no card."""
    if before.card is not None or after.card is not None:
        return False
    was, now = _errors(before), _errors(after)
    if now & STOPS_MOTION:
        return False
    failed = PrinterStateReason.FEED_ERROR
    empty = PrinterStateReason.MEDIA_EMPTY
    return (failed in now and failed not in was) or (empty in was and empty in now)


def _errors(status: PrinterStatus) -> set[PrinterStateReason]:
    return {reason.keyword for reason in status.errors}
