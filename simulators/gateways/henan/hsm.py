"""The province's encryption machine (加密机): computes 鉴别数据 from the invented master keys.

Its arithmetic is its own, on the `cryptography` package; the simulated card does the same sums
with another library, and both are held to the vectors in `tests/vectors/ssc`.

Source: card specification part 4 (diversification 国家 -> 省 -> 市 -> 卡, session key, 鉴别数据).
unverified: the SM4 form of the child key, factor and its complement in one block each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from simulators.test_keys import MasterKey

SM4_ALGORITHM: Final = "03"
ZHEJIANG: Final = "33"


class HsmError(Exception):
    """The encryption machine refuses; the message is for the client."""


@dataclass(frozen=True, slots=True)
class AuthenticationRequest:
    """What is asked of the machine for one EXTERNAL AUTHENTICATE.

    Attributes:
        region: 发卡地, six digits.
        reset_info: 卡复位信息, 13 bytes.
        card_id: 卡识别码, 16 bytes.
        algorithm: 算法标识.
        key_address: 密钥地址, four hex digits.
        process_factor: 过程因子, 8 bytes.
        original: 原始信息, 8 bytes.
    """

    region: str
    reset_info: bytes
    card_id: bytes
    algorithm: str
    key_address: str
    process_factor: bytes
    original: bytes


class Hsm:
    """Holds master keys by address. Never shows one."""

    def __init__(self, keys: Mapping[str, MasterKey]) -> None:
        self._masters = {key.hsm_address: key.master for key in keys.values()}

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        """Return 鉴别数据, 8 bytes.

        Raises:
            HsmError: Algorithm or address is unknown, or the card is of another place.
        """
        if request.algorithm != SM4_ALGORITHM:
            raise HsmError("算法标识不支持")
        if request.card_id[:3].hex() != request.region:
            raise HsmError("发卡地与卡识别码不符")
        master = self._masters.get(request.key_address.upper())
        if master is None:
            raise HsmError("密钥地址不存在")
        key = card_key(master, request.region, request.reset_info)
        return authentication_data(key, request.process_factor, request.original)


def card_key(master: bytes, region: str, reset_info: bytes) -> bytes:
    """Return the card's key: the master taken through province, city and card."""
    key = master
    for factor in (province_factor(region), city_factor(region), reset_info[-8:]):
        key = child_key(key, factor)
    return key


def province_factor(region: str) -> bytes:
    """Return the factor that makes a province's key from the national one."""
    return region[:2].encode("ascii") + b"0000sh"


def city_factor(region: str) -> bytes:
    """Return the factor that makes a city's key; Zhejiang takes four digits only."""
    digits = region[:4] + "00" if region.startswith(ZHEJIANG) else region
    return digits.encode("ascii") + b"sx"


def child_key(parent: bytes, factor: bytes) -> bytes:
    """Return the key one level down."""
    return _sm4(parent, factor + bytes(byte ^ 0xFF for byte in factor))


def authentication_data(key: bytes, process_factor: bytes, original: bytes) -> bytes:
    """Return the 8 bytes that prove knowledge of `key` for these two numbers."""
    session_key = _sm4(key, process_factor + bytes(8))
    block = _sm4(session_key, original + bytes(8))
    return bytes(left ^ right for left, right in zip(block[:8], block[8:], strict=True))


def _sm4(key: bytes, block: bytes) -> bytes:
    # One block under a key that is used for nothing else: ECB is what the specification says.
    encryptor = Cipher(SM4(key), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(block) + encryptor.finalize()
