"""The daemon and its picture process, both real: what the daemon never loads, and a kill."""

from __future__ import annotations

import os
import re
import signal
import threading
from pathlib import Path
from typing import Any

import psutil

from simulators.world import World, wait_until
from tests.scenario.conftest import Window

#: What only the picture process loads; a library in memory shows in a process's map.
FOREIGN = re.compile(r"site-packages/(numpy|PIL|pillow\.libs|scipy|skimage|simplejpeg)")


def picture_process(world: World) -> psutil.Process:
    """Return the daemon's picture process that draws cards."""
    daemon = psutil.Process(world.station_pid)

    def running() -> psutil.Process | None:
        for child in daemon.children():
            if "station.picture_process.worker" in child.cmdline():
                return child
        return None

    return wait_until(running, 60.0, "a picture process")


def loaded(pid: int) -> set[str]:
    """Return the foreign libraries of pictures that a process has in memory."""
    return set(FOREIGN.findall(Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")))


def test_the_daemon_of_a_made_card_has_loaded_no_library_of_pictures(window: Window) -> None:
    window.accept()
    assert window.run_to_release()["step"] == "released"
    assert window.world.api("GET", f"/orders/{window.order}/preview/front.png").is_success
    assert loaded(window.world.station_pid) == set()
    drawing = picture_process(window.world)
    assert {"numpy", "PIL"} <= loaded(drawing.pid)  # or the check above could not fail
    assert drawing.num_threads() == 1
    assert "PROVINCE" not in "".join(drawing.environ())


def test_killing_the_process_while_it_draws_for_a_card_inside_costs_nothing(
    window: Window,
) -> None:
    before = window.totals()
    window.accept()
    window.press("data-ready", "approved", "fed", "encoded", "reported")
    other = picture_process(window.world)
    window.world.stop_station()  # a new daemon has drawn no face yet
    assert not other.is_running()
    window.world.start_station()
    drawing = picture_process(window.world)
    wait_until(lambda: "PIL" in loaded(drawing.pid) or None, 60.0, "a warm process")
    drawing.suspend()
    seen: list[dict[str, Any]] = []
    pressing = threading.Thread(target=lambda: seen.append(window.press("printed", wait=120.0)))
    pressing.start()
    wait_until(lambda: at_work(window) or None, 60.0, "the print")
    os.kill(drawing.pid, signal.SIGKILL)
    pressing.join(120.0)
    assert seen[0]["step"] == "printed", seen
    assert window.run_to_release()["step"] == "released"
    after = window.totals()
    assert after["prints"] == before["prints"] + 1
    assert after["chip_write_sessions"] == before["chip_write_sessions"] + 1
    assert window.world.api("GET", "/station").is_success


def at_work(window: Window) -> bool:
    """Whether the machine is taking the order to `printed`."""
    return bool(window.view()["running"] == "printed")
