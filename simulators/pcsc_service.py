"""The PC/SC service for a simulated machine: a private pcscd, and the reader's USB cable.

pcscd's socket path is compiled in, so two of them cannot run side by side, and a PC that has one
already cannot give it to a test that restarts it. Here each service gets a mount namespace of its
own, in which `/run/pcscd` is a private folder. Programs reach it by the environment variable
`PCSCLITE_CSOCK_NAME` (libpcsclite reads it at its first call and keeps it for the life of the
process). The system's own pcscd is neither used nor affected, and any number of simulated windows
run at once. A user without root gets the mount namespace inside a user namespace, where the kernel
allows that.

pcscd never removes a configured reader while it runs, so "cable out" restarts it with an empty
configuration: the service is running, the reader is missing.

Run as `python -m simulators.pcsc_service cable PID STATE out|in`, this is the machine's cable hook.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import random
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

SOCKET_VARIABLE: Final = "PCSCLITE_CSOCK_NAME"
VPCD_LIBRARY: Final = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
READER_NAME: Final = "Virtual PCD 00 00"  #: at `PcscService.vpcd_port`
DESK_READER_NAME: Final = "Virtual PCD 00 01"  #: at the port after it
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0
NO_POLKIT: Final = "--disable-polkit"
STARTS: Final = 5  #: attempts to find a pair of ports that no other program takes meanwhile
#: Below the ports that Linux hands out for outgoing connections, which may be taken at any moment.
#: Debian's own 35963 is among those.
VPCD_PORTS: Final = range(20000, 32000, 2)
#: Listening mode: vpcd waits for the card. It binds every interface: suitable for a test machine
#: only. The second slot uses the port above.
READER_CONF: Final = """FRIENDLYNAME "Virtual PCD"
DEVICENAME /dev/null:0x{port:X}
LIBPATH {library}
CHANNELID 0x{port:X}
"""
#: pcscd ends when this shell's standard input does: `PcscService` closes it, or the kernel does,
#: with the process that started the shell, however that ends. The end of an input cannot come too
#: early, as a signal can: a shell ended by one between starting pcscd and watching it would leave a
#: pcscd that continues to serve its existing clients.
SUPERVISOR: Final = """
mount -t tmpfs tmpfs /run && mkdir /run/pcscd && mount --bind "$1" /run/pcscd || exit 77
exec 3<&0
"$0" --foreground --config "$2" $3 </dev/null 3<&- &
pcscd=$!
(read -r _ <&3; kill $pcscd) &
watcher=$!
wait $pcscd
kill $watcher
"""


@functools.cache
def pcsc_can_run() -> bool:
    """Whether pcscd and its virtual reader are installed, and may have a namespace of their own."""
    return why_pcsc_cannot_run() == ""


@functools.cache
def why_pcsc_cannot_run() -> str:
    """Return what is missing for a simulated reader on the PC/SC stack; empty if nothing is."""
    if _pcscd() is None or not VPCD_LIBRARY.exists():
        return "the Debian packages pcscd and vsmartcard-vpcd are not installed"
    probe = [*_namespace(), "sh", "-c", "mount -t tmpfs tmpfs /run"]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    if done.returncode:
        return "this account may not make a mount namespace (root, or user namespaces, allow it)"
    return ""


def _pcscd() -> str | None:
    # Debian keeps it where an ordinary user's PATH does not look.
    return shutil.which("pcscd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")


@functools.cache
def _without_polkit() -> str:
    # The namespace hides the system's message bus. pcscd 1.9 then serves everybody, pcscd 2 nobody,
    # unless it has been told not to ask; only this account can reach the socket anyway.
    done = subprocess.run(
        [_pcscd() or "pcscd", "--help"], capture_output=True, text=True, check=False
    )
    return NO_POLKIT if NO_POLKIT in done.stdout + done.stderr else ""


def _namespace() -> list[str]:
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return [shutil.which("unshare") or "unshare", *user, "--mount", "--propagation", "private"]


@functools.cache
def folder_of_this_process() -> Path:
    """Return the folder of the one service whose readers this process itself may use."""
    folder = tempfile.mkdtemp(prefix="card-station-pcsc-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


class PcscService:
    """A pcscd with one virtual reader (two slots), for one simulated window.

    Args:
        folder: Folder of its socket; a new temporary one when not given. To use the readers from
            this process, give `folder_of_this_process()` and call `serve_this_process` first.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._temporary = tempfile.mkdtemp(prefix="card-station-pcsc-")
        self._run = folder or Path(self._temporary) / "run"
        self._state = Path(self._temporary) / "cable"
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._turn = threading.Lock()

    @property
    def vpcd_port(self) -> int:
        """Port for the card of the first slot; that of the second is the port above."""
        return self._port

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables with which a process finds this service."""
        return {SOCKET_VARIABLE: str(self._run / "pcscd.comm")}

    def start(self) -> None:
        """Start pcscd with its reader.

        Raises:
            RuntimeError: It does not start; the message is the reason.
        """
        self._run.mkdir(parents=True, exist_ok=True)
        for attempt in range(STARTS):
            self._port = _free_pair_of_ports()
            try:
                self._run_pcscd(reader=True)
            except BaseException as exc:
                self._end_pcscd()
                if attempt == STARTS - 1 or not isinstance(exc, _PortTakenError):
                    raise
            else:
                return

    def stop(self) -> None:
        """Stop pcscd and remove its files."""
        self._end_pcscd()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def pull_cable(self) -> None:
        """Make the reader disappear from PC/SC."""
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

    @property
    def pid(self) -> int:
        """Process id of pcscd itself, for a test that stops it."""
        return int((self._run / "pcscd.pid").read_text(encoding="ascii").rstrip("\n\0"))

    def hook_command(self) -> str:
        """Return the command for the machine's `--reader-cable-hook`."""
        return f"{sys.executable} -m simulators.pcsc_service cable {os.getpid()} {self._state}"

    def listen_to_hook(self) -> None:
        """Handle the hook's signals; call it from the main thread."""

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
        conf = Path(self._temporary) / ("with-reader" if reader else "without-reader")
        conf.mkdir(exist_ok=True)
        if reader:
            text = READER_CONF.format(port=self._port, library=VPCD_LIBRARY)
            (conf / "vpcd").write_text(text, encoding="ascii")
        command = [*_namespace(), "bash", "-c", SUPERVISOR, _pcscd() or "pcscd"]
        command += [str(self._run), str(conf), _without_polkit()]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._serves() or (reader and not self._listens()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("pcscd does not start; run `pcscd --foreground` to see why")
            time.sleep(0.01)

    def _serves(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(self.environment[SOCKET_VARIABLE])
            except OSError:
                return False
        return True

    def _listens(self) -> bool:
        """Whether vpcd listens on both ports, without connecting: a connection would be a card."""
        owners = [_listener(port) for port in (self._port, self._port + 1)]
        if None in owners or not (self._run / "pcscd.pid").exists():
            return False
        ours = _sockets_of(self.pid)
        if any(owner not in ours for owner in owners):
            raise _PortTakenError(f"another program listens on port {self._port} or the next")
        return True

    def _end_pcscd(self) -> None:
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)  # the shell, pcscd and its watcher
            self._process.wait()
        self._process = None
        for name in ("pcscd.comm", "pcscd.pid"):
            (self._run / name).unlink(missing_ok=True)


class _PortTakenError(RuntimeError):
    """Another program took the port between our check and pcscd's start."""


_here: list[PcscService] = []


def serve_this_process() -> PcscService:
    """Start the service whose readers this process itself uses; `stop` it before the next one.

    The variable must have been set before libpcsclite's first call: see `use_private_pcsc`.

    Raises:
        RuntimeError: It does not start, or one runs already.
    """
    use_private_pcsc()
    service = PcscService(folder_of_this_process())
    service.start()
    _here[:] = [service]
    return service


def use_private_pcsc() -> None:
    """Point this process, and its children, to its own PC/SC service, running or not."""
    os.environ[SOCKET_VARIABLE] = str(folder_of_this_process() / "pcscd.comm")


def vpcd_port_here() -> int:
    """Return the port for a card of this process's own readers."""
    return _here[0].vpcd_port


def _free_pair_of_ports() -> int:
    for port in random.SystemRandom().sample(VPCD_PORTS, len(VPCD_PORTS)):
        if all(_listener(one) is None for one in (port, port + 1)):
            return port
    raise RuntimeError("no free pair of ports for the virtual reader")


def _listener(port: int) -> str | None:
    """Return the inode of the socket that listens on a TCP port, if one does."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(wanted) and fields[3] == "0A":
                return fields[9]
    return None


def _sockets_of(pid: int) -> set[str]:
    """Return the inodes of the sockets of one process."""
    links = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            links.add(str(entry.readlink()))
    return {link[8:-1] for link in links if link.startswith("socket:[")}


def main(arguments: list[str]) -> int:
    """Act as the cable hook: signal the service's owner and wait until it is done."""
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
