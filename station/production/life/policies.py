"""The site's choices where a rule has more than one safe way (`[policies]`)."""

from __future__ import annotations

import enum

from pydantic import BaseModel, ConfigDict, Field


class WhenOwedTooLong(enum.StrEnum):
    """What happens to a card whose report is owed for longer than the site waits."""

    ASK = "ask"  #: it stays in the machine; a person is asked
    SPOIL = "spoil"  #: it goes into the reject bin; a failure report is owed in addition


class Activation(enum.StrEnum):
    """When the province is asked to activate a card (领卡启用)."""

    AT_HAND_OVER = "at-hand-over"  #: a person presses the button with the holder before them
    AT_ONCE = "at-once"  #: automatically, as soon as the card is out


class WhenNotTaken(enum.StrEnum):
    """What happens to a card that is not taken."""

    ASK = "ask"  #: a person says where it is
    RETRACT = "retract"  #: the printer retracts it, where it can; otherwise a person is asked


class WindowService(enum.StrEnum):
    """Services that a site may switch off: a township window makes no replacements, for example."""

    FIRST_ISSUE = "first-issue"  #: 申领制卡
    REPLACEMENT = "replacement"  #: 补换卡
    REPRINT = "reprint"  #: 补打卡面、重写、重制
    TEMPORARY = "temporary"  #: 临时卡
    CARD_STATE = "card-state"  #: 状态查询
    SUSPEND = "suspend"  #: 临时挂失
    REPORT_LOSS = "report-loss"  #: 正式挂失
    LIFT_LOSS = "lift-loss"  #: 解除挂失
    CANCEL = "cancel"  #: 注销
    ACTIVATE = "activate"  #: 启用 of a card that is not an order's
    VERIFY_PIN = "verify"  #: 校验密码
    CHANGE_PIN = "change"  #: 修改密码
    UNBLOCK_PIN = "unblock"  #: 解锁密码
    RELOAD_PIN = "reload"  #: 重置密码


class Policies(BaseModel):
    """Where a rule has more than one safe way; the defaults are the safest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    print_first: bool = Field(
        default=False,
        description="Print while the report to the province is owed; the card stays inside until "
        "it is done.",
    )
    hold_owed: float = Field(
        default=600.0,
        ge=0,
        description="Seconds that a written card waits inside for its report to the province; "
        "0: without end.",
    )
    when_owed_too_long: WhenOwedTooLong = Field(
        default=WhenOwedTooLong.ASK,
        description="What then: it stays, and a person is asked; or it is spoiled.",
    )
    activation: Activation = Field(
        default=Activation.AT_HAND_OVER,
        description="Activation by a button, or as soon as the card is out.",
    )
    take_within: float = Field(
        default=120.0, ge=0, description="Seconds to take a card that was put out; 0: no timer."
    )
    when_not_taken: WhenNotTaken = Field(
        default=WhenNotTaken.ASK,
        description="What then: a person says where it is, or the printer pulls it back in.",
    )
    erase_after_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="Days after the province's answer until an ended order's personal data is "
        "erased.",
    )
    spoiled_in_a_row: int = Field(
        default=2, ge=1, description="Blanks spoiled in a row that stop the feeder."
    )
    ribbon_alarm: float = Field(
        default=1.05, ge=1, description="Ribbon sets used over planned that raise the alarm."
    )
    tell_cancelled: bool = Field(
        default=True,
        description="Give the mark and the batch lock of a cancelled order back to the province,"
        " where its dialect can; owed like a report.",
    )
    services_off: frozenset[WindowService] = Field(
        default=frozenset(),
        description="Services that this window does not offer; a township window: `replacement`.",
    )
