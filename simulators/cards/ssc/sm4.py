"""SM4 in pure Python (gmssl): the only module here that uses the library's SM4.

The province's simulator deliberately uses another implementation; see
`tests/vectors/ssc/authentication.toml`. Source: GB/T 32907-2016.
"""

from __future__ import annotations

import functools
from typing import Final

from gmssl.sm4 import SM4_DECRYPT, SM4_ENCRYPT, CryptSM4

BLOCK_SIZE: Final = 16


def encrypt(key: bytes, blocks: bytes) -> bytes:
    """Return `blocks` encrypted in ECB mode, without padding.

    Raises:
        ValueError: The key is not 16 bytes, or `blocks` is not a whole number of blocks.
    """
    return _crypt(key, blocks, SM4_ENCRYPT)


def decrypt(key: bytes, blocks: bytes) -> bytes:
    """Return the plaintext of `blocks`: the inverse of `encrypt`.

    Raises:
        ValueError: See `encrypt`.
    """
    return _crypt(key, blocks, SM4_DECRYPT)


def _crypt(key: bytes, blocks: bytes, mode: int) -> bytes:
    if len(key) != BLOCK_SIZE or len(blocks) % BLOCK_SIZE:
        raise ValueError(f"SM4 takes a 16-byte key and whole blocks, not {len(blocks)} bytes")
    cipher = _keyed(key, mode)
    # The library's own modes of operation always pad; single blocks do not.
    starts = range(0, len(blocks), BLOCK_SIZE)
    return b"".join(
        bytes(cipher.one_round(cipher.sk, list(blocks[at : at + BLOCK_SIZE]))) for at in starts
    )


@functools.lru_cache(maxsize=64)  # the key schedule costs as much as a block
def _keyed(key: bytes, mode: int) -> CryptSM4:
    cipher = CryptSM4()
    cipher.set_key(key, mode)
    return cipher
