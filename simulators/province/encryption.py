"""Operations of the encryption machine: 鉴别数据, and commands under secure messaging.

Source: docs/explanations/dialect-henan.md, the table of operations.
"""

from __future__ import annotations

from typing import Any, Final

from simulators.province.call import Call, Reply, hex_bytes, ok
from simulators.province.hsm import (
    HEADER_SIZE,
    AuthenticationRequest,
    HsmError,
    MessageRequest,
)
from simulators.province.rules import RefusedError

MAX_PLAINTEXT: Final = 64  # bytes; the longest PIN has 8


def authenticate(call: Call) -> Reply:
    """加密机外部认证: 鉴别数据 followed by 原始信息."""
    original = hex_bytes(call.fields["原始信息"], 8, "原始信息")
    request = AuthenticationRequest(**_key_fields(call), original=original)
    try:
        proof = call.hsm.authenticate(request)
    except HsmError as exc:
        raise RefusedError(f"加密机: {exc}") from exc
    call.records.count_effect("authentications")
    return ok(鉴别数据=(proof + original).hex().upper())


def protect(call: Call) -> Reply:
    """加密机安全报文: the payload of a command under secure messaging, encrypted data and MAC."""
    text = call.fields.get("明文", "")
    plaintext = hex_bytes(text, min(len(text) // 2, MAX_PLAINTEXT), "明文")
    header = hex_bytes(call.fields["命令头"], HEADER_SIZE, "命令头")
    request = MessageRequest(**_key_fields(call), header=header, plaintext=plaintext)
    try:
        hidden, mac = call.hsm.protect(request)
    except HsmError as exc:
        raise RefusedError(f"加密机: {exc}") from exc
    call.records.count_effect("secure_messages")
    return ok(密文=hidden.hex().upper(), MAC=mac.hex().upper())


def _key_fields(call: Call) -> dict[str, Any]:
    """Return the fields about card and key that every request to the machine has."""
    fields = call.fields
    return {
        "region": fields["发卡地"],
        "reset_info": hex_bytes(fields["卡复位信息"], 13, "卡复位信息"),
        "card_id": hex_bytes(fields["卡识别码"], 16, "卡识别码"),
        "algorithm": fields["算法标识"],
        "key_address": hex_bytes(fields["密钥地址"], 2, "密钥地址").hex(),
        "process_factor": hex_bytes(fields["过程因子"], 8, "过程因子"),
    }
