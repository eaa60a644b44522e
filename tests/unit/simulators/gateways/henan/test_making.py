"""Batch and production data: preconditions, locks, and asking again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from simulators.province.actions import OTHER_WINDOW
from simulators.province.operations import CHINA_TIME, Desk

Ask = Callable[..., dict[str, str]]
Making = Callable[[str, str], dict[str, str]]

WANG, WU = "410798198001150016", "410798198309030192"

MISSING = (
    ("410798197511030028", "李秀英", "未做正式挂失"),
    ("410798199006220030", "张海涛", "未做交费登记或已撤销交费登记"),
    ("410798198809300048", "刘晓燕", "未申请补换卡"),
    ("410798196912120054", "陈志强", "未做即制卡标注"),
    ("410798195804080062", "赵桂兰", "数据已退回: 银行返回开户信息不符"),
    ("410198199510190077", "周文博", "身份证号不存在(或发卡城市不符)"),
    ("410798199001019999", "无此人", "身份证号不存在(或发卡城市不符)"),
)


def _batch(ask: Ask) -> str:
    return ask("获取批次号", 所属区县="410700")["批次号"]


@pytest.mark.parametrize(("id_number", "name", "text"), MISSING)
def test_each_operation_names_the_missing_precondition(
    ask: Ask, id_number: str, name: str, text: str
) -> None:
    assert ask("查询批次号", 社会保障号码=id_number) == {"ERR": text}
    batch = _batch(ask)
    row = f"1,{id_number},{name}"
    assert ask("即制卡批次", 批次号=batch, 人数="1", DATA=row) == {"ERR": text}
    asked = {"批次号": batch, "社会保障号码": id_number, "姓名": name}
    assert ask("即制卡数据", **asked) == {"ERR": text}


def test_a_batch_with_one_bad_row_takes_nobody(desk: Desk, ask: Ask) -> None:
    batch = _batch(ask)
    rows = f"1,{WANG},王建国\n2,410798197511030028,李秀英"
    assert ask("即制卡批次", 批次号=batch, 人数="2", DATA=rows)["ERR"] == "未做正式挂失"
    assert ask("查询批次号", 社会保障号码=WANG)["批次号"] == ""
    with desk.store.transaction() as records:
        assert records.effects()["batches_locked"] == 0


def test_an_empty_batch_is_given_again_and_a_locked_one_is_not(ask: Ask, making: Making) -> None:
    first = _batch(ask)
    assert _batch(ask) == first
    assert making(WANG, "王建国")["批次号"] == first
    assert _batch(ask) != first


def test_a_district_of_another_city_gets_no_batch(ask: Ask) -> None:
    assert ask("获取批次号", 所属区县="410100")["ERR"] == "所属区县不属于本窗口"


def test_nobody_comes_into_two_batches(ask: Ask) -> None:
    row = f"1,{WANG},王建国"
    first = _batch(ask)
    ask("即制卡批次", 批次号=first, 人数="1", DATA=row)
    again = ask("即制卡批次", 批次号=first, 人数="1", DATA=row)
    assert again == {"ERR": "已经有批次号"}
    second = _batch(ask)
    assert ask("即制卡批次", 批次号=second, 人数="1", DATA=row) == {"ERR": "已经有批次号"}
    ask("即制卡数据", 批次号=first, 社会保障号码=WANG, 姓名="王建国")
    assert ask("即制卡批次", 批次号=second, 人数="1", DATA=row) == {"ERR": "已经开始制卡"}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"批次号": "41070020250310000009"}, "批次号不存在"),
        ({"人数": "2"}, "人数与明细不符"),
        ({"DATA": f"1,{WANG}"}, "数据格式错误: 应为 3 列 (第 [1] 行)"),
        ({"DATA": f"1,{WANG},王建"}, "姓名与社会保障号码不符"),
    ],
)
def test_a_batch_in_the_wrong_form_is_refused(ask: Ask, change: dict[str, str], text: str) -> None:
    fields = {"批次号": _batch(ask), "人数": "1", "DATA": f"1,{WANG},王建国"}
    assert ask("即制卡批次", **fields | change) == {"ERR": text}


def test_a_locked_batch_takes_nobody_else(ask: Ask, making: Making) -> None:
    batch = making(WANG, "王建国")["批次号"]
    more = ask("即制卡批次", 批次号=batch, 人数="1", DATA=f"1,{WU},吴国栋")
    assert more == {"ERR": "批次已确认，不能再加人"}


def test_a_batch_held_by_another_window_is_refused_everywhere(
    desk: Desk, ask: Ask, making: Making
) -> None:
    batch = making(WANG, "王建国")["批次号"]
    with desk.store.transaction() as records:
        person = records.overview(WANG)
        assert person is not None
        records.set_holder(person.application or 0, OTHER_WINDOW)
    refused = {"ERR": "批次确认加锁失败"}
    assert ask("查询批次号", 社会保障号码=WANG) == refused
    assert ask("即制卡数据", 批次号=batch, 社会保障号码=WANG, 姓名="王建国") == refused


def test_another_windows_batch_is_not_this_windows_to_lock(desk: Desk, ask: Ask) -> None:
    batch = _batch(ask)
    other = replace(desk, user="window-2")
    fields = {"批次号": batch, "人数": "1", "DATA": f"1,{WANG},王建国"}
    assert other.serve_clerk("即制卡批次", fields) == {"ERR": "批次确认加锁失败"}
    assert ask("查询批次号", 社会保障号码=WANG)["批次号"] == ""


def test_asking_again_gives_the_same_data_on_another_day_too(desk: Desk, making: Making) -> None:
    first = making(WANG, "王建国")
    batch = first.pop("批次号")
    tomorrow = replace(desk, clock=lambda: dt.datetime(2025, 3, 11, tzinfo=CHINA_TIME))
    fields = {"批次号": batch, "社会保障号码": WANG, "姓名": "王建国"}
    assert tomorrow.serve_clerk("即制卡数据", fields) == first


def test_a_card_of_29_february_is_valid_until_28(desk: Desk, ask: Ask) -> None:
    leap = replace(desk, clock=lambda: dt.datetime(2028, 2, 29, tzinfo=CHINA_TIME))
    batch = leap.serve_clerk("获取批次号", {"所属区县": "410700"})["批次号"]
    row = {"批次号": batch, "人数": "1", "DATA": f"1,{WANG},王建国"}
    assert leap.serve_clerk("即制卡批次", row)["ERR"] == "OK"
    data = leap.serve_clerk("即制卡数据", {"批次号": batch, "社会保障号码": WANG, "姓名": "王建国"})
    assert (data["制卡日期"], data["有效期至"]) == ("20280229", "20380228")


def test_data_of_another_batch_or_name_is_refused(ask: Ask, making: Making) -> None:
    batch = making(WANG, "王建国")["批次号"]
    other = ask("即制卡数据", 批次号=batch, 社会保障号码=WU, 姓名="吴国栋")
    assert other == {"ERR": "批次号与社会保障号码不符"}
    named = ask("即制卡数据", 批次号=batch, 社会保障号码=WANG, 姓名="王建")
    assert named == {"ERR": "姓名与社会保障号码不符"}
