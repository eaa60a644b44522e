"""The province's rules: preconditions, loss states, acceptance of write-backs. Pure.

Source: docs/explanations/dialect-henan.md (texts and their order); the window procedure of 新乡
    2017, 5.1. The texts that the page marks `?` are assumed. unverified
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

UNKNOWN_PERSON: Final = "身份证号不存在(或发卡城市不符)"
NOT_LOST: Final = "未做正式挂失"
NO_FEE: Final = "未做交费登记或已撤销交费登记"
NOT_APPLIED: Final = "未申请补换卡"
NOT_MARKED: Final = "未做即制卡标注"
WITHDRAWN: Final = "数据已退回: "
NO_CARD: Final = "没有社保卡"
LOCK_FAILED: Final = "批次确认加锁失败"
BAD_LOGIN: Final = "用户名或密码错误"
HAS_BATCH: Final = "已经有批次号"
MAKING_STARTED: Final = "已经开始制卡"
ALREADY_REPORTED: Final = "已经回盘"
WRONG_BATCH_STATE: Final = "批次状态不允许回盘"
OTHER_CARD_REPORTED: Final = "该申请已用其他卡回盘，不允许再次回盘"
CARD_SPOILED: Final = "该卡已报制卡失败，不能再回盘"
CARD_IN_USE: Final = "该卡已领卡启用"


class RefusedError(Exception):
    """The province refuses; the text is the whole answer.

    Attributes:
        text: Text of `ERR`.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class CardState(enum.StrEnum):
    """The state of one card."""

    ISSUED = "未启用"
    NORMAL = "正常"
    TEMPORARILY_LOST = "临时挂失"
    LOST = "正式挂失"
    CANCELLED = "注销"


class ApplicationState(enum.StrEnum):
    """Progress of an application for a new card."""

    OPEN = "申请中"
    FAILED = "制卡失败"
    HANDLED = "失败已处理"
    DONE = "已完成"


class MemberState(enum.StrEnum):
    """Progress of one line of a batch."""

    LOCKED = "已锁定"
    MAKING = "制卡中"
    MADE = "已回盘"
    FAILED = "已回盘失败"
    RESTORED = "已恢复申请"


class BankResult(enum.StrEnum):
    """What a bank says about one person."""

    CHECKING = "校验中"
    PASSED = "通过"
    FAILED = "不通过"


class TemporaryState(enum.StrEnum):
    """Progress of one temporary card."""

    APPLIED = "未发放"
    ISSUED = "已发放"
    COLLECTED = "已收回"


@dataclass(frozen=True, slots=True)
class Standing:
    """The state that decides whether a person's card may be made now."""

    is_known: bool
    is_lost: bool
    has_fee: bool
    has_applied: bool
    is_marked: bool
    withdrawn: str = ""
    is_locked_elsewhere: bool = False


def first_missing(standing: Standing) -> str:
    """Return the text of the first precondition that is missing; empty when none is."""
    checks = (
        (standing.is_known, UNKNOWN_PERSON),
        (standing.is_lost, NOT_LOST),
        (standing.has_fee, NO_FEE),
        (standing.has_applied, NOT_APPLIED),
        (standing.is_marked, NOT_MARKED),
        (not standing.withdrawn, WITHDRAWN + standing.withdrawn),
        (not standing.is_locked_elsewhere, LOCK_FAILED),
    )
    return next((text for is_met, text in checks if not is_met), "")


#: 操作 and the card's state -> its next state.
LOSS_REPORTS: Final[Mapping[tuple[str, CardState], CardState]] = {
    ("临时挂失", CardState.NORMAL): CardState.TEMPORARILY_LOST,
    ("正式挂失", CardState.NORMAL): CardState.LOST,
    ("正式挂失", CardState.ISSUED): CardState.LOST,
    ("正式挂失", CardState.TEMPORARILY_LOST): CardState.LOST,
    ("解除挂失", CardState.TEMPORARILY_LOST): CardState.NORMAL,
    ("解除挂失", CardState.LOST): CardState.NORMAL,
    ("注销", CardState.ISSUED): CardState.CANCELLED,
    ("注销", CardState.NORMAL): CardState.CANCELLED,
    ("注销", CardState.TEMPORARILY_LOST): CardState.CANCELLED,
    ("注销", CardState.LOST): CardState.CANCELLED,
}


def after_loss_report(operation: str, state: CardState | None, *, has_applied: bool) -> CardState:
    """Return the card's state after one of the three loss operations, or 注销.

    Raises:
        RefusedError: The card's state does not allow it.
    """
    following = LOSS_REPORTS.get((operation, state)) if state is not None else None
    if following is None:
        raise RefusedError(f"卡状态为{state}，不能{operation}")
    if operation in {"解除挂失", "注销"} and has_applied:
        raise RefusedError(f"已申请补换卡，不能{operation}")
    return following


class Verdict(enum.Enum):
    """Effect of a write-back that is not refused."""

    ISSUE = enum.auto()  #: the card is now this person's
    SPOIL = enum.auto()  #: the attempt has failed; the clerk restores the application
    NOTE_SPOILED = enum.auto()  #: a blank is used up; no application changes
    REVOKE = enum.auto()  #: the card that was issued is spoiled after all
    DUPLICATE = enum.auto()  #: known already


@dataclass(frozen=True, slots=True)
class Held:
    """The province's state of one batch line when a write-back arrives.

    Attributes:
        state: State of the line.
        issued_card: 卡识别码 of the accepted card; empty when there is none.
        is_in_use: Whether that card was activated, or reported lost since.
        spoiled_cards: 卡识别码 of the cards reported as spoiled.
    """

    state: MemberState
    issued_card: str = ""
    is_in_use: bool = False
    spoiled_cards: frozenset[str] = frozenset()


def judge_issued(held: Held, card_id: str) -> Verdict:
    """Decide about the write-back of a finished card.

    Raises:
        RefusedError: The person has another card, or the line is not in production.
    """
    if held.issued_card == card_id:
        return Verdict.DUPLICATE
    if card_id in held.spoiled_cards:
        raise RefusedError(CARD_SPOILED)
    if held.issued_card:
        raise RefusedError(OTHER_CARD_REPORTED)
    if held.state is not MemberState.MAKING:
        raise RefusedError(WRONG_BATCH_STATE)
    return Verdict.ISSUE


def judge_spoiled(held: Held, card_id: str) -> Verdict:
    """Decide about the write-back of a spoiled blank; `card_id` is empty if it was unreadable.

    Raises:
        RefusedError: The card is in use, or the line is not in production yet.
    """
    if card_id in held.spoiled_cards:
        return Verdict.DUPLICATE
    if card_id and held.issued_card == card_id:
        if held.is_in_use:
            raise RefusedError(CARD_IN_USE)
        return Verdict.REVOKE
    if held.state is MemberState.LOCKED:
        raise RefusedError(WRONG_BATCH_STATE)
    return Verdict.SPOIL if held.state is MemberState.MAKING else Verdict.NOTE_SPOILED
