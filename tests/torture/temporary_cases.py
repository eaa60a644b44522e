"""Cases about temporary cards, which are written in the desk's reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from station.core.errors import (
    GatewayRejectedError,
    GatewayUnavailableError,
    OutcomeUnknownError,
    RejectionReason,
    StationError,
)
from tests.torture.case import Case, both
from tests.torture.clerk import Wish
from tests.torture.people import PEOPLE
from tests.torture.runs import Hands
from tests.torture.temporary_hands import (
    another_blank,
    bad_blank,
    banks_blank,
    breaks,
    cancels,
)
from tests.torture.window import Window

WRITTEN: Final = "a temporary card is issued"
WHOLE: Final = "a temporary card is issued, written again and taken back"
TORN: Final = "a temporary card is lifted while it is written"
EXCHANGED: Final = "another blank after a temporary card was lifted"
BANKS: Final = "a bank's blank for a temporary card"
LOST: Final = "the answer to 临时卡发放 is lost"
SPOILED: Final = "a temporary card that can't be written again"
BACK_LOST: Final = "the answer to 临时卡收回 is lost, and it is cancelled"


def _wants(*, to_the_end: bool = False) -> Callable[[], list[Wish]]:
    return lambda: [
        Wish(PEOPLE[0], "request-1", temporary=True, rewrites=to_the_end, returns=to_the_end)
    ]


def _and_a_card() -> list[Wish]:
    return [
        Wish(PEOPLE[0], "request-1", temporary=True, rewrites=True, returns=True),
        Wish(PEOPLE[1], "request-2"),
    ]


def _springs(call: str, when: str, *errors: Callable[[], StationError]) -> Hands:
    return lambda window: window.points.spring(call, when, *(make() for make in errors))


def _gone() -> StationError:
    return GatewayUnavailableError("no answer")


def _lifted() -> StationError:
    return OutcomeUnknownError("the card went away")


def _refused() -> StationError:
    return GatewayRejectedError(RejectionReason.OTHER, province_text="不予办理")


def _late(window: Window) -> None:
    window.province.late = True


def _time_passes(window: Window) -> None:
    window.clock.advance(7.0)


def _issued(name: str, *prepare: Hands, every_round: Hands = _time_passes) -> Case:
    return Case(name, both(*prepare), every_round=every_round, wishes=_wants())


def _to_the_end(name: str, *prepare: Hands, every_round: Hands = _time_passes) -> Case:
    wishes = _wants(to_the_end=True)
    return Case(name, both(*prepare), every_round=every_round, wishes=wishes)


TEMPORARY_CASES: Final[tuple[Case, ...]] = (
    _issued(WRITTEN),
    _to_the_end(WHOLE),
    Case("a temporary card beside a card", wishes=_and_a_card),
    _issued(TORN, _springs("desk write", "inside", _lifted)),
    _issued("a temporary card is lifted after its write", _springs("desk write", "after", _lifted)),
    _issued("no HSM for a temporary card", _springs("hsm", "before", _gone, _gone)),
    _issued(EXCHANGED, _springs("desk write", "inside", _lifted), every_round=another_blank),
    _issued(BANKS, every_round=banks_blank),
    _issued("a blank for temporary cards that takes data badly", bad_blank),
    _issued(LOST, _springs("report", "after", _gone)),
    _issued("the answer to 临时卡发放 and the question are lost",
            _springs("report", "after", _gone), _springs("find", "before", _gone)),
    _issued("临时卡发放 arrives late", _late),
    _issued("临时卡发放 is refused once", _springs("report", "before", _refused)),
    _to_the_end(SPOILED, every_round=breaks),
    _to_the_end("临时卡收回 is not sent", _springs("collect", "before", _gone)),
    _to_the_end(BACK_LOST, _springs("collect", "after", _gone), every_round=cancels),
)  # fmt: skip
