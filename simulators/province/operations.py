"""The table of operations, and the desk that serves them: login, transaction, record of the call.

Source: docs/explanations/dialect-henan.md, the table of operations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from simulators.province import (
    batch_lists,
    certification,
    codes,
    encryption,
    making,
    rules,
    temporary,
    window,
    write_backs,
)
from simulators.province.call import Call, Reply
from simulators.province.certificate_authority import CertificateAuthority
from simulators.province.hsm import Hsm
from simulators.province.numbers import masked
from simulators.province.portraits import draw_portrait, flawed
from simulators.province.records import Records
from simulators.province.rules import RefusedError
from simulators.province.store import Store
from simulators.province.views import Overview
from simulators.province.wire import Request

CHINA_TIME: Final = dt.timezone(dt.timedelta(hours=8))
CLERK: Final = "柜员"


@dataclass(frozen=True, slots=True)
class Operation:
    """One 操作.

    Attributes:
        handle: Serves it inside a transaction.
        required: Fields that must be there and not empty.
    """

    handle: Callable[[Call], Reply]
    required: tuple[str, ...]


_CARD: Final = ("卡号", "社会保障号码", "姓名")
_TEMPORARY: Final = ("社会保障号码", "临时卡号", "卡识别码")
_LINE: Final = ("社会保障号码", "批次号")
_CERTIFICATES: Final = ("发卡地", "社会保障号码", "姓名", "社保卡号", "算法", "签名公钥")
_KEY: Final = ("发卡地", "卡复位信息", "卡识别码", "算法标识", "密钥地址", "过程因子")

OPERATIONS: Final[dict[str, Operation]] = {
    "查询批次号": Operation(making.find_batch_number, ("社会保障号码",)),
    "获取批次号": Operation(making.open_batch, ("所属区县",)),
    "即制卡批次": Operation(making.lock_batch, ("批次号", "人数", "DATA")),
    "即制卡数据": Operation(making.production_data, ("批次号", "社会保障号码", "姓名")),
    "加密机外部认证": Operation(encryption.authenticate, (*_KEY, "原始信息")),
    "加密机安全报文": Operation(encryption.protect, (*_KEY, "命令头")),
    "CA注册": Operation(certification.certify, _CERTIFICATES),
    "即制卡回盘": Operation(write_backs.write_back, ("批次号", "DATA")),
    "查询回盘": Operation(write_backs.find_write_back, ("批次号", "社会保障号码")),
    "领卡启用": Operation(window.activate, ("城市", "卡号", "社保号", "姓名")),
    "撤销标注": Operation(window.withdraw, ("社会保障号码", "姓名", "批次号")),
    "临时卡申领": Operation(temporary.apply, ("社会保障号码",)),
    "临时卡发放": Operation(temporary.issue, (*_TEMPORARY, "姓名", "受理编号", "卡复位信息")),
    "临时卡查询": Operation(temporary.find, ("社会保障号码", "卡识别码")),
    "临时卡收回": Operation(temporary.collect, _TEMPORARY),
    "批次名单": Operation(batch_lists.batch_list, ("批次号",)),
    "银行校验": Operation(batch_lists.send, ("批次号", "人数", "DATA")),
    "银行校验结果": Operation(batch_lists.answers, ("批次号",)),
    "失败数据处理": Operation(window.handle_failure, _LINE),
    "恢复申请": Operation(window.restore, _LINE),
    "临时挂失": Operation(window.report_loss("临时挂失"), _CARD),
    "正式挂失": Operation(window.report_loss("正式挂失"), _CARD),
    "解除挂失": Operation(window.report_loss("解除挂失"), _CARD),
    "注销": Operation(window.report_loss("注销"), _CARD),
    "网上社保卡查询": Operation(window.card_state, ("社会保障号码",)),
    "补换卡申请": Operation(window.apply_for_card, ("社会保障号码", "申请类型")),
    "交费登记": Operation(window.register_fee, ("社会保障号码",)),
    "即制卡标注": Operation(window.mark, ("社会保障号码", "姓名", "城市")),
}


def china_now() -> dt.datetime:
    """Return the time in China."""
    return dt.datetime.now(CHINA_TIME)


@dataclass(frozen=True, slots=True)
class Desk:
    """Serves calls, one at a time.

    Attributes:
        store: The province's database.
        hsm: The encryption machine.
        user: The only window's login name.
        password: Its password.
        clock: The province's time.
        seed: Decides the portraits and the CA's secrets.
        region: The window's city.
    """

    store: Store
    hsm: Hsm
    user: str
    password: str = field(repr=False)
    clock: Callable[[], dt.datetime]
    seed: int
    region: str = codes.REGION

    def serve(self, request: Request) -> Reply:
        """Serve a call from outside. Never raises: a refusal is an answer too."""
        if (request.user, request.password) != (self.user, self.password):
            return self._refuse(request, rules.BAD_LOGIN)
        return self._serve(request)

    def serve_clerk(self, operation: str, fields: dict[str, str]) -> Reply:
        """Serve a call of the province's own clerk, who needs no login."""
        return self._serve(Request(operation, CLERK, "", fields))

    def _serve(self, request: Request) -> Reply:
        operation = OPERATIONS.get(request.operation)
        if operation is None:
            return self._refuse(request, f"操作不存在: {request.operation}")
        absent = [name for name in operation.required if not request.fields.get(name)]
        if absent:
            return self._refuse(request, f"缺少字段: {' '.join(absent)}")
        try:
            with self.store.transaction() as records:
                reply = operation.handle(self._call(request, records))
                self._note(records, request, reply["ERR"])
        except RefusedError as exc:
            return self._refuse(request, exc.text)
        return reply

    def _call(self, request: Request, records: Records) -> Call:
        return Call(
            fields=request.fields,
            user=self.user if request.user == CLERK else request.user,
            region=self.region,
            now=self.clock(),
            records=records,
            hsm=self.hsm,
            authority=CertificateAuthority(self.seed),
            portrait=lambda person: self._portrait(records, person),
        )

    def _refuse(self, request: Request, text: str) -> Reply:
        with self.store.transaction() as records:
            if request.operation == "即制卡回盘":
                records.count_effect("reports_refused")
            self._note(records, request, text)
        return {"ERR": text}

    def _note(self, records: Records, request: Request, result: str) -> None:
        subject = request.fields.get("社会保障号码") or request.fields.get("社保号", "")
        at = self.clock().strftime("%Y%m%dT%H%M%S")
        records.add_audit(at, request.operation, request.user, masked(subject), result)

    def photo(self, id_number: str) -> bytes | None:
        """Return a person's portrait, drawn on first access; None for an unknown number."""
        with self.store.transaction() as records:
            person = records.overview(id_number)
            return None if person is None else self._portrait(records, person)

    def replace_photo(self, id_number: str, flaw: str = "") -> bool:
        """Replace a person's portrait by one with a flaw; False for an unknown person."""
        with self.store.transaction() as records:
            person = records.overview(id_number)
            if person is None:
                return False
            jpeg = draw_portrait(self.seed, person.id_number, person.sex, person.birth_date)
            records.replace_photo(person.id_number, flawed(jpeg, flaw))
        return True

    def _portrait(self, records: Records, person: Overview) -> bytes:
        jpeg = records.photo(person.id_number)
        if jpeg is None:
            jpeg = draw_portrait(self.seed, person.id_number, person.sex, person.birth_date)
            records.keep_photo(person.id_number, jpeg)
        return jpeg
