"""What is known after a run of the services on cards: at the province, and on the holder's PIN."""

from __future__ import annotations

import dataclasses

from station.core.card_states import CardState, ProvinceCard, ServiceRecord, StateService
from station.production.desk.cards import PinService
from tests.torture.desk import PinAct


@dataclasses.dataclass(frozen=True)
class Asked:
    """What the clerk is asking the station for.

    Attributes:
        service: Which service.
        person: Of whose card.
        confirmed: Whether somebody has confirmed what can't be undone.
        holder: Whose ID card was read for it; empty for nobody's.
        last_try: Whether the holder wants the last try of the PIN used.
        card: AAZ501 of the card that was read for a PIN service.
    """

    service: StateService | PinService
    person: str
    confirmed: bool = False
    holder: str = ""
    last_try: bool = False
    card: str = ""


@dataclasses.dataclass(frozen=True)
class StateAct:
    """One change of a card's state at the province, seen when it began.

    Attributes:
        service: What was done.
        card: To which card, with the state before it.
        record: Number of the begun service in the journal; 0 when there was none.
        asked: What the clerk had asked for.
    """

    service: StateService
    card: ProvinceCard
    record: int
    asked: Asked | None


@dataclasses.dataclass(frozen=True)
class Services:
    """Everything that the services of a run left behind."""

    acts: tuple[StateAct, ...] = ()
    records: tuple[ServiceRecord, ...] = ()  #: oldest first
    states: tuple[tuple[str, CardState], ...] = ()  #: 卡号 and state, at the province
    pin_acts: tuple[tuple[PinAct, Asked | None], ...] = ()
    cuts: int = 0  #: power cuts of the window
    looked: bool = False  #: whether somebody has looked at every card since
