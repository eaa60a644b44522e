"""A simulated window whose processes can be stopped, killed and started again from outside."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from simulators.world import PASSWORD, World, WorldOptions, wait_until

START_SECONDS: Final = 60.0  #: until a started daemon must have recovered
POLL_SECONDS: Final = 0.01
DISK_BYTES: Final = "32m"  #: size of the state folder's file system
WALL_CLOCK: Final = Path(__file__).with_name("wall_clock.c")
#: Short waits for the province, so that a run does not spend its time waiting for retries.
SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "province": {"retry_first": 0.3, "retry_longest": 1.0, "timeout": 5.0}
}


@dataclasses.dataclass(frozen=True)
class Recovery:
    """How long one start after a kill took.

    Attributes:
        seconds: Until the API reported `recovered`.
        delayed: Part of that in which the daemon's main thread was ready to run and other
            programs had the CPU: the load of this machine, and not the daemon's doing.
    """

    seconds: float
    delayed: float

    @property
    def own(self) -> float:
        """What it would have taken, at most, with a CPU of its own."""
        return max(self.seconds - self.delayed, 0.0)


class ChaosWorld(World):
    """A window with its state folder on a small file system of its own, where that is allowed.

    Attributes:
        kills: SIGKILLs sent to the daemon.
        recoveries: Each start after a kill.
        small_disk: Whether the state folder is a file system of its own.
    """

    def __init__(self, options: WorldOptions, *, clock: bool = False) -> None:
        super().__init__(options)
        self.kills = 0
        self.recoveries: list[Recovery] = []
        self.small_disk = False
        self._offset = self.folder / "clock-offset" if clock else None

    # -- life ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Mount the state folder, then start everything."""
        self.state.mkdir(parents=True, exist_ok=True)
        if self._offset is not None:
            self._offset.write_bytes(_seconds(0))
            _compile(WALL_CLOCK, self._shim)
        self.small_disk = _mount(f"size={DISK_BYTES}", self.state)
        super().start()
        self.wait_until_recovered()

    def stop(self) -> None:
        """Stop everything and give the file system back."""
        for name in self._processes:
            self.thaw(name)
        with contextlib.suppress(OSError):
            self.thaw("pcscd")
        super().stop()
        if self.small_disk:
            subprocess.run(["/usr/bin/umount", "--lazy", str(self.state)], check=False)
            self.small_disk = False

    def start_station(self) -> None:
        """Start the daemon; with a clock of its own where this world has one."""
        self._start("station", self.station_command(), self.station_environment())

    def station_environment(self) -> dict[str, str]:
        """Return what the daemon needs in its environment."""
        environment = {"STATION_PROVINCE__PASSWORD": PASSWORD}
        if self.pcsc is not None:
            environment |= self.pcsc.environment
        if self._offset is not None:
            environment |= {
                "LD_PRELOAD": str(self._shim),
                "WALL_CLOCK_OFFSET": str(self._offset),
            }
        return environment

    def station_command(self) -> list[str]:
        """Return the command line of this window's daemon."""
        return [
            *(sys.executable, "-m", "station", "serve", "--config", str(self.config)),
            *("--log-level", self.options.log_level),
        ]

    def change_settings(self, **tables: Mapping[str, Any]) -> None:
        """Write other settings for the daemon; they hold from its next start on."""
        merged = {name: dict(values) for name, values in ({**SETTINGS, **tables}).items()}
        self.options = dataclasses.replace(self.options, station_settings=merged)
        self.write_config()

    def kill_daemon(self) -> None:
        """SIGKILL for the daemon, like a power cut of the PC."""
        self.kills += 1
        self.thaw("station")
        self.kill_station()

    def recover_daemon(self) -> None:
        """Start the daemon again and note how long it took to recover."""
        began = time.monotonic()
        self.start_station()
        self.wait_until_recovered()
        seconds = time.monotonic() - began
        self.recoveries.append(Recovery(seconds, cpu_wait(self.station_pid)))

    def wait_until_recovered(self) -> None:
        """Wait until the daemon reports that its recovery is over."""
        wait_until(self.is_recovered, START_SECONDS, "recovery")

    def is_recovered(self) -> bool:
        """Whether the daemon answers and has recovered."""
        try:
            return bool(self.api("GET", "/health", timeout=5.0).json()["recovered"])
        except (httpx.TransportError, KeyError):
            return False

    def daemon_runs(self) -> bool:
        """Whether the daemon's process has not ended."""
        return "station" in self._processes and self._processes["station"].is_running()

    # -- faults of the PC ----------------------------------------------------------------------

    @property
    def _shim(self) -> Path:
        return self.folder / "wall-clock.so"

    @property
    def state(self) -> Path:
        """The daemon's state folder."""
        return self.folder / "state"

    def freeze(self, name: str) -> None:
        """SIGSTOP for `station`, `machine`, `province` or `pcscd`."""
        self._signal(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """SIGCONT."""
        self._signal(name, signal.SIGCONT)

    def _signal(self, name: str, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            if name != "pcscd":
                os.killpg(self._processes[name].pid, number)  # its workers as well
            elif self.pcsc is not None:
                os.kill(self.pcsc.pid, number)

    def set_clock(self, offset: dt.timedelta) -> None:
        """Move the daemon's wall clock away from the PC's, at once."""
        if self._offset is None:
            raise ValueError("this world's daemon has the clock of the PC")
        with self._offset.open("r+b") as file:  # in place: the daemon has it mapped
            file.write(_seconds(int(offset.total_seconds())))

    @contextlib.contextmanager
    def full_disk(self) -> Iterator[None]:
        """Fill the state folder's file system to its last byte for a while."""
        ballast = self.state / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                if file.write(bytes(65536)) < 65536:
                    break
        with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(512)):
                pass
        try:
            yield
        finally:
            ballast.unlink()

    @contextlib.contextmanager
    def read_only_disk(self) -> Iterator[None]:
        """Make the state folder's file system read-only; no process may have a file open there."""
        subprocess.run(["/usr/bin/mount", "-o", "remount,ro", str(self.state)], check=True)
        try:
            yield
        finally:
            subprocess.run(["/usr/bin/mount", "-o", "remount,rw", str(self.state)], check=True)

    # -- looking -------------------------------------------------------------------------------

    def face_of(self, card_id: str, side: str) -> bytes:
        """Return what is printed on one side of a card, as PNG."""
        url = f"{self.machine_page}/observer/cards/{card_id}/{side}.png"
        return httpx.get(url, trust_env=False, timeout=60.0).content


def cpu_wait(pid: int) -> float:
    """Return the seconds that a process's main thread was ready to run and had no CPU.

    0 where the kernel does not tell, so that the whole time counts.
    """
    try:
        told = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
    except OSError:
        return 0.0
    return int(told[1]) / 1e9


def can_have_clock() -> bool:
    """Whether a daemon can be given a wall clock of its own on this machine."""
    return shutil.which("gcc") is not None


def _seconds(offset: int) -> bytes:
    return offset.to_bytes(8, sys.byteorder, signed=True)


def _compile(source: Path, library: Path) -> None:
    gcc = shutil.which("gcc") or "gcc"
    subprocess.run([gcc, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)


def _mount(options: str, folder: Path) -> bool:
    if os.geteuid() != 0:
        return False
    command = ["/usr/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
