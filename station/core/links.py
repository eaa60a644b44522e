"""What drivers and the encoder need from a transport. All times are in seconds."""

from __future__ import annotations

from typing import Protocol


class BulkLink(Protocol):
    """A pair of USB bulk endpoints, or anything that behaves so: in order, no framing."""

    @property
    def address(self) -> str:
        """Where this link leads, for people: `usb://0d16:030a/SERIAL`, `usbip://127.0.0.1:3240`."""
        ...

    def write(self, data: bytes, *, timeout: float) -> None:
        """Send all of `data`.

        Raises:
            TransportTimeoutError: The device took only a part, or nothing, in time. How much is
                unknown.
            TransportClosedError: The device is gone.
        """
        ...

    def read(self, size: int, *, timeout: float) -> bytes:
        """Return what one transfer of at most `size` bytes brings; may be shorter, even empty.

        What the device sends after a time-out is not lost: the next call returns it.

        Raises:
            TransportTimeoutError: Nothing arrived in time.
            TransportClosedError: The device is gone.
        """
        ...

    def reopen(self) -> None:
        """Close and open again, throwing away what was on its way.

        Raises:
            PrinterNotConnectedError: The device is not there.
        """
        ...

    def close(self) -> None:
        """Give the device back. Safe to call twice."""
        ...


class TransactionLink(BulkLink, Protocol):
    """A link that makes a connection for each transaction; for protocols made that way.

    It is not a stream: `write` connects, sends a whole transaction and says that no more comes;
    `read` brings its answer, and an empty read is that answer's end. Then the connection is gone.
    """


class CardSlot(Protocol):
    """Where a person puts a card in, seen only from whether one is there."""

    @property
    def address(self) -> str:
        """See `ApduLink.address`."""
        ...

    def card_present(self) -> bool:
        """Whether a card is in the reader. Moves nothing, powers nothing.

        Raises:
            ReaderNotConnectedError: No such reader, or no PC/SC service.
        """
        ...


class ApduLink(Protocol):
    """One chip reader with, perhaps, a card in it."""

    @property
    def address(self) -> str:
        """Where this link leads, for people: `pcsc:READER NAME`."""
        ...

    def reader_present(self) -> bool:
        """Whether the reader can be seen (no card needed). Moves nothing, powers nothing."""
        ...

    def check_reader(self) -> None:
        """Look for the reader; return when it can be used. Moves nothing, powers nothing.

        Raises:
            ReaderNotConnectedError: It can't; the code says whether it is not there, this account
                may not use the PC/SC service, or several readers fit the configured name.
        """
        ...

    def power_on(self) -> bytes:
        """Connect exclusively, cold-reset the chip and return its ATR.

        Clears the card's security state.

        Raises:
            ReaderNotConnectedError: No such reader, or no PC/SC service.
            ReaderBusyError: Another program holds it; `details["holder"]` names it when known.
            CardMuteError: No card, or it gives no ATR.
        """
        ...

    def transmit(self, command: bytes, *, name: str = "") -> bytes:
        """Send one C-APDU and return data plus SW1-SW2. 61xx and 6Cxx are *not* followed here.

        `name` is used in the trace instead of the bytes.

        Raises:
            ReaderNotConnectedError: The reader went away.
            TransportClosedError: The card went away: what it did with this command is unknown.
        """
        ...

    def power_off(self) -> None:
        """Power the chip down and release the reader. Safe to call twice."""
        ...

    def close(self) -> None:
        """Release everything. Safe to call twice."""
        ...


class ChipReader(ApduLink, CardSlot, Protocol):
    """A whole reader: what talks to the chip, and what sees the card."""
