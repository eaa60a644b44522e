"""Checks of what goes to and comes from a province: every value before it is used.

A gateway translates between its tags and our keys; the form of a value and the content of a report
are the same in every dialect and are checked here. A gateway with additional rules checks those
itself.

Errors name the field, never its value.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Container, Iterable, Mapping
from typing import Final

from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest, ChipData
from station.core.certificates import CertificateData, CertificateRequest
from station.core.characters import plain_text
from station.core.elements import has_form, is_date
from station.core.errors import LocalProtocolError, RemoteProtocolError
from station.core.gateways import IssuanceReport, ProductionData, ReportOutcome

JPEG_START: Final = b"\xff\xd8"
MAX_FAILURE_BYTES: Final = 50  # 失败原因, counted in GBK
BLOCK: Final = 8  # bytes of a challenge
HEADER_LENGTH: Final = 5  # CLA INS P1 P2 Lc
MAC_LENGTH: Final = 4
PUBLIC_KEY_LENGTH: Final = 64

_REPORT_FORMS: Final = ("batch", "AAC002", "AAC003", "AAZ500")
_KEY_FORMS: Final = ("AAB301", "AAZ507", "AAZ501", "algorithm", "key_address")
_HOLDER_FORMS: Final = ("AAB301", "AAC002", "AAC003", "AAZ500")
_CHIP_FORMS: Final = ("AAZ501", "AAZ507", "bank_number")


def production_data(
    values: Mapping[str, str],
    *,
    asked: Mapping[str, str],
    tags: Mapping[str, str],
    codes: Mapping[str, Container[str]],
) -> ProductionData:
    """Return the checked data of one card.

    Args:
        values: Our key -> text.
        asked: Keys whose values are already known and must be returned unchanged, with the batch.
        tags: Our key -> the province's tag, for errors; every key is checked.
        codes: Our key -> the code list that its value must be in.

    Raises:
        RemoteProtocolError: A field is missing, malformed, not in its code list, or not of the
            person that was asked for.
    """
    for key in tags:
        if key != "photo" and not _fits(key, values[key], codes):
            raise RemoteProtocolError(f"field {tags[key]} ({key}) is missing or malformed")
        if key in asked and asked[key] != values[key]:
            raise RemoteProtocolError(f"field {tags[key]} ({key}) is not what was asked for")
    if not values["AAC006"] <= values["AAZ503"] < values["valid_until"]:
        raise RemoteProtocolError(f"field {tags['valid_until']}: the three dates are out of order")
    return ProductionData(
        chip=ChipData(**{key: values[key] for key in ChipData.__slots__}),
        batch=asked["batch"],
        AAE008=values["AAE008"],
        bank_name=values["bank_name"],
        AAB301=values["AAB301"],
        issuer=values["issuer"],
        photo_jpeg=_photo(values["photo"], tags["photo"]),
    )


def folded(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values of an answer with equivalent spellings unified.

    The last place of an ID number is X (GB 11643-1999, 6.4); servers also send x, and full-width
    forms of both.
    """
    if "AAC002" not in values:
        return dict(values)
    return {**values, "AAC002": plain_text(values["AAC002"]).upper()}


def remote_field(key: str, value: str, tag: str) -> str:
    """Return a received value after a check of its form.

    Raises:
        RemoteProtocolError: It is missing or malformed.
    """
    if not has_form(key, value):
        raise RemoteProtocolError(f"field {tag} ({key}) is missing or malformed")
    return value


def authentication_fields(request: AuthenticationRequest) -> dict[str, str]:
    """Return the fields that the HSM needs for EXTERNAL AUTHENTICATE.

    Raises:
        LocalProtocolError: A field is malformed.
    """
    return _key_fields(request) | {"original": _in_hex("original", request.original, BLOCK)}


def protection_fields(request: MaintenanceRequest) -> dict[str, str]:
    """Return the fields that the HSM needs for a protected command.

    Raises:
        LocalProtocolError: A field is malformed; the message contains nothing of the PIN.
    """
    header = _in_hex("header", request.header, HEADER_LENGTH)
    return _key_fields(request) | {"header": header, "pin": request.pin.hex().upper()}


def protected_command(values: Mapping[str, str], request: MaintenanceRequest) -> bytes:
    """Return the complete command: its header, the data encrypted by the HSM, and the MAC.

    Raises:
        RemoteProtocolError: Its length differs from the header's Lc.
    """
    body = "".join(values[key] for key in ("hidden", "mac"))
    if not re.fullmatch(r"([0-9A-Fa-f]{2})*", body, re.ASCII):
        raise RemoteProtocolError("the HSM's protected data is not in hex")
    if len(values["mac"]) != 2 * MAC_LENGTH or len(body) != 2 * request.header[-1]:
        raise RemoteProtocolError("the HSM's protected data has another length than was asked for")
    return request.header + bytes.fromhex(body)


def certificate_fields(request: CertificateRequest) -> dict[str, str]:
    """Return the fields that the CA needs.

    Raises:
        LocalProtocolError: A field is malformed.
    """
    values = {key: getattr(request, key) for key in _HOLDER_FORMS}
    _check_ours(values, _HOLDER_FORMS)
    return values | {"public_key": _in_hex("public_key", request.public_key, PUBLIC_KEY_LENGTH)}


def certificate_data(values: Mapping[str, str], tags: Mapping[str, str]) -> CertificateData:
    """Return the certificates and keys that the CA has issued.

    Args:
        values: Our key -> text.
        tags: Our key -> the province's tag, for errors.

    Raises:
        RemoteProtocolError: A field is missing or malformed.
    """
    admin_pin, master_key = (
        remote_field(key, values[key], tags[key]) for key in ("admin_pin", "master_key")
    )
    blobs = ("signature_certificate", "encryption_certificate", "key_envelope")
    return CertificateData(
        **{key: _from_base64(values[key], tags[key]) for key in blobs},
        admin_pin=admin_pin,
        master_key=bytes.fromhex(master_key),
    )


def authentication_data(text: str, request: AuthenticationRequest, tag: str) -> bytes:
    """Return 鉴别数据 followed by 原始信息.

    Raises:
        RemoteProtocolError: Not 16 bytes in hex, or it ends in another 原始信息.
    """
    if not re.fullmatch(r"[0-9A-Fa-f]{32}", text, re.ASCII):
        raise RemoteProtocolError(
            f"field {tag}: expected 32 hex digits, got {len(text)} characters"
        )
    data = bytes.fromhex(text)
    if data[8:] != request.original:
        raise RemoteProtocolError(f"field {tag} does not end in the original data that was sent")
    return data


def report_fields(report: IssuanceReport, failed_steps: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of one write-back by our keys.

    Args:
        report: What is reported.
        failed_steps: `FailedStep` -> the province's term for it.

    Raises:
        LocalProtocolError: A field is malformed, a finished card lacks a number that was read from
            its chip, or failure texts don't fit the outcome.
    """
    values = {key: getattr(report, key) for key in _REPORT_FORMS}
    values |= {"AAZ501": report.AAZ501.upper(), "AAZ507": report.AAZ507.upper()}
    values["bank_number"] = report.bank_number.reveal() if report.bank_number else ""
    _check_ours(values, _REPORT_FORMS)
    # A spoiled blank may never have been readable; values that were read must still be complete.
    spoiled = report.outcome is ReportOutcome.SPOILED
    _check_ours(values, [key for key in _CHIP_FORMS if values[key] or not spoiled])
    for key in ("AAZ503", "valid_until"):
        values[key] = getattr(report, key)
        if not is_date(values[key]):
            raise LocalProtocolError(f"{key} of the write-back is not a date")
    return values | _failure(report, failed_steps)


def temporary_fields(report: IssuanceReport) -> dict[str, str]:
    """Return the fields of 临时卡发放 by our keys; 代办人 is empty when the holder came.

    Raises:
        LocalProtocolError: A field is malformed, or half of the agent is missing.
    """
    values = {key: getattr(report, key) for key in _REPORT_FORMS}
    values |= {"AAZ501": report.AAZ501.upper(), "AAZ507": report.AAZ507.upper()}
    _check_ours(values, [*_REPORT_FORMS, "AAZ501", "AAZ507"])
    agent = (report.agent_number, report.agent_name)
    well_formed = has_form("AAC002", agent[0]) and has_form("AAC003", agent[1])
    if any(agent) and not well_formed:
        raise LocalProtocolError("the agent's number or name is missing or malformed")
    return values | {"agent_number": agent[0], "agent_name": agent[1]}


def _key_fields(request: AuthenticationRequest | MaintenanceRequest) -> dict[str, str]:
    """Return the fields about card and key that every request to the HSM has."""
    values = {key: getattr(request, key).upper() for key in _KEY_FORMS}
    _check_ours(values, _KEY_FORMS)
    return values | {"process_factor": _in_hex("process_factor", request.process_factor, BLOCK)}


def _in_hex(key: str, value: bytes, length: int) -> str:
    if len(value) != length:
        raise LocalProtocolError(f"{key}: expected {length} bytes, got {len(value)}")
    return value.hex().upper()


def _failure(report: IssuanceReport, failed_steps: Mapping[str, str]) -> dict[str, str]:
    spoiled = report.outcome is ReportOutcome.SPOILED
    # Reports that earlier versions stored contain the province's own term.
    step = failed_steps.get(report.failed_step, report.failed_step)
    if spoiled is not (step in failed_steps.values()) or (report.failure and not spoiled):
        raise LocalProtocolError("failed step and failure go with a spoiled card, and only with it")
    if len(report.failure.encode("gb18030", "replace")) > MAX_FAILURE_BYTES:
        raise LocalProtocolError(f"the failure is longer than {MAX_FAILURE_BYTES} bytes in GBK")
    return {"failed_step": step, "failure": report.failure}


def _check_ours(values: Mapping[str, str], keys: Iterable[str]) -> None:
    for key in keys:
        if not has_form(key, values[key]):
            raise LocalProtocolError(f"{key} is missing or malformed")


def _fits(key: str, value: str, codes: Mapping[str, Container[str]]) -> bool:
    return value in codes[key] if key in codes else has_form(key, value)


def _photo(text: str, tag: str) -> bytes:
    photo = _from_base64(text, tag)
    if not photo.startswith(JPEG_START):
        raise RemoteProtocolError(f"field {tag} is not a JPEG")
    return photo


def _from_base64(text: str, tag: str) -> bytes:
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as exc:
        raise RemoteProtocolError(f"field {tag} is not base64") from exc
    if not data:
        raise RemoteProtocolError(f"field {tag} is missing")
    return data
