"""A simulated security module of an ID-card reader: bytes in, pieces of bytes out. Thread-safe.

It detects a card once, requires the order find, select, read, and reports everything else by SW3,
as in the makers' published pages. Deliberately independent of the station's codec.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from simulators.desk.id_cards import Card

HEAD: Final = b"\xaa\xaa\xaa\x96\x69"
#: Byte 0 and byte 2 are shown as two digits each; three little-endian numbers follow.
MODULE_ID: Final = bytes.fromhex("05 00 03 00") + b"".join(
    number.to_bytes(4, "little") for number in (20080101, 1, 1)
)
DONE, FOUND, NO_CARD, NOT_SELECTED, NOT_READ = 0x90, 0x9F, 0x80, 0x81, 0x41
CHECK_WRONG, LENGTH_WRONG, UNKNOWN = 0x10, 0x11, 0x24
PICTURE: Final = bytes(1024)

Change = Callable[[bytes], list[bytes]]


def frame(status: int, data: bytes = b"") -> bytes:
    """Return an answer."""
    body = (len(data) + 4).to_bytes(2, "big") + bytes([0, 0, status]) + data
    check = 0
    for byte in body:
        check ^= byte
    return HEAD + body + bytes([check])


class SamModule:
    """One module with, perhaps, a card on its antenna.

    Attributes:
        counts: How often each command came, by its two bytes in hex.
    """

    def __init__(self, *, seed: int = 1, finds_again: bool = False) -> None:
        """Switch it on.

        Args:
            seed: Seed of the faults.
            finds_again: Whether a card that stays is detected at every poll, as by some units.
        """
        self._lock = threading.RLock()
        self._rng = random.Random(seed)
        self._finds_again = finds_again
        self._buffer = bytearray()
        self._card: Card | None = None
        self._content = b""
        self._state = "idle"  # idle, found, selected
        self._is_new = False
        self._broken = 0  # SW3 of every answer
        self._changes: deque[Change] = deque()
        self._statuses: dict[str, deque[int]] = {}
        self._lift_before = ""
        self.counts: Counter[str] = Counter()

    # -- hands -----------------------------------------------------------------------------------

    def put_card(self, card: Card, *, text: bytes | None = None) -> None:
        """Put a card on the reader; `text` replaces its content."""
        with self._lock:
            self._card, self._is_new, self._state = card, True, "idle"
            self._content = card.text() if text is None else text

    def lift_card(self) -> None:
        """Take the card away."""
        with self._lock:
            self._card, self._state = None, "idle"

    @property
    def holder(self) -> str:
        """Name on the card on the reader; empty when there is none."""
        with self._lock:
            return "" if self._card is None else self._card.name

    def lift_before(self, command: str) -> None:
        """Take the card away when this command comes: `2002` select, `3001` read."""
        with self._lock:
            self._lift_before = command

    # -- faults ----------------------------------------------------------------------------------

    def be_broken(self, status: int) -> None:
        """Answer everything with this SW3: 60 self-test failed, 66 not authorised; 0 repairs it."""
        with self._lock:
            self._broken = status

    def refuse_once(self, command: str, status: int) -> None:
        """Answer this command with this SW3 once."""
        with self._lock:
            self._statuses.setdefault(command, deque()).append(status)

    def say_nothing(self, times: int = 1) -> None:
        """Give no answer."""
        self.damage(lambda answer: [], times)

    def answer_in_pieces(self, size: int = 1, times: int = 1) -> None:
        """Send pieces of `size` bytes."""
        self.damage(lambda a: [a[at : at + size] for at in range(0, len(a), size)], times)

    def send_before(self, noise: bytes, times: int = 1) -> None:
        """Send other bytes before the preamble."""
        self.damage(lambda answer: [noise + answer], times)

    def send_after(self, noise: bytes, times: int = 1) -> None:
        """Send other bytes after the answer."""
        self.damage(lambda answer: [answer + noise], times)

    def double(self, times: int = 1) -> None:
        """Send each answer twice."""
        self.damage(lambda answer: [answer + answer], times)

    def cut(self, kept: int, times: int = 1) -> None:
        """Send the first bytes only."""
        self.damage(lambda answer: [answer[:kept]], times)

    def spoil_checksum(self, times: int = 1) -> None:
        """Send another last byte."""
        self.damage(lambda answer: [answer[:-1] + bytes([answer[-1] ^ 0x5A])], times)

    def lie_about_length(self, length: int, times: int = 1) -> None:
        """Send another length."""
        self.damage(lambda a: [a[:5] + length.to_bytes(2, "big") + a[7:]], times)

    def damage(self, change: Change, times: int = 1) -> None:
        """Change the next answers."""
        with self._lock:
            self._changes.extend([change] * times)

    def settle(self) -> None:
        """Cancel every fault that has not happened yet."""
        with self._lock:
            self._changes.clear()
            self._statuses.clear()
            self._lift_before = ""

    # -- the line --------------------------------------------------------------------------------

    def power_cycle(self) -> None:
        """Lose power and start again; a card that is on the reader is detected anew."""
        with self._lock:
            self._buffer.clear()
            self._state, self._is_new = "idle", self._card is not None

    def receive(self, data: bytes) -> list[bytes]:
        """Accept bytes from the line; returns the pieces of the answer."""
        with self._lock:
            self._buffer += data
            pieces: list[bytes] = []
            while (command := self._next()) is not None:
                answer = self._answer(command)
                pieces += self._changes.popleft()(answer) if self._changes else [answer]
            return [piece for piece in pieces if piece]

    def _next(self) -> bytes | None:
        """Return length, command and check of the next complete frame."""
        at = self._buffer.find(HEAD)
        if at < 0:
            del self._buffer[: max(0, len(self._buffer) - len(HEAD) + 1)]
            return None
        body = self._buffer[at + len(HEAD) :]
        end = 2 + int.from_bytes(body[:2], "big")
        if len(body) < 2 or len(body) < end:
            return None
        del self._buffer[: at + len(HEAD) + end]
        return bytes(body[:end])

    def _answer(self, body: bytes) -> bytes:
        check = 0
        for byte in body[:-1]:
            check ^= byte
        if check != body[-1]:
            return frame(CHECK_WRONG)
        if len(body) != 5:
            return frame(LENGTH_WRONG)
        name = body[2:4].hex()
        self.counts[name] += 1
        if self._lift_before == name:
            self._lift_before = ""
            self.lift_card()
        if self._broken:
            return frame(self._broken)
        if self._statuses.get(name):
            return frame(self._statuses[name].popleft())
        handler = self._handlers().get(name)
        return frame(UNKNOWN) if handler is None else handler()

    def _handlers(self) -> dict[str, Callable[[], bytes]]:
        return {
            "10ff": self._reset,
            "11ff": lambda: frame(DONE),
            "12ff": lambda: frame(DONE, MODULE_ID),
            "2001": self._find,
            "2002": self._select,
            "3001": lambda: self._read(b"\x01\x00\x04\x00", b""),
            "3010": lambda: self._read(b"\x01\x00\x04\x00\x04\x00", bytes(1024)),
            "3003": lambda: frame(0x91),
            **{f"600{number}": lambda: frame(DONE) for number in range(5)},
        }

    def _reset(self) -> bytes:
        self._state, self._is_new = "idle", self._card is not None
        return frame(DONE)

    def _find(self) -> bytes:
        if self._card is None or not (self._is_new or self._finds_again):
            self._state = "idle"
            return frame(NO_CARD)
        self._is_new, self._state = False, "found"
        return frame(FOUND, bytes(4))

    def _select(self) -> bytes:
        if self._card is None or self._state != "found":
            return frame(NOT_SELECTED)
        self._state = "selected"
        return frame(DONE, bytes(8))

    def _read(self, lengths: bytes, fingerprints: bytes) -> bytes:
        if self._card is None or self._state != "selected":
            return frame(NOT_READ)
        self._state = "idle"
        return frame(DONE, lengths + self._content + PICTURE + fingerprints)
