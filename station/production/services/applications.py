"""补卡, 换卡, first cards: the application at the province, and the order of the card.

The order is made first, so that whatever happens at the province is in its history. Each step at
the province is safe to repeat: what was done before is acknowledged again. An order whose
application is not complete waits, with the reason that the province gives when its data is fetched.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from station.core.applications import (
    APPLICATIONS,
    ApplicationGateway,
    ApplicationType,
    CardApplication,
    ExchangeReason,
)
from station.core.card_states import CardStateGateway
from station.core.changes import AddEvent
from station.core.errors import InputError, OldCardNeededError, ServiceNotThereError
from station.production.desk.service import DeskService
from station.production.life.effects import Workbench
from station.production.life.offered import require_offered
from station.production.life.rehearsing import require_real_time
from station.production.services.orders import OF_REASON, OrderService
from station.production.services.persons import PersonSearch, PersonService

APPLIED = "application"  #: kind of the event with each step at the province
COLLECTED = "old-card-collected"


@dataclass(frozen=True, slots=True)
class ApplicationWish:
    """A request for a card.

    Attributes:
        person: For whom.
        type: 申请类型.
        reason: 补换原因; None for a first card.
        AAE008: The bank of the new card; empty keeps the present one.
        name: 姓名, where the person has no card yet and no ID card was read.
        fee_paid: Whether the clerk has seen that the fee was paid.
        old_card_collected: Whether the old card is at the window now.
        key: The caller's own name for this request, if any.
    """

    person: PersonSearch
    type: ApplicationType
    reason: ExchangeReason | None = None
    AAE008: str = ""
    name: str = field(default="", repr=False)
    fee_paid: bool = False
    old_card_collected: bool = False
    key: str | None = None


class ApplicationService:
    """Applies for cards. Thread-safe; every call may be repeated."""

    def __init__(
        self, bench: Workbench, people: PersonService, orders: OrderService, desk: DeskService
    ) -> None:
        self._bench = bench
        self._people = people
        self._orders = orders
        self._desk = desk

    def banks(self) -> tuple[str, ...]:
        """Return the banks (AAE008) whose blanks this window uses."""
        return tuple(sorted(self._bench.equipment.blanks))

    def apply(self, wish: ApplicationWish, actor: str) -> str:
        """Make an order, and apply, register the fee and mark at the province; returns the order.

        Raises:
            ServiceOffError: The site has switched it off.
            ServiceNotThereError: The province's dialect takes no applications.
            InputError: The reason does not belong to the type, or nobody says who it is.
            OldCardNeededError: The old card must be collected first.
            OrderConflictError: The person has an open order, or the window rehearses.
            GatewayError: The province refused or did not answer; the order stays, and the same
                request goes on.
        """
        facts, province = APPLICATIONS[wish.type], self._bench.equipment.province
        require_offered(self._bench.equipment, OF_REASON[facts.order_reason])
        require_real_time(self._bench.journal)
        if not isinstance(province, ApplicationGateway):
            raise ServiceNotThereError("this dialect takes no applications")
        if (wish.reason is None) is bool(facts.reasons) or (
            wish.reason is not None and wish.reason not in facts.reasons
        ):
            raise InputError(f"{wish.reason} is no reason for {wish.type.value}")
        if facts.collects_old and not wish.old_card_collected:
            raise OldCardNeededError("the old card is to be collected")
        number = self._people.number_of(wish.person)
        name = self._name(wish, number)
        key = wish.key or secrets.token_hex(16)
        order = self._orders.create(number, facts.order_reason, actor, idempotency_key=key).id
        if facts.collects_old:
            self._note(order, COLLECTED, actor)
        application = CardApplication(number, wish.type, wish.reason, wish.AAE008)
        province.apply(application)
        self._note(order, APPLIED, actor, step="applied", type=wish.type.value)
        if facts.has_fee and wish.fee_paid:
            province.register_fee(number)
            self._note(order, APPLIED, actor, step="fee-registered")
        province.mark(number, name)
        self._note(order, APPLIED, actor, step="marked")
        return order

    def _name(self, wish: ApplicationWish, number: str) -> str:
        if wish.name:
            return wish.name
        if wish.person.token:
            return self._desk.name_of_reading(wish.person.token)
        province = self._bench.equipment.province
        if not isinstance(province, CardStateGateway):
            raise InputError("the person's name is needed")
        return province.card_state(number).AAC003

    def _note(self, order: str, kind: str, actor: str, **told: str) -> None:
        known = self._bench.journal.history.after(0, 500, order)
        if not any((one.kind, dict(one.data)) == (kind, told) for one in known):
            self._bench.apply(actor, AddEvent(order, kind, told))
