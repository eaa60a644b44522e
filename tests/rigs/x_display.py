"""An X display with a small window manager and real key events: what a person at a PC has."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping

from simulators.world import wait_until

SIZE = "1366x768x24"
XDOTOOL = "/usr/bin/xdotool"


class Keyboard:
    """Sends key events through the X server, so that window manager and browser see them first."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def focus_window(self, title: str) -> None:
        """Give the window whose title contains `title` the keyboard, by a click into its middle."""
        found = wait_until(lambda: self._search(title), 30.0, f"a window {title!r}")
        self._run("windowactivate", found)
        self._run("mousemove", "--window", found, "600", "400", "click", "1")

    def press(self, *keys: str) -> None:
        """Press keys one after another, such as `F3` or `alt+m`."""
        self._run("key", "--clearmodifiers", *keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self._run("type", text)

    def _search(self, title: str) -> str:
        command = [XDOTOOL, "search", "--onlyvisible", "--name", title]
        found = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=False, timeout=30
        )
        return found.stdout.split()[0] if found.stdout.split() else ""

    def _run(self, *command: str) -> None:
        subprocess.run([XDOTOOL, *command], env=self._environment, check=True, timeout=30)


@contextlib.contextmanager
def x_display() -> Iterator[tuple[str, Keyboard]]:
    """Start Xvfb and openbox; gives the display's name and its keyboard, and ends both."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["/usr/bin/Xvfb", "-displayfd", str(write), "-screen", "0", SIZE, "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as answer:
        display = f":{int(answer.readline())}"
    environment = {**os.environ, "DISPLAY": display}
    manager = subprocess.Popen(["/usr/bin/openbox"], env=environment, stderr=subprocess.DEVNULL)
    try:
        yield display, Keyboard(environment)
    finally:
        for child in (manager, server):
            child.terminate()
            child.wait(10)
