"""DES and two-key triple DES, implemented for the card alone.

The province uses a library for both; `tests/vectors/ssc/authentication.toml` checks both against
the same numbers. Source: FIPS 46-3 (tables of appendix 1, where bit 1 is the leftmost) and its
keying option 2.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final

BLOCK_SIZE: Final = 8
KEY_SIZE: Final = 8
PAIR_SIZE: Final = 16  # encrypt with the left key, decrypt with the right one, encrypt again

_HALF: Final = 0xFFFF_FFFF
_KEY_HALF: Final = 0xFFF_FFFF

_INITIAL: Final = [
    start - 8 * step for start in (58, 60, 62, 64, 57, 59, 61, 63) for step in range(8)
]
_FINAL: Final = [_INITIAL.index(bit) + 1 for bit in range(1, 65)]
_P: Final = [
    *(16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10),
    *(2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25),
]
_CHOICE_1: Final = [
    *(57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18),
    *(10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36),
    *(63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22),
    *(14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4),
]
_CHOICE_2: Final = [
    *(14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4),
    *(26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30, 40),
    *(51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32),
]
_SHIFTS: Final = (1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1)
#: Eight boxes of four rows; one hex digit a value.
_S: Final = (
    ("E4D12FB83A6C5907", "0F74E2D1A6CB9538", "41E8D62BFC973A50", "FC8249175B3EA06D"),
    ("F18E6B34972DC05A", "3D47F28EC01A69B5", "0E7BA4D158C6932F", "D8A13F42B67C05E9"),
    ("A09E63F51DC7B428", "D709346A285ECBF1", "D6498F30B12C5AE7", "1AD069874FE3B52C"),
    ("7DE3069A1285BC4F", "D8B56F03472C1AE9", "A690CB7DF13E5284", "3F06A1D8945BC72E"),
    ("2C417AB6853FD0E9", "EB2C47D150FA3986", "421BAD78F9C5630E", "B8C71E2D6F09A453"),
    ("C1AF92680D34E75B", "AF427C9561DE0B38", "9EF528C3704A1DB6", "432C95FABE17608D"),
    ("4B2EF08D3C975A61", "D0B7491AE35C2F86", "14BDC37EAF680592", "6BD814A7950FE23C"),
    ("D2846FB1A93E50C7", "1FD8A374C56B0E92", "7B419CE206ADF358", "21E74A8DFC90356B"),
)


def encrypt(key: bytes, blocks: bytes) -> bytes:
    """Return `blocks` under single DES (8-byte key) in ECB mode, without padding.

    Raises:
        ValueError: The key is not 8 bytes, or `blocks` is not a whole number of blocks.
    """
    _check_sizes(key, KEY_SIZE, blocks)
    schedule = _schedule(key)
    return b"".join(_crypt(block, schedule) for block in _split(blocks))


def encrypt_triple(pair: bytes, blocks: bytes) -> bytes:
    """Return `blocks` under triple DES (EDE, 16 bytes of keys) in ECB mode, without padding.

    Raises:
        ValueError: The keys are not 16 bytes, or `blocks` is not a whole number of blocks.
    """
    _check_sizes(pair, PAIR_SIZE, blocks)
    left, right = _schedule(pair[:KEY_SIZE]), _schedule(pair[KEY_SIZE:])[::-1]
    return b"".join(_crypt(_crypt(_crypt(block, left), right), left) for block in _split(blocks))


def decrypt(key: bytes, blocks: bytes) -> bytes:
    """Return the plaintext of `blocks`: the inverse of `encrypt`.

    Raises:
        ValueError: See `encrypt`.
    """
    _check_sizes(key, KEY_SIZE, blocks)
    schedule = _schedule(key)[::-1]
    return b"".join(_crypt(block, schedule) for block in _split(blocks))


def _check_sizes(key: bytes, size: int, blocks: bytes) -> None:
    if len(key) != size or len(blocks) % BLOCK_SIZE:
        raise ValueError(f"DES takes {size} bytes of key and whole blocks, not {len(blocks)} bytes")


def _split(blocks: bytes) -> list[bytes]:
    return [blocks[at : at + BLOCK_SIZE] for at in range(0, len(blocks), BLOCK_SIZE)]


def _permute(value: int, width: int, table: Sequence[int]) -> int:
    result = 0
    for bit in table:
        result = result << 1 | value >> (width - bit) & 1
    return result


def _substitutions() -> list[list[int]]:
    """Each S-box with the permutation P after it, by its six input bits."""
    boxes = []
    for number, rows in enumerate(_S):
        # The outer two bits choose the row, the inner four the column.
        values = [int(rows[bits >> 4 & 2 | bits & 1][bits >> 1 & 0xF], 16) for bits in range(64)]
        boxes.append([_permute(value << (28 - 4 * number), 32, _P) for value in values])
    return boxes


_BOXES: Final = _substitutions()


@functools.lru_cache(maxsize=32)
def _schedule(key: bytes) -> tuple[int, ...]:
    halves = _permute(int.from_bytes(key, "big"), 64, _CHOICE_1)
    left, right = halves >> 28, halves & _KEY_HALF
    subkeys = []
    for shift in _SHIFTS:
        left = (left << shift | left >> (28 - shift)) & _KEY_HALF
        right = (right << shift | right >> (28 - shift)) & _KEY_HALF
        subkeys.append(_permute(left << 28 | right, 56, _CHOICE_2))
    return tuple(subkeys)


def _crypt(block: bytes, schedule: Sequence[int]) -> bytes:
    mixed = _permute(int.from_bytes(block, "big"), 64, _INITIAL)
    left, right = mixed >> 32, mixed & _HALF
    for subkey in schedule:
        left, right = right, left ^ _scramble(right, subkey)
    return _permute(right << 32 | left, 64, _FINAL).to_bytes(BLOCK_SIZE, "big")


def _scramble(half: int, subkey: int) -> int:
    # E takes six bits at a time, four apart, and reads around the ends.
    ring = (half & 1) << 33 | half << 1 | half >> 31
    result = 0
    for number, box in enumerate(_BOXES):
        result ^= box[(ring >> (28 - 4 * number) ^ subkey >> (42 - 6 * number)) & 0x3F]
    return result
