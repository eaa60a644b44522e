"""SM4 in pure Python (gmssl): the only module here that knows the library.

The province's simulator uses another implementation on purpose; see
`tests/vectors/ssc/authentication.toml`. Source: GB/T 32907-2016.
"""

from __future__ import annotations

from typing import Final

from gmssl.sm4 import SM4_ENCRYPT, CryptSM4

BLOCK_SIZE: Final = 16


def encrypt(key: bytes, blocks: bytes) -> bytes:
    """Return `blocks` encrypted in ECB mode, without padding.

    Raises:
        ValueError: The key is not 16 bytes, or `blocks` is not a whole number of blocks.
    """
    if len(key) != BLOCK_SIZE or len(blocks) % BLOCK_SIZE:
        raise ValueError(f"SM4 takes a 16-byte key and whole blocks, not {len(blocks)} bytes")
    cipher = CryptSM4()
    cipher.set_key(key, SM4_ENCRYPT)
    # The library always pads; in ECB mode the padding only adds blocks at the end.
    return bytes(cipher.crypt_ecb(blocks))[: len(blocks)]
