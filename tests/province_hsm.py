"""What a province's HSM computes, for tests: independent of the card's arithmetic.

Source: card specification part 4; 人社信息函〔2016〕38号 appendix B. Master keys are invented.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulators.test_keys import load_test_keys
from station.core.cards import AuthenticationRequest

ZEROS: Final = bytes(8)


def hsm_answer(request: AuthenticationRequest) -> bytes:
    """Return 鉴别数据 and 原始信息 for a 3.00 card."""
    assert request.algorithm == "03"
    key = card_key(request)
    session_key = sm4(key, request.process_factor + ZEROS)
    whole = sm4(session_key, request.original + ZEROS)
    return bytes(a ^ b for a, b in zip(whole[:8], whole[8:], strict=True)) + request.original


def wrong_hsm(request: AuthenticationRequest) -> bytes:
    """Return an answer that the card refuses."""
    return ZEROS + request.original


def card_key(request: AuthenticationRequest) -> bytes:
    """Return the card's own key for the asked HSM address, by SM4."""
    key = next(k for k in load_test_keys().values() if k.hsm_address == request.key_address).master
    region, reset = request.AAB301.encode(), bytes.fromhex(request.AAZ507)
    for factor in (region[:2] + b"0000sh", region + b"sx", reset[-8:]):
        key = sm4(key, factor + bytes(byte ^ 0xFF for byte in factor))
    return key


def sm4(key: bytes, block: bytes) -> bytes:
    """Encrypt whole blocks, ECB."""
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305 - the card's rule
    return encryptor.update(block) + encryptor.finalize()
