"""Links that note every exchange for the technician and forward everything unchanged.

They run inside every exchange of a card, so they keep references and lengths, and leave all wording
to whoever shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from station.core.errors import StationError, TransportError
from station.core.links import BulkLink, ChipReader
from station.core.wire_trace import MOST_BYTES, WireExchange, WireKind, WireTrace

POWER_ON: Final = "power on"
#: Longest write that is asked whether it may be shown: a piece of an image is longer.
LONGEST_REQUEST: Final = 256
_INS_SELECT: Final = 0xA4
_HEADER: Final = 5  # CLA, INS, P1, P2, and the length that follows


def show_nothing(data: bytes) -> bool:
    """Say of every write that it may not be shown."""
    del data
    return False


class WatchedLink:
    """A bulk link whose exchanges are noted. Implements `BulkLink`.

    A write and the reads up to the next one are one exchange; writes that may not be shown and that
    nothing answers are pieces of one job. What answers a request that may not be shown is not shown
    either.

    Args:
        link: The real link.
        trace: Where exchanges are noted.
        kind: With whom they are.
        may_show: Whether a write holds nothing personal and nothing secret.
        name: Of every exchange; empty where `naming` tells it.
        naming: Returns the name of a request that may be shown.
    """

    def __init__(
        self,
        link: BulkLink,
        trace: WireTrace,
        kind: WireKind,
        *,
        may_show: Callable[[bytes], bool] = show_nothing,
        name: str = "",
        naming: Callable[[bytes], str] | None = None,
    ) -> None:
        self._link = link
        self._trace = trace
        self._kind = kind
        self._may_show = may_show
        self._name = name
        self._naming = naming
        self._now: WireExchange | None = None

    @property
    def address(self) -> str:
        """See `BulkLink.address`."""
        return self._link.address

    def write(self, data: bytes, *, timeout: float) -> None:
        """See `BulkLink.write`."""
        size = len(data)
        shown = size <= LONGEST_REQUEST and self._may_show(data)
        one = self._now
        if shown or one is None or one.sent is not None or one.got_size:
            sent = bytes(data[:MOST_BYTES]) if shown else None
            one = self._begin(sent, size)
        else:
            one.sent_size += size
        try:
            self._link.write(data, timeout=timeout)
        except TransportError as exc:
            self._trace.end(one, exc.code)
            raise
        self._trace.end(one)

    def read(self, size: int, *, timeout: float) -> bytes:
        """See `BulkLink.read`."""
        one = self._now or self._begin(None, 0)
        try:
            data = self._link.read(size, timeout=timeout)
        except TransportError as exc:
            self._trace.end(one, exc.code)
            raise
        if one.sent is not None and one.got_size < MOST_BYTES:
            one.got += data[: MOST_BYTES - one.got_size]
        one.got_size += len(data)
        self._trace.end(one)
        return data

    def reopen(self) -> None:
        """See `BulkLink.reopen`."""
        self._now = None
        self._link.reopen()

    def close(self) -> None:
        """See `BulkLink.close`."""
        self._now = None
        self._link.close()

    def _begin(self, sent: bytes | None, size: int) -> WireExchange:
        self._now = self._trace.begin(self._kind, self._name, sent, size, self._naming)
        return self._now


class WatchedReader:
    """A chip reader whose exchanges are noted. Implements `ChipReader`.

    Of a command its header is kept, and of SELECT, which names a file or an application, all of it;
    of an answer only its status word. Everything else (PINs, cryptograms, random numbers, records)
    is a length.

    Args:
        reader: The real one.
        trace: Where exchanges are noted.
        kind: With which reader they are.
    """

    def __init__(self, reader: ChipReader, trace: WireTrace, kind: WireKind) -> None:
        self._reader = reader
        self._trace = trace
        self._kind = kind

    @property
    def address(self) -> str:
        """See `ApduLink.address`."""
        return self._reader.address

    def card_present(self) -> bool:
        """See `CardSlot.card_present`."""
        return self._reader.card_present()

    def reader_present(self) -> bool:
        """See `ApduLink.reader_present`."""
        return self._reader.reader_present()

    def check_reader(self) -> None:
        """See `ApduLink.check_reader`."""
        self._reader.check_reader()

    def power_on(self) -> bytes:
        """See `ApduLink.power_on`."""
        one = self._trace.begin(self._kind, POWER_ON, None, 0)
        try:
            atr = self._reader.power_on()
        except StationError as exc:
            self._trace.end(one, exc.code)
            raise
        one.got_size = len(atr)
        self._trace.end(one, "ATR")
        return atr

    def transmit(self, command: bytes, *, name: str = "") -> bytes:
        """See `ApduLink.transmit`."""
        whole = len(command) > 1 and command[1] == _INS_SELECT
        sent = command[: MOST_BYTES if whole else _HEADER]
        one = self._trace.begin(self._kind, name, sent, len(command))
        try:
            answer = self._reader.transmit(command, name=name)
        except StationError as exc:
            self._trace.end(one, exc.code)
            raise
        one.got_size = max(0, len(answer) - 2)
        self._trace.end(one, answer[-2:].hex().upper())
        return answer

    def power_off(self) -> None:
        """See `ApduLink.power_off`."""
        self._reader.power_off()

    def close(self) -> None:
        """See `ApduLink.close`."""
        self._reader.close()
