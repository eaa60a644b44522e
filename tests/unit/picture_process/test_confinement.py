"""What the picture process can't do any more, tried in a process that has given it up."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from station.picture_process.confinement import _ARCHITECTURES, _program

#: Tries each way out after `confine`, and prints what happened.
ATTEMPTS = """
import ctypes, json, os, signal, socket, sys, threading
from station.picture_process.confinement import Bounds, confine
own = sys.argv[1]
mine = os.memfd_create("shared")
pair = socket.socketpair()
missing = confine(Bounds(1 << 30, 1 << 20, 64))
def big():
    return len(bytearray(2 << 30))
def thread():
    one = threading.Thread(target=int); one.start(); one.join()
ways = {
    "internet": lambda: socket.socket(socket.AF_INET),
    "local socket": lambda: socket.socket(socket.AF_UNIX),
    "write a file": lambda: open(own, "w"),
    "append to a file": lambda: open(own, "a"),
    "change a file": lambda: os.open(own, os.O_RDWR),
    "make a folder": lambda: os.mkdir(own + "-folder"),
    "remove a file": lambda: os.unlink(own),
    "rename a file": lambda: os.rename(own, own + "-2"),
    "open to others": lambda: os.chmod(own, 0o777),
    "fork": os.fork,
    "run a program": lambda: os.execv("/bin/true", ["true"]),
    "signal": lambda: os.kill(os.getppid(), signal.SIGUSR1),
    "thread": thread,
    "memory": big,
    "shared memory": lambda: os.pwrite(mine, bytes(2 << 20), 0) == 2 << 20 or 1 / 0,
}
said = {}
for name, way in ways.items():
    try:
        way()
        said[name] = "done"
    except BaseException as exc:
        said[name] = type(exc).__name__
allowed = {
    "read": open(own).read(),
    "answer": pair[0].send(b"x"),
    "share": os.pwrite(mine, bytes(1000), 0),
    "compute": sum(bytearray(1 << 20)),
}
libc = ctypes.CDLL(None)
state = open("/proc/self/status").read()
print(json.dumps({"missing": missing, "said": said, "allowed": allowed, "state": state,
    "dumpable": libc.prctl(3, 0, 0, 0, 0)}))
"""


@pytest.mark.skipif(platform.machine() not in _ARCHITECTURES, reason="no table of system calls")
def test_every_way_out_is_shut_and_the_work_goes_on(tmp_path: Path) -> None:
    own = tmp_path / "journal.db"
    own.write_text("kept")
    done = subprocess.run(
        [sys.executable, "-c", ATTEMPTS, str(own)],
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    told = json.loads(done.stdout)
    assert told["missing"] == []
    refused = dict(told["said"])
    assert refused.pop("memory") == "MemoryError"
    assert refused.pop("shared memory") in {"OSError", "ZeroDivisionError"}  # written in part
    assert refused.pop("thread") == "RuntimeError"
    assert set(refused.values()) == {"PermissionError"}, refused
    assert told["allowed"] == {"read": "kept", "answer": 1, "share": 1000, "compute": 0}
    assert "NoNewPrivs:\t1" in told["state"]
    assert "Seccomp:\t2" in told["state"]
    assert told["dumpable"] == 0
    assert own.read_text() == "kept"


@pytest.mark.parametrize("machine", sorted(_ARCHITECTURES))
def test_a_filter_is_whole_instructions_and_no_call_is_listed_twice(machine: str) -> None:
    calls = _ARCHITECTURES[machine]
    assert len(_program(calls)) % 8 == 0
    assert len(_program(calls)) // 8 < 4096  # BPF_MAXINSNS
    assert len(set(calls.refused)) == len(calls.refused)
    assert not set(calls.refused) & set(calls.opening)
