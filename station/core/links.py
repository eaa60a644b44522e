"""The transport interfaces that drivers and the encoder use. All times are in seconds."""

from __future__ import annotations

from typing import Protocol


class BulkLink(Protocol):
    """A pair of USB bulk endpoints, or an equivalent: ordered bytes, no framing."""

    @property
    def address(self) -> str:
        """Address of the peer, for people: `usb://0d16:030a/SERIAL`, `usbip://127.0.0.1:3240`."""
        ...

    def write(self, data: bytes, *, timeout: float) -> None:
        """Send all of `data`.

        Raises:
            TransportTimeoutError: The device accepted only a part, or nothing, in time. How much is
                unknown.
            TransportClosedError: The device is gone.
        """
        ...

    def read(self, size: int, *, timeout: float) -> bytes:
        """Return the data of one transfer of at most `size` bytes; may be shorter, even empty.

        Data that the device sends after a time-out is not lost: the next call returns it.

        Raises:
            TransportTimeoutError: Nothing arrived in time.
            TransportClosedError: The device is gone.
        """
        ...

    def reopen(self) -> None:
        """Close and open again, discarding data in transit.

        Raises:
            PrinterNotConnectedError: The device is not there.
        """
        ...

    def close(self) -> None:
        """Release the device. Safe to call twice."""
        ...


class TransactionLink(BulkLink, Protocol):
    """A link with one connection per transaction, for protocols that are designed that way.

    It is not a stream: `write` connects, sends a complete transaction and shuts down its side;
    `read` returns the answer, and an empty read marks its end. Then the connection is closed.
    """


class CardSlot(Protocol):
    """A reader as a place for a card, where only the card's presence is visible."""

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
        """Address of the reader, for people: `pcsc:READER NAME`."""
        ...

    def reader_present(self) -> bool:
        """Whether the reader is visible (no card needed). Moves nothing, powers nothing."""
        ...

    def check_reader(self) -> None:
        """Look for the reader; return when it can be used. Moves nothing, powers nothing.

        Raises:
            ReaderNotConnectedError: It can't be used; the code tells whether it is missing, this
                account may not use the PC/SC service, or several readers fit the configured name.
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
            ReaderNotConnectedError: The reader was lost.
            TransportClosedError: The card was lost: whether it executed the command is unknown.
        """
        ...

    def power_off(self) -> None:
        """Power the chip down and release the reader. Safe to call twice."""
        ...

    def close(self) -> None:
        """Release everything. Safe to call twice."""
        ...


class ChipReader(ApduLink, CardSlot, Protocol):
    """A complete reader: access to the chip and to the card's presence."""
