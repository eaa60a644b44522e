"""Simulated PIN pads, and the person who types on them. Thread-safe.

Written from docs/explanations/wire-pin-pad.md, without the station's tables.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

WALKS_AWAY: Final = "walks away"
CANCEL: Final = "X"
BACK: Final = "<"
ENTER: Final = "\r"

Change = Callable[[bytes], list[bytes]]


class _Pad:
    """The common part of both kinds: the person, the faults, and the open entry.

    Attributes:
        opened: (prompt, digits) of every requested entry.
        is_open: Whether keys have an effect now.
        closed: Set by the command that closes the pad, cleared by the one that opens it.
        send: Set by the line: sends unrequested bytes.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._plans: deque[str] = deque()
        self._changes: deque[Change] = deque()
        self._typed = ""
        self._buffer = bytearray()
        self.opened: list[tuple[int, int]] = []
        self.is_open = False
        self.closed = threading.Event()
        self.is_mute = False
        self.send: Callable[[bytes], None] | None = None

    # -- the person ------------------------------------------------------------------------------

    def will_type(self, *plans: str) -> None:
        """Set what is typed at the next prompts: digits, `<` back, `X` cancel; or `WALKS_AWAY`.

        A plan of digits alone ends with the key that confirms.
        """
        with self._lock:
            self._plans.extend(plans)

    def press(self, keys: str) -> None:
        """Press keys now."""
        with self._lock:
            pieces = self._pressed(keys) if self.is_open else []
            for piece in pieces:
                if self.send is not None:
                    self.send(piece)

    # -- faults ----------------------------------------------------------------------------------

    def say_nothing(self, *, always: bool = True) -> None:
        """Stop giving answers, or resume."""
        self.is_mute = always

    def damage(self, change: Change) -> None:
        """Change the next answer."""
        with self._lock:
            self._changes.append(change)

    # -- the line --------------------------------------------------------------------------------

    def power_cycle(self) -> None:
        """Restart."""
        with self._lock:
            self._buffer.clear()
            self.is_open, self._typed = False, ""

    def receive(self, data: bytes) -> list[bytes]:
        """Accept bytes from the line; returns the pieces of the answer."""
        with self._lock:
            self._buffer += data
            answers = self._obey()
            return [] if self.is_mute else self._changed(answers)

    def _changed(self, answers: list[bytes]) -> list[bytes]:
        changed: list[bytes] = []
        for answer in answers:
            changed += self._changes.popleft()(answer) if self._changes else [answer]
        return [piece for piece in changed if piece]

    def _open(self, prompt: int, digits: int) -> list[bytes]:
        self.opened.append((prompt, digits))
        self.is_open, self._typed = True, ""
        self.closed.clear()
        if not self._plans:
            return []
        plan = self._plans.popleft()
        if plan == WALKS_AWAY:
            return self._nobody()
        return self._pressed(plan + ENTER if plan[-1] not in (CANCEL, ENTER) else plan)

    def _close(self) -> None:
        self.is_open, self._typed = False, ""
        self.closed.set()

    def _obey(self) -> list[bytes]:
        raise NotImplementedError

    def _nobody(self) -> list[bytes]:
        raise NotImplementedError

    def _pressed(self, keys: str) -> list[bytes]:
        raise NotImplementedError


class FramedPad(_Pad):
    """02, length, command, data, BCC; the PIN is sent in one frame."""

    def _obey(self) -> list[bytes]:
        answers: list[bytes] = []
        while len(self._buffer) >= 3 and len(self._buffer) >= self._buffer[1] + 3:
            size = self._buffer[1] + 3
            whole = bytes(self._buffer[:size])
            del self._buffer[:size]
            command, data = whole[2], whole[3:-1]
            if whole[0] != 2 or _xor(whole[1:-1]) != whole[-1]:
                answers.append(_frame(0x15))
            elif command == 0x80:
                answers.append(_frame(0x04))
            elif command == 0x81 and len(data) == 3:
                answers += self._open(data[0], data[1])
            elif command == 0x82:
                self._close()
            else:
                answers.append(_frame(0x15))
        return answers

    def _nobody(self) -> list[bytes]:
        self.is_open = False
        return [_frame(0x80)]

    def _pressed(self, keys: str) -> list[bytes]:
        for key in keys:
            if key == CANCEL:
                self.is_open = False
                return [_frame(0x1B)]
            if key == ENTER:
                self.is_open = False
                return [_frame(0x04, self._typed.encode("ascii"))]
            self._typed = self._typed[:-1] if key == BACK else self._typed + key
        return []


class KeysPad(_Pad):
    """Each key is a byte; 1B 4F opens, 1B 43 closes."""

    def _obey(self) -> list[bytes]:
        answers: list[bytes] = []
        while self._buffer:
            if self._buffer[:2] == b"\x1bC":
                del self._buffer[:2]
                self._close()
            elif self._buffer[:2] == b"\x1bO" and len(self._buffer) >= 4:
                prompt, digits = self._buffer[2:4]
                del self._buffer[:4]
                answers += self._open(prompt, digits)
            else:
                break
        return answers

    def _nobody(self) -> list[bytes]:
        return []

    def _pressed(self, keys: str) -> list[bytes]:
        codes = {ENTER: b"\x0d", BACK: b"\x08", CANCEL: b"\x1b"}
        return [codes.get(key, key.encode("ascii")) for key in keys]


def _frame(status: int, data: bytes = b"") -> bytes:
    body = bytes([len(data) + 1, status]) + data
    return b"\x02" + body + bytes([_xor(body)])


def _xor(data: bytes) -> int:
    found = 0
    for byte in data:
        found ^= byte
    return found
