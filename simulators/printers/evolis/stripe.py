"""The magnetic head: receives tracks, writes them in one pass, reads them in another.

Source: docs/explanations/wire-evolis.md, "Magnetic tracks".
"""

from __future__ import annotations

import re
from typing import Final

from simulators.machine.cards_in_path import PhysicalCard

OK: Final = "OK"
BLANK: Final = "ERROR BLANK TRACK"
UNREADABLE: Final = "ERROR MAGN"
NOT_WRITTEN: Final = "ERROR MAGN CHEKSUM"  # with the maker's spelling
_DATA: Final = re.compile(r"Dm;([123]);(.+)")
_FORMAT: Final = re.compile(r"Pmt;([123]);([1-6])")
_COERCIVITY: Final = re.compile(r"Pmc;[hla]")
#: What an ISO head can write, by track: 7-bit and 5-bit characters, without the sentinels.
_WRITABLE: Final = {
    1: re.compile(r"[\x20-\x24\x26-\x3E\x40-\x5F]{1,76}"),
    2: re.compile(r"[0-9:<=>]{1,37}"),
    3: re.compile(r"[0-9:<=>]{1,104}"),
}


class MagneticHead:
    """The printer's state between the commands for one stripe.

    Attributes:
        failed: Error of the last pass, or empty.
    """

    def __init__(self) -> None:
        self._formats: dict[int, int] = {}
        self._given: dict[int, str] = {}
        self._found: dict[int, str] | None = None
        self._coercivity = ""
        self.failed = ""

    def hear(self, text: str) -> str | None:
        """Answer a command for the head; None for any other command."""
        if _COERCIVITY.fullmatch(text):
            self._coercivity = text
            return OK
        if found := _FORMAT.fullmatch(text):
            self._formats[int(found[1])] = int(found[2])
            return OK
        if found := _DATA.fullmatch(text):
            return self._take(int(found[1]), found[2])
        if text.startswith("Rmb;"):
            return self._tell(text[4:])
        return None

    def is_set_up(self, *, writing: bool) -> bool:
        """Whether the settings of a pass are complete."""
        formats = self._formats == {1: 1, 2: 2, 3: 3}
        return formats and (not writing or (bool(self._coercivity) and bool(self._given)))

    def write(self, card: PhysicalCard) -> None:
        """Pass over the stripe, writing."""
        self._found = None
        self.failed = NOT_WRITTEN if card.scratched else ""
        if not card.scratched:
            card.tracks |= self._given
        self._given = {}

    def read(self, card: PhysicalCard) -> None:
        """Pass over the stripe, reading."""
        unreadable = dict.fromkeys((1, 2, 3), UNREADABLE)
        self._found = unreadable if card.scratched else dict(card.tracks)
        self.failed = UNREADABLE if card.scratched else "" if card.tracks else BLANK

    def _take(self, track: int, data: str) -> str:
        if not _WRITABLE[track].fullmatch(data):
            return "ERROR MAGN DATA"
        self._given[track] = data
        return OK

    def _tell(self, number: str) -> str | None:
        if self._found is None or number not in ("1", "2", "3"):
            return None
        return self._found.get(int(number), BLANK)
