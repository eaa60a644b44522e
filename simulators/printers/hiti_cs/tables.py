"""Facts of the HiTi CS-2xx protocol as the simulated printer has them.

Written apart from the driver's table on purpose: a mistake in one of them then shows. Never seen on
real hardware: marks L and ? of the source apply.

Source: docs/explanations/wire-hiti-cs.md; the timings are its last paragraph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from simulators.machine.model import Condition, MachineFacts, RibbonKind
from simulators.machine.picture import Side
from station.core.faces import Panel

VENDOR_ID: Final = 0x0D16
PRODUCT_ID: Final = 0x030A
BULK_OUT: Final = 0x01
BULK_IN: Final = 0x82
PACKET: Final = 64

START: Final = 0xA5
ACCEPTED: Final = 0x50
REFUSED: Final = 0x80
UNSUPPORTED: Final = 0x8  #: reason: unknown command, or a form of it that can't be
NOT_NOW: Final = 0xB  #: reason: out of order, no card, cover, ribbon

HEAD_COLUMNS: Final = 672  #: dots of the print head = columns on the wire
CARD_COLUMNS: Final = 642  #: of them over the card, centred
ROWS: Final = 1014
DPI: Final = 300
MAX_LINES: Final = 3000

FIRMWARE: Final = "1.10.0SIM"  #: nine characters
PRODUCT_TEXT: Final = "CS-220e"
REGION_CN: Final = 0x12
LAST_JOB_ID: Final = 0x7FFF

COMPENSATE_HEAT: Final = 0x10
KEEP_CARD: Final = 0x40
PRINTER_DEFAULTS: Final = b"\x00\x00\x01"

#: Colour sequence bits, in printing order.
COLOURS: Final[dict[int, Panel]] = {
    0x01: Panel.YELLOW,
    0x02: Panel.MAGENTA,
    0x04: Panel.CYAN,
    0x10: Panel.RESIN_BLACK,
    0x80: Panel.OVERCOAT,
}

#: Plane command -> which side, which panel.
PLANES: Final[dict[int, tuple[Side, Panel]]] = {
    0x8202: (Side.FRONT, Panel.YELLOW),
    0x8203: (Side.FRONT, Panel.MAGENTA),
    0x8204: (Side.FRONT, Panel.CYAN),
    0x8206: (Side.FRONT, Panel.RESIN_BLACK),
    0x8208: (Side.FRONT, Panel.OVERCOAT),
    0x8209: (Side.BACK, Panel.YELLOW),
    0x820A: (Side.BACK, Panel.MAGENTA),
    0x820B: (Side.BACK, Panel.CYAN),
    0x820D: (Side.BACK, Panel.RESIN_BLACK),
    0x820F: (Side.BACK, Panel.OVERCOAT),
}

#: Ribbon -> its type byte in 040C, and the panels that it has for front and back.
RIBBONS: Final[dict[RibbonKind, tuple[int, frozenset[Panel], frozenset[Panel]]]] = {
    RibbonKind.YMCKO: (0, frozenset(Panel), frozenset()),
    RibbonKind.K: (1, frozenset({Panel.RESIN_BLACK}), frozenset()),
    RibbonKind.YMCKOK: (4, frozenset(Panel), frozenset({Panel.RESIN_BLACK})),
}
NO_RIBBON_TYPE: Final = 0xFF  #: what the vendor's SDK shows for a missing or unreadable ribbon


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert: the command that lists it, its 24-bit code, its panel code."""

    listed_by: int
    code: int
    panel: str = ""


ALERTS: Final[dict[Condition, Alert]] = {
    Condition.COVER_OPEN: Alert(0x0406, 0x050001, "0100"),
    Condition.REJECT_BOX_MISSING: Alert(0x0406, 0x050301),
    Condition.REJECT_BOX_FULL: Alert(0x0406, 0x050401),
    Condition.CARDS_OUT: Alert(0x0403, 0x008000, "0400"),
    Condition.FEED_FAILED: Alert(0x0403, 0x008000, "0401"),
    Condition.CARDS_LOW: Alert(0x0407, 0x008001),
    Condition.RIBBON_MISSING: Alert(0x040A, 0x080004, "0201"),
    Condition.RIBBON_USED_UP: Alert(0x040A, 0x080103, "0301"),
    Condition.RIBBON_CHIP_NOT_FOUND: Alert(0x040A, 0x0804FE, "0200"),
    Condition.RIBBON_UNSUPPORTED: Alert(0x040A, 0x0806FE, "0202"),
    Condition.JAM: Alert(0x0405, 0x030000, "0500"),
}
MOST_ALERTS: Final = 4

#: Alert list -> where 0400 shows that it is not empty: byte and bit.
SUMMARY_BITS: Final[dict[int, tuple[int, int]]] = {
    0x040A: (1, 0x01),
    0x0405: (1, 0x02),
    0x0403: (1, 0x08),
    0x0407: (2, 0x02),
    0x0408: (2, 0x04),
    0x0406: (2, 0x08),
}
POWERING_ON: Final = 0x01
RESEND: Final = 0x04
BUSY: Final = 0x80

#: A host that sends one of these could ruin a real printer: recorded as a violation.
DANGEROUS: Final = frozenset(
    {0x8306, 0x8307, 0x8308, 0x8403, 0x8406, 0x840C, 0x840E, 0x8900, 0x8901}
)

FRONT_SECONDS: Final = {0x97: 21.0, 0x10: 4.5}  #: published, by colour sequence
SECONDS_PER_PANEL: Final = 4.2  #: for other sequences: 21 s / 5
BACK_SECONDS: Final = 6.0  #: with two flips: 9 s

FACTS: Final = MachineFacts(
    seconds={
        "feed": 3.0,
        "to-print-start": 1.5,
        "flip": 1.5,
        "to-output": 2.0,
        "to-reject": 2.5,
        "reseat": 0.5,
        "power-up": 2.0,
    },
    width=ROWS,
    height=CARD_COLUMNS,
)
