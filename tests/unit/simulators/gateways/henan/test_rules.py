from __future__ import annotations

from dataclasses import replace

import pytest

from simulators.province.rules import (
    LOSS_REPORTS,
    CardState,
    Held,
    MemberState,
    RefusedError,
    Standing,
    Verdict,
    after_loss_report,
    first_missing,
    judge_issued,
    judge_spoiled,
)

READY = Standing(is_known=True, is_lost=True, has_fee=True, has_applied=True, is_marked=True)
CARD, OTHER = "A" * 32, "B" * 32


def test_nothing_is_missing_when_everything_is_there() -> None:
    assert first_missing(READY) == ""


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"is_known": False}, "身份证号不存在(或发卡城市不符)"),
        ({"is_lost": False}, "未做正式挂失"),
        ({"has_fee": False}, "未做交费登记或已撤销交费登记"),
        ({"has_applied": False}, "未申请补换卡"),
        ({"is_marked": False}, "未做即制卡标注"),
        ({"withdrawn": "原因"}, "数据已退回: 原因"),
        ({"is_locked_elsewhere": True}, "批次确认加锁失败"),
    ],
)
def test_each_missing_precondition_has_its_text(change: dict[str, bool | str], text: str) -> None:
    assert first_missing(replace(READY, **change)) == text  # type: ignore[arg-type]  # by name


def test_the_first_of_several_is_named_in_the_order_of_the_page() -> None:
    standing = Standing(
        is_known=False,
        is_lost=False,
        has_fee=False,
        has_applied=False,
        is_marked=False,
        withdrawn="原因",
        is_locked_elsewhere=True,
    )
    found = []
    for name, good in (
        ("is_known", True),
        ("is_lost", True),
        ("has_fee", True),
        ("has_applied", True),
        ("is_marked", True),
        ("withdrawn", ""),
        ("is_locked_elsewhere", False),
    ):
        found.append(first_missing(standing)[:5])
        standing = replace(standing, **{name: good})  # type: ignore[arg-type]  # by name
    assert found == [
        "身份证号不",
        "未做正式挂",
        "未做交费登",
        "未申请补换",
        "未做即制卡",
        "数据已退回",
        "批次确认加",
    ]


def test_every_pair_of_loss_operation_and_state() -> None:
    for operation in ("临时挂失", "正式挂失", "解除挂失"):
        for state in CardState:
            if (operation, state) in LOSS_REPORTS:
                following = after_loss_report(operation, state, has_applied=False)
                assert following is LOSS_REPORTS[operation, state]
            else:
                with pytest.raises(RefusedError):
                    after_loss_report(operation, state, has_applied=False)


def test_a_loss_is_not_lifted_once_a_new_card_is_applied_for() -> None:
    with pytest.raises(RefusedError, match="已申请补换卡"):
        after_loss_report("解除挂失", CardState.LOST, has_applied=True)


@pytest.mark.parametrize(
    ("held", "verdict"),
    [
        (Held(MemberState.MAKING), Verdict.ISSUE),
        (Held(MemberState.MADE, issued_card=CARD), Verdict.DUPLICATE),
        (Held(MemberState.MADE, issued_card=CARD, is_in_use=True), Verdict.DUPLICATE),
        (Held(MemberState.MADE, issued_card=OTHER), "该申请已用其他卡回盘，不允许再次回盘"),
        (Held(MemberState.FAILED, spoiled_cards=frozenset({CARD})), "该卡已报制卡失败，不能再回盘"),
        (Held(MemberState.FAILED, spoiled_cards=frozenset({OTHER})), "批次状态不允许回盘"),
        (Held(MemberState.LOCKED), "批次状态不允许回盘"),
        (Held(MemberState.RESTORED), "批次状态不允许回盘"),
    ],
)
def test_write_back_of_a_finished_card(held: Held, verdict: Verdict | str) -> None:
    _check(held, verdict, spoiled=False)


@pytest.mark.parametrize(
    ("held", "verdict"),
    [
        (Held(MemberState.MAKING), Verdict.SPOIL),
        (Held(MemberState.FAILED, spoiled_cards=frozenset({CARD})), Verdict.DUPLICATE),
        (Held(MemberState.FAILED, spoiled_cards=frozenset({OTHER})), Verdict.NOTE_SPOILED),
        (Held(MemberState.RESTORED), Verdict.NOTE_SPOILED),
        (Held(MemberState.MADE, issued_card=OTHER), Verdict.NOTE_SPOILED),
        (Held(MemberState.MADE, issued_card=CARD), Verdict.REVOKE),
        (Held(MemberState.MADE, issued_card=CARD, is_in_use=True), "该卡已领卡启用"),
        (Held(MemberState.LOCKED), "批次状态不允许回盘"),
    ],
)
def test_write_back_of_a_spoiled_blank(held: Held, verdict: Verdict | str) -> None:
    _check(held, verdict, spoiled=True)


def _check(held: Held, verdict: Verdict | str, *, spoiled: bool) -> None:
    judge = judge_spoiled if spoiled else judge_issued
    if isinstance(verdict, Verdict):
        assert judge(held, CARD) is verdict
    else:
        with pytest.raises(RefusedError) as refused:
            judge(held, CARD)
        assert refused.value.text == verdict
