"""A bulk link that plays a recorded session to a driver, as the printer did.

What the driver sends is compared with what was sent; what it reads is what arrived. Where both
differ, the link is closed from then on, and the first difference is kept. Nothing is opened, no
printer is needed, and nothing moves.
"""

from __future__ import annotations

import errno
from typing import Final

from station.core.errors import TransportClosedError, TransportTimeoutError
from station.transport.captures import Capture, Step, Transfer

#: A read that the host gave up: usbmon has the cancelled transfer, libusb's way of a time-out.
_TIMEOUTS: Final = frozenset({-errno.ETIMEDOUT, -errno.ENOENT, -errno.ECONNRESET})
_SHOWN: Final = 24  #: bytes of a difference


class ReplayLink:
    """Implements `BulkLink` from a capture; one step of it at a time.

    Attributes:
        difference: The first thing that was not as recorded; empty for none.
    """

    def __init__(self, capture: Capture, address: str) -> None:
        """Store the capture; the first step begins with `begin`.

        Args:
            capture: What is played.
            address: What the driver is given as the link's address.
        """
        self.difference = ""
        self._address = capture.address or address
        self._transfers: list[Transfer] = []
        self._arrived = b""  # what a driver's smaller read has left of a transfer
        self._taken = 0  # bytes of the current transfer that the driver has sent
        self._played = 0

    @property
    def address(self) -> str:
        """See `BulkLink.address`."""
        return self._address

    def begin(self, step: Step) -> None:
        """Play these transfers next."""
        self._transfers = list(step.transfers)
        self._arrived, self._taken = b"", 0

    @property
    def left(self) -> int:
        """How many transfers of the step the driver has not asked for."""
        return len(self._transfers)

    @property
    def played(self) -> int:
        """How many transfers went as recorded."""
        return self._played

    def write(self, data: bytes, *, timeout: float) -> None:
        """See `BulkLink.write`. One write may have been recorded in several pieces."""
        del timeout
        sent = 0
        while sent < len(data) or not data:
            found = self._next(sent=True, what=f"sent {_shown(data[sent:])}")
            recorded = found.data[self._taken :]
            part = data[sent : sent + found.length - self._taken]
            if not data and found.length:
                self._differ(f"sent nothing, recorded is {_shown(recorded)}")
            if part[: len(recorded)] != recorded[: len(part)]:
                self._differ(f"sent {_shown(part)}, recorded {_shown(recorded)}")
            sent += len(part)
            self._taken += len(part)
            if self._taken == found.length:
                self._done(found)
            if not data:
                return

    def read(self, size: int, *, timeout: float) -> bytes:
        """See `BulkLink.read`. One read may have been recorded in several pieces."""
        del timeout
        if self._arrived:
            piece, self._arrived = self._arrived[:size], self._arrived[size:]
            return piece
        data = b""
        while True:
            found = self._next(sent=False, what="read")
            self._done(found)
            data += found.data
            more = self._transfers and not self._transfers[0].sent
            if found.length < found.wanted or found.wanted >= size or not more:
                break
        self._arrived = data[size:]
        return data[:size]

    def reopen(self) -> None:
        """See `BulkLink.reopen`. What had arrived is discarded."""
        self._arrived = b""

    def close(self) -> None:
        """See `BulkLink.close`."""

    def _next(self, *, sent: bool, what: str) -> Transfer:
        if self.difference:
            raise TransportClosedError(self.difference)
        if not self._transfers:
            self._differ(f"{what}, and nothing more is recorded")
        found = self._transfers[0]
        if found.sent != sent or (not sent and self._taken):
            recorded = f"{found.length} bytes to the printer" if found.sent else "an answer"
            self._differ(f"{what}, recorded is {recorded}")
        return found

    def _done(self, found: Transfer) -> None:
        self._transfers.pop(0)
        self._taken = 0
        self._played += 1
        if found.status in _TIMEOUTS:
            raise TransportTimeoutError(f"recorded: {found.status}")
        if found.status:
            raise TransportClosedError(f"recorded: {found.status}")

    def _differ(self, what: str) -> None:
        self.difference = f"transfer {self._played + 1}: the driver {what}"
        raise TransportClosedError(self.difference)


def _shown(data: bytes) -> str:
    return f"{data[:_SHOWN].hex(' ')}{' ...' if len(data) > _SHOWN else ''} ({len(data)} bytes)"
