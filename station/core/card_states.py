"""The state of a card at the province, and the services that change it.

A card that was reported lost is refused everywhere; the chip itself does not change. Every service
names the state that it leads to, so whether it was carried out can be seen by asking for the state.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable


class CardState(enum.StrEnum):
    """The state of one card at the province."""

    ISSUED = "issued"  #: 未启用
    NORMAL = "normal"  #: 正常
    SUSPENDED = "suspended"  #: 临时挂失
    LOST = "lost"  #: 正式挂失
    CANCELLED = "cancelled"  #: 注销


class StateService(enum.StrEnum):
    """Services that change the state of a card at the province."""

    SUSPEND = "suspend"  #: 临时挂失
    REPORT_LOSS = "report-loss"  #: 正式挂失
    LIFT_LOSS = "lift-loss"  #: 解除挂失
    CANCEL = "cancel"  #: 注销
    ACTIVATE = "activate"  #: 启用


@dataclass(frozen=True, slots=True)
class StateFacts:
    """What is fixed about one service.

    Attributes:
        leads_to: The state after it.
        offered_at: States at which the window offers it; the province decides. `unverified`.
        irreversible: Whether no other service takes it back: it is asked twice.
        in_person: Whether the holder must be there, by ID card, where the desk has a reader for it.
    """

    leads_to: CardState
    offered_at: frozenset[CardState]
    irreversible: bool = False
    in_person: bool = False


C: Final = CardState
SERVICES: Final[Mapping[StateService, StateFacts]] = {
    StateService.SUSPEND: StateFacts(C.SUSPENDED, frozenset({C.NORMAL})),
    StateService.REPORT_LOSS: StateFacts(C.LOST, frozenset({C.ISSUED, C.NORMAL, C.SUSPENDED})),
    StateService.LIFT_LOSS: StateFacts(C.NORMAL, frozenset({C.SUSPENDED, C.LOST}), in_person=True),
    StateService.CANCEL: StateFacts(
        C.CANCELLED,
        frozenset({C.ISSUED, C.NORMAL, C.SUSPENDED, C.LOST}),
        irreversible=True,
        in_person=True,
    ),
    StateService.ACTIVATE: StateFacts(C.NORMAL, frozenset({C.ISSUED})),
}


@dataclass(frozen=True, slots=True)
class ProvinceCard:
    """A person's present card as the province has it. Personal data: never log it.

    Attributes:
        AAC002: 社会保障号码.
        AAC003: 姓名.
        AAZ500: 卡号.
        state: Its state.
        bank_name: The bank's name; empty when the province does not say.
        AAB301: 发卡地; empty when the province does not say.
    """

    AAC002: str = field(repr=False)
    AAC003: str = field(repr=False)
    AAZ500: str = field(repr=False)
    state: CardState
    bank_name: str = ""
    AAB301: str = ""


@runtime_checkable
class CardStateGateway(Protocol):
    """What a province offers whose dialect has the state of cards; see `ProvinceGateway`."""

    def card_state(self, AAC002: str) -> ProvinceCard:
        """状态查询: return the person's present card, or the last one that was cancelled.

        Raises:
            GatewayRejectedError: The person is unknown, or has no card.
        """
        ...

    def change_card_state(self, service: StateService, card: ProvinceCard) -> str:
        """Carry out one service; returns the province's acknowledgement.

        Safe to repeat: a card that has the state already is refused, or acknowledged again.
        """
        ...


class ServiceResult(enum.StrEnum):
    """What is known of a service that was begun."""

    BEGUN = "begun"  #: the intent is durable; the outcome is not known
    DONE = "done"  #: acknowledged, or the province shows the state that it leads to
    REFUSED = "refused"
    UNKNOWN = "unknown"  #: no answer, and the province could not be asked either
    NOT_SEEN = "not-seen"  #: no answer; asked afterwards, the province shows another state


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """One service on the state of a card, as the journal keeps it.

    Attributes:
        id: Number of the service; its receipt names it.
        service: Which one.
        at: UTC.
        actor: The clerk.
        result: What is known.
        code: Code of the error that ended it; empty for none.
        before: State before it.
        after: State after it, as far as it is known.
        card: The card and its holder; None once they were erased.
        proven: Whether the holder's ID card was read for it.
    """

    id: int
    service: StateService
    at: dt.datetime
    actor: str
    result: ServiceResult
    code: str
    before: CardState
    after: CardState | None
    card: ProvinceCard | None = field(repr=False)
    proven: bool = False
