"""`make fuzz-api`: schemathesis against the running daemon, with the credential of every role.

Every operation of the document, every check, every phase: its examples, boundary values, random
data, and sequences along its links. The station, its machine and its province run as processes; the
machine takes no time. After each role the daemon still answers and has logged no defect; after all
of them its history is whole. The last line is one JSON object; exit status 1 with any finding.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from simulators.child import ROOT
from simulators.world import World, WorldOptions, running
from station.access import open_doors
from station.core.people import PEOPLE, Role
from tests.bench.report import say
from tests.rigs.doors import CHEAP, PASSWORD, let_in

#: Names the file that `tests.fuzz.hooks` reads.
VARIABLE: Final = "FUZZ_API"
HOOKS: Final = Path(__file__).with_name("hooks.py")
PAGE: Final = "https://card.province.example"
#: Who calls besides the roles.
NOBODY: Final = "nobody"
SECONDS: Final = 7200.0  #: for one role, on a PC that other programs use
#: A well-formed value may be refused for what it says: a check digit, a rule of the site, a moment.
REFUSALS: Final = ["2XX", 400, 401, 403, 404, 409, 412, 413, 422, 429, 503]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as `tests.fuzz.hooks` reads it."""

    base: str
    seed: int
    people: list[str]
    token: str = ""
    login: dict[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What came of one role's run."""

    requests: int
    findings: list[str]


def callers(world: World, seed: int, local: str) -> Iterator[tuple[str, Caller]]:
    """Yield every role with a credential of its own, and nobody."""
    base = world.station_page
    people = [one["id_number"] for one in world.people("ready")]
    doors = open_doors(world.folder / "state", hasher=CHEAP)  # beside the daemon, as a command does
    try:
        yield NOBODY, Caller(base, seed, people)
        for role in sorted(PEOPLE):
            name = f"fuzz-{role.value}"
            let_in(doors, name, {role})
            login = {"operator": name, "password": PASSWORD}
            yield role.value, Caller(base, seed, people, login=login)
        for role in (Role.PROVINCE_PAGE, Role.PROVINCE_SERVER, Role.CENTRAL):
            origin = PAGE if role is Role.PROVINCE_PAGE else ""
            token = doors.clients.add(f"fuzz-{role.value}", role, by="fuzz", origin=origin)
            headers = {"Origin": PAGE} if origin else {}
            yield role.value, Caller(base, seed, people, token, headers=headers)
        yield Role.LOCAL.value, Caller(local, seed, people)
    finally:
        doors.close()


@contextlib.contextmanager
def through_the_socket(file: Path) -> Iterator[str]:
    """Serve the daemon's unix socket at an address of TCP, for a client that knows no other."""
    listener = socket.create_server(("127.0.0.1", 0))

    def copy(source: socket.socket, to: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                to.sendall(data)
        for one in (source, to):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(file))
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=copy, args=ends, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def configuration(role: str, examples: int, steps: int, seed: int) -> str:
    """Return the settings of schemathesis for one role."""
    unguarded = role in (NOBODY, Role.LOCAL.value)  # no credential is sent that could be left out
    told: dict[str, dict[str, Any]] = {
        "": {
            "seed": seed,
            "continue-on-failure": True,
            "request-timeout": 60,
            "max-stream-events": 1,
        },
        "generation": {"max-examples": examples, "database": "none", "no-shrink": True},
        "checks": {"enabled": True},
        "checks.positive_data_acceptance": {"enabled": True, "expected-statuses": REFUSALS},
        "checks.ignored_auth": {"enabled": not unguarded},
        "phases.stateful": {"enabled": True, "max-steps": steps},
        "output.truncation": {"enabled": False},
    }
    lines = []
    for table, values in told.items():
        lines += [f"[{table}]"] if table else []
        lines += [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def run(folder: Path, role: str, caller: Caller, options: argparse.Namespace) -> Outcome:
    """Run every phase as one role."""
    folder.mkdir()
    (folder / "schemathesis.toml").write_text(
        f'hooks = "{HOOKS}"\n' + configuration(role, options.examples, options.steps, options.seed),
        encoding="utf-8",
    )
    told = folder / "caller.json"
    told.write_text(json.dumps(asdict(caller)), encoding="utf-8")
    report = folder / "report.json"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run"),
        *(f"{caller.base}/api/v1/openapi.json", "--url", caller.base, "--no-color"),
        *("--report", "json", "--report-json-path", str(report), "--warnings", "off"),
    ]
    environment = {**os.environ, VARIABLE: str(told), "PYTHONPATH": str(ROOT), "NO_PROXY": "*"}
    with (folder / "said.txt").open("w", encoding="utf-8") as said:
        subprocess.run(
            command,
            cwd=folder,
            env=environment,
            timeout=SECONDS,
            check=False,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    return outcome(json.loads(report.read_text(encoding="utf-8")))


def outcome(report: dict[str, Any]) -> Outcome:
    """Return what a report of schemathesis comes to; an operation left out is a finding."""
    findings = [
        f"{one['count']} x {one['title']}: {', '.join(one['operations'])}"
        for one in report["failures"]
    ]
    findings += [f"{one['count']} x error: {one['title']}" for one in report["errors"]]
    if not report["complete"]:
        findings.append(f"it was not completed: {report['stop_reason']}")
    operations = report["operations"] or {"total": 1, "tested": 0}
    if operations["tested"] != operations["total"]:
        findings.append(f"operations left out: {operations}")
    for phase, told in (report["phases"] or {}).items():
        if told["status"] == "skip":
            findings.append(f"a phase left out: {phase}: {told['skip_reason']}")
    return Outcome(report["test_cases"]["generated"], findings)


def of_the_daemon(world: World, read: int) -> tuple[list[str], int]:
    """Return what the daemon has to say against itself, and how much of its log was read."""
    log = (world.folder / "station.log").read_text(encoding="utf-8")
    findings = [
        f"the log says: {line}" for line in log[read:].splitlines() if '"action": "defect"' in line
    ]
    health = httpx.get(f"{world.station_page}/api/v1/health", trust_env=False, timeout=60)
    if health.status_code != httpx.codes.OK:
        findings.append(f"health: {health.status_code}")
    return findings, len(log)


def whole_history(world: World) -> list[str]:
    """Return what is wrong with the chain of the history."""
    command = [sys.executable, "-m", "station", "audit", "verify", "--config", str(world.config)]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "STATION_PROVINCE__PASSWORD": "unused"},
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )
    return [] if ended.returncode == 0 else [f"audit verify: {ended.stdout}{ended.stderr}"]


def main() -> int:
    """Run every role one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=5, help="random ones of each operation")
    parser.add_argument("--steps", type=int, default=6, help="of one sequence of requests")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", action="append", help="only these; repeat it")
    parser.add_argument("--keep", type=Path, help="folder for what schemathesis says")
    options = parser.parse_args()
    started = time.monotonic()
    outcomes: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory() as made:
        folder = options.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        settings = {"access": {"requests_per_second": 1e6, "idle_lock": 36000.0}}
        world_options = WorldOptions(
            folder=folder / "world", pcsc=False, blanks=100, station_settings=settings
        )
        with (
            running(world_options) as world,
            through_the_socket(world.folder / "state" / "station.sock") as local,
        ):
            read = 0
            for role, caller in callers(world, options.seed, local):
                if options.role and role not in options.role:
                    continue
                found = outcomes[role] = run(folder / role, role, caller, options)
                of_daemon, read = of_the_daemon(world, read)
                found.findings += of_daemon
                say(f"{role}: {found.requests} requests, {len(found.findings)} findings")
                for one in found.findings:
                    say(f"  {one}")
            after = whole_history(world)
    findings = after + [one for each in outcomes.values() for one in each.findings]
    line = {
        "fuzz": "api",
        "requests": sum(one.requests for one in outcomes.values()),
        "findings": len(findings),
        "of_each_role": {role: one.requests for role, one in outcomes.items()},
        "seed": options.seed,
        "seconds": round(time.monotonic() - started),
    }
    say(json.dumps(line, ensure_ascii=False))
    return 1 if findings or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
