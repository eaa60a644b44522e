"""Evolis commands and replies: bytes to values and back, no I/O.

Source: docs/explanations/wire-evolis.md, rows "command", "reply" and "status".

    command      1B | text | 0D, and 00 after the last one of a connection
    reply        text | 00 | length u16 BE | status; ended by the end of the connection
    status       10 | 4 x u32 BE | 02 | session u16 BE | up to 4 x (04 | u32 BE)
    over USB     text | 00; the status is a reply of its own: 4 or 8 words of 8 hex digits
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Final

from station.core.errors import LocalProtocolError, RemoteProtocolError

ESCAPE: Final = b"\x1b"
RETURN: Final = b"\r"
END: Final = b"\0"
# Service motors, self-adjustment, command syntax and locks. A card station needs none of them.
FORBIDDEN: Final = frozenset({"Mc", "Mf", "Mh", "Sa", "Psc", "Clock", "Pkine"})
PRINTABLE: Final = re.compile(r"[ -~]+")
ONE_COMMAND: Final = re.compile(rb"(?:\x1b[ -~]+\r\0)?")  # an empty write is a status poll
TRACK_DATA: Final = b"\x1bDm;"
TRACK_READ: Final = b"\x1bRmb"
MAX_REPLY: Final = 16384  # ten times the longest known text
LENGTH_SIZE: Final = 2
MAIN_WORDS: Final = struct.Struct(">4I")
MAX_EXTENSIONS: Final = 4
STATUS_TEXT: Final = re.compile(r"(?:[0-9A-Fa-f]{32}){1,2}")


@dataclass(frozen=True, slots=True)
class Status:
    """The status words after a reply.

    Attributes:
        config: Fitted options.
        information: Current activity, and the card's position.
        warning: Conditions that need a person.
        error: Conditions that stopped a motion.
        session: Session number of the client that has reserved the printer; 0 for none, None when
            the printer does not report it.
        extensions: ext1 to ext4; missing words are 0.
    """

    config: int
    information: int
    warning: int
    error: int
    session: int | None
    extensions: tuple[int, int, int, int]

    @property
    def native(self) -> bytes:
        """All words, for the diagnostics page."""
        words = (self.config, self.information, self.warning, self.error, *self.extensions)
        return struct.pack(">8IH", *words, self.session or 0)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    Attributes:
        text: Without trailing blanks and line ends.
        status: None when the reply had none.
    """

    text: str
    status: Status | None

    @property
    def is_ok(self) -> bool:
        """Whether the text is exactly OK."""
        return self.text == "OK"


def encode_command(text: str) -> bytes:
    """Return one command.

    Raises:
        LocalProtocolError: Not printable ASCII, or one that is never sent (`FORBIDDEN`).
    """
    if not PRINTABLE.fullmatch(text):
        raise LocalProtocolError(f"command {text[:40]!r} is not printable ASCII")
    mnemonic = text.partition(";")[0]
    if mnemonic in FORBIDDEN:
        raise LocalProtocolError(f"command {mnemonic} is never sent")
    return ESCAPE + text.encode("ascii") + RETURN


def encode_request(text: str) -> bytes:
    """Return the bytes of one command for a connection; empty text is a status poll.

    Raises:
        LocalProtocolError: See `encode_command`.
    """
    return encode_command(text) + END if text else b""


def is_harmless_to_show(data: bytes) -> bool:
    """Whether a write is exactly one command, and not data for a magnetic stripe."""
    return ONE_COMMAND.fullmatch(data) is not None and not data.startswith(TRACK_DATA)


def may_watch(data: bytes) -> bool:
    """Whether a write is one command, and neither it nor its answer is a magnetic stripe's data."""
    return is_harmless_to_show(data) and not data.startswith(TRACK_READ)


def name_of_request(data: bytes) -> str:
    """Return the text of the command in a write that may be watched; an empty one is a poll."""
    return data.partition(RETURN)[0].decode("ascii", "replace").strip("\x1b ") or "status poll"


def encode_download(panel: str, levels: int, data: bytes) -> bytes:
    """Return the download of one panel: its dots may be any bytes."""
    return f"\x1bDb;{panel};{levels};".encode("ascii") + data + RETURN


class ReplyDecoder:
    """Collects a reply from slices of any size; only the end of the connection completes it."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive_data(self, data: bytes) -> None:
        """Store bytes.

        Raises:
            RemoteProtocolError: More than any reply has.
        """
        self._buffer += data
        if len(self._buffer) > MAX_REPLY:
            raise RemoteProtocolError(f"reply of more than {MAX_REPLY} bytes")

    @property
    def is_empty(self) -> bool:
        """Whether no byte has arrived."""
        return not self._buffer

    def finish(self) -> Reply:
        """Return the reply; the connection has ended.

        Raises:
            RemoteProtocolError: It was cut off within the text, or the text is not ASCII.
        """
        text, mark, rest = bytes(self._buffer).partition(END)
        if not mark:
            raise RemoteProtocolError(f"reply of {len(text)} bytes broke off before its end mark")
        return Reply(_text(text), decode_status(rest[LENGTH_SIZE:]))


class TextDecoder:
    """Splits a stream of any slices into replies; each ends with 00 and consists of text alone."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive_data(self, data: bytes) -> None:
        """Store bytes. Nothing is parsed until `next_reply`."""
        self._buffer += data

    def next_reply(self) -> Reply | None:
        """Return the next complete reply; None when more bytes are needed.

        Raises:
            RemoteProtocolError: More than any reply has, or not ASCII. The invalid bytes are
                dropped, so the caller may continue.
        """
        raw, mark, rest = bytes(self._buffer).partition(END)
        if not mark and len(raw) <= MAX_REPLY:
            return None
        self._buffer[:] = rest
        if len(raw) > MAX_REPLY:
            raise RemoteProtocolError(f"reply of more than {MAX_REPLY} bytes")
        return Reply(_text(raw), None)


def _text(raw: bytes) -> str:
    if not raw.isascii():
        raise RemoteProtocolError(f"text is not ASCII: {raw[:40].hex(' ')}")
    return raw.decode("ascii").rstrip(" \r\n")


def decode_status_text(text: str) -> Status:
    """Return the status words of an `Rpst` reply: the session is not among them.

    Raises:
        RemoteProtocolError: Not 4 or 8 words of 8 hex digits.
    """
    if not STATUS_TEXT.fullmatch(text):
        raise RemoteProtocolError(f"{text[:80]!r} is not 4 or 8 status words")
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)] + [0] * 4
    config, information, warning, error, ext1, ext2, ext3, ext4 = words[:8]
    return Status(config, information, warning, error, None, (ext1, ext2, ext3, ext4))


def decode_status(data: bytes) -> Status | None:
    """Return the status words; a wrong length byte invalidates its part and all that follows."""
    main, rest = _part(data, MAIN_WORDS.size)
    if main is None:
        return None
    raw_session, rest = _part(rest, 2)
    extensions: list[int] = []
    while raw_session is not None and len(extensions) < MAX_EXTENSIONS:
        word, rest = _part(rest, 4)
        if word is None:
            break
        extensions.append(int.from_bytes(word, "big"))
    ext1, ext2, ext3, ext4 = extensions + [0] * (MAX_EXTENSIONS - len(extensions))
    session = None if raw_session is None else int.from_bytes(raw_session, "big")
    config, information, warning, error = MAIN_WORDS.unpack(main)
    return Status(config, information, warning, error, session, (ext1, ext2, ext3, ext4))


def _part(data: bytes, size: int) -> tuple[bytes | None, bytes]:
    if len(data) <= size or data[0] != size:
        return None, b""
    return data[1 : 1 + size], data[1 + size :]
