"""Keys of one card and the arithmetic of authentication and secure messaging.

Source: card specification part 4 (session key, 鉴别数据, MAC, diversification);
    人社信息函〔2016〕38号.

unverified: the SM4 form of the child key, because no card's vector is public; that secure messaging
uses the session key.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulators.cards.ssc import des, sm4

FACTOR_SIZE: Final = 8
MAC_SIZE: Final = 4
_ZEROS: Final = bytes(FACTOR_SIZE)
_ZHEJIANG: Final = "33"


def province_factor(region: str) -> bytes:
    """Return the factor of level 1 to 2: two digits of the city code, then `0000sh`."""
    return region[:2].encode("ascii") + b"0000sh"


def city_factor(region: str) -> bytes:
    """Return the factor of level 2 to 3: the city code, then `sx`.

    Zhejiang takes only the first four digits.
    """
    digits = f"{region[:4]}00" if region[:2] == _ZHEJIANG else region
    return digits.encode("ascii") + b"sx"


def card_factor(historical: bytes) -> bytes:
    """Return the factor of level 3 to card: the last 8 historical bytes."""
    return historical[-FACTOR_SIZE:]


@dataclass(frozen=True, slots=True)
class Algorithm:
    """The functions of an algorithm flag (tag 86 of 9F0C).

    Attributes:
        block_size: Block size of the cipher under a session key.
        child_key: From parent key and 8-byte factor.
        session_key: From card key and 8-byte 过程因子.
        encrypt: Whole blocks under a session key, ECB.
        decrypt: Its inverse.
        fold_proof: 8 bytes of 鉴别数据 from one encrypted block.
        fold_mac: 4 bytes of MAC from the last block of the chain.
    """

    block_size: int
    child_key: Callable[[bytes, bytes], bytes]
    session_key: Callable[[bytes, bytes], bytes]
    encrypt: Callable[[bytes, bytes], bytes]
    decrypt: Callable[[bytes, bytes], bytes]
    fold_proof: Callable[[bytes], bytes]
    fold_mac: Callable[[bytes], bytes]

    def authentication_data(self, key: bytes, process_factor: bytes, original: bytes) -> bytes:
        """Return 鉴别数据 from card key, 过程因子 and 原始信息, 8 bytes each."""
        session_key = self.session_key(key, process_factor)
        block = original.ljust(self.block_size, b"\x00")
        return self.fold_proof(self.encrypt(session_key, block))

    def mac(self, key: bytes, data: bytes, chain: bytes = b"") -> bytes:
        """Return the MAC of `data`, padded here. `chain` is the initial value, zeros if empty."""
        chain = chain or bytes(self.block_size)
        padded = pad(data, self.block_size)
        for at in range(0, len(padded), self.block_size):
            chain = self.encrypt(key, xor(chain, padded[at : at + self.block_size]))
        return self.fold_mac(chain)


def pad(data: bytes, block_size: int) -> bytes:
    """Return `data`, 80 and zeros up to whole blocks; at least the 80."""
    return data + b"\x80" + bytes(-(len(data) + 1) % block_size)


def xor(left: bytes, right: bytes) -> bytes:
    """Return the bytes of two equally long strings, exclusive-ored."""
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _complement(factor: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in factor)


def _sm4_child_key(parent: bytes, factor: bytes) -> bytes:
    return sm4.encrypt(parent, factor + _complement(factor))


def _sm4_session_key(key: bytes, process_factor: bytes) -> bytes:
    return sm4.encrypt(key, process_factor + _ZEROS)


def _fold_halves(block: bytes) -> bytes:
    return xor(block[:FACTOR_SIZE], block[FACTOR_SIZE:])


def _fold_quarters(block: bytes) -> bytes:
    half = _fold_halves(block)
    return xor(half[:MAC_SIZE], half[MAC_SIZE:])


def _des_child_key(parent: bytes, factor: bytes) -> bytes:
    return des.encrypt_triple(parent, factor + _complement(factor))


def _whole(block: bytes) -> bytes:
    return block


def _left(block: bytes) -> bytes:
    return block[:MAC_SIZE]


TRIPLE_DES: Final = Algorithm(
    block_size=des.BLOCK_SIZE,
    child_key=_des_child_key,
    session_key=des.encrypt_triple,
    encrypt=des.encrypt,
    decrypt=des.decrypt,
    fold_proof=_whole,
    fold_mac=_left,
)
SM4: Final = Algorithm(
    block_size=sm4.BLOCK_SIZE,
    child_key=_sm4_child_key,
    session_key=_sm4_session_key,
    encrypt=sm4.encrypt,
    decrypt=sm4.decrypt,
    fold_proof=_fold_halves,
    fold_mac=_fold_quarters,
)

#: By algorithm flag. `02`, SSF33, is not published.
ALGORITHMS: Final = {"01": TRIPLE_DES, "03": SM4}


def derive_card_key(algorithm: Algorithm, master: bytes, region: str, historical: bytes) -> bytes:
    """Return the key diversified from `master` for a card of `region` with this ATR."""
    return algorithm.child_key(_city_key(algorithm, master, region), card_factor(historical))


@functools.lru_cache(maxsize=256)  # a feeder full of blanks is of one city
def _city_key(algorithm: Algorithm, master: bytes, region: str) -> bytes:
    province_key = algorithm.child_key(master, province_factor(region))
    return algorithm.child_key(province_key, city_factor(region))
