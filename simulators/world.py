"""A complete simulated window as processes: province, machine, PC/SC, and the real station.

Used by the demo, the scenario tests and the benchmarks. It stops everything that it has started.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx

from simulators.child import ROOT, START_SECONDS, Process, ProcessEndedError
from simulators.gateways import find_province
from simulators.machine.server import find_printer
from simulators.pcsc_service import DESK_READER_NAME, READER_NAME, PcscService, pcsc_can_run

T = TypeVar("T")

PASSWORD: Final = "window-1-demo"  # noqa: S105 - the simulated province's, protects nothing
#: Who works at a simulated window, and as what. For demonstrations and tests only.
OPERATOR: Final = "demo-operator"
SUPERVISOR: Final = "demo-supervisor"
PEOPLE: Final[Mapping[str, tuple[str, ...]]] = {
    OPERATOR: ("operator", "technician", "auditor"),
    SUPERVISOR: ("supervisor",),
}
PEOPLE_PASSWORD: Final = "Window-1-only"  # noqa: S105 - printed on the screen
_people_file: Final[list[bytes]] = []  # the file of operators, once this process has made one


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """The parts of a world.

    Attributes:
        folder: For logs, databases and the observer's record; must be empty or new.
        speed: Device time is divided by this; 0 does not wait at all.
        seed: Seed of everything random.
        people: Number of invented people in the province.
        blanks: Blanks in the feeder.
        bank_bin: The bank of the blanks.
        port: The station's port; 0 takes a free one.
        log_level: Log level of the station.
        pcsc: Whether the chip is reached through PC/SC, where it can be.
        desk: Whether the window has an ID-card reader and a PIN pad, and with PC/SC a second card
            reader.
        printer: Model of the simulated machine.
        printer_scheme: Kind of its address, one of the model's; empty: the usual one.
        province: The simulated provincial system and the station's gateway to it, by their name.
        cards: The simulated blanks and the station's card profile for them, by their name.
        template: The station's face template; empty: its default. A path is taken from the
            repository's root.
        station_settings: More lines for the station's settings file, per table.
        station_python: The Python that the station runs with; empty: this one.
        rehearsals: Whether the window has a marked test card; it is in the hand at first.
        name: Of the window.
    """

    folder: Path
    speed: float = 0.0
    seed: int = 1
    people: int = 200
    blanks: int = 20
    bank_bin: str = "622700"
    port: int = 0
    log_level: str = "info"
    pcsc: bool = True
    desk: bool = False
    printer: str = "hiti-cs220e"
    printer_scheme: str = ""
    province: str = "henan"
    cards: str = "ssc"
    template: str = ""
    station_settings: Mapping[str, Mapping[str, Any]] | None = None
    station_python: str = ""
    rehearsals: bool = False
    name: str = "window-1"


class World:
    """Province, machine and station, with a client for each one's HTTP interface."""

    def __init__(self, options: WorldOptions, *, same_province: World | None = None) -> None:
        """Prepare it; `same_province` is the window whose province it works with, too."""
        self.options = options
        self._province_at = same_province or self
        self._scheme = options.printer_scheme or find_printer(options.printer).scheme
        self._region = find_province(options.province).region
        self.folder = options.folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "station.toml"
        self.record = self.folder / "record"
        self.pcsc: PcscService | None = None
        self._processes: dict[str, Process] = {}
        self._chip_port = 0
        self._token = ""

    # -- life ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Start everything; the station last."""
        self.start_surroundings()
        self.write_config()
        self.add_people()
        self.start_station()

    def start_surroundings(self) -> None:
        """Start what is around a station: readers, province, machine, desk."""
        if self.options.pcsc and pcsc_can_run():
            self.pcsc = PcscService()
            self.pcsc.start()
            self._chip_port = self.pcsc.vpcd_port
            if threading.current_thread() is threading.main_thread():
                self.pcsc.listen_to_hook()
        else:
            self._chip_port = free_port()
        if self._province_at is self:
            self.start_province()
        self.start_machine()
        if self.options.desk:
            self.start_desk()

    def stop(self) -> None:
        """Stop everything that was started, the station first."""
        for name in ("station", "desk", "machine", "province"):
            process = self._processes.pop(name, None)
            if process is not None:
                process.stop()
        if self.pcsc is not None:
            self.pcsc.stop()
            self.pcsc = None

    def start_province(self) -> None:
        """Start the simulated province."""
        self._start("province", _province(self.options))

    def start_machine(self) -> None:
        """Start the simulated machine."""
        command = [
            *_module("simulators", "machine"),
            *("--model", self.options.printer),
            *("--printer", f"{self._scheme}://127.0.0.1:0"),
            *("--chip", f"vpcd://127.0.0.1:{self._chip_port}"),
            *("--control", "http://127.0.0.1:0"),
            *("--speed", str(self.options.speed), "--seed", str(self.options.seed)),
            *("--blanks", str(self.options.blanks), "--bank-bin", self.options.bank_bin),
            *("--region", self._region, "--record", str(self.record)),
            *("--cards", self.options.cards),
        ]
        if self.pcsc is not None:
            command += ["--reader-cable-hook", self.pcsc.hook_command()]
            if self.options.desk:
                command += ["--desk-chip", f"vpcd://127.0.0.1:{self._chip_port + 1}"]
        self._start("machine", command)

    def start_desk(self) -> None:
        """Start the ID-card reader and the PIN pad."""
        command = [*_module("simulators", "desk"), "--folder", str(self.folder / "desk")]
        command += ["--control", "http://127.0.0.1:0", "--seed", str(self.options.seed)]
        self._start("desk", command)

    def start_station(self) -> None:
        """Start the real station; it recovers first when it ran before."""
        words = ("-m", "station", "serve", "--log-level", self.options.log_level)
        self._start("station", _station(self, *words), self.environment)

    def kill_station(self) -> None:
        """Kill the daemon as a power cut does: SIGKILL."""
        self._processes.pop("station").kill()

    def stop_station(self) -> None:
        """Stop the daemon in an orderly way."""
        self._processes.pop("station").stop()

    def add_people(self) -> None:
        """Add the window's operators, as an administrator of the PC does.

        Four people are four starts of a program. A process that runs one window after another, as
        the tests do, adds them to its first window and gives the others a copy of their file.
        """
        people = self.folder / "state" / "access.db"
        if _people_file:
            people.parent.mkdir(mode=0o700, exist_ok=True)
            people.touch(mode=0o600)
            people.write_bytes(_people_file[0])
            return
        _run_operators_add(self.config)
        with contextlib.closing(sqlite3.connect(people)) as database:
            _people_file.append(database.serialize())

    def write_config(self) -> None:
        """Write the station's settings for this world."""
        self.config.write_text(_as_toml(_settings(self)), encoding="utf-8")

    # -- faces ---------------------------------------------------------------------------------

    @property
    def printer_link(self) -> str:
        """Address of the simulated printer; a plain reader is the chip's own."""
        address = str(self._processes["machine"].ready["printer"])
        return "reader:" if self._scheme == "reader" else address

    @property
    def chip_link(self) -> str:
        """How the station reaches the chip: PC/SC, or the virtual reader's own protocol."""
        return f"pcsc:{READER_NAME}" if self.pcsc is not None else f"vpcd:{self._chip_port}"

    @property
    def pcsc_environment(self) -> dict[str, str]:
        """The environment variables with which a program finds this window's reader."""
        return {} if self.pcsc is None else self.pcsc.environment

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the station and its commands run with."""
        return {"STATION_PROVINCE__PASSWORD": PASSWORD, **self.pcsc_environment}

    @property
    def province_process(self) -> Process:
        """The simulated province; another window's where several work with one."""
        if self._province_at is not self:
            return self._province_at.province_process
        return self._processes["province"]

    @property
    def province_url(self) -> str:
        """Address of the province's service."""
        return str(self.province_process.ready["province"])

    @property
    def province_page(self) -> str:
        """Address of the clerk's page at the province."""
        return str(self.province_process.ready["page"])

    @property
    def machine_page(self) -> str:
        """Address of the machine's control page."""
        return str(self._processes["machine"].ready["control"])

    @property
    def desk_links(self) -> tuple[str, str]:
        """Addresses of the ID-card reader and the PIN pad; only with `options.desk`."""
        ready = self._processes["desk"].ready
        return str(ready["id_reader"]), str(ready["pin_pad"])

    @property
    def desk_page(self) -> str:
        """Address of the page of the ID-card reader and the PIN pad; only with `options.desk`."""
        return str(self._processes["desk"].ready["control"])

    @property
    def station_page(self) -> str:
        """Address of the operator page."""
        return str(self._processes["station"].ready["address"])

    @property
    def station_pid(self) -> int:
        """Process id of the daemon."""
        return self._processes["station"].pid

    def api(self, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - httpx
        """Call the station's API as the window's operator, who logs in again after a long rest."""
        given = request.pop("headers", None) or {}
        url = f"{self.station_page}/api/v1{path}"
        answer = _call(method, url, headers={**self.badge(), **given}, **request)
        if answer.status_code == httpx.codes.UNAUTHORIZED and "Authorization" not in given:
            self._token = ""
            answer = _call(method, url, headers={**self.badge(), **given}, **request)
        return answer

    def page(self, path: str = "/") -> str:
        """Return one of the station's pages as the window's operator sees it."""
        return _call("GET", f"{self.station_page}{path}", headers=self.badge()).text

    def badge(self, operator: str = OPERATOR) -> dict[str, str]:
        """Return the header by which the station knows an operator; logs in when needed."""
        if operator == OPERATOR and self._token:
            return {"Authorization": f"Bearer {self._token}"}
        login = {"operator": operator, "password": PEOPLE_PASSWORD}
        answer = _json(_call("POST", f"{self.station_page}/api/v1/session", json=login))
        if operator == OPERATOR:
            self._token = str(answer["token"])
        return {"Authorization": f"Bearer {answer['token']}"}

    def machine(self, action: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Perform an action at the machine."""
        body = {"action": action, **parameters}
        return _json(_call("POST", f"{self.machine_page}/do", json=body))

    def desk(self, action: str, **parameters: str) -> dict[str, Any]:
        """Perform an action at the ID-card reader or the PIN pad."""
        body = {"action": action, **parameters}
        return _json(_call("POST", f"{self.desk_page}/do", json=body))

    def province(self, action: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Perform an action at the province."""
        body = {"action": action, **parameters}
        return _json(_call("POST", f"{self.province_page.rstrip('/')}/do", json=body))

    def observer(self) -> dict[str, Any]:
        """Return the real events at the machine."""
        return _json(_call("GET", f"{self.machine_page}/observer"))

    def machine_state(self) -> dict[str, Any]:
        """Return where everything at the machine is now."""
        return _json(_call("GET", f"{self.machine_page}/state"))

    def picture(self, card: str, side: str) -> bytes:
        """Return what is really on one side of a card, as a PNG."""
        return _call("GET", f"{self.machine_page}/observer/cards/{card}/{side}.png").content

    def province_observer(self) -> dict[str, Any]:
        """Return the real events at the province."""
        return _json(_call("GET", f"{self.province_page.rstrip('/')}/observer"))

    def people(self, case: str) -> list[dict[str, Any]]:
        """Return the province's people of one named case; the first is always the same."""
        url = f"{self.province_page.rstrip('/')}/people"
        return list(_json(_call("GET", url, params={"case": case}))["people"])

    def person(self, case: str) -> dict[str, Any]:
        """Return the first person of one named case."""
        return self.people(case)[0]

    def _start(
        self, name: str, command: list[str], environment: Mapping[str, str] | None = None
    ) -> None:
        log = self.folder / f"{name}.log"
        self._processes[name] = Process(name, command, log, environment or {})


@contextlib.contextmanager
def running(options: WorldOptions) -> Iterator[World]:
    """Start a world and stop it at the end, whatever happens."""
    world = World(options)
    try:
        world.start()
        yield world
    finally:
        world.stop()


def wait_until(condition: Callable[[], T | None], seconds: float, what: str) -> T:
    """Poll `condition` until it returns a true value; return that value.

    Raises:
        TimeoutError: It did not within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.05)
    return value


def free_port() -> int:
    """Return an unused TCP port of this PC."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run_operators_add(config: Path) -> None:
    adding = []
    for name, roles in PEOPLE.items():
        words = ["operators", "add", name, "--password-stdin", "--demo"]
        words += [word for role in roles for word in ("--role", role)]
        command = [*_module("station", *words), "--config", str(config)]
        adding.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "STATION_PROVINCE__PASSWORD": PASSWORD},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    for one in adding:
        said, _ = one.communicate(f"{PEOPLE_PASSWORD}\n", START_SECONDS)
        if one.returncode:
            raise ProcessEndedError(f"station operators add: {said}")


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _province(options: WorldOptions) -> list[str]:
    return [
        *_module("simulators", f"province-{options.province}"),
        *("--listen", "http://127.0.0.1:0"),
        *("--database", str(options.folder / "province.db")),
        *("--people", str(options.people)),
        *("--seed", str(options.seed)),
        *("--user", "window-1", "--password", PASSWORD),
    ]


def _station(at: World, *words: str) -> list[str]:
    return [at.options.station_python or sys.executable, *words, "--config", str(at.config)]


@functools.cache
def _client() -> httpx.Client:
    # One for all calls: creating one takes longer than most calls, because of unused TLS.
    client = httpx.Client(trust_env=False, timeout=300.0)
    atexit.register(client.close)
    return client


def _call(method: str, url: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - httpx
    return _client().request(method, url, **request)


def _json(answer: httpx.Response) -> dict[str, Any]:
    answer.raise_for_status()
    return dict(answer.json())


def _settings(world: World) -> dict[str, dict[str, Any]]:
    """Return the tables of the station's settings file."""
    options = world.options
    tables: dict[str, dict[str, Any]] = {
        "station": {"name": options.name, "state_dir": str(world.folder / "state")},
        "server": {"host": "127.0.0.1", "port": options.port},
        "printer": {
            "family": find_printer(options.printer).name,
            "model": options.printer.partition("-")[2],
            "link": world.printer_link,
        },
        "chip": {"link": world.chip_link, "profile": options.cards, "versions": ["3.00"]},
        "province": {
            "gateway": options.province,
            "url": world.province_url,
            "user": "window-1",
            "region": find_province(options.province).region,
        },
        "banks.95533": {"name": "中国建设银行", "bins": ["622700", "621700"]},
        "banks.95588": {"name": "中国工商银行", "bins": ["622202", "621226"]},
        "banks.95599": {"name": "中国农业银行", "bins": ["622848", "622823"]},
    }
    if options.desk:
        tables["id_reader"], tables["pin_pad"] = ({"link": link} for link in world.desk_links)
        if world.pcsc is not None:
            tables["desk_reader"] = {"link": f"pcsc:{DESK_READER_NAME}"}
    if options.rehearsals:
        card = world.machine("take a card out of the drawer")["card_id"]
        tables["rehearsal"] = {"cards": [card]}
    if options.template:
        tables["face"] = {"template": options.template}
    for table, values in (options.station_settings or {}).items():
        tables.setdefault(table, {}).update(values)
    return tables


def _as_toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    return "".join(
        f"[{table}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())
        for table, values in tables.items()
    )


def _toml(value: Any) -> str:  # noqa: ANN401 - TOML value
    return json.dumps(value, ensure_ascii=False)
