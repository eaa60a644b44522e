"""A bulk IN endpoint: answers wait for the host, or the host waits for answers. Thread-safe.

An answer is delivered whole: a transfer that is cancelled while it waits takes no data with it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

OK: Final = 0
OVERFLOW: Final = -75  #: the packet is longer than the host's transfer (babble)

#: Called with the end of a transfer: its sequence number, a status (0 or a negative errno), the
#: data.
Deliver = Callable[[int, int, bytes], None]


@dataclass(frozen=True, slots=True)
class _Transfer:
    number: int
    size: int


class BulkInEndpoint:
    """Packets of the device on one side, transfers of the host on the other.

    `deliver` is called with the endpoint's lock held, so that the order on the wire is the order of
    events; it must not call the endpoint.
    """

    def __init__(self, packet_size: int) -> None:
        self._packet_size = packet_size
        self._lock = threading.Lock()
        self._packets: deque[bytes] = deque()
        self._transfers: deque[_Transfer] = deque()
        self._deliver: Deliver | None = None

    def attach(self, deliver: Deliver) -> None:
        """Start empty: a host took the device."""
        with self._lock:
            self._packets.clear()
            self._transfers.clear()
            self._deliver = deliver

    def detach(self) -> None:
        """Clear everything that waits: the host is gone."""
        with self._lock:
            self._packets.clear()
            self._transfers.clear()
            self._deliver = None

    def flush(self) -> None:
        """Discard packets that no transfer has fetched."""
        with self._lock:
            self._packets.clear()

    def put(self, packets: list[bytes]) -> None:
        """Queue the device's answer: whole packets, the last one shorter than a full one."""
        with self._lock:
            self._packets.extend(packets)
            self._match()

    def submit(self, number: int, size: int) -> None:
        """Queue a transfer of up to `size` bytes for the host; ends through `deliver`."""
        with self._lock:
            self._transfers.append(_Transfer(number, size))
            self._match()

    def cancel(self, number: int, answer: Callable[[bool], None]) -> None:
        """Cancel a waiting transfer; `answer` is called, in order, with whether it still waited."""
        with self._lock:
            waiting = [transfer for transfer in self._transfers if transfer.number == number]
            for transfer in waiting:
                self._transfers.remove(transfer)
            answer(bool(waiting))

    def _match(self) -> None:
        while self._deliver is not None and self._transfers and self._packets:
            transfer = self._transfers.popleft()
            status, data = self._fetch(transfer.size)
            self._deliver(transfer.number, status, data)

    def _fetch(self, size: int) -> tuple[int, bytes]:
        """Take packets until a short one or until the transfer is full."""
        data = bytearray()
        while self._packets and len(data) < size:
            packet = self._packets.popleft()
            if len(data) + len(packet) > size:
                return OVERFLOW, b""
            data += packet
            if len(packet) < self._packet_size:
                break
        return OK, bytes(data)
