"""Deliberate breaks of the services on finished cards; each must be caught by its own case."""

from __future__ import annotations

import dataclasses
from typing import Any, Final
from unittest import mock

from station.core.card_states import (
    SERVICES,
    CardStateGateway,
    ProvinceCard,
    ServiceRecord,
    ServiceResult,
    StateService,
)
from station.core.changes import AddEvent, BeginCardService, EndCardService
from station.core.errors import StationError
from station.journal.transaction import WRITERS
from station.production.desk import cards as desk_cards
from station.production.desk.cards import BEGUN, DONE, ENDED, DeskCards
from station.production.services.card_states import CardStateService
from tests.torture.mutation import Mutation, Patch, replaced

REPORTED: Final = "a card reported lost, found again, cancelled"
LOST, ASKED_TOO = "a service whose answer is lost", "a service whose answer and question are lost"
PIN, LAST_TRY = "the holder's PIN", "the last try of a PIN"
PIN_LOST: Final = "a PIN service whose answer is lost"


def _nothing(*_: object, **__: object) -> None:
    return None


def _intent_afterwards(
    self: CardStateService,
    province: CardStateGateway,
    service: StateService,
    card: ProvinceCard,
    actor: str,
    *,
    proven: bool,
) -> ServiceRecord:
    province.change_card_state(service, card)
    (begun,) = self._bench.apply(actor, BeginCardService(service, card, proven))
    self._end(actor, EndCardService(begun, ServiceResult.DONE, SERVICES[service].leads_to))
    return self.one(begun)


def _refused_unasked(
    self: CardStateService,
    province: CardStateGateway,
    begun: int,
    service: StateService,
    card: ProvinceCard,
    error: StationError,
) -> EndCardService:
    del self, province, service, card
    return EndCardService(begun, ServiceResult.REFUSED, None, error.code)


def _done_unasked(
    self: CardStateService,
    province: CardStateGateway,
    begun: int,
    service: StateService,
    card: ProvinceCard,
    error: StationError,
) -> EndCardService:
    del self, province, card, error
    return EndCardService(begun, ServiceResult.DONE, SERVICES[service].leads_to)


def _again(
    self: CardStateService,
    province: CardStateGateway,
    begun: int,
    service: StateService,
    card: ProvinceCard,
    error: StationError,
) -> EndCardService:
    """Send it once more, and believe the province's refusal of a card that has the state."""
    del self, error
    try:
        province.change_card_state(service, card)
    except StationError as exc:
        return EndCardService(begun, ServiceResult.REFUSED, None, exc.code)
    return EndCardService(begun, ServiceResult.DONE, SERVICES[service].leads_to)


def _anything_can_be_undone() -> Patch:
    facts = dataclasses.replace(SERVICES[StateService.CANCEL], irreversible=False)
    return mock.patch.dict(SERVICES, {StateService.CANCEL: facts})


def _nobody_in_person() -> Patch:
    facts = dataclasses.replace(SERVICES[StateService.LIFT_LOSS], in_person=False)
    return mock.patch.dict(SERVICES, {StateService.LIFT_LOSS: facts})


_add_event: Final = WRITERS[AddEvent]


def _without(kind: str) -> Patch:
    def add(to: Any, change: AddEvent) -> int | None:  # noqa: ANN401
        return None if change.kind == kind else _add_event(to, change)

    return mock.patch.dict(WRITERS, {AddEvent: add})


def _always_done() -> Patch:
    def add(to: Any, change: AddEvent) -> int | None:  # noqa: ANN401
        if change.kind == ENDED:
            change = dataclasses.replace(change, data={**change.data, "result": DONE})
        return _add_event(to, change)

    return mock.patch.dict(WRITERS, {AddEvent: add})


SERVICE_MUTATIONS: Final = (
    Mutation(
        "a service on a card without its intent",
        replaced(CardStateService, "_carried_out", _intent_afterwards),
        (REPORTED,),
    ),
    Mutation(
        "a service without answer taken for refused",
        replaced(CardStateService, "_after_error", _refused_unasked),
        (LOST,),
    ),
    Mutation(
        "a service without answer taken for done",
        replaced(CardStateService, "_after_error", _done_unasked),
        ("a service that was not sent",),
    ),
    Mutation(
        "a service without answer sent again unasked",
        replaced(CardStateService, "_after_error", _again),
        (LOST,),
    ),
    Mutation(
        "a look that settles no service",
        replaced(CardStateService, "_settle", _nothing),
        (ASKED_TOO,),
    ),
    Mutation("注销 that nobody has confirmed", _anything_can_be_undone, (REPORTED,)),
    Mutation("解除挂失 without the holder", _nobody_in_person, (REPORTED,)),
    Mutation(
        "解除挂失 with anybody's ID card",
        replaced(CardStateService, "_proven", lambda *_: True),
        (REPORTED,),
    ),
    Mutation("a PIN service without its intent", lambda: _without(BEGUN), (PIN,)),
    Mutation("a PIN service without its end", lambda: _without(ENDED), (PIN,)),
    Mutation("every PIN service recorded as done", _always_done, (PIN,)),
    Mutation(
        "the last try of a PIN used unasked", replaced(DeskCards, "_check", _nothing), (LAST_TRY,)
    ),
    Mutation(
        "a forgotten PIN replaced without the holder",
        replaced(DeskCards, "_require_holder", _nothing),
        (PIN,),
    ),
    Mutation(
        "a forgotten PIN replaced for anybody",
        replaced(desk_cards, "require_person", _nothing),
        (PIN,),
    ),
)
