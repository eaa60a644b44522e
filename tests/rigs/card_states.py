"""A province that has the state of cards, in memory, for the tests of the services on it."""

from __future__ import annotations

from station.core.card_states import SERVICES, CardState, ProvinceCard, StateService
from station.core.errors import GatewayRejectedError, GatewayUnavailableError, RejectionReason
from tests.unit.production.doubles import FakeProvince, Trap, production_data


class ProvinceWithStates(FakeProvince):
    """Keeps one card of each person, and refuses what the state does not allow."""

    def __init__(self, trap: Trap) -> None:
        super().__init__(trap)
        self.states: dict[str, CardState] = {}
        self.changes: list[StateService] = []
        self.is_down = False

    def card_state(self, AAC002: str) -> ProvinceCard:
        if self.is_down:
            raise GatewayUnavailableError("no answer")
        self.trap.at("state", "before")
        if AAC002 not in self.states:
            raise GatewayRejectedError(RejectionReason.NO_CARD, province_text="没有社保卡")
        number = production_data(AAC002).chip.AAZ500
        return ProvinceCard(AAC002, "张三", number, self.states[AAC002], "建设银行")

    def change_card_state(self, service: StateService, card: ProvinceCard) -> str:
        self.trap.at("change", "before")
        if self.states[card.AAC002] not in SERVICES[service].offered_at:
            raise GatewayRejectedError(RejectionReason.CARD_STATE, province_text="卡状态不允许")
        self.states[card.AAC002] = SERVICES[service].leads_to
        self.changes.append(service)
        self.trap.at("change", "after")
        return "OK"
