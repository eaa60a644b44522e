"""Whether a movement that did not reach its goal began at all.

A driver that has sent a movement and does not find the card at its goal must not report "nothing
happened" from the fact alone that the path is empty: the card may have jammed where no sensor sees
it, and a person may have taken it out since. Two findings prove that no card left the feeder:

* the printer reports a feeder error that it did not report before this movement;
* the feeder was reported empty before the movement, and still is.

Both need an empty path before and after, and no report of anything that stops a card in mid-way.
An empty feeder alone proves nothing: the card that jammed may have been the last one.
"""

from __future__ import annotations

from typing import Final

from station.core.printing import PrinterStateReason, PrinterStatus

#: With one of these no motor turns, or the one that turns is stopped.
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
#: These keep a card out of the reject box.
STOPS_REJECT: Final = frozenset({PrinterStateReason.REJECT_FULL, PrinterStateReason.REJECT_MISSING})
#: These keep a card out of the output hopper.
STOPS_PRESENT: Final = frozenset(
    {PrinterStateReason.OUTPUT_FULL, PrinterStateReason.OUTPUT_MISSING}
)


def no_card_left_the_feeder(before: PrinterStatus, after: PrinterStatus) -> bool:
    """Whether these two readings prove that a movement from an empty path fed nothing."""
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
