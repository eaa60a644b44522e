"""What a clerk does about finished cards: state services at the province, and the holder's PIN."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Final

from station.core.card_states import StateService
from station.core.errors import GatewayRejectedError, StationError
from station.production.desk.cards import PinService, PinWish
from station.production.services.card_states import StateWish
from station.production.services.persons import PersonSearch
from tests.torture.desk import MODULE, OTHER_PIN, PIN, WRONG_PIN, id_card
from tests.torture.people import PEOPLE
from tests.torture.service_evidence import Asked
from tests.torture.window import Window

Hands = Callable[[Window], None]
CLERK: Final = "clerk"


def state_service(
    service: StateService, person: str = PEOPLE[0], *, confirmed: bool = True, holder: str = ""
) -> Hands:
    """Ask for one service; `holder` is whose ID card lies on the reader."""

    def change(window: Window) -> None:
        wish = StateWish(
            service,
            PersonSearch(id_number=person),
            reading=_reading(window, holder),
            confirmed=confirmed,
        )
        with _asking(window, Asked(service, person, confirmed, holder)):
            window.service.card_states.change(wish, CLERK)

    return change


def look(person: str = PEOPLE[0]) -> Hands:
    """状态查询."""

    def see(window: Window) -> None:
        with contextlib.suppress(StationError):
            window.service.card_states.look(PersonSearch(id_number=person), CLERK)

    return see


def look_at_every_card(window: Window) -> None:
    """状态查询 of everybody, once all is mended: no outcome stays open after it."""
    window.disk.mend()
    window.province.down = False
    for person in PEOPLE:
        with contextlib.suppress(GatewayRejectedError):  # who has no card
            window.service.card_states.look(PersonSearch(id_number=person), CLERK)
    window.looked_at_cards = True


def pin_service(
    service: PinService,
    person: str = PEOPLE[0],
    *,
    typed: str = PIN,
    new: str = OTHER_PIN,
    holder: str = "",
    last_try: bool = False,
) -> Hands:
    """Read the card that a person brings, and carry out one PIN service on it."""

    def carry_out(window: Window) -> None:
        window.bring_card(person)
        window.desk.pad.current, window.desk.pad.new = typed, new
        reading = _reading(window, holder)
        card = ""
        with contextlib.suppress(StationError):
            card = window.service.desk.read_card().AAZ501
        wish = PinWish(service, card, reading=reading, use_last_try=last_try)
        asked = Asked(service, person, holder=holder, last_try=last_try, card=card)
        with _asking(window, asked):
            window.service.desk.pin_service(wish, CLERK)

    return carry_out


def tries_left(tries: int, person: str = PEOPLE[0]) -> Hands:
    """The person has typed it wrong elsewhere."""
    return lambda window: setattr(window.bring_card(person), "tries", tries)


def _reading(window: Window, holder: str) -> str:
    if not holder:
        return ""
    # As the watch of the desk puts it there when a card is laid on the reader.
    return window.service.desk._readings.put(id_card(holder), MODULE).token


@contextlib.contextmanager
def _asking(window: Window, asked: Asked) -> Iterator[None]:
    window.asked = asked
    try:
        with contextlib.suppress(StationError):
            yield
    finally:
        window.asked = None


def anything(window: Window, rng: random.Random) -> None:
    """Do one of these services, for whomever it may be, as it should be or not."""
    served = [report.AAC002 for report in window.province.reports] or list(PEOPLE)
    person = rng.choice(served)
    holder = rng.choice((person, person, person, "", rng.choice(PEOPLE)))
    if rng.random() < PINS:
        service = rng.choice(list(PinService))
        card = window.bring_card(person)
        typed = rng.choice((card.pin, card.pin, WRONG_PIN))
        pin_service(
            service,
            person,
            typed=typed,
            new=rng.choice((PIN, OTHER_PIN)),
            holder=holder,
            last_try=rng.random() < LAST,
        )(window)
        return
    state = rng.choice(list(StateService))
    state_service(state, person, confirmed=rng.random() < CONFIRMED, holder=holder)(window)


PINS: Final = 0.3  #: share of the services that are about a PIN
LAST: Final = 0.3  #: of those who want the last try used
CONFIRMED: Final = 0.8  #: of the services that somebody has confirmed
