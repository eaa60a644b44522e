"""The commands this driver sends.

Source: docs/explanations/wire-evolis.md, the command table. Those that it marks `?` come from the
model's TOML instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from station.core.errors import LocalProtocolError

SESSIONS: Final = range(1, 0x10000)


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the catalogue.

    Attributes:
        text: Mnemonic and parameters.
        name: What people read in the list of exchanges.
    """

    text: str
    name: str


POLL: Final = Command("", "read status")
MODEL: Final = Command("Rtp;d", "read model")
FIRMWARE: Final = Command("Rfv", "read firmware")
SERIAL: Final = Command("Rsn", "read serial number")
RIBBON: Final = Command("Rrt;all", "read ribbon")
CARD_COUNTER: Final = Command("Rco;card", "read card counter")
ERROR_MODE: Final = Command("Rem;1", "read who handles errors")
HOST_HANDLES_ERRORS: Final = Command("Pem;2", "never try again by itself")
TO_CHIP_STATION: Final = Command("Sis", "card to chip station")
PUT_OUT: Final = Command("Sce", "card to output")
REJECT: Final = Command("Ser", "card to reject box")
CLEAR_ERRORS: Final = Command("Scs", "forget errors")
RELEASE: Final = Command("Psid;0;45", "release")

HOST_MODE: Final = "2"  # what Rem;1 says once Pem;2 was taken
RESERVED_SECONDS: Final = 45
PRINTING_SECONDS: Final = 180


def reserve(session: int, seconds: int = RESERVED_SECONDS) -> Command:
    """Return the reservation for `session`.

    Raises:
        LocalProtocolError: Not a session number.
    """
    if session not in SESSIONS:
        raise LocalProtocolError(f"session {session} outside 1..65535")
    return Command(f"Psid;{session};{seconds}", "reserve")
