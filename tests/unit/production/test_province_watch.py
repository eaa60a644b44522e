"""The light of the province: soon red when an order met its silence, soon green again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from station.core.errors import GatewayUnavailableError
from station.production.machine.notifier import Notifier
from station.production.machine.province_watch import ASK_AGAIN, ASK_EVERY, ProvinceWatch

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


class Time:
    """Elapsed seconds as the test sets them."""

    def __init__(self) -> None:
        self.passed = 1000.0

    def monotonic(self) -> float:
        return self.passed


@pytest.fixture
def watched() -> Iterator[tuple[ProvinceWatch, Province, Time, Notifier]]:
    province, time, notifier = Province(), Time(), Notifier()
    watch = ProvinceWatch(province, notifier, time)  # type: ignore[arg-type]
    watch.start()
    notifier.wait(0, SECONDS)
    assert watch.state() == (True, "")
    yield watch, province, time, notifier
    watch.stop()


def test_an_order_that_met_silence_turns_the_light_red_at_once(
    watched: tuple[ProvinceWatch, Province, Time, Notifier],
) -> None:
    watch, province, time, notifier = watched
    province.down = True
    time.passed += ASK_AGAIN + 0.1
    asked = province.count
    assert watch.state() == (True, "")
    assert province.count == asked, "an answer as young as that is believed"
    watch.state(doubted=True)
    notifier.wait(1, SECONDS)
    assert watch.state()[0] is False


def test_a_red_light_is_green_soon_after_the_province_is_back(
    watched: tuple[ProvinceWatch, Province, Time, Notifier],
) -> None:
    watch, province, time, notifier = watched
    province.down = True
    time.passed += ASK_EVERY + 0.1
    watch.state()
    notifier.wait(1, SECONDS)
    assert watch.state()[0] is False
    province.down = False
    time.passed += ASK_AGAIN + 0.1
    watch.state()
    notifier.wait(2, SECONDS)
    assert watch.state()[0] is True
