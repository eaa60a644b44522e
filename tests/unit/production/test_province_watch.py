"""The light of the province: soon red when an order met its silence, soon green again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from station.core.errors import GatewayUnavailableError
from station.production.machine.notifier import Notifier
from station.production.machine.province_watch import ASK_AGAIN, ASK_EVERY, ProvinceWatch
from tests.torture.clock import Clock

SECONDS = 20.0


class Province:
    """Counts the questions, and answers none while it is down."""

    def __init__(self) -> None:
        self.down = False
        self.count = 0

    def check_link(self) -> None:
        self.count += 1
        if self.down:
            raise GatewayUnavailableError("nobody answers")


@pytest.fixture
def watched() -> Iterator[tuple[ProvinceWatch, Province, Clock, Notifier]]:
    province, clock, notifier = Province(), Clock(), Notifier()
    watch = ProvinceWatch(province, notifier, clock)  # type: ignore[arg-type]  # asks it one thing only
    watch.start()
    notifier.wait(0, SECONDS)
    assert watch.state() == (True, "")
    yield watch, province, clock, notifier
    watch.stop()


def test_an_order_that_met_silence_turns_the_light_red_at_once(
    watched: tuple[ProvinceWatch, Province, Clock, Notifier],
) -> None:
    watch, province, clock, notifier = watched
    province.down = True
    clock.advance(ASK_AGAIN + 0.1)
    asked = province.count
    assert watch.state() == (True, "")
    assert province.count == asked, "an answer as young as that is believed"
    watch.state(doubted=True)
    notifier.wait(1, SECONDS)
    assert watch.state()[0] is False


def test_a_red_light_is_green_soon_after_the_province_is_back(
    watched: tuple[ProvinceWatch, Province, Clock, Notifier],
) -> None:
    watch, province, clock, notifier = watched
    province.down = True
    clock.advance(ASK_EVERY + 0.1)
    watch.state()
    notifier.wait(1, SECONDS)
    assert watch.state()[0] is False
    province.down = False
    clock.advance(ASK_AGAIN + 0.1)
    watch.state()
    notifier.wait(2, SECONDS)
    assert watch.state()[0] is True
