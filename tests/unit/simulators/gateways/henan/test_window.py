"""The clerk's steps before the station."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Ask = Callable[..., dict[str, str]]

LI, LIU, CHEN = "410798197511030028", "410798198809300048", "410798196912120054"
CARD_OF_LI = {"卡号": "G10000019", "社会保障号码": LI, "姓名": "李秀英"}


def test_loss_reports_follow_the_card(ask: Ask) -> None:
    said = [
        ask(operation, **CARD_OF_LI)["ERR"]
        for operation in ("解除挂失", "临时挂失", "临时挂失", "正式挂失", "正式挂失", "解除挂失")
    ]
    assert said == [
        "卡状态为正常，不能解除挂失",
        "OK",
        "卡状态为临时挂失，不能临时挂失",
        "OK",
        "卡状态为正式挂失，不能正式挂失",
        "OK",
    ]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"卡号": "G10000027"}, "卡号与社会保障号码不符"),
        ({"姓名": "李秀"}, "姓名与社会保障号码不符"),
        ({"社会保障号码": "410198199510190077"}, "身份证号不存在(或发卡城市不符)"),
    ],
)
def test_loss_of_somebody_elses_card_is_refused(
    ask: Ask, change: dict[str, str], text: str
) -> None:
    assert ask("正式挂失", **CARD_OF_LI | change)["ERR"] == text


def test_application_and_fee_need_the_loss(ask: Ask) -> None:
    assert ask("补换卡申请", 社会保障号码=LI, 申请类型="5")["ERR"] == "未做正式挂失"
    assert ask("交费登记", 社会保障号码=LI)["ERR"] == "未做正式挂失"


@pytest.mark.parametrize(
    ("kind", "bank", "text"),
    [
        ("6", "95533", "卡状态为正式挂失，不能换卡"),
        ("2", "95533", "即制卡不办理该申请类型"),
        ("5", "12345", "服务银行不存在"),
        ("5_遗失补卡", "95588", "OK"),
        ("5", "", "OK"),
    ],
)
def test_application_takes_lost_cards_and_known_banks(
    ask: Ask, kind: str, bank: str, text: str
) -> None:
    fields = {"社会保障号码": LIU, "申请类型": kind, "服务银行": bank}
    assert ask("补换卡申请", **fields)["ERR"] == text


def test_each_step_is_taken_once(ask: Ask) -> None:
    assert ask("补换卡申请", 社会保障号码=CHEN, 申请类型="5")["ERR"] == "已申请补换卡"
    assert ask("交费登记", 社会保障号码=CHEN)["ERR"] == "已做交费登记"
    mark = {"社会保障号码": CHEN, "姓名": "陈志强", "城市": "新乡"}
    assert ask("即制卡标注", **mark)["ERR"] == "OK"
    assert ask("即制卡标注", **mark)["ERR"] == "已做即制卡标注"


@pytest.mark.parametrize(
    ("id_number", "name", "city", "text"),
    [
        (LI, "李秀英", "410700", "未做正式挂失"),
        ("410798199006220030", "张海涛", "410700", "未做交费登记或已撤销交费登记"),
        (LIU, "刘晓燕", "410700", "未申请补换卡"),
        (CHEN, "陈志", "410700", "姓名与社会保障号码不符"),
        (CHEN, "陈志强", "郑州", "身份证号不存在(或发卡城市不符)"),
    ],
)
def test_the_mark_needs_everything_else(
    ask: Ask, id_number: str, name: str, city: str, text: str
) -> None:
    assert ask("即制卡标注", 社会保障号码=id_number, 姓名=name, 城市=city)["ERR"] == text


def test_an_old_card_in_order_counts_as_active(ask: Ask) -> None:
    fields = {"城市": "410700", "卡号": "G10000019", "社保号": LI, "姓名": "李秀英"}
    assert ask("领卡启用", **fields)["ERR"] == "01"
    elsewhere = ask("领卡启用", **fields | {"城市": "410100"})
    assert elsewhere["ERR"] == "身份证号不存在(或发卡城市不符)"
    ask("正式挂失", **CARD_OF_LI)
    assert ask("领卡启用", **fields)["ERR"] == "卡状态为正式挂失，不能领卡启用"


def test_a_small_x_at_the_end_is_the_same_number(ask: Ask) -> None:
    assert ask("查询批次号", 社会保障号码="41079820000101089x")["姓名"] == "司马䶮"
