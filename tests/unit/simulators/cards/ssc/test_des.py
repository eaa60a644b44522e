"""DES against the NIST vectors and OpenSSL."""

from collections.abc import Callable
from typing import Any

import pytest

from simulators.cards.ssc import des

Vectors = Callable[[str], dict[str, Any]]


def test_single_des_is_the_standard_one(vectors: Vectors) -> None:
    cases = vectors("authentication")["des"]
    assert len(cases) == 22
    for case in cases:
        key, plaintext = bytes.fromhex(case["key"]), bytes.fromhex(case["plaintext"])
        ciphertext = des.encrypt(key, plaintext)
        assert ciphertext.hex().upper() == case["ciphertext"], case["name"]
        assert des.decrypt(key, ciphertext) == plaintext, case["name"]


def test_triple_des_with_two_keys(vectors: Vectors) -> None:
    for case in vectors("authentication")["des3"]:
        key, plaintext = bytes.fromhex(case["key"]), bytes.fromhex(case["plaintext"])
        assert des.encrypt_triple(key, plaintext).hex().upper() == case["ciphertext"]


def test_each_block_stands_alone(vectors: Vectors) -> None:
    case = vectors("authentication")["des"][3]
    twice = des.encrypt(bytes.fromhex(case["key"]), bytes.fromhex(case["plaintext"]) * 2)
    assert twice.hex().upper() == "690F5B0D9A26939B" * 2


@pytest.mark.parametrize(
    ("function", "key_size", "length"),
    [
        (des.encrypt, 16, 8),
        (des.encrypt, 8, 7),
        (des.decrypt, 7, 8),
        (des.decrypt, 8, 12),
        (des.encrypt_triple, 8, 8),
        (des.encrypt_triple, 24, 8),
        (des.encrypt_triple, 16, 9),
    ],
)
def test_odd_lengths_are_refused(
    function: Callable[[bytes, bytes], bytes], key_size: int, length: int
) -> None:
    with pytest.raises(ValueError, match="whole blocks"):
        function(bytes(key_size), bytes(length))
