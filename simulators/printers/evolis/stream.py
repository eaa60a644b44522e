"""Splits the data of one connection into commands, downloads and bare tags. Pure.

Source: docs/explanations/wire-evolis.md, rows "command" and "Download".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from simulators.printers.evolis.tables import DOTS, LEVELS_OF_BITS, LINES, PANELS

_TAGS: Final = re.compile(rb"(?:<[^<>]*>)+")
_HALF_TAG: Final = re.compile(rb"<[^<>]*")
_DOWNLOAD: Final = re.compile(rb"Db;([a-z]);(\d+);")


class BrokenOffError(Exception):
    """The transaction ends in the middle: the host died, or the connection was lost."""


class BadStreamError(Exception):
    """The host sent bytes that are not a transaction."""


@dataclass(frozen=True, slots=True)
class Token:
    """One command, tag or download.

    Attributes:
        text: The command, the tag, or `@` and the panel's letter.
        levels: Levels of a download, else 0.
        data: The dots of a download.
        size: Bytes on the wire.
    """

    text: str
    levels: int = 0
    data: bytes = b""
    size: int = 0


def panel_size(levels: int) -> int:
    """Return the bytes of one panel, which follow from its geometry."""
    return LINES * DOTS * LEVELS_OF_BITS[levels] // 8


def parse(data: bytes) -> list[Token]:
    """Return everything up to the closing 00.

    Raises:
        BrokenOffError: It ends before that.
        BadStreamError: It can't be a transaction.
    """
    tokens: list[Token] = []
    at = 0
    while at < len(data) and data[at] != 0:
        taken = _next(data, at)
        tokens += taken
        at += sum(token.size for token in taken)
    if at >= len(data):
        raise BrokenOffError
    if at + 1 != len(data):
        raise BadStreamError(f"{len(data) - at - 1} bytes behind the closing 00")
    return tokens


class Cutter:
    """Splits a stream without connections into transactions: each ends with its closing 00."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._tokens: list[Token] = []

    def clear(self) -> None:
        """Discard a partial transaction."""
        self._buffer.clear()
        self._tokens = []

    def feed(self, data: bytes) -> list[list[Token]]:
        """Return every complete transaction. A 00 that closes nothing is skipped.

        Raises:
            BadStreamError: Invalid bytes; everything stored is dropped.
        """
        self._buffer += data
        stored, at, whole = bytes(self._buffer), 0, []
        try:
            while at < len(stored):
                if stored[at] == 0:
                    whole += [self._tokens] if self._tokens else []
                    self._tokens, at = [], at + 1
                    continue
                taken = _next(stored, at)
                self._tokens += taken
                at += sum(token.size for token in taken)
        except BrokenOffError:
            pass  # the rest is still to come
        except BadStreamError:
            self.clear()
            raise
        del self._buffer[:at]
        return whole


def _next(data: bytes, at: int) -> list[Token]:
    return _command(data, at) if data[at] == 0x1B else _tags(data, at)


def _command(data: bytes, at: int) -> list[Token]:
    head = _DOWNLOAD.match(data, at + 1)
    if head:
        return [_download(data, at, head)]
    end = data.find(b"\r", at)
    if end < 0:
        raise BrokenOffError
    text = data[at + 1 : end]
    if not text.isascii() or not text.decode("ascii").isprintable() or not text:
        raise BadStreamError(f"command {text[:20].hex(' ')}")
    return [Token(text.decode("ascii"), size=end + 1 - at)]


def _download(data: bytes, at: int, head: re.Match[bytes]) -> Token:
    letter, levels = head[1].decode("ascii"), int(head[2])
    if letter not in PANELS or levels not in LEVELS_OF_BITS:
        raise BadStreamError(f"download of panel {letter} with {levels} levels")
    end = head.end() + panel_size(levels)
    if end >= len(data):
        raise BrokenOffError
    if data[end] != 0x0D:
        raise BadStreamError(f"panel {letter} is not closed after {panel_size(levels)} bytes")
    return Token("@" + letter, levels, data[head.end() : end], end + 1 - at)


def _tags(data: bytes, at: int) -> list[Token]:
    tags = _TAGS.match(data, at)
    if tags is None and _HALF_TAG.fullmatch(data, at):
        raise BrokenOffError
    if tags is None:
        raise BadStreamError(f"bytes between commands: {data[at : at + 8].hex(' ')}")
    names = re.findall(rb"<[^<>]*>", tags[0])
    return [Token(name.decode("ascii", "replace"), size=len(name)) for name in names]
