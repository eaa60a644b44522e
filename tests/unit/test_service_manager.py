"""The reports to systemd, over a real datagram socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.drivers import family_names, load_family
from station.service_manager import LANE_PATIENCE, ServiceManager

SECONDS = 20.0  # deadline of what happens in a moment


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify"))
        made.settimeout(SECONDS)
        yield made


def manager(listener: socket.socket, watchdog: float = 0.0) -> ServiceManager:
    environment = {"NOTIFY_SOCKET": listener.getsockname(), "OTHER": "kept"}
    if watchdog:
        environment["WATCHDOG_USEC"] = str(round(watchdog * 1e6))
    made = ServiceManager(environment)
    assert environment == {"OTHER": "kept"}, "a child would report for us"
    return made


def test_readiness_and_the_end_are_reported(listener: socket.socket) -> None:
    ours = manager(listener)
    ours.ready(lambda: 0.0)
    assert listener.recv(100) == b"READY=1"
    ours.stopping()
    assert listener.recv(100) == b"STOPPING=1"


def test_life_is_reported_while_the_machines_thread_comes_round(listener: socket.socket) -> None:
    ours = manager(listener, watchdog=0.03)
    ours.ready(lambda: LANE_PATIENCE - 1)
    assert listener.recv(100) == b"READY=1"
    assert listener.recv(100) == b"WATCHDOG=1"
    assert listener.recv(100) == b"WATCHDOG=1"
    ours.stopping()


def test_no_life_is_reported_of_a_thread_that_hangs(listener: socket.socket) -> None:
    hangs = threading.Event()
    ours = manager(listener, watchdog=0.03)
    ours.ready(lambda: LANE_PATIENCE if hangs.is_set() else 0.0)
    assert listener.recv(100) == b"READY=1"
    assert listener.recv(100) == b"WATCHDOG=1"
    hangs.set()
    told = [listener.recv(100) for _ in range(6)]
    ours.stopping()
    silent_from = told.index(b"STATUS=the machine's thread has not come round")
    assert b"WATCHDOG=1" not in told[silent_from:]


def test_another_process_watchdog_is_not_ours(listener: socket.socket) -> None:
    environment = {
        "NOTIFY_SOCKET": listener.getsockname(),
        "WATCHDOG_USEC": "30000",
        "WATCHDOG_PID": "1",
    }
    ours = ServiceManager(environment)
    ours.ready(lambda: 0.0)
    ours.stopping()
    assert [listener.recv(100), listener.recv(100)] == [b"READY=1", b"STOPPING=1"]


def test_another_program_in_this_process_gets_the_line(listener: socket.socket) -> None:
    given = {"NOTIFY_SOCKET": listener.getsockname(), "WATCHDOG_USEC": "60000000"}
    environment = {**given, "OTHER": "kept"}
    first = ServiceManager(environment)
    first.ready(lambda: 0.0)
    first.hand_on()
    assert environment == {**given, "OTHER": "kept"}
    second = ServiceManager(environment)
    second.ready(lambda: 0.0)
    second.stopping()
    told = [listener.recv(100) for _ in range(4)]
    # Never "stopping" before the second one: systemd would end the process for it.
    assert told == [b"READY=1", b"WATCHDOG=1", b"READY=1", b"STOPPING=1"]


def test_a_line_that_leads_nowhere_stops_nothing_and_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As in a shell that a service of another account has started."""
    ours = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone"), "WATCHDOG_USEC": "30000"})
    ours.ready(lambda: 0.0)
    ours.stopping()
    told = [one.__dict__["report"] for one in caplog.records if "report" in one.__dict__]
    assert (told[0], told[-1]) == ("READY", "STOPPING")


def test_a_report_that_did_not_arrive_is_followed_by_the_next(tmp_path: Path) -> None:
    place = tmp_path / "notify"
    ours = ServiceManager({"NOTIFY_SOCKET": str(place), "WATCHDOG_USEC": "30000"})
    ours.ready(lambda: 0.0)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as late:
        late.bind(str(place))
        late.settimeout(SECONDS)
        assert late.recv(100) == b"WATCHDOG=1"
        ours.stopping()


def test_on_a_terminal_nothing_is_reported() -> None:
    before = set(threading.enumerate())  # another test's thread may still be ending
    ours = ServiceManager({"WATCHDOG_USEC": "1000"})
    assert not ours.listens
    ours.ready(lambda: 0.0)
    ours.stopping()
    assert "life" not in {thread.name for thread in set(threading.enumerate()) - before}


def test_the_longest_step_of_every_model_is_within_the_patience() -> None:
    for family in family_names():
        for name, model in load_family(family).models.items():
            longest = max(model.device_seconds.values(), default=0.0)
            # The factor of the slowest family, its longest wait before and its margin after a goal.
            assert 4 * longest + 45 + 30 < 400 < LANE_PATIENCE, name
