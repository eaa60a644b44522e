"""Run as a unit of a booted Debian 12: the installed service from `station setup` to a card.

systemd, polkit, pcscd and the virtual reader are the system's own, the package is installed as it
is, and [a technician's hour](../../docs/how-to/a-technicians-hour.md) gives the commands. Printer
and province are the simulators'. Writes what has passed, and what the first failure said, as JSON.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

from simulators.world import PASSWORD, World, WorldOptions

SERVICE: Final = "card-station"
SETTINGS: Final = Path("/etc/card-station/station.toml")
PAGE: Final = "http://127.0.0.1:8470"
VPCD_PORT: Final = 35963  #: of Debian's /etc/reader.conf.d/vpcd
READER: Final = "pcsc:Virtual PCD 00 00"
OPERATOR, OPERATORS_PASSWORD = "li.na", "Made-at-the-login-page"
TIMEOUT_STOP: Final = 5  #: seconds, in place of the unit's, after which systemd ends what "stops"
SECONDS: Final = 180


class Failed(RuntimeError):  # noqa: N818 - says what happened, and is never caught by its kind
    """A step did not do what it must; the message holds what was said."""


class WindowOfTheSystem(World):
    """Printer and province beside the system's own pcscd."""

    def start_surroundings(self) -> None:
        """Start province and machine; the card is put into Debian's virtual reader."""
        self._chip_port = VPCD_PORT
        self.start_province()
        self.start_machine()


def run(*command: str, said: str = "", status: int = 0) -> str:
    """Run a command without a terminal and return what it wrote."""
    done = subprocess.run(
        list(command),
        input=said,
        env={**os.environ, "STATION_OPERATOR_PASSWORD": OPERATORS_PASSWORD},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        start_new_session=True,
    )
    if done.returncode != status:
        raise Failed(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def facts(*names: str) -> list[str]:
    """Return properties of the unit."""
    shown = run("systemctl", "show", SERVICE, *(f"--property={name}" for name in names))
    values = dict(line.split("=", 1) for line in shown.splitlines())
    return [values[name] for name in names]


def asked(path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    """Ask the service; returns status and body, 0 while nobody answers."""
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    request = urllib.request.Request(f"{PAGE}{path}", data, {"Origin": PAGE})  # noqa: S310 - ours
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as exc:
        return exc.code, exc.read().decode()
    except OSError:
        return 0, ""


def wait_until(met: Callable[[], bool], what: str) -> None:
    """Wait for a state of the system.

    Raises:
        Failed: It did not come in time.
    """
    deadline = time.monotonic() + SECONDS
    while not met():
        if time.monotonic() > deadline:
            raise Failed(f"{what}: {facts('ActiveState', 'SubState', 'NRestarts')}")
        time.sleep(0.1)


def is_served() -> bool:
    """Whether the station itself answers, not the page of the safe mode."""
    return asked("/api/v1/health")[0] == 200


class Hour:
    """The steps, in their order; each is a check with a name."""

    def __init__(self, world: World, how_to: str) -> None:
        self._world, self._how_to = world, how_to
        self._values = {
            "printer": world.printer_link,
            "model": "HiTi CS-220e",
            "reader": READER,
            "province": world.province_url,
            "user": "window-1",
            "password": PASSWORD,
            "region": "410700",
            "operator": OPERATOR,
            "person": world.person("ready")["id_number"],
        }

    def _filled(self, text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self._values[found[1]], text)

    def _command(self, beginning: str) -> list[str]:
        (line,) = re.findall(rf"^(station {beginning}.*)$", self._how_to, re.MULTILINE)
        return self._filled(line).split()

    def set_up(self) -> None:
        """`station setup` finds and proves the devices as the service's account."""
        dialogue = re.search(r"```dialogue\n(.*?)```", self._how_to, re.DOTALL)
        if dialogue is None:
            raise Failed("the how-to has no dialogue")
        lines = [
            self._filled(line.rpartition(": ")[2]) if ": " in line else ""
            for line in dialogue[1].splitlines()
        ]
        told = run("station", "setup", said="\n".join(lines) + "\n")
        if "✘" in told or not re.search(r"复位信息 [0-9A-F]{26}", told):
            raise Failed(told)

    def start(self) -> None:
        """systemd takes the service for started when it says so, and not before it answers."""
        told = run(*self._command("operators add"))
        run("systemctl", "start", SERVICE)
        if not is_served():
            raise Failed("started, and does not answer")
        code = re.search(r"注册码：(\S+)", told)
        form = {
            "operator": OPERATOR,
            "code": code[1] if code else "",
            "password": OPERATORS_PASSWORD,
        }
        status, body = asked("/register", form)
        if status >= 400:
            raise Failed(f"{status} {body}")
        run("station", "doctor")

    def make(self) -> None:
        """One card, by the service behind its unit's walls."""
        made = json.loads(run(*self._command("make")))
        totals = self._world.observer()["totals"]
        if made["step"] != "released" or totals["prints"] != 1:
            raise Failed(f"{made['step']} {totals}")

    def watched(self) -> None:
        """The watchdog is fed, and a killed daemon is started anew."""
        (began,) = facts("ActiveEnterTimestampMonotonic")
        wait_until(
            lambda: int(facts("WatchdogTimestampMonotonic")[0]) > int(began) + 1_000_000,
            "no sign of life",
        )
        (before,) = facts("MainPID")
        run("systemctl", "kill", "--kill-who=main", "--signal=KILL", SERVICE)
        wait_until(
            lambda: facts("MainPID")[0] not in ("0", before) and is_served(), "not restarted"
        )

    def backed_up(self) -> None:
        """The timer's service writes a backup that opens."""
        passphrase = SETTINGS.parent / "backup-passphrase"
        passphrase.write_text("a long passphrase of the office\n", encoding="ascii")
        run("chown", "root:card-station", str(passphrase))
        passphrase.chmod(0o640)
        run("systemctl", "start", f"{SERVICE}-backup.service")
        if not list(Path("/var/backups/card-station").glob("*.backup")):
            raise Failed("no backup")

    def safe(self) -> None:
        """Broken settings give a page; 再启动一次 gives a service that systemd lets live."""
        drop_in = Path(f"/run/systemd/system/{SERVICE}.service.d/short.conf")
        drop_in.parent.mkdir(parents=True)
        drop_in.write_text(f"[Service]\nTimeoutStopSec={TIMEOUT_STOP}\n", encoding="ascii")
        run("systemctl", "daemon-reload")
        good = SETTINGS.read_bytes()
        SETTINGS.write_bytes(b"no_such_key = 1\n" + good)
        run("systemctl", "restart", SERVICE)
        status, body = asked("/")
        if status != 503 or "no_such_key" not in body:
            raise Failed(f"{status} {body}")
        SETTINGS.write_bytes(good)
        before = facts("MainPID", "NRestarts")
        asked("/", {"act": "again"})
        wait_until(is_served, "not started again")
        lasts = time.monotonic() + TIMEOUT_STOP + 2
        while time.monotonic() < lasts:
            if facts("MainPID", "NRestarts", "ActiveState") != [*before, "active"]:
                raise Failed(f"{before} became {facts('MainPID', 'NRestarts', 'ActiveState')}")
            time.sleep(0.2)
        run("station", "doctor")


def main() -> int:
    """Run every step; returns the exit status."""
    report = Path(sys.argv[1])
    how_to = Path(sys.argv[2]).read_text(encoding="utf-8")
    passed: list[str] = []
    failure = ""
    world = WindowOfTheSystem(WorldOptions(folder=Path("/var/tmp/world"), blanks=5))  # noqa: S108
    try:
        world.start_surroundings()
        hour = Hour(world, how_to)
        for step in (hour.set_up, hour.start, hour.make, hour.watched, hour.backed_up, hour.safe):
            step()
            passed.append(step.__name__)
    except (Failed, OSError, RuntimeError, ValueError, subprocess.TimeoutExpired) as exc:
        failure = f"{type(exc).__name__}: {exc}"
    finally:
        world.stop()
    report.write_text(json.dumps({"passed": passed, "failure": failure}), encoding="utf-8")
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main())
