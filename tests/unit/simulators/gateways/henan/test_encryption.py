"""The operations of the encryption machine, as a window asks them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulators.province.operations import Desk

Ask = Callable[..., dict[str, str]]

ASKED = {
    "发卡地": "410700",
    "卡复位信息": "544B1805208660410700000001",
    "卡识别码": "410700D1560000050000000100000000",
    "算法标识": "03",
    "密钥地址": "004C",
    "过程因子": "0102030405060708",
}
PROOF = ASKED | {"原始信息": "1112131415161718"}
MESSAGE = ASKED | {"密钥地址": "0173", "命令头": "8424000114", "明文": "246810"}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"卡复位信息": "544B"}, "卡复位信息应为 26 位十六进制"),
        ({"卡识别码": "XY" * 16}, "卡识别码应为 32 位十六进制"),
        ({"过程因子": "01"}, "过程因子应为 16 位十六进制"),
        ({"原始信息": ""}, "缺少字段: 原始信息"),
        ({"算法标识": "02"}, "加密机: 算法标识不支持"),
        ({"密钥地址": "0095"}, "加密机: 密钥地址不存在"),
        ({"发卡地": "410100"}, "加密机: 发卡地与卡识别码不符"),
    ],
)
def test_bad_requests_for_a_proof_are_refused(ask: Ask, change: dict[str, str], text: str) -> None:
    assert ask("加密机外部认证", **PROOF)["ERR"] == "OK"
    assert ask("加密机外部认证", **PROOF | change) == {"ERR": text}


@pytest.mark.parametrize(
    ("algorithm", "address", "proof"),
    [
        # Computed with OpenSSL from UKSSSE and PUK of simulators/master_keys.toml.
        ("01", "0094", "9754874EEBF084A5"),
        ("01", "0090", "0BB343962813D85D"),
        ("03", "0094", "65AE690F36FE64EA"),
        ("03", "0090", "772E6394373BB023"),
    ],
)
def test_both_algorithms_prove_keys(ask: Ask, algorithm: str, address: str, proof: str) -> None:
    answer = ask("加密机外部认证", **PROOF | {"算法标识": algorithm, "密钥地址": address})
    assert answer == {"ERR": "OK", "鉴别数据": proof + "1112131415161718"}


@pytest.mark.parametrize(
    ("change", "hidden", "mac"),
    [
        ({}, "E885AD52EBC657175683E235F6178C8B", "A8E14A36"),
        ({"命令头": "8424000004", "明文": ""}, "", "B499787E"),
        ({"算法标识": "01", "命令头": "842400010C"}, "008F02D866AC32BF", "0266589E"),
        ({"算法标识": "01", "命令头": "8424000004", "明文": ""}, "", "38B1B3BD"),
    ],
)
def test_messages_of_the_pin_services(
    ask: Ask, change: dict[str, str], hidden: str, mac: str
) -> None:
    answer = ask("加密机安全报文", **MESSAGE | change)
    assert answer == {"ERR": "OK", "密文": hidden, "MAC": mac}


def test_the_plaintext_may_be_absent(ask: Ask) -> None:
    bare = {name: value for name, value in MESSAGE.items() if name != "明文"}
    assert ask("加密机安全报文", **bare | {"命令头": "8424000004"})["MAC"] == "B499787E"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"命令头": "842400010C"}, "加密机: 命令头与明文长度不符"),
        ({"命令头": "8424000004"}, "加密机: 命令头与明文长度不符"),
        ({"明文": ""}, "加密机: 命令头与明文长度不符"),
        ({"命令头": "84240001"}, "命令头应为 10 位十六进制"),
        ({"命令头": ""}, "缺少字段: 命令头"),
        ({"明文": "12345"}, "明文应为 4 位十六进制"),
        ({"明文": "zz"}, "明文应为 2 位十六进制"),
        ({"明文": "00" * 65}, "明文应为 128 位十六进制"),
        ({"算法标识": "02"}, "加密机: 算法标识不支持"),
        ({"密钥地址": "0174FF"}, "密钥地址应为 4 位十六进制"),
        ({"发卡地": "410100"}, "加密机: 发卡地与卡识别码不符"),
    ],
)
def test_bad_messages_are_refused(ask: Ask, change: dict[str, str], text: str) -> None:
    assert ask("加密机安全报文", **MESSAGE | change) == {"ERR": text}


def test_what_was_computed_is_counted_and_no_pin_is_kept(desk: Desk, ask: Ask) -> None:
    ask("加密机外部认证", **PROOF)
    ask("加密机安全报文", **MESSAGE)
    ask("加密机安全报文", **MESSAGE | {"命令头": "00"})
    with desk.store.transaction() as records:
        effects = records.effects()
        audit = [dict(row) for row in records.audit(10)]
    assert (effects["authentications"], effects["secure_messages"]) == (1, 1)
    assert "246810" not in str(audit)
