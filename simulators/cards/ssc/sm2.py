"""SM2: key pairs and decryption, in plain arithmetic. Slow, unprotected, for simulation only.

Source: GB/T 32918.4-2016 (decryption, key derivation), GB/T 32918.5-2017 (the curve).
"""

from __future__ import annotations

import functools
from typing import Final

from simulators.cards.ssc.authentication import xor
from simulators.cards.ssc.sm3 import digest

COORDINATE_SIZE: Final = 32
PUBLIC_SIZE: Final = 2 * COORDINATE_SIZE
HASH_SIZE: Final = 32

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = P - 3
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G: Final = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)

Point = tuple[int, int]  # affine; the point at infinity never occurs with the scalars used here
_Jacobian = tuple[int, int, int]


class DecryptionError(ValueError):
    """The ciphertext was not made for this key, or is damaged."""


def private_from(material: bytes) -> bytes:
    """Return a private key from any bytes: 1 to N - 2, as the standard requires."""
    return _bytes(int.from_bytes(digest(material), "big") % (N - 2) + 1)


@functools.lru_cache(maxsize=256)  # a card is restored more often than it gets a key
def public_of(private: bytes) -> bytes:
    """Return X and Y of the public key, 64 bytes."""
    return _encode(_multiply(int.from_bytes(private, "big"), G))


def decrypt(private: bytes, point: bytes, check: bytes, ciphertext: bytes) -> bytes:
    """Return the plaintext of C1 (X, Y), C3 (hash) and C2.

    Raises:
        DecryptionError: See the class.
    """
    ephemeral = _decode(point)
    x, y = ephemeral
    if (y * y - (x * x * x + A * x + B)) % P:
        raise DecryptionError("C1 is no point of the curve")
    shared = _encode(_multiply(int.from_bytes(private, "big"), ephemeral))
    plaintext = xor(ciphertext, _key_stream(shared, len(ciphertext)))
    if digest(shared[:COORDINATE_SIZE] + plaintext + shared[COORDINATE_SIZE:]) != check:
        raise DecryptionError("C3 does not fit")
    return plaintext


def _key_stream(shared: bytes, length: int) -> bytes:
    rounds = range(1, -(-length // HASH_SIZE) + 1)
    return b"".join(digest(shared + number.to_bytes(4, "big")) for number in rounds)[:length]


def _multiply(scalar: int, point: Point) -> Point:
    total: _Jacobian = (0, 1, 0)
    for bit in f"{scalar:b}":
        total = _double(total)
        if bit == "1":
            total = _add(total, point)
    x, y, z = total
    inverse = pow(z, -1, P)
    return x * inverse**2 % P, y * inverse**3 % P


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if not z:
        return point
    square = y * y % P
    slope = 3 * (x - z * z) * (x + z * z) % P  # A is -3
    middle = 4 * x * square % P
    new_x = (slope * slope - 2 * middle) % P
    return new_x, (slope * (middle - new_x) - 8 * square * square) % P, 2 * y * z % P


def _add(point: _Jacobian, other: Point) -> _Jacobian:
    x, y, z = point
    if not z:
        return *other, 1
    across = (other[0] * z * z - x) % P
    up = (other[1] * z * z * z - y) % P
    square, cube = across * across % P, across * across * across % P
    new_x = (up * up - cube - 2 * x * square) % P
    return new_x, (up * (x * square - new_x) - y * cube) % P, z * across % P


def _bytes(number: int) -> bytes:
    return number.to_bytes(COORDINATE_SIZE, "big")


def _encode(point: Point) -> bytes:
    return _bytes(point[0]) + _bytes(point[1])


def _decode(point: bytes) -> Point:
    left, right = point[:COORDINATE_SIZE], point[COORDINATE_SIZE:]
    return int.from_bytes(left, "big"), int.from_bytes(right, "big")
