"""The client's calls to HSM and CA, against a server that answers what a test tells it to."""

import base64

import pytest

from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest
from station.core.certificates import CertificateRequest
from station.core.errors import (
    AnswerProblem,
    GatewayAnswerError,
    GatewayRejectedError,
    RejectionReason,
    RemoteProtocolError,
)
from station.core.gateways import (
    ProvinceGateway,
)
from tests.unit.gateways.henan.scripted_province import (
    ATR,
    CARD_ID,
    NAME,
    PERSON,
    Script,
)

# --- the HSM ---

REQUEST = AuthenticationRequest(
    AAB301="410700",
    AAZ507=ATR,
    AAZ501=CARD_ID,
    algorithm="03",
    key_address="0094",
    process_factor=bytes.fromhex("A1B2C3D4E5F60718"),
    original=bytes.fromhex("0102030405060708"),
)


def test_the_hsm_answers_sixteen_bytes(script: Script, gateway: ProvinceGateway) -> None:
    script.answer("00", {"鉴别数据": "11223344AABBCCDD0102030405060708"})
    assert gateway.authenticate(REQUEST).hex() == "11223344aabbccdd0102030405060708"
    assert "<过程因子>A1B2C3D4E5F60718</过程因子>" in script.asked[0]


def test_an_hsm_that_refuses_is_told_apart(script: Script, gateway: ProvinceGateway) -> None:
    script.answer("加密机：密钥地址无效")
    with pytest.raises(GatewayRejectedError) as caught:
        gateway.authenticate(REQUEST)
    assert caught.value.reason is RejectionReason.HSM_REFUSED


def test_an_hsm_answer_without_data_is_the_provinces_fault(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("OK")
    with pytest.raises(RemoteProtocolError, match="鉴别数据"):
        gateway.authenticate(REQUEST)


RELOAD = MaintenanceRequest(
    AAB301="410700",
    AAZ507=ATR,
    AAZ501=CARD_ID,
    algorithm="03",
    key_address="0173",
    process_factor=bytes.fromhex("A1B2C3D4E5F60718"),
    header=bytes.fromhex("8424000114"),
    pin=bytes.fromhex("246810"),
)


def test_a_protected_command_is_put_together(script: Script, gateway: ProvinceGateway) -> None:
    script.answer("OK", {"密文": "E8" * 16, "MAC": "A8E14A36"})
    assert gateway.protect(RELOAD).hex().upper() == "8424000114" + "E8" * 16 + "A8E14A36"
    assert script.operations() == ["加密机安全报文"]
    assert "<命令头>8424000114</命令头><明文>246810</明文>" in script.asked[0]


def test_a_pin_that_the_province_repeats_is_not_shown(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("密码 246810 不合要求")
    with pytest.raises(GatewayAnswerError) as caught:
        gateway.protect(RELOAD)
    assert caught.value.problem is AnswerProblem.UNLISTED
    assert caught.value.details["province_text"] == "密码 *** 不合要求"


def test_protected_data_of_another_length_is_the_provinces_fault(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("OK", {"MAC": "A8E14A36"})
    with pytest.raises(RemoteProtocolError, match="length"):
        gateway.protect(RELOAD)


def test_certificates_are_asked_with_the_cards_key(
    script: Script, gateway: ProvinceGateway
) -> None:
    text = base64.b64encode(b"0certificate").decode()
    blobs = dict.fromkeys(("签名证书", "加密证书", "加密密钥"), text)
    script.answer("OK", blobs | {"管理员PIN": "97531864", "主控密钥": "C0" * 16})
    issued = gateway.certify(CertificateRequest("410700", PERSON, NAME, "A12345678", b"\xab" * 64))
    assert issued.signature_certificate == b"0certificate"
    assert script.operations() == ["CA注册"]
    assert f"<算法>SM2</算法><签名公钥>{'AB' * 64}</签名公钥>" in script.asked[0]


def test_a_missing_certificate_is_the_provinces_fault(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("OK", {"管理员PIN": "97531864", "主控密钥": "C0" * 16})
    with pytest.raises(RemoteProtocolError, match="证书"):
        gateway.certify(CertificateRequest("410700", PERSON, NAME, "A12345678", bytes(64)))
