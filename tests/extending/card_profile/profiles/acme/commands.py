"""Commands of the invented card, what they do, and its status words. Pure."""

from __future__ import annotations

from typing import Final

from station.encoder.apdu import MAX_LE, CommandApdu
from station.encoder.card_profile import CommandKinds, Script, StatusWords, exchange_ok

CLA: Final = 0x90
SELECT, CHALLENGE, AUTHENTICATE, READ, WRITE = 0x5A, 0x0A, 0xAA, 0xBD, 0x3D
APPLICATION: Final = bytes.fromhex("ACE001")

COMMANDS: Final = CommandKinds(
    reading=frozenset((CLA, ins) for ins in (SELECT, CHALLENGE, AUTHENTICATE, READ)),
    proofs=frozenset({(CLA, AUTHENTICATE)}),
)
WORDS: Final = StatusWords(
    frozenset({0x9100}),
    {0x919D: "authenticate first", 0x91F0: "no such file", 0x91A0: "no such application"},
)


def send(name: str, ins: int, data: bytes = b"") -> Script[bytes]:
    """Have one command sent; returns its data."""
    return (yield from exchange_ok(CommandApdu(name, CLA, ins, 0, 0, data, MAX_LE), WORDS))


def read_file(number: int) -> Script[bytes]:
    """Return the whole content of a file; empty when it was never written."""
    return (yield from send(f"READ file {number}", READ, bytes([number])))


def write_file(number: int, content: bytes) -> Script[None]:
    """Replace the content of a file."""
    yield from send(f"WRITE file {number}", WRITE, bytes([number]) + content)
