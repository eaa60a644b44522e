"""One process of a simulated window: started, awaited until it is ready, and stopped."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

#: A start takes a few seconds, and far more where other programs use the processor.
START_SECONDS: Final = 180.0
STOP_SECONDS: Final = 10.0
ROOT: Final = Path(__file__).resolve().parent.parent


class ProcessEndedError(RuntimeError):
    """A process of the world ended before it was ready; the message contains its last output."""


class Process:
    """One child that reports on its first line of standard output that it is ready."""

    def __init__(
        self, name: str, command: list[str], log: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.log = log
        self._out = log.open("ab")
        self._child = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._out,
            start_new_session=True,
        )
        self.ready: dict[str, Any] = self._wait_until_ready()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._child.pid

    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._child.poll() is None

    def kill(self) -> None:
        """Kill it with SIGKILL, without notice, as in a power cut."""
        self._child.kill()
        self._child.wait()
        self._close()

    def stop(self) -> None:
        """Ask it to end, and kill it after a while."""
        if self.is_running():
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._close()

    def _close(self) -> None:
        if self._child.stdout is not None:
            self._child.stdout.close()
        self._out.close()

    def _wait_until_ready(self) -> dict[str, Any]:
        assert self._child.stdout is not None  # noqa: S101 - asked for above
        watchdog = threading.Timer(START_SECONDS, self._child.kill)
        watchdog.start()
        try:
            for line in self._child.stdout:
                with contextlib.suppress(ValueError):
                    said = json.loads(line)
                    if isinstance(said, dict) and said.get("ready"):
                        threading.Thread(target=self._drain, daemon=True).start()
                        return said
        finally:
            watchdog.cancel()
        self._child.wait()
        words = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
        self._close()
        raise ProcessEndedError(f"{self.name} ended with {self._child.returncode}:\n{words}")

    def _drain(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            for _ in self._child.stdout or ():
                pass
