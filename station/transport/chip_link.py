"""Opens the chip reader that config/ names."""

from __future__ import annotations

from typing import Final

from station.core.errors import ConfigError
from station.core.links import ChipReader
from station.transport.vpcd import VpcdLink

MAX_PORT: Final = 65535


def open_chip_link(address: str, *, card_wait: float, never: str = "") -> ChipReader:
    """Return the link for `pcsc:READER NAME` or `vpcd:PORT`. Opens nothing yet.

    Args:
        address: Address of the reader.
        card_wait: Seconds to wait for a card to answer at `power_on`.
        never: Address of a reader that must not be used.

    Raises:
        ConfigError: Another form of address, or PC/SC is needed and its library is missing.
    """
    kind, _, rest = address.partition(":")
    if kind == "pcsc" and rest.strip():
        other, _, name = never.partition(":")
        return _pcsc(rest.strip(), card_wait, name.strip() if other == "pcsc" else "")
    if kind == "vpcd" and rest.isascii() and rest.isdecimal() and int(rest) <= MAX_PORT:
        return VpcdLink(int(rest), card_wait=card_wait)
    raise ConfigError(
        f"chip reader {address!r}: expected pcsc:READER NAME or vpcd:PORT",
        details={"address": address},
    )


def _pcsc(reader: str, card_wait: float, never: str) -> ChipReader:
    try:
        # Imported here: a machine without the PC/SC library can still use the other kind.
        from station.transport.pcsc import PcscLink
    except ImportError as exc:
        raise ConfigError("pcsc: the PC/SC library is not installed") from exc
    return PcscLink(reader, card_wait=card_wait, never=never)
