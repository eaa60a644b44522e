"""What the PC must have for a card: room on the disk, a clock, certificates in their time."""

from __future__ import annotations

import datetime as dt
import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from station.clock import monotonic, utc_now
from station.settings import Settings
from station.ui.machine_contents import Level
from station.ui.technician import PcFact
from station.words import text

GIGABYTE: Final = 1 << 30
LITTLE: Final = 5 * GIGABYTE  #: free on the disk; below it a technician should make room
TOO_LITTLE: Final = GIGABYTE // 2
JUMP: Final = 60.0  #: seconds by which the wall clock may differ from the time that has passed
SOON: Final = dt.timedelta(days=30)  #: before a certificate ends, a new one is asked for


class PcFacts:
    """Looks at the PC at each call; changes nothing.

    Args:
        settings: Where the data and the certificates are.
        now: Wall time, UTC.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        now: Callable[[], dt.datetime] = utc_now,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._folder = settings.station.state_dir
        server, province = settings.server, settings.province
        self._files = {
            "server.certificate": server.certificate,
            "server.client_ca": server.client_ca,
            "province.ca_file": province.ca_file,
        }
        self._now, self._clock = now, clock
        self._began = now(), clock()

    def __call__(self) -> tuple[PcFact, ...]:
        """Return disk, clock, and every certificate that the settings name."""
        return (self._disk(), self._wall_clock(), *self._certificates())

    def _disk(self) -> PcFact:
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError as exc:
            return PcFact("disk", "error", str(exc.strerror))
        level: Level = "error" if free < TOO_LITTLE else "warn" if free < LITTLE else "ok"
        return PcFact("disk", level, text("pc-fact.disk", free=f"{free / GIGABYTE:.1f}"))

    def _wall_clock(self) -> PcFact:
        wall, steady = self._began
        jumped = (self._now() - wall).total_seconds() - (self._clock() - steady)
        if abs(jumped) > JUMP:
            return PcFact("clock", "warn", text("pc-fact.clock-moved", seconds=f"{jumped:+.0f}"))
        return PcFact("clock", "ok", text("pc-fact.clock-steady"))

    def _certificates(self) -> Iterator[PcFact]:
        named = {setting: file for setting, file in self._files.items() if file is not None}
        if not named:
            yield PcFact("certificates", "info", text("pc-fact.no-certificates"))
        for setting, file in named.items():
            title = text("pc-fact.certificate", setting=setting)
            yield self._certificate(f"certificate-{setting}", title, file)

    def _certificate(self, name: str, title: str, file: Path) -> PcFact:
        try:
            ends = _earliest_end(file, file.stat().st_mtime_ns)
        except (OSError, ValueError) as exc:
            reason = getattr(exc, "strerror", None) or type(exc).__name__
            return PcFact(name, "error", text("pc-fact.unreadable", reason=reason), title)
        left = ends - self._now()
        level: Level = "error" if left <= dt.timedelta() else "warn" if left < SOON else "ok"
        until = ends.astimezone().strftime("%Y-%m-%d")
        return PcFact(name, level, text("pc-fact.until", until=until), title)


@functools.lru_cache(maxsize=8)
def _earliest_end(file: Path, changed: int) -> dt.datetime:
    """Return when the first certificate of a file ends; read again when the file has changed.

    Raises:
        OSError: It can't be read.
        ValueError: There is no certificate in it.
    """
    del changed
    from cryptography import x509  # imported here: few windows have certificates of their own

    content = file.read_bytes()
    if b"-----BEGIN" in content:
        found = x509.load_pem_x509_certificates(content)
    else:
        found = [x509.load_der_x509_certificate(content)]
    return min(one.not_valid_after_utc for one in found)
