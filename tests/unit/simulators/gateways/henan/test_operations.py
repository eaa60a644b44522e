"""Each operation's inner XML, asked and answered on literal text, in the order of one day."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from simulators.gateways.henan import soap
from simulators.province.operations import OPERATIONS, Desk
from simulators.province.wire import Request

Ask = Callable[..., dict[str, str]]

LOGIN = "<用户名>window-1</用户名><密码>secret</密码>"
WANG = "410798198001150016"
LI = "410798197511030028"
CARD = "410700D1560000050000000100000000"
RESET = "544B1805208660410700000001"
BATCH = "41070020250310000001"
#: SM2's base point: the public key of the private key 1.
PUBLIC_KEY = (
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
CARD_OF_LI = f"<卡号>G10000019</卡号><社会保障号码>{LI}</社会保障号码><姓名>李秀英</姓名>"

TEMPORARY = "G50000021"
TEMPORARY_CARD = (
    f"<社会保障号码>{LI}</社会保障号码><临时卡号>{TEMPORARY}</临时卡号><卡识别码>{CARD}</卡识别码>"
)

#: Operation, its fields, the answer. Later lines stand on what the earlier ones did.
DAY = (
    (
        "网上社保卡查询",
        f"<社会保障号码>{LI}</社会保障号码>",
        "<ERR>OK</ERR><姓名>李秀英</姓名><社保卡号>G10000019</社保卡号>"
        "<卡状态>正常</卡状态><服务银行名称>中国建设银行</服务银行名称><发卡地>410700</发卡地>",
    ),
    ("临时挂失", CARD_OF_LI, "<ERR>OK</ERR>"),
    ("解除挂失", CARD_OF_LI, "<ERR>OK</ERR>"),
    ("正式挂失", CARD_OF_LI, "<ERR>OK</ERR>"),
    (
        "补换卡申请",
        f"<社会保障号码>{LI}</社会保障号码><申请类型>5</申请类型><服务银行>95588</服务银行>",
        "<ERR>OK</ERR>",
    ),
    ("交费登记", f"<社会保障号码>{LI}</社会保障号码>", "<ERR>OK</ERR>"),
    (
        "即制卡标注",
        f"<社会保障号码>{LI}</社会保障号码><姓名>李秀英</姓名><城市>410700</城市>",
        "<ERR>OK</ERR>",
    ),
    (
        "查询批次号",
        f"<社会保障号码>{LI}</社会保障号码>",
        "<ERR>OK</ERR><姓名>李秀英</姓名><批次号></批次号><社保卡号></社保卡号>",
    ),
    ("获取批次号", "<所属区县>410702</所属区县>", f"<ERR>OK</ERR><批次号>{BATCH}</批次号>"),
    (
        "即制卡批次",
        f"<批次号>{BATCH}</批次号><服务银行></服务银行><卡商></卡商><人数>2</人数>"
        f"<DATA>1,{LI},李秀英\n2,{WANG},王建国</DATA>",
        f"<ERR>OK</ERR><DATA>1,G50000005,{LI},李秀英\n2,G50000013,{WANG},王建国</DATA>",
    ),
    (
        "查询批次号",
        f"<社会保障号码>{WANG}</社会保障号码>",
        f"<ERR>OK</ERR><姓名>王建国</姓名><批次号>{BATCH}</批次号><社保卡号>G50000013</社保卡号>",
    ),
    (
        "即制卡数据",
        f"<批次号>{BATCH}</批次号><社会保障号码>{WANG}</社会保障号码><姓名>王建国</姓名>",
        "<ERR>OK</ERR><社保卡号>G50000013</社保卡号><国籍>CHN</国籍><证件类型>01</证件类型>"
        f"<社会保障号码>{WANG}</社会保障号码><证件有效期>20991231</证件有效期><姓名>王建国</姓名>"
        "<性别>1</性别><民族>01</民族><出生日期>19800115</出生日期><出生地>410702</出生地>"
        "<经办机构>新乡市社会保障卡服务中心</经办机构><申请类型>5</申请类型>"
        "<补换原因>遗失补卡</补换原因><制卡日期>20250310</制卡日期><有效期至>20350310</有效期至>"
        "<服务银行>95533</服务银行><服务银行名称>中国建设银行</服务银行名称><发卡地>410700</发卡地>"
        "<相片>...</相片>",
    ),
    (
        "加密机外部认证",
        f"<发卡地>410700</发卡地><卡复位信息>{RESET}</卡复位信息><卡识别码>{CARD}</卡识别码>"
        "<算法标识>03</算法标识><密钥地址>0094</密钥地址><过程因子>0102030405060708</过程因子>"
        "<原始信息>1112131415161718</原始信息>",
        # Computed with OpenSSL from UKSSSE of simulators/master_keys.toml, as the vectors were.
        "<ERR>OK</ERR><鉴别数据>65AE690F36FE64EA1112131415161718</鉴别数据>",
    ),
    (
        "加密机安全报文",
        f"<发卡地>410700</发卡地><卡复位信息>{RESET}</卡复位信息><卡识别码>{CARD}</卡识别码>"
        "<算法标识>03</算法标识><密钥地址>0173</密钥地址><过程因子>0102030405060708</过程因子>"
        "<命令头>8424000114</命令头><明文>246810</明文>",
        # The same, from STK.
        "<ERR>OK</ERR><密文>E885AD52EBC657175683E235F6178C8B</密文><MAC>A8E14A36</MAC>",
    ),
    (
        "加密机安全报文",
        f"<发卡地>410700</发卡地><卡复位信息>{RESET}</卡复位信息><卡识别码>{CARD}</卡识别码>"
        "<算法标识>01</算法标识><密钥地址>0173</密钥地址><过程因子>0102030405060708</过程因子>"
        "<命令头>8424000004</命令头><明文></明文>",
        "<ERR>OK</ERR><密文></密文><MAC>38B1B3BD</MAC>",
    ),
    (
        "CA注册",
        f"<发卡地>410700</发卡地><社会保障号码>{WANG}</社会保障号码><姓名>王建国</姓名>"
        f"<社保卡号>G50000013</社保卡号><算法>SM2</算法><签名公钥>{PUBLIC_KEY}</签名公钥>",
        "<ERR>OK</ERR><签名证书>...</签名证书><加密证书>...</加密证书><加密密钥>...</加密密钥>"
        "<管理员PIN>39203460</管理员PIN><主控密钥>52986CB79CDC34D6F9D91E577173E881</主控密钥>",
    ),
    (
        "查询回盘",
        f"<批次号>{BATCH}</批次号><社会保障号码>{WANG}</社会保障号码><卡识别码>{CARD}</卡识别码>",
        "<ERR>OK</ERR><回盘状态>未回盘</回盘状态><卡识别码></卡识别码>",
    ),
    (
        "即制卡回盘",
        f"<批次号>{BATCH}</批次号><DATA>1,G50000013,{WANG},王建国,20250310,20350310,{CARD},{RESET},"
        ",6227001234567890128,,,,</DATA>",
        "<ERR>OK</ERR>",
    ),
    (
        "查询回盘",
        f"<批次号>{BATCH}</批次号><社会保障号码>{WANG}</社会保障号码><卡识别码>{CARD}</卡识别码>",
        f"<ERR>OK</ERR><回盘状态>已回盘</回盘状态><卡识别码>{CARD}</卡识别码>",
    ),
    (
        "领卡启用",
        f"<城市>410700</城市><卡号>G50000013</卡号><社保号>{WANG}</社保号><姓名>王建国</姓名>",
        "<ERR>00</ERR>",
    ),
    (
        "领卡启用",
        f"<城市>新乡市</城市><卡号>G50000013</卡号><社保号>{WANG}</社保号><姓名>王建国</姓名>",
        "<ERR>01</ERR>",
    ),
    (
        "撤销标注",
        f"<社会保障号码>{LI}</社会保障号码><姓名>李秀英</姓名><批次号>410700</批次号>",
        "<ERR>批次号与社会保障号码不符</ERR>",
    ),
    (
        "失败数据处理",
        f"<社会保障号码>{LI}</社会保障号码><批次号>{BATCH}</批次号>",
        "<ERR>没有失败数据</ERR>",
    ),
    (
        "恢复申请",
        f"<社会保障号码>{LI}</社会保障号码><批次号>{BATCH}</批次号>",
        "<ERR>未做失败数据处理</ERR>",
    ),
    (
        "注销",
        f"<卡号>G50000013</卡号><社会保障号码>{WANG}</社会保障号码><姓名>王建国</姓名>",
        "<ERR>OK</ERR>",
    ),
    (
        "临时卡申领",
        f"<社会保障号码>{LI}</社会保障号码>",
        f"<ERR>OK</ERR><受理编号>1</受理编号><临时卡号>{TEMPORARY}</临时卡号>"
        f"<社会保障号码>{LI}</社会保障号码><姓名>李秀英</姓名><性别>2</性别><民族>01</民族>"
        "<出生日期>19751103</出生日期><出生地>410703</出生地>"
        "<经办机构>新乡市社会保障卡服务中心</经办机构><制卡日期>20250310</制卡日期>"
        "<有效期至>20350310</有效期至><发卡地>410700</发卡地><相片>...</相片>",
    ),
    (
        "临时卡查询",
        f"<社会保障号码>{LI}</社会保障号码><卡识别码>{CARD}</卡识别码>",
        "<ERR>OK</ERR><临时卡状态>未发放</临时卡状态><卡识别码></卡识别码>",
    ),
    (
        "临时卡发放",
        f"<受理编号>1</受理编号>{TEMPORARY_CARD}<姓名>李秀英</姓名><卡复位信息>{RESET}</卡复位信息>"
        f"<代办人身份证号>{WANG}</代办人身份证号><代办人姓名></代办人姓名>",
        "<ERR>代办人身份证号和姓名须同时填写</ERR>",
    ),
    (
        "临时卡发放",
        f"<受理编号>1</受理编号>{TEMPORARY_CARD}<姓名>李秀英</姓名><卡复位信息>{RESET}</卡复位信息>"
        f"<代办人身份证号>{WANG}</代办人身份证号><代办人姓名>王建国</代办人姓名>",
        "<ERR>OK</ERR>",
    ),
    (
        "临时卡查询",
        f"<社会保障号码>{LI}</社会保障号码><卡识别码>{CARD}</卡识别码>",
        f"<ERR>OK</ERR><临时卡状态>已发放</临时卡状态><卡识别码>{CARD}</卡识别码>",
    ),
    (
        "临时卡申领",
        f"<社会保障号码>{LI}</社会保障号码>",
        "<ERR>已有临时卡，未收回</ERR>",
    ),
    ("临时卡收回", TEMPORARY_CARD, "<ERR>OK</ERR>"),
    ("临时卡收回", TEMPORARY_CARD, "<ERR>临时卡已收回</ERR>"),
    (
        "临时卡收回",
        TEMPORARY_CARD.replace(TEMPORARY, "G10000019"),
        "<ERR>该卡不是此人的临时卡</ERR>",
    ),
    ("批次名单", "<批次号>410700000099</批次号>", "<ERR>批次号不存在</ERR>"),
    ("批次名单", f"<批次号>{BATCH}</批次号>", "<ERR>OK</ERR><DATA></DATA>"),
    (
        "银行校验",
        f"<批次号>unit-1</批次号><人数>2</人数><DATA>1,{LI},李秀英,</DATA>",
        "<ERR>人数与明细不符</ERR>",
    ),
    (
        "银行校验",
        f"<批次号>unit-1</批次号><人数>1</人数><DATA>1,{LI},李秀英,</DATA>",
        "<ERR>OK</ERR>",
    ),
    ("银行校验结果", "<批次号>unit-1</批次号>", f"<ERR>OK</ERR><DATA>{LI},校验中,</DATA>"),
)  # fmt: skip


def test_one_day_word_by_word(desk: Desk) -> None:
    for operation, fields, expected in DAY:
        inner = f"<ROOT><操作>{operation}</操作>{LOGIN}{fields}</ROOT>"
        reply = soap.encode_reply(desk.serve(soap.decode_inner(inner)))
        for tag, content in (
            ("相片", "/9j/[A-Za-z0-9+/=]{20000,}"),
            ("签名证书", "MII[A-Za-z0-9+/=]{400,}"),
            ("加密证书", "MII[A-Za-z0-9+/=]{400,}"),
            ("加密密钥", "[A-Za-z0-9+/=]{520}"),
        ):
            reply = re.sub(rf"<{tag}>{content}</{tag}>", f"<{tag}>...</{tag}>", reply)
        assert reply == f"<ROOT>{expected}</ROOT>", operation


def test_the_day_has_every_operation() -> None:
    assert {operation for operation, _, _ in DAY} == set(OPERATIONS)


@pytest.mark.parametrize(
    ("user", "password"), [("window-1", "wrong"), ("window-2", "secret"), ("", "")]
)
def test_wrong_login_is_refused_before_anything_else(desk: Desk, user: str, password: str) -> None:
    request = Request("正式挂失", user, password, {"社会保障号码": WANG})
    assert desk.serve(request) == {"ERR": "用户名或密码错误"}


def test_unknown_operation_is_refused(ask: Ask) -> None:
    assert ask("取消一切")["ERR"] == "操作不存在: 取消一切"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_absent_fields_are_named(ask: Ask, operation: str) -> None:
    required = OPERATIONS[operation].required
    assert ask(operation)["ERR"] == f"缺少字段: {' '.join(required)}"
    last = required[-1]
    others = dict.fromkeys(required[:-1], "1")
    assert ask(operation, **others, **{last: ""})["ERR"] == f"缺少字段: {last}"


def test_every_call_is_in_the_record_with_its_result(desk: Desk, ask: Ask) -> None:
    ask("查询批次号", 社会保障号码=WANG)
    ask("查询批次号", 社会保障号码=LI)
    desk.serve(Request("查询批次号", "nobody", "", {}))
    ask("取消一切")
    with desk.store.transaction() as records:
        newest_first = [
            (row["operation"], row["user"], row["subject"], row["result"])
            for row in records.audit(10)
        ]
        calls = records.calls()
    assert newest_first == [
        ("取消一切", "window-1", "", "操作不存在: 取消一切"),
        ("查询批次号", "nobody", "", "用户名或密码错误"),
        ("查询批次号", "window-1", "4107**********0028", "未做正式挂失"),
        ("查询批次号", "window-1", "4107**********0016", "OK"),
    ]
    assert calls == {"取消一切": 1, "查询批次号": 3}
