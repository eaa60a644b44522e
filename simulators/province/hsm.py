"""The province's encryption machine (加密机): computes with the invented master keys.

It has its own arithmetic, on the `cryptography` package; the simulated card computes the same
values with other code, and both are checked against the vectors in `tests/vectors/ssc`.

Source: card specification part 4 (diversification 国家 -> 省 -> 市 -> 卡, session key, 鉴别数据,
    MAC, encrypted data).

unverified: the SM4 form of the child key, factor and its complement in one block each; that secure
messaging uses the session key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from simulators.master_keys import MasterKey

ZHEJIANG: Final = "33"
HEADER_SIZE: Final = 5
MAC_SIZE: Final = 4


class HsmError(Exception):
    """The encryption machine refuses; the message is for the client."""


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """The card's key for one session.

    Attributes:
        region: 发卡地, six digits.
        reset_info: 卡复位信息, 13 bytes.
        card_id: 卡识别码, 16 bytes.
        algorithm: 算法标识.
        key_address: 密钥地址, four hex digits.
        process_factor: 过程因子, 8 bytes.
    """

    region: str
    reset_info: bytes
    card_id: bytes
    algorithm: str
    key_address: str
    process_factor: bytes


@dataclass(frozen=True, slots=True)
class AuthenticationRequest(KeyRequest):
    """A request for one EXTERNAL or INTERNAL AUTHENTICATE.

    Attributes:
        original: 原始信息, 8 bytes.
    """

    original: bytes


@dataclass(frozen=True, slots=True)
class MessageRequest(KeyRequest):
    """A request for one command under secure messaging.

    Attributes:
        header: CLA INS P1 P2 Lc as the card receives them: Lc counts the MAC.
        plaintext: Data to encrypt for the card; empty for a MAC alone.
    """

    header: bytes
    plaintext: bytes = field(repr=False)


class Arithmetic(Protocol):
    """The functions of one algorithm."""

    block_size: int

    def child_key(self, parent: bytes, factor: bytes) -> bytes:
        """Return the key one level down."""
        ...

    def session_key(self, key: bytes, process_factor: bytes) -> bytes:
        """Return the key that a card uses for one challenge."""
        ...

    def encrypt(self, session_key: bytes, blocks: bytes) -> bytes:
        """Return whole blocks encrypted, each independently (ECB)."""
        ...

    def proof(self, session_key: bytes, original: bytes) -> bytes:
        """Return 鉴别数据, 8 bytes."""
        ...

    def mac(self, session_key: bytes, blocks: bytes) -> bytes:
        """Return the MAC of whole blocks, 4 bytes."""
        ...


class Sm4Arithmetic:
    """Algorithm 03."""

    block_size = 16

    def child_key(self, parent: bytes, factor: bytes) -> bytes:
        """See `Arithmetic.child_key`."""
        return _ecb(SM4(parent), factor + _complement(factor))

    def session_key(self, key: bytes, process_factor: bytes) -> bytes:
        """See `Arithmetic.session_key`."""
        return _ecb(SM4(key), process_factor + bytes(8))

    def encrypt(self, session_key: bytes, blocks: bytes) -> bytes:
        """See `Arithmetic.encrypt`."""
        return _ecb(SM4(session_key), blocks)

    def proof(self, session_key: bytes, original: bytes) -> bytes:
        """See `Arithmetic.proof`."""
        return _folded(self.encrypt(session_key, original + bytes(8)))

    def mac(self, session_key: bytes, blocks: bytes) -> bytes:
        """See `Arithmetic.mac`."""
        return _folded(_folded(_last_of_chain(SM4(session_key), self.block_size, blocks)))


class TripleDesArithmetic:
    """Algorithm 01. A session key is a single DES key: the library gets it three times."""

    block_size = 8

    def child_key(self, parent: bytes, factor: bytes) -> bytes:
        """See `Arithmetic.child_key`."""
        return _ecb(TripleDES(parent + parent[:8]), factor + _complement(factor))

    def session_key(self, key: bytes, process_factor: bytes) -> bytes:
        """See `Arithmetic.session_key`."""
        return _ecb(TripleDES(key + key[:8]), process_factor)

    def encrypt(self, session_key: bytes, blocks: bytes) -> bytes:
        """See `Arithmetic.encrypt`."""
        return _ecb(TripleDES(session_key * 3), blocks)

    def proof(self, session_key: bytes, original: bytes) -> bytes:
        """See `Arithmetic.proof`."""
        return self.encrypt(session_key, original)

    def mac(self, session_key: bytes, blocks: bytes) -> bytes:
        """See `Arithmetic.mac`."""
        return _last_of_chain(TripleDES(session_key * 3), self.block_size, blocks)[:MAC_SIZE]


#: By 算法标识. `02`, SSF33, is not published.
ARITHMETICS: Final[dict[str, Arithmetic]] = {"01": TripleDesArithmetic(), "03": Sm4Arithmetic()}


class Hsm:
    """Holds master keys by address. Never reveals one."""

    def __init__(self, keys: Mapping[str, MasterKey]) -> None:
        self._masters = {key.hsm_address: key for key in keys.values()}

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        """Return 鉴别数据, 8 bytes.

        Raises:
            HsmError: Algorithm or address is unknown, or the card is of another place.
        """
        arithmetic, session_key = self._session(request)
        return arithmetic.proof(session_key, request.original)

    def protect(self, request: MessageRequest) -> tuple[bytes, bytes]:
        """Return the encrypted data, empty without plaintext, and the MAC over header and data.

        Raises:
            HsmError: As `authenticate`; or Lc of the header does not fit the data.
        """
        arithmetic, session_key = self._session(request)
        hidden = b""
        if request.plaintext:
            counted = bytes([len(request.plaintext)]) + request.plaintext
            hidden = arithmetic.encrypt(session_key, padded(counted, arithmetic.block_size))
        if len(request.header) != HEADER_SIZE or request.header[4] != len(hidden) + MAC_SIZE:
            raise HsmError("命令头与明文长度不符")
        covered = padded(request.header + hidden, arithmetic.block_size)
        return hidden, arithmetic.mac(session_key, covered)

    def _session(self, request: KeyRequest) -> tuple[Arithmetic, bytes]:
        arithmetic = ARITHMETICS.get(request.algorithm)
        if arithmetic is None:
            raise HsmError("算法标识不支持")
        if request.card_id[:3].hex() != request.region:
            raise HsmError("发卡地与卡识别码不符")
        key = self._masters.get(request.key_address.upper())
        if key is None:
            raise HsmError("密钥地址不存在")
        master = key.master_for(request.algorithm)
        own = card_key(arithmetic, master, request.region, request.reset_info)
        return arithmetic, arithmetic.session_key(own, request.process_factor)


def card_key(arithmetic: Arithmetic, master: bytes, region: str, reset_info: bytes) -> bytes:
    """Return the card's key: the master diversified by province, city and card."""
    key = master
    for factor in (province_factor(region), city_factor(region), reset_info[-8:]):
        key = arithmetic.child_key(key, factor)
    return key


def province_factor(region: str) -> bytes:
    """Return the factor that derives a province's key from the national one."""
    return region[:2].encode("ascii") + b"0000sh"


def city_factor(region: str) -> bytes:
    """Return the factor that derives a city's key; Zhejiang uses four digits only."""
    digits = region[:4] + "00" if region.startswith(ZHEJIANG) else region
    return digits.encode("ascii") + b"sx"


def padded(data: bytes, block_size: int) -> bytes:
    """Return `data`, 80 and zeros up to whole blocks."""
    return data + b"\x80" + bytes(-(len(data) + 1) % block_size)


def _complement(factor: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in factor)


def _folded(data: bytes) -> bytes:
    half = len(data) // 2
    return bytes(left ^ right for left, right in zip(data[:half], data[half:], strict=True))


def _ecb(algorithm: CipherAlgorithm, blocks: bytes) -> bytes:
    # Blocks under a key of one session or one level: the specification requires ECB.
    encryptor = Cipher(algorithm, modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(blocks) + encryptor.finalize()


def _last_of_chain(algorithm: CipherAlgorithm, block_size: int, blocks: bytes) -> bytes:
    encryptor = Cipher(algorithm, modes.CBC(bytes(block_size))).encryptor()
    return (encryptor.update(blocks) + encryptor.finalize())[-block_size:]
