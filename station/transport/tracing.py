"""A bulk link that records its transfers in the text format of Linux's usbmon.

One line for each submission and each end of a transfer:

    tag  microseconds  S|C  Bo|Bi  status  length  data

Data is hex in words of four bytes after `=`; `>` and `<` mean none. Data that may not be shown is
only counted: `* 65536 bytes masked`. Lines that begin with `#` are for people; those that begin
with `#!` are about the link.

Source: Linux kernel documentation, "usbmon", section on the text format; bus, device and endpoint
numbers are left out, because one line of the head names them.
"""

from __future__ import annotations

from collections.abc import Callable

from station.core.errors import TransportClosedError, TransportError, TransportTimeoutError
from station.core.links import BulkLink

# Error numbers as in usbmon; the link's own words are in a line of their own.
SUBMITTED = -115  # EINPROGRESS
TIMED_OUT = -110  # ETIMEDOUT
CLOSED = -108  # ESHUTDOWN
FAILED = -71  # EPROTO


class TracedLink:
    """Forwards everything and records it. Implements `BulkLink`.

    Args:
        link: The real link.
        write_line: Takes one line.
        may_show: Whether a write may be recorded completely; others are masked.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        link: BulkLink,
        write_line: Callable[[str], None],
        *,
        may_show: Callable[[bytes], bool],
        clock: Callable[[], float],
    ) -> None:
        self._link = link
        self._write_line = write_line
        self._may_show = may_show
        self._clock = clock
        self._number = 0

    @property
    def address(self) -> str:
        """See `BulkLink.address`."""
        return self._link.address

    def write(self, data: bytes, *, timeout: float) -> None:
        """See `BulkLink.write`."""
        self._number += 1
        shown = f"= {words(data)}" if self._may_show(data) else f"* {len(data)} bytes masked"
        self._line("S", "Bo", SUBMITTED, len(data), shown)
        try:
            self._link.write(data, timeout=timeout)
        except TransportError as exc:
            self._failed("Bo", exc)
            raise
        self._line("C", "Bo", 0, len(data), ">")

    def read(self, size: int, *, timeout: float) -> bytes:
        """See `BulkLink.read`."""
        self._number += 1
        self._line("S", "Bi", SUBMITTED, size, "<")
        try:
            data = self._link.read(size, timeout=timeout)
        except TransportError as exc:
            self._failed("Bi", exc)
            raise
        self._line("C", "Bi", 0, len(data), f"= {words(data)}")
        return data

    def reopen(self) -> None:
        """See `BulkLink.reopen`."""
        self._write_line("#! opened again")
        self._link.reopen()

    def close(self) -> None:
        """See `BulkLink.close`."""
        self._write_line("#! closed")
        self._link.close()

    def _failed(self, direction: str, exc: TransportError) -> None:
        self._line("C", direction, _status(exc), 0, ">" if direction == "Bo" else "<")
        self._write_line(f"#! {exc}")

    def _line(self, kind: str, direction: str, status: int, length: int, data: str) -> None:
        stamp = int(self._clock() * 1_000_000)
        self._write_line(
            f"{self._number:08x} {stamp:010} {kind} {direction} {status} {length} {data}"
        )


def _status(exc: TransportError) -> int:
    if isinstance(exc, TransportTimeoutError):
        return TIMED_OUT
    return CLOSED if isinstance(exc, TransportClosedError) else FAILED


def words(data: bytes) -> str:
    """Return hex in words of four bytes."""
    return data.hex(" ", -4)
