"""`make bench-station`: the station's own time per card, its start, its memory, its idle time.

A card's station time is the order's time, from accepting it to the card in the outlet, less the
wall time that the simulated machine spent waiting for its motions, prints and contacts. Device
time runs at a multiple, so that twenty cards take a minute and not a quarter of an hour; what the
simulators themselves compute counts as the station's time here.
"""

from __future__ import annotations

import argparse
import compileall
import json
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

from simulators.world import ROOT, Process, World, WorldOptions, running
from tests.bench.report import finish, median, percentile, say

IDLE_SECONDS = 20.0
STARTS = 5
WARM_UP = 8.0  # seconds: after it answers it prepares the face; idle is what comes then


def station_times(world: World, cards: int, after: int = 0) -> list[float]:
    """Make cards one after the other; returns each one's station time in seconds.

    The first `after` people have their cards already.

    Pictures that the simulated province draws at the first request are asked for beforehand, and
    the caller keeps its connection, as a browser does: neither is the station's time. Nor is what
    the reader needs to see a card: the PC/SC service polls this one (vpcd) every 0.4 s, where real
    ones report at once; the station writes down how long it waited for that.
    """
    times: list[float] = []
    people = world.people("ready")[after : after + cards]
    api = f"{world.station_page}/api/v1"
    with httpx.Client(trust_env=False, verify=False, timeout=300.0) as caller:  # noqa: S501 - no TLS here
        for person in people:
            page = world.province_page.rstrip("/")
            caller.get(f"{page}/photo/{person['id_number']}.jpg").raise_for_status()
        for person in people:
            waited = waited_for_devices(world)
            started = time.perf_counter()
            wanted = {"id_number": person["id_number"]}
            order = caller.post(f"{api}/orders", json=wanted).json()["id"]
            run = f"{api}/orders/{order}/run?wait=120"
            answer = caller.post(run, json={"approved": True}).json()
            elapsed = time.perf_counter() - started
            if answer["step"] != "released":
                raise SystemExit(f"a card was not made: {answer['problem']}")
            times.append(elapsed - (waited_for_devices(world) - waited))
            say(f"card {len(times)}: {elapsed:.3f} s, of it station {times[-1]:.3f} s")
    return times


def waited_for_devices(world: World) -> float:
    """Return the wall seconds so far of motions, prints, contacts, and cards not yet seen."""
    lines = (world.folder / "station.log").read_text(encoding="utf-8").splitlines()
    awaited = (json.loads(line) for line in lines if '"card-awaited"' in line)
    unseen: float = sum(line["seconds"] for line in awaited)
    return float(world.observer()["device_wall_seconds"]) + unseen


def ready_times(world: World) -> list[float]:
    """Restart the daemon on its journal; returns the seconds until it answers."""
    times = []
    for _ in range(STARTS):
        world.stop_station()
        started = time.perf_counter()
        world.start_station()
        times.append(time.perf_counter() - started)
    return times


def memory_and_idle(pid: int) -> tuple[float, float]:
    """Return resident megabytes, and percent of one core over a quiet while with no page open."""
    process = psutil.Process(pid)
    process.cpu_percent()
    before = process.cpu_times()
    time.sleep(IDLE_SECONDS)
    after = process.cpu_times()
    busy = (after.user + after.system) - (before.user + before.system)
    return process.memory_info().rss / 1e6, 100.0 * busy / IDLE_SECONDS


def bare_peer(folder: Path) -> tuple[float, float, float]:
    """Return start seconds, megabytes and idle percent of FastAPI and uvicorn alone."""
    times = []
    for _ in range(STARTS):
        started = time.perf_counter()
        command = [sys.executable, "-m", "tests.bench.bare_app"]
        peer = Process("peer", command, folder / "peer.log", {})
        times.append(time.perf_counter() - started)
        if len(times) < STARTS:
            peer.stop()
    time.sleep(2.0)
    memory, idle = memory_and_idle(peer.pid)
    peer.stop()
    return median(times), memory, idle


def main() -> int:
    """Run the benchmark; slow is not a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=20)
    parser.add_argument("--speed", type=float, default=10.0)
    chosen = parser.parse_args()
    compileall.compile_dir(ROOT / "station", quiet=1)  # as installing a package does
    with tempfile.TemporaryDirectory() as folder:
        options = WorldOptions(folder=Path(folder), speed=chosen.speed, blanks=chosen.cards + 5)
        with running(options) as world:
            world.stop_station()  # the first start made the journal, which happens once
            world.start_station()
            times = station_times(world, chosen.cards)
            memory, _ = memory_and_idle(world.station_pid)
            starts = ready_times(world)
            time.sleep(WARM_UP)
            _, idle = memory_and_idle(world.station_pid)
        bare_start, bare_memory, bare_idle = bare_peer(Path(folder))
    finish(
        "station",
        runs=len(times),
        figures={
            "station_seconds_p50": percentile(times, 0.50),
            "station_seconds_p95": percentile(times, 0.95),
            "ready_seconds": median(starts),
            "rss_mb": memory,
            "idle_cpu_percent": idle,
            "speed": chosen.speed,
        },
        peers={
            "bare_fastapi_ready_seconds": bare_start,
            "bare_fastapi_rss_mb": bare_memory,
            "bare_fastapi_idle_cpu_percent": bare_idle,
            "octoprint_1_11_8_ready_seconds_quoted": 1.05,
            "octoprint_1_11_8_rss_mb_quoted": 109.0,
            "octoprint_1_11_8_idle_cpu_percent_quoted": 0.1,
        },
        ratios={
            "ready_over_bare_fastapi": median(starts) / bare_start,
            "rss_over_bare_fastapi": memory / bare_memory,
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
