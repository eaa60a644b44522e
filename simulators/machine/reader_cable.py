"""The reader's own USB cable, as far as a machine without a real reader can simulate it.

pcscd keeps a configured serial reader listed for as long as it runs: its rescan (SIGUSR1) never
removes one whose entry is gone, seen with pcsc-lite 1.9.9. So a caller that needs the reader itself
to disappear provides a command, run with `out` and `in`; without one only the card is torn out.
"""

from __future__ import annotations

import shlex
import subprocess
import threading
from typing import Final

from simulators.machine.model import Machine

_HOOK_SECONDS: Final = 20.0


class ReaderCableHook:
    """Runs the command whenever the cable's position changes; in order, never concurrently."""

    def __init__(self, machine: Machine, command: str) -> None:
        self._machine = machine
        self._command = shlex.split(command)
        self._plugged = True
        self._lock = threading.Lock()
        self.failures: list[str] = []
        machine.watch(self._look)

    def _look(self) -> None:
        if self._machine.reader_cable == self._plugged:
            return
        with self._lock:
            if self._machine.reader_cable == self._plugged:
                return
            self._plugged = self._machine.reader_cable
            self._run("in" if self._plugged else "out")

    def _run(self, position: str) -> None:
        """Wait for the command, so that the caller knows that the cable is out."""
        try:
            subprocess.run([*self._command, position], check=True, timeout=_HOOK_SECONDS)
        except (OSError, subprocess.SubprocessError) as exc:
            self.failures.append(f"{position}: {exc}")
            with self._machine.change():
                self._machine.violations.append(f"reader cable hook failed: {position}")
