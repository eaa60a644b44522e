"""CA注册: certificates for a key that a card has generated.

Source: docs/explanations/dialect-henan.md, the table of operations.
"""

from __future__ import annotations

import base64
from typing import Final

from simulators.province.call import Call, Reply, hex_bytes, ok
from simulators.province.certificate_authority import Holder
from simulators.province.rules import RefusedError

PUBLIC_KEY_SIZE: Final = 64
OTHER_CARD: Final = "卡号与社会保障号码不符"
OTHER_HOLDER: Final = "公钥已为他人注册"
UNKNOWN_ALGORITHM: Final = "算法不支持"


def certify(call: Call) -> Reply:
    """CA注册: returns the same answer again for a key that has its certificates already."""
    fields = call.fields
    public_key = hex_bytes(fields["签名公钥"], PUBLIC_KEY_SIZE, "签名公钥")
    if fields["算法"] != "SM2":
        raise RefusedError(UNKNOWN_ALGORITHM)
    person = call.person(fields["社会保障号码"])
    call.check_name(person, fields["姓名"])
    if fields["社保卡号"] not in {person.new_number, person.card_number}:
        raise RefusedError(OTHER_CARD)
    known = call.records.certificates(public_key)
    if known is None:
        holder = Holder(person.id_number, person.name, fields["社保卡号"])
        issued = call.authority.issue(holder, public_key, call.now)
        answer = {
            "签名证书": _text(issued.signature_certificate),
            "加密证书": _text(issued.encryption_certificate),
            "加密密钥": _text(issued.key_envelope),
            "管理员PIN": issued.admin_pin,
            "主控密钥": issued.master_key.hex().upper(),
        }
        call.records.keep_certificates(public_key, person.id_number, answer)
        call.records.count_effect("certificates_issued")
        return ok(**answer)
    owner, answer = known
    if owner != person.id_number:
        raise RefusedError(OTHER_HOLDER)
    return ok(**answer)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
