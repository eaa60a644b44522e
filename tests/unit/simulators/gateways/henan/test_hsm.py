from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from simulators.master_keys import MasterKey
from simulators.province import hsm
from simulators.province.hsm import (
    ARITHMETICS,
    AuthenticationRequest,
    Hsm,
    HsmError,
    MessageRequest,
)

VECTORS = tomllib.loads(
    (Path(__file__).parents[4] / "vectors/ssc/authentication.toml").read_text("utf-8")
)
TABLES = {"authentication": "03", "authentication_zhejiang": "03", "authentication_des3": "01"}
CASES = [(flag, case) for table, flag in TABLES.items() for case in VECTORS[table]]
FIRST = VECTORS["authentication"][0]
FIRST_DES = VECTORS["authentication_des3"][0]


@pytest.mark.parametrize(("flag", "case"), CASES, ids=lambda value: str(value)[:40])
def test_every_level_of_the_vectors(flag: str, case: dict[str, Any]) -> None:
    arithmetic = ARITHMETICS[flag]
    master = bytes.fromhex(case["master"])
    province = arithmetic.child_key(master, hsm.province_factor(case["region"]))
    assert province.hex().upper() == case["province_key"]
    city = arithmetic.child_key(province, hsm.city_factor(case["region"]))
    assert city.hex().upper() == case["city_key"]
    card = hsm.card_key(arithmetic, master, case["region"], bytes.fromhex(case["historical"]))
    assert card.hex().upper() == case["card_key"]
    session_key = arithmetic.session_key(card, bytes.fromhex(case["process_factor"]))
    assert session_key.hex().upper() == case["session_key"]
    proof = arithmetic.proof(session_key, bytes.fromhex(case["original"]))
    assert proof.hex().upper() == case["authentication_data"]


@pytest.mark.parametrize("case", VECTORS["messaging"], ids=lambda case: case["header"])
def test_every_message_of_the_vectors(case: dict[str, Any]) -> None:
    arithmetic = ARITHMETICS[case["algorithm"]]
    factor = bytes.fromhex(case["process_factor"])
    session_key = arithmetic.session_key(bytes.fromhex(case["card_key"]), factor)
    plaintext, hidden = bytes.fromhex(case["plaintext"]), b""
    if plaintext:
        counted = bytes([len(plaintext)]) + plaintext
        hidden = arithmetic.encrypt(session_key, hsm.padded(counted, arithmetic.block_size))
    assert hidden.hex().upper() == case["ciphertext"]
    covered = hsm.padded(bytes.fromhex(case["header"]) + hidden, arithmetic.block_size)
    assert arithmetic.mac(session_key, covered).hex().upper() == case["mac"]


def _hsm() -> Hsm:
    master = bytes.fromhex(FIRST["master"])
    return Hsm({"UKSSSE": MasterKey("UKSSSE", master, "0094", 4, triple_des=master)})


def _key() -> dict[str, Any]:
    return {
        "region": "410700",
        "reset_info": bytes.fromhex(FIRST["historical"]),
        "card_id": bytes.fromhex("410700D1560000050000000100000000"),
        "algorithm": "03",
        "key_address": "0094",
        "process_factor": bytes.fromhex(FIRST["process_factor"]),
    }


def _request(**changes: Any) -> AuthenticationRequest:  # noqa: ANN401 - any field
    original = bytes.fromhex(FIRST["original"])
    return AuthenticationRequest(**_key() | {"original": original} | changes)


def test_machine_answers_the_first_vector_of_each_algorithm() -> None:
    assert _hsm().authenticate(_request()).hex().upper() == "F3E37E083CF7E256"
    answer = _hsm().authenticate(_request(algorithm="01")).hex().upper()
    assert answer == FIRST_DES["authentication_data"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"algorithm": "02"}, "算法标识"),
        ({"key_address": "0095"}, "密钥地址"),
        ({"region": "410100"}, "发卡地"),
    ],
)
def test_machine_refuses_what_it_does_not_know(change: dict[str, str], text: str) -> None:
    with pytest.raises(HsmError, match=text):
        _hsm().authenticate(_request(**change))


def test_a_pin_is_not_shown() -> None:
    request = MessageRequest(**_key(), header=bytes(5), plaintext=b"\x24\x68\x10")
    assert "$h" not in repr(request)
    assert "plaintext" not in repr(request)
