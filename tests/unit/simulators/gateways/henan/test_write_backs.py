"""数据回盘: accepted once, per card and per application; what a spoiled blank leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from simulators.province.operations import Desk

Ask = Callable[..., dict[str, str]]
Making = Callable[[str, str], dict[str, str]]

WANG, WU = "410798198001150016", "410798198309030192"
CARD, OTHER = "410700D1560000050000000100000000", "410700D1560000050000000200000000"
RESET = "544B1805208660410700000001"
BANK, OTHER_BANK = "6227001234567890128", "6227001234567890136"


def _row(data: dict[str, str], card: str = CARD, bank: str = BANK, **changes: str) -> str:
    columns = {
        "序号": "1",
        "社保卡号": data["社保卡号"],
        "社会保障号码": data["社会保障号码"],
        "姓名": data["姓名"],
        "制卡日期": data["制卡日期"],
        "有效期至": data["有效期至"],
        "卡识别码": card,
        "卡复位码": RESET if card else "",
        "个人帐户": "",
        "银行卡号": bank,
        "金融帐户": "",
        "装箱位置": "",
        "失败环节": "",
        "失败原因": "",
    }
    return ",".join((columns | changes).values())


def _report(ask: Ask, data: dict[str, str], card: str = CARD, bank: str = BANK, **c: str) -> str:
    return ask("即制卡回盘", 批次号=data["批次号"], DATA=_row(data, card, bank, **c))["ERR"]


def _spoil(ask: Ask, data: dict[str, str], card: str = CARD, bank: str = BANK) -> str:
    return _report(ask, data, card, bank, 失败环节="制卡", 失败原因="写卡后读回不符, 卡作废")


def _effects(desk: Desk) -> dict[str, int]:
    with desk.store.transaction() as records:
        return {name: count for name, count in records.effects().items() if count}


def _state(ask: Ask, data: dict[str, str], card: str) -> tuple[str, str]:
    found = ask("查询回盘", 批次号=data["批次号"], 社会保障号码=WANG, 卡识别码=card)
    return found["回盘状态"], found["卡识别码"]


def _activate(ask: Ask, data: dict[str, str]) -> str:
    fields = {"卡号": data["社保卡号"], "社保号": data["社会保障号码"], "姓名": data["姓名"]}
    return ask("领卡启用", 城市="410700", **fields)["ERR"]


def test_the_same_card_is_accepted_once(desk: Desk, ask: Ask, making: Making) -> None:
    data = making(WANG, "王建国")
    assert _report(ask, data) == "OK"
    assert _report(ask, data) == "已经回盘"
    assert _report(ask, data, CARD.lower()) == "已经回盘"
    counted = {"batches_locked": 1, "reports_accepted": 1, "reports_duplicate": 2}
    assert _effects(desk) == counted
    with desk.store.transaction() as records:
        assert len(records.write_backs(WANG)) == 1


def test_another_card_for_the_same_application_is_refused(
    desk: Desk, ask: Ask, making: Making
) -> None:
    data = making(WANG, "王建国")
    assert _report(ask, data) == "OK"
    assert _report(ask, data, OTHER, OTHER_BANK) == "该申请已用其他卡回盘，不允许再次回盘"
    assert _effects(desk)["reports_refused"] == 1
    with desk.store.transaction() as records:
        assert [row["card_id"] for row in records.write_backs(WANG)] == [CARD]


@pytest.mark.parametrize(("card", "bank"), [(CARD, OTHER_BANK), (OTHER, BANK)])
def test_a_chip_or_an_account_is_used_for_one_application_only(
    ask: Ask, making: Making, card: str, bank: str
) -> None:
    assert _report(ask, making(WANG, "王建国")) == "OK"
    other = making(WU, "吴国栋")
    assert _report(ask, other, card, bank) == "卡识别码或银行卡号已被使用"


def test_after_the_write_back_the_new_card_is_the_persons(
    desk: Desk, ask: Ask, making: Making
) -> None:
    data = making(WANG, "王建国")
    _report(ask, data)
    with desk.store.transaction() as records:
        person = records.overview(WANG)
    assert person is not None
    assert (person.card_number, person.card_state, person.card_id) == (
        data["社保卡号"],
        "未启用",
        CARD,
    )
    assert person.application is None
    assert not person.has_fee
    assert ask("查询批次号", 社会保障号码=WANG)["ERR"] == "未做正式挂失"
    fields = {"批次号": data["批次号"], "社会保障号码": WANG, "姓名": "王建国"}
    assert ask("即制卡数据", **fields)["ERR"] == "已经回盘"


def test_a_card_is_activated_only_after_its_write_back(
    desk: Desk, ask: Ask, making: Making
) -> None:
    data = making(WANG, "王建国")
    assert _activate(ask, data) == "卡号与社会保障号码不符"
    _report(ask, data)
    assert _activate(ask, data) == "00"
    assert _activate(ask, data) == "01"
    assert _effects(desk)["activations"] == 1
    assert _effects(desk)["activations_repeated"] == 1


def test_no_write_back_before_production_data(ask: Ask) -> None:
    batch = ask("获取批次号", 所属区县="410700")["批次号"]
    row = ask("即制卡批次", 批次号=batch, 人数="1", DATA=f"1,{WANG},王建国")["DATA"].split(",")
    data = {"批次号": batch, "社保卡号": row[1], "社会保障号码": WANG, "姓名": "王建国"}
    data |= {"制卡日期": "20250310", "有效期至": "20350310"}
    assert _report(ask, data) == "批次状态不允许回盘"
    assert _spoil(ask, data) == "批次状态不允许回盘"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"社保卡号": "G50000013"}, "社保卡号与批次不符"),
        ({"姓名": "王建"}, "姓名与社会保障号码不符"),
        ({"社会保障号码": WU, "姓名": "吴国栋"}, "批次号与社会保障号码不符"),
        ({"卡识别码": "410700"}, "卡识别码应为 32 位十六进制"),
        ({"卡识别码": "410100" + CARD[6:]}, "卡识别码与发卡地不符"),
        ({"卡复位码": ""}, "卡复位码应为 26 位十六进制"),
        ({"银行卡号": ""}, "银行卡号为空"),
        ({"银行卡号": "622700123456789012X"}, "银行卡号格式错误"),
        ({"制卡日期": "20250309"}, "制卡日期或有效期与制卡数据不符"),
        ({"有效期至": "20350309"}, "制卡日期或有效期与制卡数据不符"),
        ({"失败环节": "打印"}, "失败环节应为 银行 或 制卡"),
        ({"失败环节": "制卡", "失败原因": "长" * 26}, "失败原因超过 50 字节"),
    ],
)
def test_a_wrong_line_is_refused_and_changes_nothing(
    desk: Desk, ask: Ask, making: Making, changes: dict[str, str], text: str
) -> None:
    data = making(WANG, "王建国")
    assert _report(ask, data, **changes) == text
    assert _effects(desk) == {"batches_locked": 1, "reports_refused": 1}
    assert _report(ask, data) == "OK"


def test_another_window_writes_nothing_back(desk: Desk, ask: Ask, making: Making) -> None:
    data = making(WANG, "王建国")
    other = replace(desk, user="window-2")
    fields = {"批次号": data["批次号"], "DATA": _row(data)}
    assert other.serve_clerk("即制卡回盘", fields) == {"ERR": "批次状态不允许回盘"}
    assert _state(ask, data, CARD) == ("未回盘", "")


def test_a_line_with_too_few_columns_is_refused(ask: Ask, making: Making) -> None:
    data = making(WANG, "王建国")
    short = ask("即制卡回盘", 批次号=data["批次号"], DATA=_row(data).rsplit(",", 1)[0])
    assert short["ERR"] == "数据格式错误: 应为 14 列 (第 [1] 行)"


def test_several_lines_are_taken_together_or_not_at_all(
    desk: Desk, ask: Ask, making: Making
) -> None:
    data = making(WANG, "王建国")
    bad = _row(data, OTHER, OTHER_BANK)
    both = ask("即制卡回盘", 批次号=data["批次号"], DATA=f"{_row(data)}\n{bad}")
    assert both["ERR"] == "该申请已用其他卡回盘，不允许再次回盘"
    assert "reports_accepted" not in _effects(desk)
    assert _state(ask, data, CARD) == ("未回盘", "")


def test_a_spoiled_blank_ends_the_attempt_until_the_clerk_restores_it(
    desk: Desk, ask: Ask, making: Making
) -> None:
    data = making(WANG, "王建国")
    line = {"社会保障号码": WANG, "批次号": data["批次号"]}
    mark = {"社会保障号码": WANG, "姓名": "王建国", "城市": "410700"}
    assert _spoil(ask, data) == "OK"
    assert _state(ask, data, CARD) == ("已回盘失败", CARD)
    assert _report(ask, data, OTHER, OTHER_BANK) == "批次状态不允许回盘"
    assert ask("查询批次号", 社会保障号码=WANG)["ERR"] == "未做即制卡标注"
    assert ask("即制卡标注", **mark)["ERR"] == "制卡失败，请先做失败数据处理"
    assert ask("恢复申请", **line)["ERR"] == "未做失败数据处理"
    assert ask("失败数据处理", **line)["ERR"] == "OK"
    assert ask("失败数据处理", **line)["ERR"] == "已做失败数据处理"
    assert ask("即制卡标注", **mark)["ERR"] == "失败数据已处理，请先恢复申请"
    assert ask("恢复申请", **line)["ERR"] == "OK"
    assert ask("恢复申请", **line)["ERR"] == "没有失败数据"
    assert ask("即制卡标注", **mark)["ERR"] == "OK"
    again = making(WANG, "王建国")
    assert again["批次号"] != data["批次号"]
    assert again["社保卡号"] != data["社保卡号"]
    assert _report(ask, again) == "该卡已报制卡失败，不能再回盘"
    assert _report(ask, again, OTHER, BANK) == "卡识别码或银行卡号已被使用"
    assert _report(ask, again, OTHER, OTHER_BANK) == "OK"
    assert (_effects(desk)["reports_spoiled"], _effects(desk)["reports_accepted"]) == (1, 1)


def test_an_attempt_that_was_never_written_back_can_be_given_up(ask: Ask, making: Making) -> None:
    data = making(WANG, "王建国")
    line = {"社会保障号码": WANG, "批次号": data["批次号"]}
    assert ask("失败数据处理", **line)["ERR"] == "OK"
    assert _report(ask, data) == "批次状态不允许回盘"
    assert ask("恢复申请", **line)["ERR"] == "OK"
    assert _report(ask, data) == "批次状态不允许回盘"
    assert _spoil(ask, data) == "OK"
    assert ask("查询批次号", 社会保障号码=WANG)["ERR"] == "未做即制卡标注"


def test_a_restored_application_is_free_for_any_window(
    desk: Desk, ask: Ask, making: Making
) -> None:
    line = {"社会保障号码": WANG, "批次号": making(WANG, "王建国")["批次号"]}
    for step in ("失败数据处理", "恢复申请"):
        assert ask(step, **line)["ERR"] == "OK"
    other = replace(desk, user="window-2")
    mark = {"社会保障号码": WANG, "姓名": "王建国", "城市": "410700"}
    assert other.serve_clerk("即制卡标注", mark)["ERR"] == "OK"
    assert other.serve_clerk("查询批次号", {"社会保障号码": WANG})["ERR"] == "OK"


def test_a_spoiled_blank_is_taken_once_and_an_unreadable_one_too(
    desk: Desk, ask: Ask, making: Making
) -> None:
    data = making(WANG, "王建国")
    assert _spoil(ask, data, "", "") == "OK"
    assert _spoil(ask, data, "", "") == "已经回盘"
    assert _spoil(ask, data) == "OK"
    assert _spoil(ask, data) == "已经回盘"
    assert _effects(desk)["reports_spoiled"] == 2
    assert _effects(desk)["reports_duplicate"] == 2


def test_a_late_word_about_another_spoiled_blank_leaves_the_good_card_alone(
    ask: Ask, making: Making
) -> None:
    data = making(WANG, "王建国")
    assert _report(ask, data) == "OK"
    assert _spoil(ask, data, OTHER, OTHER_BANK) == "OK"
    assert _state(ask, data, CARD) == ("已回盘", CARD)
    assert _state(ask, data, OTHER) == ("已回盘失败", OTHER)
    assert _state(ask, data, "") == ("已回盘", CARD)
    assert _activate(ask, data) == "00"


def test_a_card_spoiled_after_its_write_back_is_taken_back(
    desk: Desk, ask: Ask, making: Making
) -> None:
    data = making(WANG, "王建国")
    line = {"社会保障号码": WANG, "批次号": data["批次号"]}
    assert _report(ask, data) == "OK"
    assert _spoil(ask, data) == "OK"
    assert _state(ask, data, CARD) == ("已回盘失败", CARD)
    assert _activate(ask, data) == "卡号与社会保障号码不符"
    assert _report(ask, data) == "该卡已报制卡失败，不能再回盘"
    assert ask("失败数据处理", **line)["ERR"] == "OK"
    assert ask("恢复申请", **line)["ERR"] == "OK"
    mark = {"社会保障号码": WANG, "姓名": "王建国", "城市": "410700"}
    assert ask("即制卡标注", **mark)["ERR"] == "OK"
    again = making(WANG, "王建国")
    assert _report(ask, again, OTHER, OTHER_BANK) == "OK"
    assert _activate(ask, again) == "00"
    counted = _effects(desk)
    assert (counted["reports_accepted"], counted["reports_revoked"]) == (2, 1)


def test_a_card_in_use_is_not_taken_back(ask: Ask, making: Making) -> None:
    data = making(WANG, "王建国")
    _report(ask, data)
    _activate(ask, data)
    assert _spoil(ask, data) == "该卡已领卡启用"
    assert _state(ask, data, CARD) == ("已回盘", CARD)
