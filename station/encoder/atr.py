"""Historical bytes of an Answer to Reset.

Source: ISO/IEC 7816-3:2006, 8.2 (T0, interface bytes, historical bytes).
"""

from __future__ import annotations

from typing import Final

from station.core.errors import RemoteProtocolError

INTERFACE_BITS: Final = (0x10, 0x20, 0x40, 0x80)  # TA, TB, TC, TD present
TD_PRESENT: Final = 0x80


def historical_bytes(atr: bytes) -> bytes:
    """Return the bytes after the interface bytes, as many as T0 announces.

    Raises:
        RemoteProtocolError: The ATR is shorter than T0 and the interface bytes announce.
    """
    if len(atr) < 2:
        raise RemoteProtocolError(f"ATR of {len(atr)} bytes")
    count = atr[1] & 0x0F
    start = _first_historical(atr)
    if len(atr) < start + count:
        raise RemoteProtocolError(f"ATR announces {count} historical bytes, {len(atr)} bytes came")
    return atr[start : start + count]


def _first_historical(atr: bytes) -> int:
    at = 1
    while True:
        indicator = atr[at]
        following = sum(1 for bit in INTERFACE_BITS if indicator & bit)
        if not indicator & TD_PRESENT:
            return at + following + 1
        at += following  # TD is the last of its group and indicates the next one
        if at >= len(atr):
            raise RemoteProtocolError("ATR ends inside its interface bytes")
