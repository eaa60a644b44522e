"""Acme condition bits in IPP words. Source: invented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from station.core.printing import (
    CardPosition,
    PrinterStateReason,
    PrinterStatus,
    Reason,
    Severity,
)
from station.drivers.kit.reasons import in_blocking_order, severity_with_card, state_of

from .codec import State

R = PrinterStateReason
JAM: Final = 1 << 10
PLACES: Final = {1: CardPosition.PRINT_STATION, 2: CardPosition.CHIP_STATION}
#: Bit -> what it says.
MEANINGS: Final = {
    1 << 0: (R.COVER_OPEN, Severity.ERROR),
    1 << 1: (R.REJECT_MISSING, Severity.ERROR),
    1 << 2: (R.REJECT_FULL, Severity.ERROR),
    1 << 3: (R.MEDIA_EMPTY, Severity.ERROR),
    1 << 4: (R.MEDIA_LOW, Severity.WARNING),
    1 << 5: (R.FEED_ERROR, Severity.ERROR),
    1 << 6: (R.RIBBON_MISSING, Severity.ERROR),
    1 << 7: (R.RIBBON_EMPTY, Severity.ERROR),
    1 << 8: (R.RIBBON_CHIP_MISSING, Severity.ERROR),
    1 << 9: (R.RIBBON_UNSUPPORTED, Severity.ERROR),
    JAM: (R.MEDIA_JAM, Severity.ERROR),
}


def decode_position(state: State) -> CardPosition | None:
    """Return where the card in the path is; a place without a name is a card somewhere."""
    if not state.place:
        return None
    if state.conditions & JAM:
        return CardPosition.JAMMED
    return PLACES.get(state.place, CardPosition.UNKNOWN)


def decode_status(state: State, *, raw: bytes, ribbon_low_cards: int) -> PrinterStatus:
    """Translate one reading."""
    card = decode_position(state)
    reasons = list(_reasons(state, card))
    if 0 < state.ribbon_left <= ribbon_low_cards:
        reasons.append(
            Reason(R.RIBBON_ALMOST_EMPTY, Severity.WARNING, f"ribbon:{state.ribbon_left}")
        )
    return PrinterStatus(
        state=state_of(reasons, is_at_work=bool(state.at_work)),
        reasons=in_blocking_order(reasons),
        card=card,
        ribbon_cards_left=state.ribbon_left,
        native=raw,
    )


def _reasons(state: State, card: CardPosition | None) -> Iterator[Reason]:
    # A bit that nobody knows is shown with its number, never dropped.
    unknown = (R.OTHER, Severity.ERROR)
    for bit in range(32):
        if state.conditions & 1 << bit:
            keyword, severity = MEANINGS.get(1 << bit, unknown)
            yield Reason(keyword, severity_with_card(keyword, severity, card), f"{1 << bit:08X}")
