"""The arithmetic against vectors that OpenSSL computed."""

from collections.abc import Callable
from typing import Any

import pytest

from simulators.cards.ssc import sm4
from simulators.cards.ssc.authentication import (
    ALGORITHMS,
    card_factor,
    city_factor,
    derive_card_key,
    province_factor,
)

Vectors = Callable[[str], dict[str, Any]]


def test_sm4_is_the_standard_one(vectors: Vectors) -> None:
    (case,) = vectors("authentication")["sm4"]
    encrypted = sm4.encrypt(bytes.fromhex(case["key"]), bytes.fromhex(case["plaintext"]))
    assert encrypted.hex().upper() == case["ciphertext"] == "681EDF34D206965E86B3E94F536E4246"


def test_sm4_encrypts_each_block_alone_and_adds_none(vectors: Vectors) -> None:
    (case,) = vectors("authentication")["sm4"]
    twice = sm4.encrypt(bytes.fromhex(case["key"]), bytes.fromhex(case["plaintext"]) * 2)
    assert twice.hex().upper() == case["ciphertext"] * 2


@pytest.mark.parametrize(("key", "blocks"), [(bytes(15), bytes(16)), (bytes(16), bytes(17))])
def test_sm4_refuses_odd_lengths(key: bytes, blocks: bytes) -> None:
    with pytest.raises(ValueError, match="whole blocks"):
        sm4.encrypt(key, blocks)


@pytest.mark.parametrize("table", ["authentication", "authentication_zhejiang"])
def test_keys_and_authentication_data(vectors: Vectors, table: str) -> None:
    algorithm = ALGORITHMS["03"]
    for case in vectors("authentication")[table]:
        historical = bytes.fromhex(case["historical"])
        factors = {
            "province": province_factor(case["region"]),
            "city": city_factor(case["region"]),
            "card": card_factor(historical),
        }
        key = bytes.fromhex(case["master"])
        for level, factor in factors.items():
            assert factor.hex().upper() == case[f"{level}_factor"], case["name"]
            key = algorithm.child_key(key, factor)
            assert key.hex().upper() == case[f"{level}_key"], case["name"]
        master = bytes.fromhex(case["master"])
        assert derive_card_key(algorithm, master, case["region"], historical) == key
        data = algorithm.authentication_data(
            key, bytes.fromhex(case["process_factor"]), bytes.fromhex(case["original"])
        )
        assert data.hex().upper() == case["authentication_data"], case["name"]
