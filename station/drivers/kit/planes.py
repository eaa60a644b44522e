"""Planes of dots, turned and packed for the wire with nothing but bytes.

The daemon holds no numpy: only the process that draws faces does (`station.picture_process`). What
is done to a plane on its way to a printer needs none: a slice with a step, a table of 256 bytes and
whole-number arithmetic on the plane as one number all run over 650,000 dots in a few milliseconds.
"""

from __future__ import annotations

from typing import Final

_FIELD: Final = 8  #: bytes of one group of eight dots
#: Of a group: pairs of dots, then of pairs, then of fours are pushed together.
_PUSHES: Final = ((2, 1), (4, 2), (8, 4))


def turned_clockwise(plane: bytes, width: int, height: int) -> list[bytes]:
    """Return the plane turned by 90 degrees clockwise: `width` lines of `height` dots.

    line[column] = plane[height - 1 - column][line]. The caller has checked the size.
    """
    last_row = width * (height - 1)
    return [plane[last_row + line :: -width] for line in range(width)]


def pack_one_bit(dots: bytes, from_value: int) -> bytes:
    """Return one bit a dot, set from `from_value` on; the first dot is the highest bit.

    The last byte is filled up with zeros.
    """
    digits = dots.translate(b"0" * from_value + b"1" * (256 - from_value))
    digits += b"0" * (-len(digits) % 8)
    return int(digits or b"0", 2).to_bytes(len(digits) // 8, "big")


def pack_seven_bits(dots: bytes) -> bytes:
    """Return the upper seven bits of each dot, one behind the other.

    The last byte is filled up with zeros.
    """
    size = -(-7 * len(dots) // 8)
    dots += bytes(-len(dots) % _FIELD)
    groups = len(dots) // _FIELD
    # Seven bits at the low end of each byte, as one number; then each lower half of a field stays
    # and the upper one moves down to it, until the 56 bits of eight dots are together.
    number = int.from_bytes(dots, "big") >> 1 & _repeated(b"\x7f", len(dots))
    for wide, gap in _PUSHES:
        low = (1 << 8 * wide // 2) - 1
        halves = _repeated(low.to_bytes(wide, "big"), len(dots) // wide)
        number = (number & halves) | (number & halves << 4 * wide) >> gap
    fields = number.to_bytes(_FIELD * groups, "big")
    packed = bytearray(7 * groups)
    for place in range(7):
        packed[place::7] = fields[place + 1 :: _FIELD]
    return bytes(packed[:size])


def _repeated(pattern: bytes, times: int) -> int:
    return int.from_bytes(pattern * times, "big")
