"""A private pcscd for each simulated window: several at once, and none outlives its window."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators import pcsc_service
from simulators.child import ROOT
from simulators.pcsc_service import PcscService, pcsc_can_run, why_pcsc_cannot_run

SECONDS = 60.0
#: A window in a process of its own: says which pcscd it has started, then waits.
WINDOW = """
from simulators.pcsc_service import PcscService
service = PcscService()
service.start()
print(service.pid, flush=True)
input()
"""
#: Lists the readers that PC/SC shows to a program.
READERS = "from smartcard.System import readers; print([str(one) for one in readers()])"


@pytest.fixture
def services() -> Iterator[tuple[PcscService, PcscService]]:
    assert pcsc_can_run(), why_pcsc_cannot_run()
    first, second = PcscService(), PcscService()
    try:
        first.start()
        second.start()
        yield first, second
    finally:
        first.stop()
        second.stop()


def _readers(service: PcscService) -> str:
    return subprocess.run(
        [sys.executable, "-c", READERS],
        env={**os.environ, **service.environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    ).stdout


def _has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split(") ")[1][0] == "Z"
    except FileNotFoundError:
        return True


def _wait_until_ended(pid: int) -> None:
    deadline = time.monotonic() + SECONDS
    while not _has_ended(pid):
        assert time.monotonic() < deadline, f"pcscd {pid} outlives its window"
        time.sleep(0.02)


def test_two_windows_have_their_own_readers(services: tuple[PcscService, PcscService]) -> None:
    first, second = services
    assert first.pid != second.pid
    assert abs(first.vpcd_port - second.vpcd_port) >= 2
    first.pull_cable()
    assert "Virtual PCD" not in _readers(first)
    assert "Virtual PCD 00 00" in _readers(second)
    first.plug_cable()
    assert "Virtual PCD 00 00" in _readers(first)


@pytest.mark.parametrize("option", ["", "--disable-polkit"])
def test_a_pcscd_that_can_is_told_to_ask_no_polkit(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The namespace has no message bus: pcscd 2 (Debian 13) would refuse each program."""
    assert pcsc_can_run(), why_pcsc_cannot_run()
    pcscd, told = tmp_path / "pcscd", tmp_path / "told"
    pcscd.write_text(
        f'#!/bin/sh\n[ "$1" = --help ] && exec echo \'--config {option}\'\necho "$@" > {told}\n',
        encoding="ascii",
    )
    pcscd.chmod(0o700)
    monkeypatch.setattr(pcsc_service, "_pcscd", lambda: str(pcscd))
    pcsc_service._without_polkit.cache_clear()
    service = PcscService()
    try:
        with pytest.raises(RuntimeError, match="does not start"):
            service.start()
        words = told.read_text(encoding="ascii").split()
        assert words[0] == "--foreground"
        assert words[3:] == ([option] if option else [])
    finally:
        service.stop()
        pcsc_service._without_polkit.cache_clear()


def test_a_stopped_service_leaves_nothing(services: tuple[PcscService, PcscService]) -> None:
    pid = services[0].pid
    services[0].stop()
    _wait_until_ended(pid)


def test_pcscd_ends_with_a_window_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WINDOW], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as window:
        assert window.stdout is not None
        pid = int(window.stdout.readline())
        assert not _has_ended(pid)
        window.send_signal(signal.SIGKILL)
        window.wait(SECONDS)
    _wait_until_ended(pid)


def test_a_service_stopped_before_its_shell_minds_it_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a busy PC pcscd may serve before the shell that started it goes on.

    A pcscd that stays behind goes on to serve whoever is connected, without the reader.
    """
    assert pcsc_can_run(), why_pcsc_cannot_run()
    late = pcsc_service.SUPERVISOR.replace("pcscd=$!", "pcscd=$!; sleep 0.5", 1)
    assert late != pcsc_service.SUPERVISOR
    monkeypatch.setattr(pcsc_service, "SUPERVISOR", late)
    service = PcscService()
    try:
        service.start()
        pid = service.pid
        service.pull_cable()
        _wait_until_ended(pid)
    finally:
        service.stop()
