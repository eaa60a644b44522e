"""What a province's HSM computes, for tests: independent of the card's arithmetic.

Source: card specification part 4; 人社信息函〔2016〕38号 appendix B. Master keys are invented.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm, algorithms, modes

from simulators.master_keys import load_test_keys
from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest

ZEROS: Final = bytes(8)
SM4: Final = "03"


def hsm_answer(request: AuthenticationRequest) -> bytes:
    """Return 鉴别数据 and 原始信息 for EXTERNAL AUTHENTICATE."""
    key = card_key(request.key_address, request)
    session_key = session_key_of(request.algorithm, key, request.process_factor)
    if request.algorithm == SM4:
        whole = _ecb(algorithms.SM4(session_key), request.original + ZEROS)
        return _xor(whole[:8], whole[8:]) + request.original
    return _des(session_key, request.original) + request.original


def wrong_hsm(request: AuthenticationRequest) -> bytes:
    """Return an answer that the card refuses."""
    return ZEROS + request.original


def protect(request: MaintenanceRequest) -> bytes:
    """Return the whole command that the card takes under STK: hidden PIN, and MAC."""
    key = card_key(request.key_address, request)
    session_key = session_key_of(request.algorithm, key, request.process_factor)
    size = 16 if request.algorithm == SM4 else 8
    body = b""
    if request.pin:
        body = _cipher(
            request.algorithm, session_key, _padded(bytes([len(request.pin)]) + request.pin, size)
        )
    return request.header + body + _mac(request.algorithm, session_key, request.header + body)


def sm4_ecb(key: bytes, data: bytes) -> bytes:
    """Return whole blocks under SM4."""
    return _ecb(algorithms.SM4(key), data)


def card_key(address: str, request: AuthenticationRequest | MaintenanceRequest) -> bytes:
    """Return the card's own key for an HSM address."""
    masters = load_test_keys().values()
    master = next(k for k in masters if k.hsm_address == address)
    key = master.master_for(request.algorithm)
    region, reset = request.AAB301.encode(), bytes.fromhex(request.AAZ507)
    for factor in (region[:2] + b"0000sh", region + b"sx", reset[-8:]):
        block = factor + bytes(byte ^ 0xFF for byte in factor)
        key = _ecb(
            algorithms.SM4(key) if request.algorithm == SM4 else TripleDES(key + key[:8]), block
        )
    return key


def session_key_of(algorithm: str, key: bytes, factor: bytes) -> bytes:
    """Return the key of one session: 16 bytes for SM4, 8 for DES."""
    if algorithm == SM4:
        return _ecb(algorithms.SM4(key), factor + ZEROS)
    return _ecb(TripleDES(key + key[:8]), factor)


def _cipher(algorithm: str, key: bytes, data: bytes) -> bytes:
    return _ecb(algorithms.SM4(key), data) if algorithm == SM4 else _des(key, data)


def _mac(algorithm: str, key: bytes, data: bytes) -> bytes:
    size = 16 if algorithm == SM4 else 8
    chain = bytes(size)
    data = _padded(data, size)
    for at in range(0, len(data), size):
        chain = _cipher(algorithm, key, _xor(chain, data[at : at + size]))
    if algorithm != SM4:
        return chain[:4]
    words = [chain[at : at + 4] for at in range(0, size, 4)]
    return _xor(_xor(words[0], words[1]), _xor(words[2], words[3]))


def _padded(data: bytes, size: int) -> bytes:
    data += b"\x80"
    return data.ljust(-(-len(data) // size) * size, b"\x00")


def _des(key: bytes, data: bytes) -> bytes:
    return _ecb(TripleDES(key * 3), data)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _ecb(algorithm: CipherAlgorithm, data: bytes) -> bytes:
    encryptor = Cipher(algorithm, modes.ECB()).encryptor()  # noqa: S305 - the card's rule
    return encryptor.update(data) + encryptor.finalize()
