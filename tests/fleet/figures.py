"""What a run costs: processor seconds, memory and bytes of each part, and how late events are."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
MIB: Final = 1 << 20


def cpu_of(pid: int, *, with_children: bool = False) -> float:
    """Return the processor seconds of a process, and of its children, ended or not."""
    fields = _stat(pid)
    if fields is None:
        return 0.0
    total = int(fields[11]) + int(fields[12])
    if with_children:
        total += int(fields[13]) + int(fields[14])
        for child in _children(pid):
            found = _stat(child)
            total += int(found[11]) + int(found[12]) if found is not None else 0
    return total / _TICKS


def memory_of(pids: Iterable[int], *, with_children: bool = False) -> float:
    """Return the MiB of processes; what several share is divided among them."""
    total = 0
    for pid in pids:
        for one in (pid, *(_children(pid) if with_children else ())):
            total += _proportional(one)
    return round(total / 1024, 1)


def bytes_in(folder: Path) -> int:
    """Return the bytes of all files of a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def postmaster(folder: Path) -> int:
    """Return the process id of a PostgreSQL server."""
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return None


def _children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields is not None and int(fields[1]) == pid:
            found.append(int(folder.name))
    return found


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def lags(
    reports: Sequence[Mapping[str, Any]], stored: Mapping[str, Mapping[int, float]]
) -> list[float]:
    """Return, in order, the seconds from each event's commit at a window to central's.

    Args:
        reports: Of the workers.
        stored: Station -> number of the event -> when central has stored it, by the same clock.
    """
    found: list[float] = []
    for report in reports:
        for name, one in report["stations"].items():
            if one["clone"] or one["restored"]:
                continue
            before, times = 0, stored.get(name, {})
            for seq, written in one["written"]:
                found += [
                    max(0.0, times[number] - written)
                    for number in range(before + 1, seq + 1)
                    if number in times
                ]
                before = seq
    return sorted(found)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of them is; 0 for none."""
    return round(values[int((len(values) - 1) * share)], 2) if values else 0.0


class Meter:
    """Counts the processor seconds of parts whose processes come and go."""

    def __init__(self) -> None:
        self._ended: dict[str, float] = defaultdict(float)
        self._live: dict[str, list[tuple[int, bool, float]]] = {}

    def add(self, part: str, pid: int, *, with_children: bool = False) -> None:
        """Count this process from now on."""
        now = cpu_of(pid, with_children=with_children)
        self._live.setdefault(part, []).append((pid, with_children, now))

    def remove(self, part: str, pid: int) -> None:
        """The process is about to end."""
        for one in [one for one in self._live.get(part, []) if one[0] == pid]:
            # Of one that has died by itself nothing is known any more.
            self._ended[part] += max(0.0, cpu_of(pid, with_children=one[1]) - one[2])
            self._live[part].remove(one)

    def seconds(self) -> dict[str, float]:
        """Return the seconds of each part so far."""
        return {
            part: self._ended[part]
            + sum(cpu_of(pid, with_children=more) - before for pid, more, before in live)
            for part, live in self._live.items()
        }

    def memory(self) -> dict[str, float]:
        """Return the MiB of each part now."""
        return {
            part: sum((memory_of([pid], with_children=more) for pid, more, _ in live), 0.0)
            for part, live in self._live.items()
        }
