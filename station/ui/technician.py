"""What the technician's pages show besides the machine: exchanges, log lines, and settings.

The parts that know these stand above the pages, so they are handed in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from station.clock import monotonic, utc_now
from station.core.wire_trace import WireExchange, WireTrace
from station.production.views.orders import DEVICE_TITLES
from station.ui.machine_contents import Level
from station.ui.technician_contents import (
    SettingSection,
    TraceKind,
    TracePanel,
    TraceRow,
)
from station.words import Table, text

LOG: Final = "log"
KINDS: Final = Table("trace-kind")
MOST_ROWS: Final = 200
#: Outcomes of an exchange that went well; of a chip also 61xx, which announces data.
_GOOD: Final = frozenset({"", "ok", "ATR", "9000"})
_LEVELS: Final[dict[str, Level]] = {"warning": "warn", "error": "error", "critical": "error"}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of our own log, masked.

    Attributes:
        at: Wall time, UTC.
        level: In small letters.
        event: Its constant text.
        order: The order that it is about; empty for none.
        fields: What came with it, as `name=value`.
    """

    at: dt.datetime
    level: str
    event: str
    order: str
    fields: str


@dataclass(frozen=True, slots=True)
class ShownSettings:
    """The settings of the running station: the file, and its sections."""

    file: str = ""
    sections: tuple[SettingSection, ...] = ()


@dataclass(frozen=True, slots=True)
class PcFact:
    """How one part of the PC is.

    Attributes:
        name: Unique among the parts.
        level: Its colour.
        told: In words.
        title: Its name for people; empty where the words have one for `name`.
    """

    name: str
    level: Level
    told: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class TechnicianSources:
    """Where the technician's pages read.

    Attributes:
        trace: The exchanges.
        log: Returns the kept log lines, oldest first.
        settings: Returns every setting.
        pc: Returns how the PC itself is.
    """

    trace: WireTrace = field(default_factory=lambda: WireTrace(monotonic))
    log: Callable[[], Sequence[LogLine]] = tuple
    settings: Callable[[], ShownSettings] = ShownSettings
    pc: Callable[[], Sequence[PcFact]] = tuple


@dataclass(frozen=True, slots=True)
class TraceFilter:
    """What a person wants to see.

    Attributes:
        kind: One of `WireKind`, `log`, or empty for all.
        about: Part of an order's id; empty for all.
        said: Text that a row must contain, capitals or not; empty for all.
        until: Seconds since 1970 after which nothing is shown; None for no end.
    """

    kind: str = ""
    about: str = ""
    said: str = ""
    until: float | None = None


EVERYTHING: Final = TraceFilter()


def trace_kinds() -> tuple[TraceKind, ...]:
    """Return the choices of the filter."""
    return tuple(TraceKind(kind, title) for kind, title in KINDS.items())


def trace_panel(sources: TechnicianSources, wanted: TraceFilter) -> TracePanel:
    """Return what fits the filter, newest first."""
    now = utc_now()
    rows = list[TraceRow]()
    for at, kind, row in sorted(_rows(sources, now), key=lambda one: one[0], reverse=True):
        if len(rows) == MOST_ROWS:
            break
        if _fits(wanted, at, kind, row):
            rows.append(row)
    return TracePanel(tuple(rows), f"{now.timestamp():.6f}", MOST_ROWS)


def _fits(wanted: TraceFilter, at: dt.datetime, kind: str, row: TraceRow) -> bool:
    if wanted.kind not in ("", kind):
        return False
    if wanted.until is not None and at.timestamp() > wanted.until:
        return False
    if wanted.about.strip().lower() not in row.order.lower():
        return False
    whole = " ".join((row.kind, row.name, row.wire, row.outcome)).lower()
    return wanted.said.strip().lower() in whole


def _rows(
    sources: TechnicianSources, now: dt.datetime
) -> Iterator[tuple[dt.datetime, str, TraceRow]]:
    shown_at = sources.trace.clock()
    for one in sources.trace.kept():
        at = now - dt.timedelta(seconds=shown_at - one.began)
        yield at, one.kind.value, _exchange(one, at)
    for line in sources.log():
        yield line.at, LOG, _logged(line)


def _exchange(one: WireExchange, at: dt.datetime) -> TraceRow:
    named = one.naming(one.sent) if one.naming is not None and one.sent is not None else ""
    good = one.outcome in _GOOD or one.outcome.startswith("61")
    level: Level = "info" if good else "warn"
    return TraceRow(
        at=_time(at),
        kind=KINDS[one.kind],
        level=level,
        order=one.order,
        name=DEVICE_TITLES.get(one.name, one.name) or named or text("trace.masked"),
        wire=one.told or _bytes(one),
        outcome=one.outcome,
        took="" if one.took is None else f"{one.took * 1000:.1f}",
    )


def _bytes(one: WireExchange) -> str:
    parts = []
    if one.sent_size:
        parts.append(f"→ {_shown(one.sent or b'', one.sent_size)}")
    if one.got_size:
        parts.append(f"← {_shown(one.got, one.got_size)}")
    return "  ".join(parts)


def _shown(data: bytes, size: int) -> str:
    rest = text("trace.length", size=size - len(data)) if size > len(data) else ""
    return " ".join(part for part in (data.hex(" ").upper(), rest) if part)


def _logged(line: LogLine) -> TraceRow:
    return TraceRow(
        at=_time(line.at),
        kind=KINDS[LOG],
        level=_LEVELS.get(line.level, "info"),
        order=line.order,
        name=line.event,
        wire=line.fields,
        outcome=line.level,
        took="",
    )


def _time(at: dt.datetime) -> str:
    return at.astimezone().strftime("%H:%M:%S.%f")[:-3]
