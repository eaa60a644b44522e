"""A PIV card: the commands that a login uses, answered as the standard says.

Source: NIST SP 800-73-5 part 2, 3.1.1 (SELECT), 3.1.2 (GET DATA), 3.2.1 (VERIFY), 3.2.4 (GENERAL
    AUTHENTICATE, table 7), 2.4 (chaining); SP 800-78-5 table 9 (algorithm identifiers); ISO/IEC
    7816-4 (status words, GET RESPONSE).
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils

#: T=1 only; the historical bytes are our own invention.
ATR_T1: Final = bytes.fromhex("3B888131FE45") + b"OPERATOR"
#: T=0 only: no length beyond one byte, and data are fetched by GET RESPONSE.
ATR_T0: Final = bytes.fromhex("3B68000000") + b"OPERATO"
_AID: Final = bytes.fromhex("A000000308000010000100")
_SHORTEST_AID: Final = 5
_TRIES: Final = 3
_SLOT: Final = 0x9A
_DONE: Final = b"\x90\x00"
_BAD_LENGTH, _BAD_DATA, _BAD_PARAMETERS = b"\x67\x00", b"\x6a\x80", b"\x6a\x86"
_NOT_FOUND, _NO_INSTRUCTION, _NOT_SATISFIED = b"\x6a\x82", b"\x6d\x00", b"\x69\x82"
_BLOCKED, _BAD_CLASS = b"\x69\x83", b"\x6e\x00"
_CHAINED: Final = 0x10  #: in CLA
_SELECT, _GET_RESPONSE = 0xA4, 0xC0

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class PivCard:
    """One card. Its PIN's tries survive power; the proven PIN and the selection do not.

    Attributes:
        card_id: What the card is called on the outside.
        atr: The answer to reset.
        counts: Operations over its life, by kind.
        needs_pin: Whether the key signs only after the PIN; a careless issuer may leave it out.
        replays: A forged card without a key: it answers with signatures that it has recorded.
    """

    def __init__(
        self, key: Key, certificate: bytes, pin: str, *, compressed: bool = False, t0: bool = False
    ) -> None:
        self.card_id = certificate[-16:].hex()
        self.atr = ATR_T0 if t0 else ATR_T1 + bytes([_check(ATR_T1[1:])])
        self.counts = {"power_ons": 0, "signatures": 0, "wrong_pins": 0}
        self.needs_pin = True
        self.replays: list[bytes] = []
        self.signed: list[bytes] = []
        self._key = key
        self._certificate = certificate
        self._compressed = compressed
        self._pin = pin.encode("ascii").ljust(8, b"\xff")
        self.tries = _TRIES
        self._selected = self._proven = False
        self._rest = b""
        self._chain = b""

    # -- power -----------------------------------------------------------------------------------

    def power_on(self) -> bytes | None:
        """Cold reset."""
        self.power_off()
        self.counts["power_ons"] += 1
        return self.atr

    def power_off(self) -> None:
        """Forget what was proven and selected."""
        self._selected = self._proven = False
        self._rest = self._chain = b""

    def reset(self) -> bytes | None:
        """Warm reset."""
        return self.power_on()

    def image(self) -> dict[str, object]:
        """Return what an observer may know; no key and no PIN."""
        return {"tries": self.tries, **self.counts}

    # -- commands --------------------------------------------------------------------------------

    def transmit(self, command: bytes) -> bytes:
        """Return data and SW1-SW2 for one C-APDU."""
        body = command[4:]
        if len(command) < 4 or (len(body) > 1 and len(body) - body[0] not in (1, 2)):
            return _BAD_LENGTH
        cla, ins, p1, p2 = command[:4]
        if cla & ~_CHAINED:
            return _BAD_CLASS
        data = body[1 : 1 + body[0]] if len(body) > 1 else b""
        if cla & _CHAINED:
            self._chain += data
            return _DONE
        if ins == _GET_RESPONSE:
            return self._more(body[0] if body else 0)
        data, self._chain = self._chain + data, b""
        self._rest = b""
        answer = self._answer(ins, p1, p2, data)
        return answer if len(answer) == len(_DONE) else self._first(answer)

    def _answer(self, ins: int, p1: int, p2: int, data: bytes) -> bytes:
        if ins == _SELECT:
            return self._select(p1, p2, data)
        handlers: dict[int, Callable[[int, int, bytes], bytes]] = {
            0xCB: self._get_data,
            0x20: self._verify,
            0x87: self._authenticate,
        }
        handler = handlers.get(ins)
        if handler is None:
            return _NO_INSTRUCTION
        return handler(p1, p2, data) if self._selected else _NOT_FOUND

    def _first(self, answer: bytes) -> bytes:
        self._rest = answer[:-2]
        return self._more(0)

    def _more(self, wanted: int) -> bytes:
        if not self._rest:
            return b"\x69\x85"
        piece, self._rest = self._rest[: wanted or 256], self._rest[wanted or 256 :]
        if not self._rest:
            return piece + _DONE
        return piece + bytes([0x61, min(len(self._rest), 256) & 0xFF])

    def _select(self, p1: int, p2: int, data: bytes) -> bytes:
        if (p1, p2) != (0x04, 0x00):
            return _BAD_PARAMETERS
        if len(data) < _SHORTEST_AID or not _AID.startswith(data):
            return _NOT_FOUND
        self._selected, self._proven = True, False
        inner = _tlv(0x4F, _AID[5:]) + _tlv(0x79, _tlv(0x4F, _AID[:5]))
        return _tlv(0x61, inner) + _DONE

    def _get_data(self, p1: int, p2: int, data: bytes) -> bytes:
        if (p1, p2) != (0x3F, 0xFF):
            return _BAD_PARAMETERS
        if data != bytes.fromhex("5C035FC105"):
            return _NOT_FOUND
        stored = gzip.compress(self._certificate) if self._compressed else self._certificate
        info = b"\x01" if self._compressed else b"\x00"
        return _tlv(0x53, _tlv(0x70, stored) + _tlv(0x71, info) + _tlv(0xFE, b"")) + _DONE

    def _verify(self, p1: int, p2: int, data: bytes) -> bytes:
        if (p1, p2) != (0x00, 0x80):
            return _BAD_PARAMETERS
        if not data:
            return _DONE if self._proven else self._tries_left()
        if self.tries == 0:
            return _BLOCKED
        if len(data) != 8:
            return _BAD_DATA
        if data == self._pin:
            self.tries, self._proven = _TRIES, True
            return _DONE
        self.tries -= 1
        self.counts["wrong_pins"] += 1
        self._proven = False
        return self._tries_left()

    def _tries_left(self) -> bytes:
        return bytes([0x63, 0xC0 | self.tries]) if self.tries else _BLOCKED

    def _authenticate(self, p1: int, p2: int, data: bytes) -> bytes:
        if p1 != self._algorithm() or p2 != _SLOT:
            return _BAD_PARAMETERS
        if self.needs_pin and not self._proven:
            return _NOT_SATISFIED
        template = _values(data).get(0x7C)
        if template is None:
            return _BAD_DATA
        inner = _values(template)
        if inner.get(0x82) != b"" or 0x81 not in inner:
            return _BAD_DATA
        signature = self.replays.pop(0) if self.replays else self._sign(inner[0x81])
        if signature is None:
            return _BAD_DATA
        self.signed.append(signature)
        self.counts["signatures"] += 1
        return _tlv(0x7C, _tlv(0x82, signature)) + _DONE

    def _algorithm(self) -> int:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return {2048: 0x07, 3072: 0x05}[self._key.key_size]
        return {256: 0x11, 384: 0x14}[self._key.curve.key_size]

    def _sign(self, block: bytes) -> bytes | None:
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            digest = hashes.SHA384() if self._key.curve.key_size == 384 else hashes.SHA256()
            if len(block) != digest.digest_size:
                return None
            return self._key.sign(block, ec.ECDSA(utils.Prehashed(digest)))
        numbers = self._key.private_numbers()
        modulus = numbers.public_numbers.n
        if len(block) != self._key.key_size // 8 or int.from_bytes(block, "big") >= modulus:
            return None
        return pow(int.from_bytes(block, "big"), numbers.d, modulus).to_bytes(len(block), "big")


def _check(data: bytes) -> int:
    total = 0
    for one in data:
        total ^= one
    return total


def _tlv(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < 0x80:
        return bytes([tag, size]) + value
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(raw)]) + raw + value


def _values(data: bytes) -> dict[int, bytes]:
    """Return one-byte tags and their values; an object that does not fit ends the list."""
    found = {}
    at = 0
    while at + 2 <= len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size > 0x80:
            wide = size - 0x80
            size, at = int.from_bytes(data[at : at + wide], "big"), at + wide
        if at + size > len(data):
            break
        found[tag] = data[at : at + size]
        at += size
    return found
