"""Cases about finished cards: what is done to their state at the province, and to their PIN."""

from __future__ import annotations

from typing import Final

from station.core.card_states import StateService
from station.core.errors import GatewayUnavailableError, OutcomeUnknownError, StationError
from station.production.desk.cards import PinService
from tests.torture.case import Case, both
from tests.torture.clerk import Wish
from tests.torture.desk import OTHER_PIN, WRONG_PIN
from tests.torture.field_cases import in_round
from tests.torture.people import PEOPLE
from tests.torture.runs import Hands
from tests.torture.service_hands import look, pin_service, state_service, tries_left
from tests.torture.window import Window

S, P = StateService, PinService
HOLDER, OTHER = PEOPLE[0], PEOPLE[2]
CARD_IS_OUT: Final = 6  #: the round in which the first person has the card


def _one_comes_later() -> list[Wish]:
    return [Wish(HOLDER, "request-1"), Wish(PEOPLE[1], "request-2", comes_in=CARD_IS_OUT + 4)]


def _served(name: str, *rounds: Hands, prepare: Hands = lambda window: None) -> Case:
    """Do one thing in each round after the card is out."""
    hands = [in_round(CARD_IS_OUT + number, one) for number, one in enumerate(rounds)]
    return Case(name, prepare, every_round=both(*hands), wishes=_one_comes_later)


def _gone() -> StationError:
    return GatewayUnavailableError("no answer")


def _lost(call: str, when: str, error: StationError) -> Hands:
    return lambda window: window.points.spring(call, when, error)


def _nobody_to_ask(window: Window) -> None:
    """The answer to the next service is lost, and so is the question about it."""
    points = window.points
    points.spring("change", "after", _gone())
    points.when("change", "after", lambda: points.spring("state", "before", _gone()))


def _late(window: Window) -> None:
    window.province.late_service = True


SERVICE_CASES: Final[tuple[Case, ...]] = (
    _served(
        "a card reported lost, found again, cancelled",
        state_service(S.REPORT_LOSS),
        both(state_service(S.LIFT_LOSS), state_service(S.LIFT_LOSS, holder=OTHER)),
        state_service(S.LIFT_LOSS, holder=HOLDER),
        both(state_service(S.CANCEL, confirmed=False, holder=HOLDER),
             state_service(S.CANCEL), state_service(S.CANCEL, holder=HOLDER)),
    ),
    _served("a service whose answer is lost", state_service(S.SUSPEND), look(),
            prepare=_lost("change", "after", _gone())),
    _served("a service that was not sent", state_service(S.SUSPEND), state_service(S.SUSPEND),
            prepare=_lost("change", "before", _gone())),
    _served("a service whose answer and question are lost", state_service(S.SUSPEND), look(),
            prepare=_nobody_to_ask),
    _served("a service that arrives late", state_service(S.SUSPEND), look(), look(),
            prepare=_late),
    _served(
        "the holder's PIN",
        both(pin_service(P.VERIFY), pin_service(P.CHANGE)),
        both(pin_service(P.VERIFY, typed=WRONG_PIN), pin_service(P.RELOAD, holder=OTHER)),
        both(pin_service(P.RELOAD), pin_service(P.RELOAD, holder=HOLDER)),
        pin_service(P.VERIFY, typed=OTHER_PIN),
    ),
    _served(
        "the last try of a PIN",
        both(tries_left(1), pin_service(P.VERIFY, typed=WRONG_PIN)),
        pin_service(P.CHANGE, typed=WRONG_PIN, last_try=True),
        both(pin_service(P.VERIFY), pin_service(P.UNBLOCK)),
        both(pin_service(P.UNBLOCK, holder=HOLDER), pin_service(P.VERIFY)),
    ),
    _served("a PIN service whose answer is lost", pin_service(P.CHANGE), pin_service(P.VERIFY),
            prepare=_lost("pin", "after", OutcomeUnknownError("the card is gone"))),
)  # fmt: skip
