"""The meaning of the texts in the printer's replies.

Source: docs/explanations/wire-evolis.md, rows `Rrt;all`, `Rco;card` and "A movement".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from station.core.errors import RemoteProtocolError
from station.core.faces import Panel
from station.core.printing import PrinterCounters, PrinterStateReason
from station.drivers.evolis.codec import STATUS_TEXT

COLOURS: Final = frozenset({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN})
BLACK: Final = frozenset({Panel.RESIN_BLACK})
OVERCOAT: Final = frozenset({Panel.OVERCOAT})
#: Ribbon type -> panels for the front, panels for the back.
RIBBON_PANELS: Final = {
    0: (COLOURS | BLACK | OVERCOAT, frozenset[Panel]()),
    1: (BLACK | OVERCOAT, BLACK | OVERCOAT),
    4: (COLOURS | BLACK | OVERCOAT, BLACK),
    100: (BLACK, BLACK),
}
NOT_TAKEN: Final = "ERROR CDE"  # the command was not accepted: nothing moved
NOT_FED: Final = "ERROR FEEDER"  # no card came from the feeder
#: Text of a refused or failed movement -> its cause, when no status bit is more specific.
ERROR_TEXTS: Final = {
    NOT_FED: PrinterStateReason.FEED_ERROR,
    "ERROR CARD": PrinterStateReason.MEDIA_NEEDED,
    "ERROR TIME OUT": PrinterStateReason.MEDIA_JAM,
    "ERROR MECA": PrinterStateReason.MEDIA_JAM,
}


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Data of the ribbon's chip.

    Attributes:
        kind: Type number.
        cards_left: Cards that it can still print.
    """

    kind: int
    cards_left: int

    def prints(self, front: set[Panel], back: set[Panel]) -> bool:
        """Whether it has these panels."""
        on_front, on_back = RIBBON_PANELS.get(self.kind, (frozenset(), frozenset()))
        return front <= on_front and back <= on_back


def has_colours(kind: int) -> bool:
    """Whether a ribbon of this type prints in colour; an unknown one does not."""
    front, _ = RIBBON_PANELS.get(kind, (frozenset(), frozenset()))
    return bool(front & COLOURS)


def decode_ribbon(text: str) -> Ribbon | None:
    """Return the ribbon of an `Rrt;all` reply; None when it contains nothing readable.

    Raises:
        RemoteProtocolError: A malformed number.
    """
    lines = decode_lines(text)
    if "type" not in lines or "count" not in lines:
        return None
    return Ribbon(_number("type", lines["type"]), _number("count", lines["count"]))


def decode_card_counter(text: str) -> int:
    """Return the cards that passed the head, from an `Rco;card` reply.

    Raises:
        RemoteProtocolError: It is missing.
    """
    counter = decode_lines(text).get("inserted_head")
    if counter is None:
        raise RemoteProtocolError("Rco;card: no line inserted_head")
    return _number("inserted_head", counter)


def is_printed(before: PrinterCounters, after: PrinterCounters, *, counts_insertions: bool) -> bool:
    """Whether the counters confirm one print after a job that ended without an error.

    The ribbon's count must have fallen by one; it may read 0 or be unreadable although there is
    ribbon, and is ignored then. `inserted_head` must have grown by one. The exception is a printer
    that was seen to count fed cards: there a print does not change this counter, growth means that
    the job took another card, and only the ribbon's count confirms the print.
    """
    grown = after.cards_printed - before.cards_printed
    can_tell = bool(before.ribbon_cards_left) and after.ribbon_cards_left is not None
    used = (before.ribbon_cards_left or 0) - (after.ribbon_cards_left or 0)
    if counts_insertions:
        return grown == 0 and can_tell and used == 1
    return grown == 1 and (not can_tell or used == 1)


def decode_cleaning(text: str) -> int | None:
    """Return the cards until cleaning is advised, from an `Rco;clean` reply; None without it.

    Raises:
        RemoteProtocolError: A malformed number.
    """
    left = decode_lines(text).get("rem_advised")
    return None if left is None else _number("rem_advised", left)


def is_card_counter(text: str) -> bool:
    """Whether this can only be a reply to `Rco;card`."""
    return "inserted_head" in decode_lines(text)


def is_status_text(text: str) -> bool:
    """Whether this can only be a reply to `Rpst`."""
    return STATUS_TEXT.fullmatch(text) is not None


def decode_lines(text: str) -> dict[str, str]:
    """Return key -> value of every line with a colon."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {key.strip(): value.strip() for key, colon, value in pairs if colon}


def _number(key: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise RemoteProtocolError(f"{key}: {text[:20]!r} is no number")
    return int(text)
