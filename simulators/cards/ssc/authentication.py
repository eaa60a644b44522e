"""Keys of one card and the arithmetic of internal and external authentication.

Source: card specification part 4 (session key, 鉴别数据, diversification); 人社信息函〔2016〕38号.
unverified: the SM4 form of the child key, because no card's vector is public.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulators.cards.ssc import sm4

FACTOR_SIZE: Final = 8
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


def _sm4_child_key(parent: bytes, factor: bytes) -> bytes:
    return sm4.encrypt(parent, factor + bytes(byte ^ 0xFF for byte in factor))


def _sm4_authentication_data(key: bytes, process_factor: bytes, original: bytes) -> bytes:
    session_key = sm4.encrypt(key, process_factor + _ZEROS)
    whole = sm4.encrypt(session_key, original + _ZEROS)
    return bytes(a ^ b for a, b in zip(whole[:8], whole[8:], strict=True))


@dataclass(frozen=True, slots=True)
class Algorithm:
    """What an algorithm flag (tag 86 of 9F0C) stands for.

    Attributes:
        child_key: From parent key and 8-byte factor.
        authentication_data: 鉴别数据 from card key, 过程因子 and 原始信息, 8 bytes each.
    """

    child_key: Callable[[bytes, bytes], bytes]
    authentication_data: Callable[[bytes, bytes, bytes], bytes]


#: By algorithm flag. `01` 3DES and `02` SSF33 belong to cards before 3.00.
ALGORITHMS: Final = {"03": Algorithm(_sm4_child_key, _sm4_authentication_data)}


def derive_card_key(algorithm: Algorithm, master: bytes, region: str, historical: bytes) -> bytes:
    """Return the key that a card of `region` with this ATR carries instead of `master`."""
    return algorithm.child_key(_city_key(algorithm, master, region), card_factor(historical))


@functools.lru_cache(maxsize=64)  # a feeder full of blanks is of one city
def _city_key(algorithm: Algorithm, master: bytes, region: str) -> bytes:
    province_key = algorithm.child_key(master, province_factor(region))
    return algorithm.child_key(province_key, city_factor(region))
