"""Facts of the Evolis protocol for the simulated printer.

Deliberately written apart from the driver's table, so that a mistake in one of them shows. Never
confirmed on real hardware: marks M, L and ? of the source apply.

Source: docs/explanations/wire-evolis.md; the timings are its last paragraph.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from simulators.machine.cards_in_path import Place
from simulators.machine.model import Condition, MachineFacts, RibbonKind
from station.core.faces import Panel

LINES: Final = 1016
DOTS: Final = 648
HEAD_KIT: Final = "KIT00001"
FIRMWARE: Final = "2041SIM"
LEVELS_OF_BITS: Final[dict[int, int]] = {256: 8, 128: 7, 2: 1}
PANELS: Final[dict[str, Panel]] = {
    "y": Panel.YELLOW,
    "m": Panel.MAGENTA,
    "c": Panel.CYAN,
    "k": Panel.RESIN_BLACK,
    "o": Panel.OVERCOAT,
}
COLOUR_LETTERS: Final = "ymc"

PRINTING_SESSION: Final = 2
HOST_HANDLES: Final = 2
LARGEST_SESSION: Final = 0xFFFF

#: Ribbon -> its type, and the panels that it has for front and back.
RIBBONS: Final[dict[RibbonKind, tuple[int, str, str]]] = {
    RibbonKind.YMCKO: (0, "ymcko", ""),
    RibbonKind.YMCKOK: (4, "ymcko", "k"),
    RibbonKind.K: (100, "k", "k"),
}
COLOUR_RIBBONS: Final = frozenset({0, 4})
#: The maker's client sends an overlay for the back of a YMCKOK job as well; the ribbon has none
#: there, so it is accepted and not printed.
IDLE_BACK_PANEL: Final = "o"
RIBBON_LOW_AT: Final = 20


VENDOR_ID: Final = 0x0F49
UNKNOWN_PRODUCT: Final = 0xFFFF  #: placeholder for a model whose number is in no public list
BULK_OUT, BULK_IN = 0x01, 0x82
PACKET: Final = 64


class Habit(enum.Enum):
    """Possible deviations of real printers; which models have them is not known."""

    COUNTS_INSERTIONS = "inserted_head counts the cards that came in, printed or not"
    IGNORES_KEEP = "puts the card out at a job's end whatever the host asked"
    CHECKS_PIDA = "refuses a job whose Pida does not describe its picture"


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    Attributes:
        text: Its own model text.
        colour_levels: Levels of yellow, magenta and cyan.
        flipper: Whether it can flip a card.
        product_id: USB product id.
        habits: Deviations of this model.
    """

    text: str
    colour_levels: int
    flipper: bool
    product_id: int
    habits: frozenset[Habit] = frozenset()


def _with_habit(habit: Habit) -> Model:
    return Model("Evolis Primacy", 256, True, UNKNOWN_PRODUCT, frozenset({habit}))


MODELS: Final = {
    "evolis-primacy": Model("Evolis Primacy", 256, flipper=True, product_id=UNKNOWN_PRODUCT),
    "evolis-primacy2": Model("Evolis Primacy 2", 256, flipper=True, product_id=UNKNOWN_PRODUCT),
    "evolis-zenius": Model("Evolis Zenius", 128, flipper=False, product_id=0x0A00),
    "evolis-kc200": Model("Evolis KC200", 256, flipper=False, product_id=UNKNOWN_PRODUCT),
    "evolis-counts-insertions-primacy": _with_habit(Habit.COUNTS_INSERTIONS),
    "evolis-ignores-keep-primacy": _with_habit(Habit.IGNORES_KEEP),
    "evolis-checks-pida-primacy": _with_habit(Habit.CHECKS_PIDA),
}

CONFIG_ETHERNET: Final = 0x00400000
CONFIG_FLIP: Final = 0x00100000
CONFIG_SMART: Final = 0x00040000
CONFIG_FEEDER: Final = 0x00002000
CONFIG_MAGNETIC: Final = 0x00020000

#: Letter -> answer of Rcim and Rcem; Rcrm has its own meanings for the same letters.
TRAYS: Final = {
    "F": "Feeder (F)",
    "M": "Manual (M)",
    "C": "Manual by command (C)",
    "I": "Bezel (I)",
    "B": "Both (B)",
    "N": "No feeder (N)",
    "R": "Rear (R)",
    "D": "Standard (D)",
    "E": "Eject (E)",
}
ERROR_TRAYS: Final = {"D": "Error (D)", "R": "Standard (R)", "M": "Manual (M)", "I": "Bezel (I)"}
FEEDER_TRAY: Final = "F"
REJECTING_OUTPUT: Final = "R"  #: output letters that send a good card to the reject tray
REJECTING_ERROR: Final = "D"
SERVICE_MOVES: Final = frozenset({"Srs", "St", "Stt"})
CLEANING_EVERY: Final = 1200
CLEANING_GRACE: Final = 200
#: Result of a pass over the stripe -> bit of the error word.
STRIPE_ERRORS: Final = {
    "ERROR BLANK TRACK": 0x00080000,
    "ERROR MAGN": 0x00020000,
    "ERROR MAGN CHEKSUM": 0x00010000,
}
#: Queries without a relation to the simulated state: query -> answer.
SMALL_TALK: Final = {
    "Rzp": "0",
    "Rrt;progress": "progress:0",
    "Rct;all": "NO FILM",
    "Rst": "30",
    "Rsdc;1": "D",
    "Rsdc;2": "0",
    "Rlpm": "S",
    "Rip": "192.0.2.10",
    "Renm": "255.255.255.0",
    "Regw": "192.0.2.1",
    "Rmip": "192.0.2.10",
    "Rmac": "00:00:5E:00:53:01",
    "Rok": "OK",
    "Pps;1": "OK",
}

CLAIM: Final = 0x80000000
RESET: Final = 0x00010000
PRINTING: Final = 0x00000080
CLEANING: Final = 0x00000020
BUSY: Final = 0x00000001
RIBBON_LOW: Final = 0x00080000

POSITIONS: Final[dict[Place, int]] = {
    Place.CONTACT: 0x04000000,
    Place.PRINT_START: 0x02000000,
    Place.FLIPPER: 0x10000000,
}

#: Condition -> which word (1 information, 2 warning, 3 error, 4 ext1) and which bit shows it.
CONDITIONS: Final[dict[Condition, tuple[int, int]]] = {
    Condition.COVER_OPEN: (2, 0x00020000),
    Condition.REJECT_BOX_MISSING: (2, 0x00000400),
    Condition.REJECT_BOX_FULL: (2, 0x08000000),
    Condition.CARDS_OUT: (2, 0x01000000),
    Condition.CARDS_LOW: (4, 0x00000100),
    Condition.FEED_FAILED: (3, 0x08000000),
    Condition.RIBBON_MISSING: (2, 0x00010000),
    Condition.RIBBON_USED_UP: (2, 0x00080000),
    Condition.RIBBON_CHIP_NOT_FOUND: (1, 0x00100000),
    Condition.RIBBON_UNSUPPORTED: (2, 0x00008000),
    Condition.JAM: (3, 0x01000000),
}
#: Other conditions of the status words, by word and bit as in the maker's header.
DEFECTS: Final[dict[str, tuple[int, int]]] = {
    "cleaning advised": (1, 0x00020000),
    "cleaning mandatory": (1, 0x00040000),
    "wrong ribbon zone": (1, 0x00000400),
    "remove ribbon": (2, 0x40000000),
    "cooling": (2, 0x00200000),
    "output full": (2, 0x00100000),
    "locked": (2, 0x00040000),
    "feeder open": (2, 0x00000100),
    "head temperature": (3, 0x20000000),
    "no card inserted": (3, 0x00000100),
    "internal": (3, 0x00000040),
    "hardware": (3, 0x00000001),
}
#: Conditions that do not stop the machine.
HARMLESS: Final = frozenset({"cleaning advised", "cleaning mandatory", "cooling"})
#: The same causes, when they stopped a motion or refused a job.
ERRORS: Final[dict[Condition, int]] = {
    Condition.COVER_OPEN: 0x02000000,
    Condition.RIBBON_MISSING: 0x04000000,
    Condition.RIBBON_USED_UP: 0x00200000,
    Condition.RIBBON_CHIP_NOT_FOUND: 0x00400000,
    Condition.RIBBON_UNSUPPORTED: 0x00400000,
}

FRONT_SECONDS: Final = {"ymcko": 16.0, "k": 4.0}
SECONDS_PER_PANEL: Final = 3.2
BACK_SECONDS: Final = 5.0

FACTS: Final = MachineFacts(
    seconds={
        "feed": 3.0,
        "to-print-start": 1.5,
        "flip": 1.0,
        "to-output": 2.0,
        "to-reject": 2.5,
        "reseat": 0.5,
        "power-up": 2.0,
        "magnetic": 3.0,
        "clean": 40.0,
    },
    width=LINES,
    height=DOTS,
    defects={code: code not in HARMLESS for code in DEFECTS},
)
