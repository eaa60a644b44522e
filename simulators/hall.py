"""`make hall`: a hall on this PC. Three windows make the cards of one batch, and central watches.

PostgreSQL and NATS are the real ones, from packages; central and the three stations are the real
programs; machines, readers and the province are simulated, each window's with a pcscd of its own.
The last line is one JSON object: what was made where, by central and by the machines' observers.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx

from simulators.child import ROOT, Process, ProcessEndedError
from simulators.demo import say
from simulators.engines import EngineFailedError, EngineMissingError, Nats, Postgres
from simulators.world import PEOPLE_PASSWORD, World, WorldOptions, wait_until

WINDOWS: Final = 3
PEOPLE: Final = 9
PORT: Final = 8480
#: Who works at central. For demonstrations and tests only.
CLERK: Final = "hall-operator"
SUPERVISOR: Final = "hall-supervisor"
CARRIER_PASSWORD: Final = "hall-demo-carrier"  # noqa: S105 - of a server that ends with the demo
SECONDS: Final = 300.0  #: for everything that must happen after the start


class HallFailedError(RuntimeError):
    """Something was not made; the message says what."""


@dataclasses.dataclass
class Hall:
    """The engines, central, and the windows.

    Attributes:
        folder: For logs, databases and records; must be empty or new.
        speed: Device time is divided by this.
        seed: Of everything random.
        port: Of central; 0 takes a free one.
        windows: The windows that run, by their names in the fleet.
    """

    folder: Path
    speed: float
    seed: int = 1
    port: int = 0
    windows: dict[str, World] = dataclasses.field(default_factory=dict)
    _token: str = dataclasses.field(default="", repr=False)
    postgres: Postgres | None = dataclasses.field(default=None, repr=False)
    nats: Nats | None = dataclasses.field(default=None, repr=False)
    _central: Process | None = dataclasses.field(default=None, repr=False)
    _people: threading.Lock = dataclasses.field(default_factory=threading.Lock, repr=False)
    _client: httpx.Client = dataclasses.field(
        default_factory=lambda: httpx.Client(trust_env=False, timeout=60.0), repr=False
    )

    # -- life ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Start everything; the windows side by side."""
        self.folder.mkdir(parents=True)
        self.postgres = Postgres()
        self.nats = Nats(self.folder / "nats")
        with ThreadPoolExecutor(WINDOWS + 1) as pool:
            self._prepare_windows()
            started = [pool.submit(one.start_surroundings) for one in self.windows.values()]
            engines = self.postgres, self.nats
            for waiting in (pool.submit(self._start_central, *engines), *started):
                waiting.result()
            list(pool.map(self._enrol_and_start, self.windows.values()))

    def stop(self) -> None:
        """Stop everything that was started: windows, central, engines."""
        with contextlib.ExitStack() as undo:  # each part is stopped, whatever the others do
            if self.postgres is not None:
                undo.callback(self.postgres.remove)
            if self.nats is not None:
                undo.callback(self.nats.stop)
            undo.callback(self._client.close)
            if self._central is not None:
                undo.callback(self._central.stop)
            pool = undo.enter_context(ThreadPoolExecutor(WINDOWS))
            list(pool.map(World.stop, self.windows.values()))

    def _prepare_windows(self) -> None:
        first: World | None = None
        for number in range(1, WINDOWS + 1):
            name = f"city.hall.window-{number}"
            options = WorldOptions(
                self.folder / f"window-{number}",
                speed=self.speed,
                # Of its own: no two cards of a province have the same numbers.
                seed=self.seed + number - 1,
                name=name,
            )
            self.windows[name] = World(options, same_province=first)
            first = first or self.windows[name]

    def _start_central(self, postgres: Postgres, nats: Nats) -> None:
        postgres.make()
        postgres.start()
        postgres.run("CREATE DATABASE hall")
        lines = [
            "[central]",
            'name = "city.hall"',
            f"state_dir = {json.dumps(str(self.folder / 'central'))}",
            "lease_seconds = 300",
            "[database]",
            f"url = {json.dumps(postgres.url('hall'))}",
            "[server]",
            f"port = {self.port}",
            "[carrier]",
            f"server = {json.dumps(nats.address)}",
            f"accounts_file = {json.dumps(str(nats.accounts))}",
            f"pid_file = {json.dumps(str(nats.pid_file))}",
        ]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        nats.folder.mkdir(parents=True, exist_ok=True)
        nats.accounts.write_text(self.command("accounts"), encoding="utf-8")
        nats.start()
        for name, role in ((CLERK, "operator"), (SUPERVISOR, "supervisor")):
            words = ("operator", name, "--role", role, "--password-stdin")
            self.command(*words, text=f"{PEOPLE_PASSWORD}\n")
        self.start_central()

    def start_central(self) -> None:
        """Start central itself; its database and the carrier run."""
        command = [*_central("serve"), "--config", str(self.config)]
        log = self.folder / "central.log"
        self._central = Process("central", command, log, _ENVIRONMENT)
        self._token = ""

    def kill_central(self) -> None:
        """Kill central as a power cut does."""
        if self._central is not None:
            self._central.kill()

    def _enrol_and_start(self, world: World) -> None:
        name = world.options.name
        settings = {"fleet": {"name": name, "central": self.page}}
        world.options = _with(world.options, settings)
        world.write_config()
        with self._people:  # the first one's file is copied for the others
            world.add_people()
        code = self.command("code", name).strip()
        command = [sys.executable, "-m", "station", "fleet", "enrol", "--code", code]
        _run([*command, "--config", str(world.config)], world.environment)
        world.start_station()

    def command(self, *words: str, text: str = "") -> str:
        """Run `station central ...`; return what it prints.

        Raises:
            ProcessEndedError: It refused.
        """
        command = [*_central(*words), "--config", str(self.config)]
        return _run(command, _ENVIRONMENT, text)

    # -- central -------------------------------------------------------------------------------

    @property
    def config(self) -> Path:
        """Central's settings file."""
        return self.folder / "central.toml"

    @property
    def page(self) -> str:
        """Address of central."""
        if self._central is None:
            raise HallFailedError("central does not run")
        return str(self._central.ready["address"])

    def api(self, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401 - JSON
        """Call central's API as its operator.

        Raises:
            HallFailedError: It refused.
        """
        if not self._token:
            login = {"operator": CLERK, "password": PEOPLE_PASSWORD}
            answer = self._client.post(f"{self.page}/api/v1/session", json=login)
            self._token = str(answer.raise_for_status().json()["token"])
        headers = {"Authorization": f"Bearer {self._token}"}
        url = f"{self.page}/api/v1/fleet{path}"
        answer = self._client.request(method, url, headers=headers, **request)
        if answer.is_error:
            raise HallFailedError(f"{method} {path}: {answer.text}")
        return answer.json() if answer.content else None

    def wall(self) -> dict[str, Any]:
        """Return what the wall page shows."""
        return dict(self.api("GET", "/wall"))


_ENVIRONMENT: Final = {"STATION_CENTRAL_CARRIER__PASSWORD": CARRIER_PASSWORD}


def make_batch(hall: Hall) -> dict[str, Any]:
    """Have the batch made on all machines; return the report on it.

    Raises:
        HallFailedError: A card was not made.
        TimeoutError: Something did not happen in time.
    """
    wait_until(lambda: _all_well(hall), SECONDS, "a sign of life of every window")
    people = next(iter(hall.windows.values())).people("ready")[:PEOPLE]
    if len(people) < PEOPLE:
        raise HallFailedError(f"the province has {len(people)} people, not {PEOPLE}")
    batch = hall.api(
        "POST",
        "/batches",
        json={
            "title": "nine people",
            "people": [
                {"application": f"hall-{line}", "number": one["id_number"]}
                for line, one in enumerate(people, start=1)
            ],
        },
    )["id"]
    hall.api("POST", f"/batches/{batch}/split", json={})
    wait_until(lambda: _batch(hall, batch)["assigned"] == PEOPLE, SECONDS, "the batch's assignment")
    with ThreadPoolExecutor(WINDOWS) as pool:
        list(pool.map(_work_at, hall.windows.values(), [PEOPLE // WINDOWS] * WINDOWS))
    wait_until(lambda: _batch(hall, batch)["made"] == PEOPLE, SECONDS, "the report of every card")
    wait_until(lambda: _all_known(hall), SECONDS, "every event's arrival at central")
    return _report(hall, batch)


def _work_at(world: World, cards: int) -> None:
    """Work as the clerk of one window: compare each person's picture, and have the card made."""
    orders: list[str] = wait_until(
        lambda: _orders(world, cards), SECONDS, f"the orders of {world.options.name}"
    )
    for order in orders:
        path = f"/orders/{order}"
        _posted(world, f"{path}/steps/data-ready?wait=30", None)
        made = _posted(world, f"{path}/run?wait=120", {"approved": True})
        while made["step"] != "released":
            hold = (made.get("problem") or {}).get("code", "")
            if hold != "no-lease":  # it comes with the next sign of life
                raise HallFailedError(f"{world.options.name}: {made['step']}: {made['problem']}")
            threading.Event().wait(1.0)
            made = _posted(world, f"{path}/run?wait=120", {"approved": True})


def _orders(world: World, cards: int) -> list[str]:
    listed = world.api("GET", "/orders").json()
    found = [str(one["id"]) for one in listed]
    return found if len(found) == cards else []


def _posted(world: World, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    answer = world.api("POST", path, json=body)
    if answer.is_error:
        raise HallFailedError(f"{world.options.name}: {answer.text}")
    return dict(answer.json())


def _batch(hall: Hall, batch: str) -> dict[str, Any]:
    return dict(hall.api("GET", f"/batches/{batch}"))


def _all_well(hall: Hall) -> bool:
    shown = {one["name"]: one["state"] for one in hall.wall()["windows"]}
    return shown == dict.fromkeys(hall.windows, "well")


def _all_known(hall: Hall) -> bool:
    return all(one["behind"] == 0 for one in hall.wall()["windows"])


def _report(hall: Hall, batch: str) -> dict[str, Any]:
    wall = hall.wall()
    orders = {one["name"]: one["made"] for one in wall["windows"]}
    prints = {name: world.observer()["totals"]["prints"] for name, world in hall.windows.items()}
    chains = [hall.api("GET", f"/stations/{name}/chain") for name in hall.windows]
    return {
        "made": _batch(hall, batch)["made"],
        "windows": len(wall["windows"]),
        "orders": orders,
        "prints": prints,
        "forks": wall["forks"],
        "alarms": len(wall["alarms"]),
        "events": sum(one["fitting"] for one in chains),
        "chains_wrong": sum(1 for one in chains if one["wrong"]),
    }


# -- the command -------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--once", action="store_true", help="end after the batch")
    parser.add_argument("--speed", type=float, default=4.0, help="device time is divided by this")
    parser.add_argument("--seed", type=int, default=1, help="of everything random")
    parser.add_argument("--port", type=int, default=PORT, help="of central; 0 takes a free one")
    parser.add_argument("--folder", type=Path, default=Path("var/hall"), help="for the record")


def run(chosen: argparse.Namespace) -> int:
    """Run the hall; returns the exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    shutil.rmtree(chosen.folder, ignore_errors=True)
    say(f"seed {chosen.seed}, device time x{chosen.speed:g}, record in {chosen.folder}")
    started = time.monotonic()
    port = 0 if chosen.once else chosen.port
    try:
        with running_hall(chosen.folder.resolve(), chosen.speed, chosen.seed, port) as hall:
            report = make_batch(hall)
            report["seconds"] = round(time.monotonic() - started, 1)
            if not chosen.once:
                _leave_up(hall, report)
    except KeyboardInterrupt:
        say("stopped")
        return 0
    except (HallFailedError, ProcessEndedError, TimeoutError) as exc:
        say(f"the batch was not made: {exc}")
        return 1
    except (EngineMissingError, EngineFailedError) as exc:
        say(f"the hall could not be started: {exc}")
        return 1
    say(json.dumps(report, ensure_ascii=False))
    return 0


@contextlib.contextmanager
def running_hall(folder: Path, speed: float, seed: int = 1, port: int = 0) -> Iterator[Hall]:
    """Start a hall and stop it at the end, whatever happens."""
    hall = Hall(folder, speed, seed, port)
    try:
        hall.start()
        yield hall
    finally:
        hall.stop()


def _leave_up(hall: Hall, report: dict[str, Any]) -> None:
    say(json.dumps(report, ensure_ascii=False))
    say("")
    say(f"wall page         {hall.page}/wall")
    for name, role in ((CLERK, "operator"), (SUPERVISOR, "supervisor")):
        say(f"log in as         {name} ({role}), password {PEOPLE_PASSWORD}")
    say("                  these operators are for the demonstration only")
    for name, world in hall.windows.items():
        say(f"{name}  {world.station_page}/  machine (hands) {world.machine_page}/")
    say("Ctrl-C ends everything.")
    signal.pause()


def _with(options: WorldOptions, settings: dict[str, dict[str, Any]]) -> WorldOptions:
    return dataclasses.replace(options, station_settings=settings)


def _central(*words: str) -> list[str]:
    return [sys.executable, "-m", "station", "central", *words]


def _run(command: Sequence[str], environment: dict[str, str], text: str = "") -> str:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProcessEndedError(f"{' '.join(command[2:5])}: {done.stdout}{done.stderr}")
    return done.stdout
