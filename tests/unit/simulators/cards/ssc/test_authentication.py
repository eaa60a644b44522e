"""The arithmetic against vectors that OpenSSL computed."""

from collections.abc import Callable
from typing import Any

import pytest

from simulators.cards.ssc import sm2, sm3, sm4
from simulators.cards.ssc.apdu import RefusedError
from simulators.cards.ssc.authentication import (
    ALGORITHMS,
    card_factor,
    city_factor,
    derive_card_key,
    pad,
    province_factor,
)
from simulators.cards.ssc.messaging import opened_value

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


@pytest.mark.parametrize(
    ("table", "flag"),
    [("authentication", "03"), ("authentication_zhejiang", "03"), ("authentication_des3", "01")],
)
def test_keys_and_authentication_data(vectors: Vectors, table: str, flag: str) -> None:
    algorithm = ALGORITHMS[flag]
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
        session_key = algorithm.session_key(key, bytes.fromhex(case["process_factor"]))
        assert session_key.hex().upper() == case["session_key"], case["name"]
        data = algorithm.authentication_data(
            key, bytes.fromhex(case["process_factor"]), bytes.fromhex(case["original"])
        )
        assert data.hex().upper() == case["authentication_data"], case["name"]


def test_secure_messaging(vectors: Vectors) -> None:
    cases = vectors("authentication")["messaging"]
    assert {case["algorithm"] for case in cases} == {"01", "03"}
    for case in cases:
        algorithm = ALGORITHMS[case["algorithm"]]
        factor = bytes.fromhex(case["process_factor"])
        session_key = algorithm.session_key(bytes.fromhex(case["card_key"]), factor)
        assert session_key.hex().upper() == case["session_key"], case["name"]
        clear, body = bytes.fromhex(case["plaintext"]), bytes.fromhex(case["ciphertext"])
        if clear:
            padded = pad(bytes([len(clear)]) + clear, algorithm.block_size)
            assert algorithm.encrypt(session_key, padded) == body, case["name"]
            assert opened_value(algorithm.decrypt(session_key, body)) == clear, case["name"]
        mac = algorithm.mac(session_key, bytes.fromhex(case["header"]) + body)
        assert mac.hex().upper() == case["mac"], case["name"]


@pytest.mark.parametrize(
    ("data", "size", "padded"),
    [
        ("", 8, "8000000000000000"),
        ("01020304050607", 8, "0102030405060780"),
        ("00" * 16, 16, "00" * 16 + "80" + "00" * 15),
    ],
)
def test_padding(data: str, size: int, padded: str) -> None:
    assert pad(bytes.fromhex(data), size).hex().upper() == padded


@pytest.mark.parametrize(
    ("clear", "value"),
    [
        ("0312345680000000", "123456"),
        ("0711223344556677", "11223344556677"),
        ("0780000000000080", "80000000000080"),
    ],
)
def test_what_stands_behind_the_length(clear: str, value: str) -> None:
    assert opened_value(bytes.fromhex(clear)).hex() == value


@pytest.mark.parametrize("clear", ["0312345600000000", "0312345680000001", "0912345678123456"])
def test_odd_clear_data_is_refused(clear: str) -> None:
    with pytest.raises(RefusedError, match="6A80"):
        opened_value(bytes.fromhex(clear))


def test_sm3_is_the_standard_one(vectors: Vectors) -> None:
    for case in vectors("certificates")["sm3"]:
        assert sm3.digest(bytes.fromhex(case["data"])).hex().upper() == case["digest"]


def test_sm2_decrypts_what_openssl_encrypted(vectors: Vectors) -> None:
    for case in vectors("certificates")["sm2"]:
        private = bytes.fromhex(case["private"])
        assert sm2.public_of(private).hex().upper() == case["public"]
        parts = [bytes.fromhex(case[name]) for name in ("point", "hash", "ciphertext")]
        assert sm2.decrypt(private, *parts).hex().upper() == case["plaintext"]
        for number, part in enumerate(parts):
            damaged = [*parts[:number], bytes([part[0] ^ 1]) + part[1:], *parts[number + 1 :]]
            with pytest.raises(sm2.DecryptionError, match="C3" if number else "no point"):
                sm2.decrypt(private, *damaged)


def test_a_private_key_is_made_of_anything_and_is_always_another() -> None:
    keys = {sm2.private_from(bytes([number])) for number in range(8)}
    assert len(keys) == 8
    assert all(0 < int.from_bytes(key, "big") < sm2.N - 1 for key in keys)
