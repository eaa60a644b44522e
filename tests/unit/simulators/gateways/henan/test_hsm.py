from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from simulators.gateways.henan import hsm
from simulators.gateways.henan.hsm import AuthenticationRequest, Hsm, HsmError
from simulators.test_keys import MasterKey

VECTORS = tomllib.loads(
    (Path(__file__).parents[4] / "vectors/ssc/authentication.toml").read_text("utf-8")
)
CASES = VECTORS["authentication"] + VECTORS["authentication_zhejiang"]
FIRST = VECTORS["authentication"][0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_level_of_the_vectors(case: dict[str, Any]) -> None:
    master = bytes.fromhex(case["master"])
    province = hsm.child_key(master, hsm.province_factor(case["region"]))
    assert province.hex().upper() == case["province_key"]
    city = hsm.child_key(province, hsm.city_factor(case["region"]))
    assert city.hex().upper() == case["city_key"]
    card = hsm.card_key(master, case["region"], bytes.fromhex(case["historical"]))
    assert card.hex().upper() == case["card_key"]
    factor, original = bytes.fromhex(case["process_factor"]), bytes.fromhex(case["original"])
    proof = hsm.authentication_data(card, factor, original)
    assert proof.hex().upper() == case["authentication_data"]


def _hsm() -> Hsm:
    master = bytes.fromhex(FIRST["master"])
    return Hsm({"UKSSSE": MasterKey("UKSSSE", master, "0094", 4)})


def _request(**changes: Any) -> AuthenticationRequest:  # noqa: ANN401 - any field
    values: dict[str, Any] = {
        "region": "410700",
        "reset_info": bytes.fromhex(FIRST["historical"]),
        "card_id": bytes.fromhex("410700D1560000050000000100000000"),
        "algorithm": "03",
        "key_address": "0094",
        "process_factor": bytes.fromhex(FIRST["process_factor"]),
        "original": bytes.fromhex(FIRST["original"]),
    }
    return AuthenticationRequest(**values | changes)


def test_machine_answers_the_first_vector() -> None:
    assert _hsm().authenticate(_request()).hex().upper() == "F3E37E083CF7E256"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"algorithm": "01"}, "算法标识"),
        ({"key_address": "0095"}, "密钥地址"),
        ({"region": "410100"}, "发卡地"),
    ],
)
def test_machine_refuses_what_it_does_not_know(change: dict[str, str], text: str) -> None:
    with pytest.raises(HsmError, match=text):
        _hsm().authenticate(_request(**change))
