"""SM3 and SM4 as used by the certificate application. Keys are arguments; none is kept.

Source: GB/T 32905-2016 (SM3), GB/T 32907-2016 (SM4); card specification part 4 (padding, and the
    reduction of the last block to four bytes).
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3, Hash

BLOCK: Final = 16
MAC_LENGTH: Final = 4


def key_of_pin(pin: bytes) -> bytes:
    """Return the SM4 key that is derived from a PIN of two digits per byte."""
    digest = Hash(SM3())
    digest.update(pin)
    return digest.finalize()[:BLOCK]


def encrypt(key: bytes, data: bytes) -> bytes:
    """Return whole blocks encrypted under `key`, each independently (ECB): the card's rule."""
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(data) + encryptor.finalize()


def mac(key: bytes, initial: bytes, data: bytes) -> bytes:
    """Return four bytes over `data`, chained from the card's challenge."""
    encryptor = Cipher(algorithms.SM4(key), modes.CBC(initial)).encryptor()
    last = (encryptor.update(padded(data)) + encryptor.finalize())[-BLOCK:]
    words = [last[at : at + MAC_LENGTH] for at in range(0, BLOCK, MAC_LENGTH)]
    return bytes(a ^ b ^ c ^ d for a, b, c, d in zip(*words, strict=True))


def padded(data: bytes) -> bytes:
    """Return `data`, 80, and zeros up to whole blocks."""
    data += b"\x80"
    return data + bytes(-len(data) % BLOCK)
