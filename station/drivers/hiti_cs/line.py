"""One exchange at a time with a HiTi CS printer over a bulk link that is drained before each.

The protocol has no sequence number: a late answer would be taken for the answer to the next
command. So after an exchange that did not finish, and when the link is opened for the first time
(the earlier process may have died between command and answer), the line is dirty: it is reopened,
and two queries are sent, whose answers no other code requests, until their own answers arrive.
Answers keep their order: once these have arrived, all late ones have been read and discarded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from station.core.errors import (
    LocalProtocolError,
    RemoteProtocolError,
    TransportClosedError,
    TransportTimeoutError,
)
from station.core.links import BulkLink
from station.drivers.hiti_cs import commands
from station.drivers.hiti_cs.codec import NEED_DATA, Frame, FrameDecoder
from station.drivers.hiti_cs.commands import Command, encode_image_header, encode_request
from station.drivers.hiti_cs.print_job import Plane
from station.drivers.kit.line import ExchangeLog, retry_once_if_closed
from station.drivers.kit.model_file import WaitTimes
from station.drivers.kit.waiting import BEING_CLOSED

MARKERS: Final = (commands.PRODUCT, commands.SUMMARY)
MAX_STALE_FRAMES: Final = 16
PADDING_PIECE: Final = 65536


class Line:
    """The connection to one printer. Not thread-safe: its driver holds the lock.

    Args:
        open_link: Opens the link; raises PrinterNotConnectedError when no device is there.
        timeouts: Seconds to wait for a reply and for a write.
        clock: Monotonic seconds.
        on_open: Called with the product id after the line was first drained.
    """

    def __init__(
        self,
        open_link: Callable[[], BulkLink],
        timeouts: WaitTimes,
        *,
        clock: Callable[[], float],
        on_open: Callable[[int], None],
    ) -> None:
        self._open_link = open_link
        self._timeouts = timeouts
        self._clock = clock
        self._on_open = on_open
        self._link: BulkLink | None = None
        self._decoder = FrameDecoder()
        self._clean = False
        self._image_open = 0  # bytes of an image that the printer may still expect
        self._greeted = False
        self._stopped = False
        self.recent = ExchangeLog(clock)

    @property
    def address(self) -> str:
        """Address of the link; empty before it was first opened."""
        return self._link.address if self._link else ""

    def ask(self, command: Command, payload: bytes = b"") -> Frame:
        """Send one command and return its answer, which may be a refusal.

        Raises:
            PrinterNotConnectedError: The device is not there; nothing was sent.
            TransportError: It was lost or did not answer: whether it executed the command is
                unknown.
            RemoteProtocolError: The answer does not belong to this command.
        """
        link = self._ready_link()
        return self._exchange(link, command, encode_request(command, payload))

    def look(self, command: Command, payload: bytes = b"") -> Frame:
        """Send a read-only command; retry once if the link had already dropped.

        Raises:
            LocalProtocolError: The command changes something.
            TransportError: See `ask`.
            RemoteProtocolError: See `ask`.
        """
        if command.changes:
            raise LocalProtocolError(f"{command.id:04X} {command.name} is more than a look")
        return retry_once_if_closed(lambda: self.ask(command, payload))

    def send_image(self, line_count: int, plane: Plane) -> Frame:
        """Announce an image and, unless that is refused, send it in pieces.

        Raises:
            TransportError: The image was sent in part or not at all.
            RemoteProtocolError: The answer does not belong to this command.
        """
        link = self._ready_link()
        header = encode_image_header(line_count, plane.size)
        self._image_open = plane.size
        reply = self._exchange(link, commands.IMAGE, header)
        if not reply.refused:
            self._send_raw(link, plane.pieces)
        self._image_open = 0
        return reply

    def _send_raw(self, link: BulkLink, pieces: Sequence[bytes]) -> None:
        self._clean = False
        with self.recent.exchange(f"image of {sum(map(len, pieces))} bytes") as exchange:
            for piece in pieces:
                self._go_on()
                link.write(piece, timeout=self._timeouts.write)
            exchange.outcome = "sent"
        self._clean = True

    def stop(self) -> None:
        """Refuse new exchanges; a waiting one ends by its own time-out. Thread-safe."""
        self._stopped = True

    def close(self) -> None:
        """Release the link. Safe to call twice."""
        link, self._link = self._link, None
        self._clean = False
        if link is not None:
            link.close()

    def _go_on(self) -> None:
        if self._stopped:
            raise TransportClosedError(BEING_CLOSED)

    def _ready_link(self) -> BulkLink:
        self._go_on()
        if self._link is not None and self._clean:
            return self._link
        if self._link is None:
            self._link = self._open_link()
        else:
            self._link.reopen()
        product = self._clean_line(self._link)
        self._clean = True
        if not self._greeted:
            self._greeted = True
            self._on_open(int.from_bytes(product.payload[:2], "big"))
        return self._link

    def _clean_line(self, link: BulkLink) -> Frame:
        self._decoder = FrameDecoder()
        try:
            product, _ = [self._find_answer(link, marker) for marker in MARKERS]
        except TransportTimeoutError:
            if not self._image_open:
                raise
            # The printer takes our queries for dots of an interrupted image. Reopening the link
            # should have ended that; if not, it gets the rest as zeros, which print nothing there
            # and start no frame after it.
            rest, self._image_open = self._image_open, 0
            whole, last = divmod(rest, PADDING_PIECE)
            self._send_raw(link, [bytes(PADDING_PIECE)] * whole + [bytes(last)])
            product, _ = [self._find_answer(link, marker) for marker in MARKERS]
        self._image_open = 0
        return product

    def _find_answer(self, link: BulkLink, marker: Command) -> Frame:
        with self.recent.exchange(f"{marker.id:04X} {marker.name} (clean the line)") as exchange:
            link.write(encode_request(marker), timeout=self._timeouts.write)
            for _ in range(MAX_STALE_FRAMES):
                reply = self._read_frame(link)
                if reply.command == marker.id:
                    exchange.outcome = f"{reply.flag:02X}"
                    return reply
            raise RemoteProtocolError(f"no answer to {marker.id:04X} in {MAX_STALE_FRAMES} frames")

    def _exchange(self, link: BulkLink, command: Command, request: bytes) -> Frame:
        self._clean = False
        with self.recent.exchange(f"{command.id:04X} {command.name}") as exchange:
            link.write(request, timeout=self._timeouts.write)
            reply = self._read_frame(link)
            exchange.outcome = f"{reply.flag:02X}"
            _check_reply(command, reply)
        self._clean = True
        return reply

    def _read_frame(self, link: BulkLink) -> Frame:
        left = self._timeouts.reply
        deadline = self._clock() + left
        while (reply := self._decoder.next_frame()) is NEED_DATA:
            if left <= 0:
                raise TransportTimeoutError(f"no whole answer in {self._timeouts.reply} s")
            self._decoder.receive_data(link.read(self._decoder.missing, timeout=left))
            left = deadline - self._clock()
        return reply


def _check_reply(command: Command, reply: Frame) -> None:
    if reply.command != command.id:
        raise RemoteProtocolError(f"asked {command.id:04X}, answered {reply.command:04X}")
    fewest, most = command.reply
    if not reply.refused and not fewest <= len(reply.payload) <= most:
        raise RemoteProtocolError(
            f"{command.id:04X}: {len(reply.payload)} data bytes, want {fewest}..{most}"
        )
