"""Facts of the HiTi CS-2xx protocol for the simulated printer.

Deliberately written apart from the driver's table, so that a mistake in one of them shows. Never
confirmed on real hardware: marks L and ? of the source apply.

Source: docs/explanations/wire-hiti-cs.md; the timings are its last paragraph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from simulators.machine.model import Condition, MachineFacts, RibbonKind
from simulators.machine.picture import Side
from station.core.faces import Panel

VENDOR_ID: Final = 0x0D16
BULK_OUT: Final = 0x01
BULK_IN: Final = 0x82
PACKET: Final = 64

START: Final = 0xA5
ACCEPTED: Final = 0x50
REFUSED: Final = 0x80
UNSUPPORTED: Final = 0x8  #: reason: unknown command, or an invalid form of it
NOT_NOW: Final = 0xB  #: reason: out of order, no card, cover, ribbon

HEAD_COLUMNS: Final = 672  #: dots of the print head = columns on the wire
CARD_COLUMNS: Final = 642  #: of them over the card, centred
ROWS: Final = 1014
DPI: Final = 300
MAX_LINES: Final = 3000

FIRMWARE: Final = "1.10.0SIM"  #: nine characters
REGION_CN: Final = 0x12
LAST_JOB_ID: Final = 0x7FFF

SPLIT_BLACK: Final = 0x01  #: accepted; its effect on the planes is not public
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
NO_RIBBON_TYPE: Final = 0xFF  #: value of the vendor's SDK for a missing or unreadable ribbon


@dataclass(frozen=True, slots=True)
class Model:
    """One model: its model text, its product id, and whether it can flip a card."""

    text: str
    product_id: int
    flipper: bool = False


MODELS: Final = {
    "hiti-cs220e": Model("CS-220e", 0x030A, flipper=True),
    "hiti-cs200e": Model("CS-200e", 0x0309),
    "hiti-cs230e": Model("CS-230e", 0x030B),
    "hiti-cs250e": Model("CS-250e", 0x030C),
    "hiti-cs290e": Model("CS-290e", 0x030D),
}
#: Counters that 8005 can report; the meaning of 2 and 4 is not public.
COUNTERS: Final = frozenset({1, 2, 4})
CALIBRATION: Final = bytes([6, 5])  #: horizontal, vertical
RIBBON_VENDOR: Final = 0x1002  #: 1000 = CHC, version 2
CLEAN: Final = b"\x01"


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
#: The motion that a card jammed in -> its alert; any other place: as above.
JAMS: Final = {
    "feed": Alert(0x0405, 0x030200, "0501"),
    "to-print-start": Alert(0x0405, 0x030300, "0502"),
    "to-output": Alert(0x0405, 0x030400, "0503"),
    "to-reject": Alert(0x0405, 0x050000, "0504"),
    "flip": Alert(0x0405, 0x040000, "0800"),
}
MOST_ALERTS: Final = 4

#: The other panel codes of the maker, and alerts without one. Where no 24-bit code is known, the
#: panel code is used instead: an assumption.
DEFECTS: Final[dict[str, Alert]] = {
    "0101": Alert(0x0406, 0x050201, "0101"),
    "0202": Alert(0x040A, 0x0806FE, "0202"),
    "0203": Alert(0x040A, 0x0808FE, "0203"),
    "0300": Alert(0x040A, 0x000300, "0300"),
    "0302": Alert(0x0406, 0x000302, "0302"),
    "0303": Alert(0x0406, 0x000303, "0303"),
    "0304": Alert(0x040A, 0x080104, "0304"),
    "0505": Alert(0x0405, 0x030600, "0505"),
    "0506": Alert(0x0405, 0x030700, "0506"),
    "0507": Alert(0x0405, 0x030800, "0507"),
    "0508": Alert(0x0405, 0x030900, "0508"),
    "0600": Alert(0x0407, 0x0100FE, "0600"),
    "0700": Alert(0x0408, 0x030501, "0700"),
    "0801": Alert(0x0408, 0x000801, "0801"),
    "0802": Alert(0x0408, 0x000802, "0802"),
    "0803": Alert(0x0408, 0x000803, "0803"),
    "0900": Alert(0x0408, 0x030301, "0900"),
    "1000": Alert(0x040A, 0x080105, "1000"),
    "1100": Alert(0x0408, 0x001100, "1100"),
    "1101": Alert(0x0408, 0x001101, "1101"),
    "1200": Alert(0x0408, 0x030201, "1200"),
    "1300": Alert(0x0408, 0x030701, "1300"),
    "1301": Alert(0x0408, 0x001301, "1301"),
    "1400": Alert(0x0408, 0x001400, "1400"),
    "008010": Alert(0x0403, 0x008010),
    "007540": Alert(0x0406, 0x007540),
    "030001": Alert(0x0408, 0x030001),
    "030101": Alert(0x0408, 0x030101),
    "030302": Alert(0x0408, 0x030302),
    "0301FE": Alert(0x0407, 0x0301FE),
}

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

#: Commands that could ruin a real printer: recorded as violations.
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
        "clean": 30.0,
        "power-up": 2.0,
    },
    width=ROWS,
    height=CARD_COLUMNS,
    defects=dict.fromkeys(DEFECTS, True),
)
