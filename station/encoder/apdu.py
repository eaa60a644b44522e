"""Command and response APDUs with short length fields.

Source: ISO/IEC 7816-4:2013, 5.1 (cases 1 to 4, command-response pairs) and table 4 (INS).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from station.core.errors import LocalProtocolError, RemoteProtocolError

HEADER_LENGTH: Final = 4
MAX_DATA: Final = 255  # a short Lc is one byte, and 00 is not a short Lc
MAX_LE: Final = 256  # coded as 00
SW_OK: Final = 0x9000

INS_EXTERNAL_AUTHENTICATE: Final = 0x82
INS_GET_RESPONSE: Final = 0xC0


@dataclass(frozen=True, slots=True)
class CommandApdu:
    """One C-APDU. The data field may hold personal data, so it is kept out of the repr.

    Attributes:
        name: Name in traces and errors; never data.
        cla: Class byte.
        ins: Instruction byte.
        p1: First parameter.
        p2: Second parameter.
        data: Data field, at most 255 bytes; empty means no Lc.
        le: Maximum number of bytes expected, 1 to 256; None means no Le.
    """

    name: str
    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(default=b"", repr=False)
    le: int | None = None

    def __post_init__(self) -> None:
        if (self.cla | self.ins | self.p1 | self.p2) & ~0xFF:
            raise LocalProtocolError(f"{self.name}: a header byte is out of range")
        if len(self.data) > MAX_DATA:
            raise LocalProtocolError(f"{self.name}: {len(self.data)} bytes don't fit a short APDU")
        if self.le is not None and not 1 <= self.le <= MAX_LE:
            raise LocalProtocolError(f"{self.name}: Le {self.le} is not 1 to {MAX_LE}")

    def encode(self) -> bytes:
        """Return the C-APDU: case 1, 2S, 3S or 4S, depending on data and Le."""
        body = bytes([len(self.data)]) + self.data if self.data else b""
        tail = bytes([self.le % MAX_LE]) if self.le is not None else b""
        return bytes([self.cla, self.ins, self.p1, self.p2]) + body + tail

    @classmethod
    def decode(cls, raw: bytes, *, name: str = "") -> CommandApdu:
        """Return the command in `raw`.

        Raises:
            RemoteProtocolError: Not a short C-APDU.
        """
        if len(raw) < HEADER_LENGTH:
            raise RemoteProtocolError(f"C-APDU of {len(raw)} bytes has no whole header")
        data, le = _decode_body(raw[HEADER_LENGTH:])
        return cls(name, raw[0], raw[1], raw[2], raw[3], data, le)


def _decode_body(body: bytes) -> tuple[bytes, int | None]:
    if not body:
        return b"", None
    if len(body) == 1:
        return b"", body[0] or MAX_LE
    lc, rest = body[0], body[1:]
    if lc == 0 or len(rest) not in (lc, lc + 1):
        raise RemoteProtocolError(f"Lc {lc:02X} does not fit {len(rest)} bytes after it")
    le = (rest[lc] or MAX_LE) if len(rest) > lc else None
    return rest[:lc], le


@dataclass(frozen=True, slots=True)
class ResponseApdu:
    """One R-APDU.

    Attributes:
        data: Data field; kept out of the repr.
        sw: SW1-SW2.
    """

    data: bytes = field(repr=False)
    sw: int

    @property
    def is_ok(self) -> bool:
        """Whether SW1-SW2 is 9000."""
        return self.sw == SW_OK

    def encode(self) -> bytes:
        """Return data and SW1-SW2."""
        return self.data + self.sw.to_bytes(2, "big")

    @classmethod
    def decode(cls, raw: bytes) -> ResponseApdu:
        """Return the response in `raw`.

        Raises:
            RemoteProtocolError: There is no status word, or SW1 is not 6X or 9X.
        """
        if len(raw) < 2:
            raise RemoteProtocolError(f"R-APDU of {len(raw)} bytes has no status word")
        sw = int.from_bytes(raw[-2:], "big")
        if sw >> 12 not in (0x6, 0x9):
            raise RemoteProtocolError(f"{sw:04X} is not a status word")
        return cls(raw[:-2], sw)
