"""SM3 in pure Python (gmssl): the only module here that uses the library's SM3.

Source: GB/T 32905-2016.
"""

from __future__ import annotations

from gmssl.sm3 import sm3_hash


def digest(data: bytes) -> bytes:
    """Return the 32 bytes of the hash."""
    return bytes.fromhex(sm3_hash(list(data)))
