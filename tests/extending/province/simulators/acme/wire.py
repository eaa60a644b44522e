"""JSON in and out; translates the dialect's words to the desk's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from simulators.province.wire import Request, WireError

PERSON: Final = {"AAC002": "社会保障号码", "AAC003": "姓名"}
KEY: Final = {
    "AAB301": "发卡地",
    "AAZ507": "卡复位信息",
    "AAZ501": "卡识别码",
    "algorithm": "算法标识",
    "key_address": "密钥地址",
    "process_factor": "过程因子",
    "original": "原始信息",
    "header": "命令头",
    "pin": "明文",
}
#: Call -> 操作, and its fields: the dialect's key -> the desk's.
CALLS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "find-batch": ("查询批次号", PERSON),
    "new-batch": ("获取批次号", {"AAB301": "所属区县"}),
    "lock-batch": ("即制卡批次", {"batch": "批次号"}),
    "card-data": ("即制卡数据", {"batch": "批次号", **PERSON}),
    "prove": ("加密机外部认证", KEY),
    "protect": ("加密机安全报文", KEY),
    "certify": (
        "CA注册",
        {"AAB301": "发卡地", **PERSON, "AAZ500": "社保卡号", "public_key": "签名公钥"},
    ),
    "report": ("即制卡回盘", {"batch": "批次号"}),
    "find-report": ("查询回盘", {"batch": "批次号", "AAZ501": "卡识别码", **PERSON}),
    "activate": (
        "领卡启用",
        {"AAB301": "城市", "AAZ500": "卡号", "AAC002": "社保号", "AAC003": "姓名"},
    ),
}
#: Columns of DATA, by call; a call without them sends none.
ROWS: Final = {
    "lock-batch": ("", "AAC002", "AAC003"),
    "report": (
        *("", "AAZ500", "AAC002", "AAC003", "AAZ503", "valid_until", "AAZ501", "AAZ507"),
        *("", "bank_number", "", "", "failed_step", "failure"),
    ),
}
CONSTANTS: Final = {"lock-batch": {"人数": "1"}, "certify": {"算法": "SM2"}}
#: The desk's fields of an answer -> the dialect's.
ANSWERED: Final = {
    "社会保障号码": "AAC002",
    "姓名": "AAC003",
    "性别": "AAC004",
    "民族": "AAC005",
    "出生日期": "AAC006",
    "出生地": "AAC025",
    "社保卡号": "AAZ500",
    "制卡日期": "AAZ503",
    "有效期至": "valid_until",
    "服务银行": "AAE008",
    "服务银行名称": "bank_name",
    "发卡地": "AAB301",
    "经办机构": "issuer",
    "相片": "photo",
    "批次号": "batch",
    "鉴别数据": "proof",
    "密文": "hidden",
    "MAC": "mac",
    "管理员PIN": "admin_pin",
    "签名证书": "signature_certificate",
    "加密证书": "encryption_certificate",
    "加密密钥": "key_envelope",
    "主控密钥": "master_key",
    "回盘状态": "state",
    "卡识别码": "AAZ501",
}


class JsonWire:
    """See `simulators.province.wire.Wire`."""

    path = "/cards"
    media_type = "application/json"

    def describe(self, query: str, address: str) -> bytes | None:
        """See `Wire.describe`: there is no such page."""
        return None

    def decode_request(self, body: bytes, headers: Mapping[str, str]) -> Request:
        """See `Wire.decode_request`."""
        try:
            message = json.loads(body)
            call, data = message["call"], message["data"]
            operation, tags = CALLS[call]
        except (ValueError, KeyError, TypeError) as exc:
            raise WireError("报文不是本接口的") from exc
        fields = {tag: data[key] for key, tag in tags.items() if key in data}
        if call in ROWS:
            cells = [data.get(column, "") if column else "" for column in ROWS[call]]
            fields["DATA"] = ",".join(["1", *cells[1:]])
        fields |= CONSTANTS.get(call, {})
        return Request(operation, message.get("user", ""), message.get("password", ""), fields)

    def encode_reply(self, fields: Mapping[str, str], operation: str, charset: str) -> bytes:
        """See `Wire.encode_reply`."""
        done = fields["ERR"] in ("OK", "00")
        data = {ANSWERED[tag]: value for tag, value in fields.items() if tag in ANSWERED}
        return _encoded({"result": "done" if done else fields["ERR"], "data": data}, charset)

    def encode_fault(self, text: str, charset: str, *, code: str = "Client") -> bytes:
        """See `Wire.encode_fault`."""
        return _encoded({"fault": text}, charset)


def _encoded(message: Mapping[str, object], charset: str) -> bytes:
    """JSON writes what a charset lacks as an escape, so ASCII fits them all."""
    return json.dumps(message).encode(charset)
