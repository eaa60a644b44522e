"""状态查询, 挂失, 解除挂失, 注销, 启用: the state of a person's card at the province.

Each service is written down before it is sent and after it was answered. Where no answer came, the
province is asked for the state: the state that the service leads to proves that it was carried out.
Another state proves nothing, as the request may still arrive; it is shown as "not seen", and a
person may ask again, which is safe: every service names the state that it leads to. A card that is
not the person's present one any more, such as one that was spoiled since, can't be asked about: its
service is "not seen" too.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final

from station.core.card_states import (
    SERVICES,
    CardState,
    CardStateGateway,
    ProvinceCard,
    ServiceRecord,
    ServiceResult,
    StateService,
)
from station.core.changes import AddEvent, BeginCardService, EndCardService
from station.core.errors import (
    CardNotFoundError,
    ConfirmationNeededError,
    GatewayRejectedError,
    IdentityMismatch,
    IdentityMismatchError,
    RejectionReason,
    ServiceNotThereError,
    StationError,
)
from station.core.slips import PaperSize, Slip
from station.production.desk.service import DeskService
from station.production.life.effects import Workbench
from station.production.life.offered import is_offered, require_offered
from station.production.life.policies import WindowService
from station.production.life.rehearsing import require_real_time
from station.production.services.persons import PersonSearch, PersonService
from station.production.views.card_states import StateView, receipt_of, state_view

LOOKED: Final = "card-state-looked"
MOST_LOOKED: Final = 16  #: people whose card was looked at last, in memory
UNSETTLED: Final = frozenset({ServiceResult.BEGUN, ServiceResult.UNKNOWN, ServiceResult.NOT_SEEN})


@dataclass(frozen=True, slots=True)
class StateWish:
    """A request for one service.

    Attributes:
        service: The service.
        person: Whose card; ignored when `looked` is given.
        looked: Token of a `StateView`: the card that was shown.
        card_number: The card that must be the person's present one; empty accepts any.
        reading: Token of the holder's ID card, where the desk has a reader for it.
        confirmed: Whether a person has confirmed what can't be undone.
    """

    service: StateService
    person: PersonSearch = field(default_factory=PersonSearch)
    looked: str = ""
    card_number: str = field(default="", repr=False)
    reading: str = ""
    confirmed: bool = False


class CardStateService:
    """The state of cards at the province. Thread-safe."""

    def __init__(self, bench: Workbench, people: PersonService, desk: DeskService) -> None:
        self._bench = bench
        self._people = people
        self._desk = desk
        self._lock = threading.Lock()
        self._last: dict[str, str] = {}  # clerk -> token of what that clerk looked at last
        self._looked: OrderedDict[str, tuple[ProvinceCard, float]] = OrderedDict()

    def look(self, wanted: PersonSearch, actor: str) -> StateView:
        """状态查询: return the state of a person's card, and which services it allows.

        Settles services of this person whose outcome was unknown. The history says that somebody
        looked, without the person.

        Raises:
            ServiceOffError: The site has switched it off.
            ServiceNotThereError: The province's dialect has no state of cards.
            GatewayError: The province refused or did not answer.
        """
        require_offered(self._bench.equipment, WindowService.CARD_STATE)
        card = self._present_card(self._province(), self._people.number_of(wanted), actor)
        self._bench.apply(actor, AddEvent("", LOOKED, {"state": card.state.value}))
        return self._shown(card, by=actor)

    def change(self, wish: StateWish, actor: str) -> ServiceRecord:
        """Carry out one service for a person's present card. May be irreversible.

        Raises:
            ServiceOffError: The site has switched it off.
            OrderConflictError: The window rehearses.
            ConfirmationNeededError: It can't be undone, and nobody has confirmed it.
            IdentityMismatchError: The holder's ID card is missing, or it is another person's.
            CardNotFoundError: The person's present card is not the one that was named.
            GatewayError: The province refused or did not answer; the service is written down.
        """
        facts = SERVICES[wish.service]
        require_offered(self._bench.equipment, WindowService(wish.service.value))
        require_real_time(self._bench.journal)
        province = self._province()
        number = self._number_of(wish)
        proven = self._proven(wish, number)
        if facts.irreversible and not wish.confirmed:
            raise ConfirmationNeededError(f"{wish.service.value} can't be undone")
        card = self._present_card(province, number, actor)
        if wish.card_number not in ("", card.AAZ500):
            raise CardNotFoundError("the person's present card is another one")
        return self._carried_out(province, wish.service, card, actor, proven=proven)

    @property
    def services_here(self) -> tuple[StateService, ...]:
        """The services that the site has left on."""
        equipment = self._bench.equipment
        return tuple(one for one in SERVICES if is_offered(equipment, WindowService(one.value)))

    def one(self, service: int) -> ServiceRecord:
        """Return one service.

        Raises:
            CardNotFoundError: There is none with this number.
        """
        found = self._bench.journal.card_services.one(service)
        if found is None:
            raise CardNotFoundError(f"no card service {service}")
        return found

    def newest(self, limit: int) -> list[ServiceRecord]:
        """Return the last services, newest first."""
        return self._bench.journal.card_services.newest(limit)

    def looked_by(self, actor: str) -> StateView | None:
        """Return the card that a clerk has looked at last, if that was recently."""
        with self._lock:
            token = self._last.get(actor, "")
        return self.looked(token) if token else None

    def looked(self, token: str) -> StateView | None:
        """Return a card that was looked at lately, with the services that it allows."""
        found = self._remembered(token)
        return None if found is None else self._shown(found, token)

    def receipt(self, service: int, paper: PaperSize = PaperSize.RECEIPT) -> bytes:
        """回执: return the PDF of a service that was carried out.

        Raises:
            CardNotFoundError: It was not carried out, or its personal data was erased.
        """
        slip = self.slip(service)
        return self._bench.equipment.print_slip(replace(slip, paper=paper))

    def slip(self, service: int) -> Slip:
        """Return the words of a receipt; see `receipt`."""
        done = self.one(service)
        if done.result is not ServiceResult.DONE or done.card is None:
            raise CardNotFoundError(f"card service {service} has no receipt")
        return receipt_of(done)

    # -- inside --------------------------------------------------------------------------------

    def _province(self) -> CardStateGateway:
        province = self._bench.equipment.province
        if not isinstance(province, CardStateGateway):
            raise ServiceNotThereError("this dialect has no state of cards")
        return province

    def _number_of(self, wish: StateWish) -> str:
        known = self._remembered(wish.looked) if wish.looked else None
        if known is not None:
            return known.AAC002
        if wish.looked:
            raise IdentityMismatchError(IdentityMismatch.READ_AGAIN)
        return self._people.number_of(wish.person)

    def _proven(self, wish: StateWish, number: str) -> bool:
        token = wish.reading or wish.person.token
        if token:
            self._desk.require_reading_of(token, number)
            return True
        if SERVICES[wish.service].in_person and self._desk.equipment.id_reader is not None:
            raise IdentityMismatchError(IdentityMismatch.READ_AGAIN)
        return False

    def _carried_out(
        self,
        province: CardStateGateway,
        service: StateService,
        card: ProvinceCard,
        actor: str,
        *,
        proven: bool,
    ) -> ServiceRecord:
        with self._bench.journal.transaction(actor) as change:
            (begun,) = change.apply(BeginCardService(service, card, proven))
        try:
            province.change_card_state(service, card)
        except StationError as exc:
            ended = self._after_error(province, begun, service, card, exc)
            self._end(actor, ended)
            if ended.result is not ServiceResult.DONE:
                raise
        except BaseException:
            ended = EndCardService(begun, ServiceResult.UNKNOWN, None, StationError.code)
            self._end(actor, ended)
            raise
        else:
            done = EndCardService(begun, ServiceResult.DONE, SERVICES[service].leads_to)
            self._end(actor, done)
        self._remember_state(card, SERVICES[service].leads_to)
        return self.one(begun)

    def _end(self, actor: str, ended: EndCardService) -> None:
        self._bench.journal.insist(actor, lambda: (ended,))

    def _after_error(
        self,
        province: CardStateGateway,
        begun: int,
        service: StateService,
        card: ProvinceCard,
        error: StationError,
    ) -> EndCardService:
        """Return what is known after an error: the province is asked for the state."""
        refused = isinstance(error, GatewayRejectedError)
        try:
            now = province.card_state(card.AAC002)
        except StationError:
            result = ServiceResult.REFUSED if refused else ServiceResult.UNKNOWN
            return EndCardService(begun, result, None, error.code)
        if now.AAZ500 == card.AAZ500 and _is_proven(service, card.state, now.state):
            return EndCardService(begun, ServiceResult.DONE, now.state)
        result = ServiceResult.REFUSED if refused else ServiceResult.NOT_SEEN
        return EndCardService(begun, result, now.state, error.code)

    def _present_card(self, province: CardStateGateway, number: str, actor: str) -> ProvinceCard:
        """Ask the province for a person's card, and settle what was unknown about it and others."""
        try:
            card = province.card_state(number)
        except GatewayRejectedError as exc:
            if exc.reason is RejectionReason.NO_CARD:
                self._settle(number, None, actor)
            raise
        self._settle(number, card, actor)
        return card

    def _settle(self, number: str, card: ProvinceCard | None, actor: str) -> None:
        """End this person's services whose outcome was unknown, by the card that is shown now."""
        known = self._bench.journal.card_services.of_person(number)
        for one in known:
            if one.result not in UNSETTLED or one.card is None:
                continue
            state = card.state if card and card.AAZ500 == one.card.AAZ500 else None
            # A later service may have changed the state since: only the newest one is proven by it.
            done = one == known[-1] and _is_proven(one.service, one.before, state)
            result = ServiceResult.DONE if done else ServiceResult.NOT_SEEN
            if result is not one.result:
                self._bench.apply(actor, EndCardService(one.id, result, state, one.code))

    def _shown(self, card: ProvinceCard, token: str = "", by: str = "") -> StateView:
        token = token or self._remember(card, by)
        offered = tuple(
            service for service in self.services_here if card.state in SERVICES[service].offered_at
        )
        return state_view(token, card, offered)

    def _remember(self, card: ProvinceCard, by: str) -> str:
        token = secrets.token_hex(16)
        with self._lock:
            self._last[by] = token
            self._looked[token] = card, self._bench.clock.monotonic()
            while len(self._looked) > MOST_LOOKED:
                self._looked.popitem(last=False)
        return token

    def _remembered(self, token: str) -> ProvinceCard | None:
        with self._lock:
            card, at = self._looked.get(token, (None, 0.0))
        kept = self._bench.clock.monotonic() - at <= self._desk.equipment.keep
        return card if kept else None

    def _remember_state(self, card: ProvinceCard, state: CardState) -> None:
        with self._lock:
            for token, (known, at) in self._looked.items():
                if known.AAZ500 == card.AAZ500:
                    self._looked[token] = replace(known, state=state), at


def _is_proven(service: StateService, before: CardState, now: CardState | None) -> bool:
    """Whether the state of a card now proves that a service was carried out at another one. Pure.

    Not at a state at which it is not offered: there something else has led to the state now, such
    as the activation of a new card for 解除挂失.
    """
    facts = SERVICES[service]
    return before in facts.offered_at and now is facts.leads_to
