import base64
import dataclasses
from typing import Any

import pytest

from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest
from station.core.certificates import CertificateRequest
from station.core.errors import LocalProtocolError, RemoteProtocolError
from station.core.gateways import FailedStep, IssuanceReport, ReportOutcome
from station.core.province_fields import (
    authentication_data,
    authentication_fields,
    certificate_data,
    certificate_fields,
    production_data,
    protected_command,
    protection_fields,
    report_fields,
)
from station.core.secrets import BankNumber

JPEG = b"\xff\xd8\xff\xe0 not a whole picture"
# Invented person. By our keys, as `即制卡数据` gives it.
GOOD = {
    "AAC002": "41070219900307002X",
    "AAC003": "买买提·测试",
    "AAC004": "2",
    "AAC005": "05",
    "AAC006": "19900307",
    "AAC025": "410702",
    "AAZ500": "A12345678",
    "AAZ503": "20261122",
    "valid_until": "20361121",
    "AAE008": "95533",
    "bank_name": "中国建设银行",
    "AAB301": "410700",
    "issuer": "新乡市人力资源和社会保障局",
    "photo": base64.encodebytes(JPEG).decode(),
}
#: An invented province's tags and code lists.
TAGS = {key: f"<{key}>" for key in GOOD}
STEPS: dict[str, str] = {FailedStep.BANK: "银行", FailedStep.MAKING: "制卡"}
CODES = {"AAC004": {"1", "2", "9"}, "AAC005": {f"{code:02}" for code in range(1, 57)}}
ASKED = {"AAC002": GOOD["AAC002"], "AAC003": GOOD["AAC003"], "AAZ500": "A12345678", "batch": "17"}
REQUEST = AuthenticationRequest(
    AAB301="410700",
    AAZ507="0a" * 13,
    AAZ501="4107" + "00" * 14,
    algorithm="03",
    key_address="009a",
    process_factor=bytes.fromhex("A1B2C3D4E5F60718"),
    original=bytes.fromhex("0102030405060708"),
)
ISSUED = IssuanceReport(
    outcome=ReportOutcome.ISSUED,
    batch="17",
    AAC002=GOOD["AAC002"],
    AAC003=GOOD["AAC003"],
    AAZ500="A12345678",
    AAZ501="410700" + "ab" * 13,
    AAZ507="86" * 13,
    AAZ503="20261122",
    valid_until="20361121",
    bank_number=BankNumber("6217000000000000018"),
)
SPOILED = dataclasses.replace(
    ISSUED, outcome=ReportOutcome.SPOILED, failed_step="制卡", failure="写卡校验不符"
)
MUTE = dataclasses.replace(SPOILED, AAZ501="", AAZ507="", bank_number=None)


def test_good_data_arrives_whole() -> None:
    data = production_data(GOOD, asked=ASKED, tags=TAGS, codes=CODES)
    assert data.photo_jpeg == JPEG
    assert (data.batch, data.AAE008, data.bank_name) == ("17", "95533", "中国建设银行")
    assert (data.AAB301, data.issuer) == ("410700", "新乡市人力资源和社会保障局")
    for key in type(data.chip).__slots__:
        assert getattr(data.chip, key) == GOOD[key]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *((key, "") for key in GOOD),
        ("AAC002", "410702198506301120"),  # a whole number, of somebody else
        ("AAC002", "41070219900307002x"),
        ("AAC003", "测试乙"),
        ("AAC003", "买买提·测试\x07"),
        ("AAC004", "3"),
        ("AAC004", "男"),
        ("AAC005", "00"),
        ("AAC005", "57"),
        ("AAC006", "19900230"),
        ("AAC006", "1990-03-07"),
        ("AAC006", "20270101"),  # born after the card was made
        ("AAC025", "41070"),
        ("AAZ500", "A1234567"),
        ("AAZ500", "A12345679"),  # not the number that the batch gave
        ("AAZ500", "a12345678"),
        ("AAZ503", "20261301"),
        ("valid_until", "20261122"),
        ("valid_until", "长期"),
        ("AAE008", "建行"),
        ("bank_name", "银" * 61),
        ("AAB301", "4107"),
        ("AAB301", "４１０７００"),
        ("issuer", "a\tb"),
        ("photo", "/9j"),
        ("photo", "/9j/*"),
        ("photo", base64.b64encode(b"\x89PNG\r\n").decode()),
    ],
)
def test_one_wrong_field_is_named_and_its_value_is_not(key: str, value: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        production_data(GOOD | {key: value}, asked=ASKED, tags=TAGS, codes=CODES)
    tag = TAGS[key]
    told = str(caught.value)
    assert tag in told or "dates are out of order" in told
    assert len(value) < 3 or value not in told
    assert GOOD["AAC002"] not in told


def test_what_the_hsm_is_sent_is_upper_case_hex() -> None:
    assert authentication_fields(REQUEST) == {
        "AAB301": "410700",
        "AAZ507": "0A0A0A0A0A0A0A0A0A0A0A0A0A",
        "AAZ501": "41070000000000000000000000000000",
        "algorithm": "03",
        "key_address": "009A",
        "process_factor": "A1B2C3D4E5F60718",
        "original": "0102030405060708",
    }


@pytest.mark.parametrize(
    "slip",
    [
        {"AAB301": "4107"},
        {"AAZ507": "0A"},
        {"AAZ501": ""},
        {"algorithm": "04"},
        {"key_address": "9A"},
        {"process_factor": bytes(7)},
        {"original": bytes(9)},
    ],
    ids=lambda slip: next(iter(slip)),
)
def test_a_malformed_request_never_leaves(slip: dict[str, str]) -> None:
    with pytest.raises(LocalProtocolError, match=next(iter(slip))):
        authentication_fields(dataclasses.replace(REQUEST, **slip))  # type: ignore[arg-type]


def test_the_result_is_taken_when_it_ends_in_what_was_sent() -> None:
    text = "11223344aabbccdd0102030405060708"
    assert authentication_data(text, REQUEST, "鉴别数据") == bytes.fromhex(text)


@pytest.mark.parametrize(
    "text", ["", "1122334455667788", "11223344AABBCCDD0102030405060709", "zz" * 16, "11" * 17]
)
def test_another_result_is_refused_unseen(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match="鉴别数据") as caught:
        authentication_data(text, REQUEST, "鉴别数据")
    assert not text or text not in str(caught.value)


RELOAD = MaintenanceRequest(
    AAB301="410700",
    AAZ507="0a" * 13,
    AAZ501="4107" + "00" * 14,
    algorithm="03",
    key_address="0173",
    process_factor=bytes.fromhex("A1B2C3D4E5F60718"),
    header=bytes.fromhex("8424000114"),
    pin=bytes.fromhex("246810"),
)
HIDDEN, MAC = "E885AD52EBC657175683E235F6178C8B", "A8E14A36"


def test_what_the_hsm_protects_is_sent_in_hex() -> None:
    sent = protection_fields(RELOAD)
    assert (sent["key_address"], sent["header"], sent["pin"]) == ("0173", "8424000114", "246810")
    assert protection_fields(dataclasses.replace(RELOAD, pin=b""))["pin"] == ""
    with pytest.raises(LocalProtocolError, match="header"):
        protection_fields(dataclasses.replace(RELOAD, header=bytes(4)))


def test_the_protected_command_is_put_together() -> None:
    whole = protected_command({"hidden": HIDDEN, "mac": MAC}, RELOAD)
    assert whole.hex().upper() == "8424000114" + HIDDEN + MAC


@pytest.mark.parametrize(
    ("hidden", "mac"),
    [("", MAC), (HIDDEN, ""), (HIDDEN[:-2], MAC + "00"), (HIDDEN + "00", MAC), ("zz" * 16, MAC)],
)
def test_another_length_than_the_commands_is_refused_unseen(hidden: str, mac: str) -> None:
    with pytest.raises(RemoteProtocolError, match="HSM") as caught:
        protected_command({"hidden": hidden, "mac": mac}, RELOAD)
    assert MAC not in str(caught.value)


ASKED_FOR = CertificateRequest("410700", GOOD["AAC002"], GOOD["AAC003"], "A12345678", bytes(64))
CERTIFICATES = {
    "signature_certificate": base64.b64encode(b"0signature").decode(),
    "encryption_certificate": base64.encodebytes(b"0encryption").decode(),
    "key_envelope": base64.b64encode(bytes(388)).decode(),
    "admin_pin": "97531864",
    "master_key": "c0" * 16,
}
CA_TAGS = {key: f"<{key}>" for key in CERTIFICATES}


def test_what_the_ca_is_sent() -> None:
    assert certificate_fields(ASKED_FOR) == {
        "AAB301": "410700",
        "AAC002": GOOD["AAC002"],
        "AAC003": GOOD["AAC003"],
        "AAZ500": "A12345678",
        "public_key": "00" * 64,
    }


@pytest.mark.parametrize(
    "slip", [{"AAB301": ""}, {"AAC002": "1"}, {"AAC003": " "}, {"public_key": bytes(65)}], ids=str
)
def test_a_malformed_request_for_certificates_never_leaves(slip: dict[str, str]) -> None:
    with pytest.raises(LocalProtocolError, match=next(iter(slip))):
        certificate_fields(dataclasses.replace(ASKED_FOR, **slip))  # type: ignore[arg-type]


def test_certificates_arrive_whole() -> None:
    issued = certificate_data(CERTIFICATES, CA_TAGS)
    assert issued.signature_certificate == b"0signature"
    assert issued.encryption_certificate == b"0encryption"
    assert issued.key_envelope == bytes(388)
    assert (issued.admin_pin, issued.master_key) == ("97531864", b"\xc0" * 16)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *((key, "") for key in CERTIFICATES),
        ("signature_certificate", "*"),
        ("key_envelope", "abc"),
        ("admin_pin", "9753186x"),
        ("master_key", "C0" * 15),
    ],
)
def test_one_wrong_part_of_the_certificates_is_named_unseen(key: str, value: str) -> None:
    with pytest.raises(RemoteProtocolError, match=CA_TAGS[key]) as caught:
        certificate_data(CERTIFICATES | {key: value}, CA_TAGS)
    assert len(value) < 4 or value not in str(caught.value)


def test_an_issued_card_is_reported_with_everything_read_from_it() -> None:
    values = report_fields(ISSUED, STEPS)
    assert values["AAZ501"] == "410700ABABABABABABABABABABABABAB"
    assert values["bank_number"] == "6217000000000000018"
    assert (values["failed_step"], values["failure"]) == ("", "")


def test_a_mute_card_is_reported_without_what_could_not_be_read() -> None:
    values = report_fields(MUTE, STEPS)
    assert (values["AAZ501"], values["AAZ507"], values["bank_number"]) == ("", "", "")
    assert (values["failed_step"], values["failure"]) == ("制卡", "写卡校验不符")
    ours = dataclasses.replace(MUTE, failed_step=FailedStep.MAKING)
    assert report_fields(ours, STEPS) == values  # MUTE: as earlier versions stored it


@pytest.mark.parametrize(
    ("report", "slip"),
    [
        (ISSUED, {"AAZ501": ""}),
        (ISSUED, {"AAZ507": "86"}),
        (ISSUED, {"bank_number": None}),
        (ISSUED, {"bank_number": BankNumber("62170")}),
        (ISSUED, {"batch": ""}),
        (ISSUED, {"AAZ500": "A1234"}),
        (ISSUED, {"AAZ503": "20260230"}),
        (ISSUED, {"valid_until": ""}),
        (ISSUED, {"failed_step": "制卡"}),
        (ISSUED, {"failure": "原因"}),
        (SPOILED, {"failed_step": ""}),
        (SPOILED, {"failed_step": "打印"}),
        (SPOILED, {"failure": "话" * 26}),
        (SPOILED, {"AAZ501": "41"}),
    ],
)
def test_a_write_back_that_does_not_add_up_never_leaves(
    report: IssuanceReport, slip: dict[str, Any]
) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        report_fields(dataclasses.replace(report, **slip), STEPS)
    assert GOOD["AAC002"] not in str(caught.value)
    assert "62170" not in str(caught.value)


def test_fifty_bytes_of_failure_fit() -> None:
    longest = dataclasses.replace(SPOILED, failure="话" * 25)
    assert report_fields(longest, STEPS)["failure"] == "话" * 25
