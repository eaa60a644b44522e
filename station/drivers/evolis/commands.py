"""The commands that this driver sends.

Source: docs/explanations/wire-evolis.md, the command table. Commands that it marks `?` come from
    the model's TOML instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from station.core.errors import LocalProtocolError

SESSIONS: Final = range(1, 0x10000)


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the catalogue.

    Attributes:
        text: Mnemonic and parameters.
        name: Name in the list of exchanges.
        secret: Whether command and answer contain data of the card: they are never shown.
    """

    text: str
    name: str
    secret: bool = False

    @property
    def shown(self) -> str:
        """The command for logs, errors and the list of exchanges."""
        return f"{'' if self.secret else self.text} {self.name}".strip()


POLL: Final = Command("", "read status")
STATUS_TEXT: Final = Command("Rpst", "read status")
MODEL: Final = Command("Rtp;d", "read model")
FIRMWARE: Final = Command("Rfv", "read firmware")
SERIAL: Final = Command("Rsn", "read serial number")
RIBBON: Final = Command("Rrt;all", "read ribbon")
CLEANING: Final = Command("Rco;clean", "read cleaning")
CARD_COUNTER: Final = Command("Rco;card", "read card counter")
ERROR_MODE: Final = Command("Rem;1", "read who handles errors")
HOST_HANDLES_ERRORS: Final = Command("Pem;2", "never try again by itself")
TO_CHIP_STATION: Final = Command("Sis", "card to chip station")
PUT_OUT: Final = Command("Sce", "card to output")
REJECT: Final = Command("Ser", "card to reject box")
HEAD_KIT: Final = Command("Rkn", "read print head's number")
CLEAN: Final = Command("Scp", "clean")
CLEAR_ERRORS: Final = Command("Scs", "forget errors")
RELEASE: Final = Command("Psid;0;45", "release")

HOST_MODE: Final = "2"  # answer to Rem;1 after Pem;2 was accepted
RESERVED_SECONDS: Final = 45
PRINTING_SECONDS: Final = 180


@dataclass(frozen=True, slots=True)
class TraySetting:
    """The commands that read and set one tray."""

    question: Command
    order: str


INPUT_TRAY: Final = TraySetting(Command("Rcim", "read input tray"), "Pcim")
OUTPUT_TRAY: Final = TraySetting(Command("Rcem", "read output tray"), "Pcem")
ERROR_TRAY: Final = TraySetting(Command("Rcrm", "read error tray"), "Pcrm")

START: Final = Command("Ss", "begin")
WRITE_TRACKS: Final = Command("Smw", "write tracks")
READ_TRACKS: Final = Command("Smr", "read tracks")
#: Track -> its ISO format.
TRACK_FORMATS: Final = tuple(Command(f"Pmt;{n};{n}", "track format") for n in (1, 2, 3))


def coercivity(letter: str) -> Command:
    """Return the command that sets the coercivity of the stripe."""
    return Command(f"Pmc;{letter}", "coercivity")


def track_data(track: int, data: str) -> Command:
    """Return the command that transfers one track's data, without sentinels and check character."""
    return Command(f"Dm;{track};{data}", f"data of track {track}", secret=True)


def read_track(track: int) -> Command:
    """Return the command that asks for the data read from one track."""
    return Command(f"Rmb;{track}", f"read track {track}", secret=True)


def reserved_number(written: Iterable[bytes], besides: int) -> int | None:
    """Return the session number of the first reservation among recorded writes; None for none.

    Args:
        written: What a driver has sent.
        besides: The number that every driver uses for printing.
    """
    for data in written:
        found = re.match(rb"\x1bPsid;([0-9]{1,5});", data)
        if found and int(found[1]) in SESSIONS and int(found[1]) != besides:
            return int(found[1])
    return None


def reserve(session: int, seconds: int = RESERVED_SECONDS) -> Command:
    """Return the reservation for `session`.

    Raises:
        LocalProtocolError: Not a session number.
    """
    if session not in SESSIONS:
        raise LocalProtocolError(f"session {session} outside 1..65535")
    return Command(f"Psid;{session};{seconds}", "reserve")
