"""A client as the maker's own behaves, written from the wire facts alone.

It shares nothing with the station's driver: if the simulated printer fits only that driver, this
client fails.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
CLAIM: Final = 1 << 31
BUSY: Final = 1 << 0 | 1 << 7
TIMEOUT: Final = 20.0
COLOUR_RIBBONS: Final = (0, 4)
SETTINGS: Final = ("Pc;a", "Pl;a", "Pc;k", "Pc;o", "Pc;l", "Pc;f", "Pl;f")


class ClientError(Exception):
    """What the maker's client would return instead of OK."""


@dataclass(frozen=True)
class Words:
    config: int
    information: int
    warning: int
    error: int
    session: int


@dataclass
class Page:
    """One side: a plane of 648 rows of 1016 for each letter."""

    planes: dict[str, Plane] = field(default_factory=dict)

    def pida(self) -> str:
        colours = [self.planes.get(letter, np.zeros((648, 1016), np.uint8)) for letter in "ymc"]
        empty = np.count_nonzero(np.max(colours, axis=0) == 0)
        means = [int(np.floor(plane.mean() + 0.5)) for plane in colours]
        return ";".join(map(str, ["Pida", int(np.floor(100 * empty / (648 * 1016) + 0.5)), *means]))


def plain(value: int, letters: str) -> Page:
    return Page({letter: np.full((648, 1016), value, np.uint8) for letter in letters})


class Client:
    """One program on another host. Sessions as the maker's: a number by chance, 2 for a job."""

    def __init__(self, address: str, session: int = 4711) -> None:
        host, port = address.removeprefix("tcp-transaction://").rsplit(":", 1)
        self._peer = host, int(port)
        self._session = session
        self.claim_polls = 200

    # --- transactions ----------------------------------------------------------------------------

    def transact(self, data: bytes) -> tuple[str, Words]:
        with socket.create_connection(self._peer, TIMEOUT) as link:
            link.sendall(data)
            link.shutdown(socket.SHUT_WR)
            reply = b""
            while piece := link.recv(65536):
                reply += piece
        if not reply:
            raise ConnectionError("hung up without an answer")
        text, _, rest = reply.partition(b"\0")
        blob = rest[2:]
        assert blob[0] == 0x10
        config, information, warning, error = struct.unpack(">4I", blob[1:17])
        assert blob[17] == 2
        session = int.from_bytes(blob[18:20], "big")
        return text.decode("ascii").rstrip(), Words(config, information, warning, error, session)

    def poll(self) -> Words:
        return self.transact(b"")[1]

    def say(self, command: str) -> str:
        return self.transact(f"\x1b{command}\r\0".encode())[0]

    def until(self, ended: Callable[[Words], bool], polls: int = 20_000) -> Words:
        for _ in range(polls):
            words = self.poll()
            if ended(words):
                return words
        raise ClientError("ETIMEOUT")

    def reserve(self, number: int) -> None:
        holder = self.poll().session
        if holder not in (0, number):
            raise ClientError("SESSION_EBUSY")
        self.say(f"Psid;{number};45")
        if self.poll().session != number:
            raise ClientError("SESSION_FAILED")

    def call(self, *commands: str) -> list[str]:
        """One public call: reserve, run, give back."""
        self.reserve(self._session)
        try:
            return [self.say(command) for command in commands]
        finally:
            self.say("Psid;0;45")

    def move(self, *commands: str) -> list[str]:
        return self.call("Rem;1", "Pem;2", *commands, "Pem;0")[2:-1]

    # --- jobs ------------------------------------------------------------------------------------

    def print(self, front: Page, back: Page | None = None, *, ribbon: int, keep: bool) -> None:
        words = self.poll()
        if words.error:
            raise ClientError("PRINT_EMECHANICAL")
        self.reserve(2)
        for command in ("Rem;1", "Pem;2", "Psid;2;180"):
            self.say(command)
        left_over = end() if words.information & CLAIM else b""
        self.transact(left_over + job(front, back, ribbon, keep=keep))
        self.until(lambda words: bool(words.information & CLAIM or words.error), self.claim_polls)
        if self.poll().error:
            raise ClientError("PRINT_EMECHANICAL")
        self.transact(end() + b"\0")
        self.until(lambda words: not words.information & CLAIM)
        self.say("Pem;0")
        self.say("Psid;0;45")

    def finished(self) -> None:
        """Wait until the card is done: the maker's print call returns before."""
        self.until(lambda words: not words.information & BUSY)


def command(*texts: str) -> bytes:
    return b"".join(b"\x1b" + text.encode("ascii") + b"\r" for text in texts)


def end() -> bytes:
    return command("Pcla;0", "Psync;11;1") + b"<END>" + command("Psync;11;0")


def job(front: Page, back: Page | None, ribbon: int, *, keep: bool) -> bytes:
    parts = [
        command("Psync;1;0"),
        b"<HEADER>",
        command("Psmgr;1", "Ppws;1795000000", "Pcla;1", "Ppmode;0", f"Pr;{ribbon};t"),
        command(f"Pwres;300;300;{ribbon}", "Psk;10", "Piqla;a;d", "Pmc;h", "Peoic;k;D", "Psync;2"),
        b"</HEADER>",
        command("Psync;12;1"),
        b"<OPTION Dpi=300x300>",
        command("Psync;13;0"),
        b"</OPTION>",
        command("Psync;3;1"),
        b"<DOC Duplex=1>" if back else b"<DOC Duplex=0>",
        command("Psync;3;0", "Psync;5;1"),
        b"<CARD>",
        command("Psync;5;0", "Ss", "Mr;s"),
    ]
    for begin, page in (("Sr", front), ("Sv", back)):
        if page is not None:
            parts.append(face(begin, page, ribbon))
    parts += [
        command("Pneab;A;0", "Se", "Pneab;A;1") if keep else command("Se"),
        command("Psync;6;1"),
        b"</CARD>",
        command("Psync;6;0", "Psync;4;1"),
        b"</DOC>",
        command("Psync;4;0"),
        b"\0",
    ]
    return b"".join(parts)


def face(begin: str, page: Page, ribbon: int) -> bytes:
    parts = [command("Psync;9;1"), b"<FACE>", command("Psync;9;0", begin)]
    parts.append(command(*(f"{setting};=;10" for setting in SETTINGS)))
    if ribbon in COLOUR_RIBBONS:
        parts.append(command(page.pida()))
    for group in ("ymc", "k", "o"):
        panels = b"".join(
            download(letter, page.planes[letter]) for letter in group if letter in page.planes
        )
        if panels:
            parts += [f"<BINARY Size={len(panels)}>".encode(), panels, b"</BINARY>"]
    return b"".join([*parts, command("Psync;10;1"), b"</FACE>", command("Psync;10;0")])


def download(letter: str, plane: Plane) -> bytes:
    lines = plane[::-1].T  # line = x, dot = 647 - y
    if letter in "ko":
        return f"\x1bDb;{letter};2;".encode() + np.packbits(lines > 127).tobytes() + b"\r"
    return f"\x1bDb;{letter};256;".encode() + np.ascontiguousarray(lines).tobytes() + b"\r"
