"""Error codes of the national card driver interface, for callers that use only these.

The texts are in `station.words`, by the number.

Source: 人社信息函〔2016〕38号, appendix A. A status word without an entry of its own is represented
    by its negative, as the appendix lists them.
"""

from __future__ import annotations

from typing import Final

from station.core.errors import (
    CardMismatchError,
    CardMuteError,
    GatewayError,
    InputError,
    PinLockedError,
    PinRefusedError,
    ReaderBusyError,
    ReaderNotConnectedError,
    StationError,
    StatusWordError,
    TransportError,
    WrongCardError,
    WrongCardReason,
)

UNKNOWN: Final = -9999  # our choice: the appendix has "other: unknown" without a number
PIN_WRONG: Final = -51
PIN_LOCKED: Final = -52

_MUTE: Final = {"no-card": -2, "no-atr": -4, "no-known-protocol": -4}
#: The first match counts; more specific ones come first.
_BY_CLASS: Final[tuple[tuple[type[StationError], int], ...]] = (
    (ReaderBusyError, -11),
    (ReaderNotConnectedError, -11),
    (TransportError, -3),
    (CardMismatchError, -22),
    (WrongCardError, -22),
    (InputError, -23),
    (GatewayError, -21),
)


def national_code(error: StationError) -> int:
    """Return the negative number of the national interface for `error`."""
    if isinstance(error, StatusWordError):
        return _of_status_word(error)
    if isinstance(error, CardMuteError):
        return _MUTE.get(error.details.get("cause", ""), -4)
    if isinstance(error, WrongCardError) and error.reason is WrongCardReason.NOT_SOCIAL_SECURITY:
        return -1
    return next((code for kind, code in _BY_CLASS if isinstance(error, kind)), UNKNOWN)


def _of_status_word(error: StatusWordError) -> int:
    if isinstance(error, PinRefusedError):
        return PIN_LOCKED if isinstance(error, PinLockedError) else PIN_WRONG
    return -error.sw
