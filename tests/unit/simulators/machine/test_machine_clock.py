from __future__ import annotations

import threading
import time

import pytest

from simulators.machine.clock import DeviceClock

DEADLINE = 30.0


def make_clock(speed: float) -> DeviceClock:
    return DeviceClock(threading.Condition(threading.RLock()), speed)


def always() -> bool:
    return True


def test_as_fast_as_it_can_costs_device_time_and_no_waiting() -> None:
    clock = make_clock(0)
    assert clock.spend(21.0, "print-front", always)
    assert clock.nominal["print-front"] == 21.0
    assert clock.waited["print-front"] == 0.0


@pytest.mark.parametrize("speed", [1, 10])
def test_waiting_is_device_time_over_speed(speed: float) -> None:
    clock = make_clock(speed)
    began = time.monotonic()
    assert clock.spend(0.05 * speed, "feed", always)
    assert time.monotonic() - began >= 0.05
    assert clock.nominal["feed"] == pytest.approx(0.05 * speed)
    assert clock.waited["feed"] >= 0.049


def test_a_wait_that_is_cut_short_counts_what_passed() -> None:
    condition = threading.Condition(threading.RLock())
    clock = DeviceClock(condition, 1)
    going = True
    results: list[bool] = []
    thread = threading.Thread(
        target=lambda: results.append(clock.spend(60.0, "feed", lambda: going))
    )
    thread.start()
    with condition:
        going = False
        condition.notify_all()
    thread.join(DEADLINE)
    assert results == [False]
    assert clock.nominal["feed"] < 60.0


def test_a_new_speed_holds_for_the_wait_that_runs() -> None:
    clock = make_clock(0.001)
    thread = threading.Thread(target=lambda: clock.spend(60.0, "feed", always))
    thread.start()
    clock.set_speed(0)
    thread.join(DEADLINE)
    assert not thread.is_alive()
    assert clock.nominal["feed"] == pytest.approx(60.0)


def test_a_pause_holds_only_the_named_activity() -> None:
    clock = make_clock(0)
    clock.pause("print-front")
    assert clock.pause_point("feed", always)
    thread = threading.Thread(target=lambda: clock.pause_point("print-front", always))
    thread.start()
    deadline = time.monotonic() + DEADLINE
    while clock.stopped_in is None and time.monotonic() < deadline:
        threading.Event().wait(0.001)
    stood_in = clock.stopped_in
    clock.go_on()
    thread.join(DEADLINE)
    assert (stood_in, clock.stopped_in) == ("print-front", None)
    assert clock.waited["print-front"] > 0


def test_reset_starts_at_zero() -> None:
    clock = make_clock(0)
    clock.spend(1.0, "feed", always)
    clock.reset()
    assert sum(clock.nominal.values()) == 0


@pytest.mark.parametrize("speed", [-1, float("nan")])
def test_impossible_speeds_are_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        make_clock(speed)
