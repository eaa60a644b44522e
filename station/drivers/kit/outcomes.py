"""Which error reports the outcome of a command: nothing moved, a part of it, or unknown.

The workflow ends an effect as "not done" on a `DeviceError` or `TransportError`. So these may be
raised only where the printer provably moved nothing. Everything after the command was sent is an
`OutcomeUnknownError`; when the printer itself reports that it stopped on the way, a
`BrokeOffError`, which is a subclass.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import NoReturn

from station.core.errors import (
    BrokeOffError,
    CardLeftInsideError,
    DeviceError,
    OutcomeUnknownError,
    ProtocolError,
    TransportError,
)
from station.core.printing import PrinterStateReason, PrinterStatus


@contextlib.contextmanager
def outcome_unknown(what: str) -> Iterator[None]:
    """Replace every error that hides the outcome of a command by OutcomeUnknownError."""
    try:
        yield
    except (TransportError, ProtocolError, DeviceError) as exc:
        raise OutcomeUnknownError(f"{what}, then: {exc}") from exc


def raise_blocking(what: str, status: PrinterStatus) -> NoReturn:
    """Raise the DeviceError that names what a person has to clear first."""
    if not status.errors:
        raise DeviceError(f"{what}; the printer names no reason", native_code=0)
    first = status.errors[0]
    raise DeviceError(f"{what}: {first}", native_code=first.native_number, code=first.keyword.value)


def raise_broke_off(
    what: str, status: PrinterStatus, cause: PrinterStateReason | None = None
) -> NoReturn:
    """Raise the BrokeOffError that names what stopped a movement or a print that had begun.

    Args:
        what: Begins the message.
        status: Read after the printer stopped.
        cause: Named when the status reports no error; None: the error's own code.
    """
    if not status.errors:
        code = BrokeOffError.code if cause is None else cause.value
        raise BrokeOffError(f"{what}; the printer names no reason", native_code=0, code=code)
    first = status.errors[0]
    raise BrokeOffError(
        f"{what}: {first}", native_code=first.native_number, code=first.keyword.value
    )


def require_ready_to_print(status: PrinterStatus) -> None:
    """Refuse a print before any of it is sent.

    Raises:
        DeviceError: Something stops the printer, or no card is in the path.
    """
    if status.errors:
        raise_blocking("not ready to print", status)
    require_card(status)


def require_card(status: PrinterStatus) -> None:
    """Refuse what needs a card in the path.

    Raises:
        DeviceError: There is none.
    """
    if status.card is None:
        needed = PrinterStateReason.MEDIA_NEEDED.value
        raise DeviceError("no card in the path", native_code=0, code=needed)


def require_empty_path(status: PrinterStatus) -> None:
    """Refuse to clean the path while a card is in it.

    Raises:
        CardLeftInsideError: There is one.
    """
    if status.card is not None:
        raise CardLeftInsideError("a card is in the path; cleaning would take it along")
