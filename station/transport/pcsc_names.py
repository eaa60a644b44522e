"""Selects a reader in the PC/SC list: by name, and by USB port where names are alike.

The service numbers readers of one make in the order in which it found them, so that a name alone
may refer to another reader after the next start. The port is where the cable is connected: it does
not change.

Source: PC/SC part 3, SCARD_ATTR_CHANNEL_ID (0020, bus, address for USB); sysfs `busnum`, `devnum`.
    `unverified`: never tried with two real readers of one make.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from station.core.errors import ReaderNotConnectedError

SYSFS: Final = Path("/sys/bus/usb/devices")
USB_CHANNEL: Final = 0x0020
_PORT: Final = re.compile(r"(?P<name>.*\S)\s*@(?P<port>[0-9]+-[0-9]+(?:\.[0-9]+)*)", re.DOTALL)
_DEVICE: Final = re.compile(r"[0-9]+-[0-9]+(?:\.[0-9]+)*")


@dataclass(frozen=True, slots=True)
class WantedReader:
    """A reader as described in the settings.

    Attributes:
        name: Its whole name, or a part of it.
        port: Bus and ports, as `1-2.3`; empty where the name alone decides.
    """

    name: str
    port: str = ""

    @classmethod
    def parse(cls, text: str) -> WantedReader:
        """Return the parts of `NAME` or `NAME@BUS-PORT`."""
        match = _PORT.fullmatch(text)
        return cls(match["name"], match["port"]) if match else cls(text)

    def named(self, names: list[str]) -> list[str]:
        """Return the readers of this name; without an exact match, those that contain it."""
        if self.name in names:
            return [self.name]
        return [name for name in names if self.name.casefold() in name.casefold()]


def choose_reader(
    names: list[str], wanted: WantedReader, never: WantedReader, port_of: Callable[[str], str]
) -> str:
    """Return the one reader that is wanted.

    Args:
        names: The readers that the service lists.
        wanted: The settings of this reader.
        never: The settings of a reader that must not be used; an empty name excludes none.
        port_of: Asks a reader for its USB port; called only where a port decides.

    Raises:
        ReaderNotConnectedError: No reader matches, several do, or the only match is the excluded
            one.
    """

    def fitting(reader: WantedReader) -> list[str]:
        named = reader.named(names)
        return [one for one in named if not reader.port or port_of(one) == reader.port]

    found = fitting(wanted)
    told = f"{wanted.name}{f'@{wanted.port}' if wanted.port else ''}"
    if not found:
        raise ReaderNotConnectedError(f"no reader is called {told!r}")
    listed = ", ".join(found)
    if len(found) > 1:
        raise ReaderNotConnectedError(
            f"{told!r} fits several readers: {listed}",
            details={"readers": listed},
            code="reader-ambiguous",
        )
    if never.name and found[0] in fitting(never):
        raise ReaderNotConnectedError(
            f"{told!r} is the reader of {never.name!r}: {listed}",
            details={"readers": listed},
            code="desk-reader-is-the-machines",
        )
    return found[0]


def usb_port(channel: bytes, devices: Path = SYSFS) -> str:
    """Return bus and ports of the reader with this channel id; empty when they are unknown."""
    number = int.from_bytes(channel[:4], "little")
    if len(channel) < 4 or number >> 16 != USB_CHANNEL:
        return ""
    wanted = (number >> 8 & 0xFF, number & 0xFF)
    for device in sorted(devices.glob("*-*")):
        if _DEVICE.fullmatch(device.name) and _address(device) == wanted:
            return device.name
    return ""


def _address(device: Path) -> tuple[int, int] | None:
    try:
        return int((device / "busnum").read_text()), int((device / "devnum").read_text())
    except (OSError, ValueError):
        return None  # disconnected meanwhile
