"""补换卡申请 and what belongs to it, before the province gives a station the data of a card.

The codes of 申请类型 are the national ones; a gateway maps them to its own terms.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

from station.core.orders import OrderReason


class ApplicationType(enum.StrEnum):
    """Why a card is applied for."""

    FIRST = "first"  #: 1 个人申请: the first card
    LOST = "lost"  #: 5 遗失补卡
    EXCHANGE = "exchange"  #: 6 普通换卡
    WARRANTY = "warranty"  #: 7 质保换卡


class ExchangeReason(enum.StrEnum):
    """补换原因."""

    LOST = "lost"  #: 遗失
    STOLEN = "stolen"  #: 被盗
    DAMAGED = "damaged"  #: 卡面或芯片损坏
    DATA_CHANGED = "data-changed"  #: 个人信息变更
    BANK_CHANGED = "bank-changed"  #: 变更服务银行
    EXPIRED = "expired"  #: 有效期满
    QUALITY = "quality"  #: 质量问题


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """What is fixed about one type.

    Attributes:
        order_reason: Why the order of its card is made.
        reasons: Reasons that it accepts; empty where it needs none.
        collects_old: Whether the old card is collected at the window.
        has_fee: Whether the fee must be registered.
    """

    order_reason: OrderReason
    reasons: frozenset[ExchangeReason] = frozenset()
    collects_old: bool = False
    has_fee: bool = False


R: Final = ExchangeReason
APPLICATIONS: Final[Mapping[ApplicationType, ApplicationFacts]] = {
    ApplicationType.FIRST: ApplicationFacts(OrderReason.NEW),
    ApplicationType.LOST: ApplicationFacts(
        OrderReason.REPLACEMENT, frozenset({R.LOST, R.STOLEN}), has_fee=True
    ),
    ApplicationType.EXCHANGE: ApplicationFacts(
        OrderReason.REPLACEMENT,
        frozenset({R.DAMAGED, R.DATA_CHANGED, R.BANK_CHANGED, R.EXPIRED}),
        collects_old=True,
        has_fee=True,
    ),
    ApplicationType.WARRANTY: ApplicationFacts(
        OrderReason.REPLACEMENT, frozenset({R.QUALITY}), collects_old=True
    ),
}


@dataclass(frozen=True, slots=True)
class CardApplication:
    """One application. Personal data: never log it.

    Attributes:
        AAC002: 社会保障号码.
        type: 申请类型.
        reason: 补换原因; None for a first card.
        AAE008: The bank of the new card; empty keeps the present one.
    """

    AAC002: str = field(repr=False)
    type: ApplicationType
    reason: ExchangeReason | None = None
    AAE008: str = ""


@runtime_checkable
class ApplicationGateway(Protocol):
    """What a province offers whose dialect takes applications; see `ProvinceGateway`.

    Each call is safe to repeat: what was done already is acknowledged again.
    """

    def apply(self, application: CardApplication) -> str:
        """补换卡申请."""
        ...

    def register_fee(self, AAC002: str) -> str:
        """交费登记: the fee was paid, as the clerk has seen."""
        ...

    def mark(self, AAC002: str, AAC003: str) -> str:
        """即制卡标注: the card is made at once, at this window."""
        ...
