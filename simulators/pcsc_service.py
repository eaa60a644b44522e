"""The PC/SC service for a simulated machine: starts pcscd, and plays the reader's USB cable.

pcscd's socket path is compiled in, so there is one per machine; who needs it takes turns on a lock
file. A pcscd that runs already is used as it is, and is never stopped. pcscd never takes a
configured reader away while it runs, so "cable out" restarts it with an empty configuration: the
service is there, the reader is not.

Run as `python -m simulators.pcsc_service cable PID out|in`, this is the machine's cable hook.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Final

SOCKET: Final = Path("/run/pcscd/pcscd.comm")
LOCK_FOLDER: Final = Path("/run/lock")  #: the same for everybody, whatever TMPDIR says
LOCK_FILE: Final = (
    LOCK_FOLDER if LOCK_FOLDER.is_dir() else Path(tempfile.gettempdir())
) / "card-station-pcscd.lock"
VPCD_LIBRARY: Final = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
#: Where vpcd listens for the card, in a pcscd of ours; its second slot takes the port above.
#: Debian's own 35963 lies where Linux takes ports for outgoing connections: it may be in use.
VPCD_PORT: Final = 0x6C7B
DEBIAN_VPCD_PORT: Final = 0x8C7B  #: in a pcscd that ran already
READER_NAME: Final = "Virtual PCD 00 00"
START_SECONDS: Final = 10.0
TURN_SECONDS: Final = 100.0  #: longer than a demo, shorter than a test may take
#: Listening mode: vpcd waits for the card. It binds every interface: fit for a test machine only.
READER_CONF: Final = f"""FRIENDLYNAME "Virtual PCD"
DEVICENAME /dev/null:0x{VPCD_PORT:X}
LIBPATH {VPCD_LIBRARY}
CHANNELID 0x{VPCD_PORT:X}
"""


def pcscd_is_running() -> bool:
    """Whether a PC/SC service answers on this machine."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(SOCKET))
        except OSError:
            return False
    return True


def pcsc_can_run() -> bool:
    """Whether pcscd and its virtual reader are installed, and may be started or runs already."""
    installed = shutil.which("pcscd") is not None and VPCD_LIBRARY.exists()
    return pcscd_is_running() or (installed and os.geteuid() == 0)


class PcscService:
    """Keeps pcscd up for one simulated world; only the one who started it stops it."""

    def __init__(self) -> None:
        self._lock = LOCK_FILE.open("a")
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="card-station-pcsc-")
        self._state = Path(self._folder.name) / "cable"
        self._turn = threading.Lock()

    @property
    def is_ours(self) -> bool:
        """Whether this object started pcscd, and so can play the cable."""
        return self._process is not None

    @property
    def pid(self) -> int | None:
        """Process id of a pcscd that this object started."""
        return None if self._process is None else self._process.pid

    @property
    def vpcd_port(self) -> int:
        """Where the card is brought to."""
        return VPCD_PORT if self.is_ours else DEBIAN_VPCD_PORT

    def start(self) -> None:
        """Wait for this machine's turn, then start pcscd unless one runs."""
        self._wait_for_turn()
        if pcscd_is_running():
            return
        self._run_pcscd(reader=True)

    def _wait_for_turn(self) -> None:
        deadline = time.monotonic() + TURN_SECONDS
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    message = f"another simulated window has pcscd: {LOCK_FILE} is locked"
                    raise TimeoutError(message) from None
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        """Stop what was started and let the next one have its turn."""
        self._end_pcscd()
        self._lock.close()
        self._folder.cleanup()

    def pull_cable(self) -> None:
        """Make the reader vanish from PC/SC."""
        with self._turn:
            self._end_pcscd()
            self._run_pcscd(reader=False)

    def plug_cable(self) -> None:
        """Bring the reader back."""
        with self._turn:
            self._end_pcscd()
            self._run_pcscd(reader=True)

    def restart(self) -> None:
        """Restart the service, as an update of the system does."""
        self.plug_cable()

    def hook_command(self) -> str:
        """Return the command for the machine's `--reader-cable-hook`."""
        return f"{sys.executable} -m simulators.pcsc_service cable {os.getpid()} {self._state}"

    def listen_to_hook(self) -> None:
        """Obey the hook's signals; call it from the main thread."""

        def on_signal(number: int, frame: FrameType | None) -> None:
            del frame
            out = number == signal.SIGUSR1
            threading.Thread(target=self._obey, args=(out,), daemon=True).start()

        signal.signal(signal.SIGUSR1, on_signal)
        signal.signal(signal.SIGUSR2, on_signal)

    def _obey(self, out: bool) -> None:
        if out:
            self.pull_cable()
        else:
            self.plug_cable()
        self._state.write_text("out" if out else "in", encoding="ascii")

    def _run_pcscd(self, *, reader: bool) -> None:
        conf = Path(self._folder.name) / ("with-reader" if reader else "without-reader")
        conf.mkdir(exist_ok=True)
        if reader:
            (conf / "vpcd").write_text(READER_CONF, encoding="ascii")
        self._process = subprocess.Popen(
            [shutil.which("pcscd") or "pcscd", "--foreground", "--config", str(conf)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not (pcscd_is_running() and (not reader or _port_is_open())):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("pcscd does not start; run `pcscd -f` to see why")
            time.sleep(0.02)

    def _end_pcscd(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        with contextlib.suppress(FileNotFoundError):
            SOCKET.unlink()


def _port_is_open() -> bool:
    """Whether vpcd listens, without connecting: a connection would be a card."""
    wanted = f":{VPCD_PORT:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if local.endswith(wanted) and state == "0A":
                return True
    return False


def main(arguments: list[str]) -> int:
    """Be the cable hook: signal the service's owner and wait until it has obeyed."""
    command, pid, state_file, position = arguments
    if command != "cable" or position not in ("out", "in"):
        sys.stderr.write("usage: python -m simulators.pcsc_service cable PID STATE out|in\n")
        return 2
    state = Path(state_file)
    state.unlink(missing_ok=True)
    os.kill(int(pid), signal.SIGUSR1 if position == "out" else signal.SIGUSR2)
    deadline = time.monotonic() + START_SECONDS
    while not state.exists():
        if time.monotonic() > deadline:
            return 1
        time.sleep(0.02)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
