"""The state of a card at the province, and services on it, as the API shows them."""

from __future__ import annotations

import datetime as dt

from station.api.models.shown import Shown
from station.core.card_states import CardState, ServiceResult, StateService


class StateView(Shown):
    """A person's present card at the province.

    Attributes:
        token: Names the card that was looked at in `looked`; expires after a while.
        name: The holder's name.
        number_masked: The holder's 社会保障号码.
        card_number_masked: 卡号.
        state: Its state.
        bank: The bank's name; empty when the province does not say.
        offered: Services that the state allows and the site has left on.
    """

    token: str
    name: str
    number_masked: str
    card_number_masked: str
    state: CardState
    bank: str
    offered: tuple[StateService, ...]


class CardServiceDone(Shown):
    """One service on the state of a card; no personal data.

    Attributes:
        id: Number of the service; names its receipt.
        service: Which one.
        at: UTC.
        actor: The clerk.
        result: What is known: `unknown` and `not-seen` when no answer came.
        code: Code of the error that ended it; empty for none.
        before: State before it.
        after: State after it, as far as it is known.
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
    proven: bool
