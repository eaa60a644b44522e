"""The tree of everything that a card needs: state, since when, and when it was last seen good.

What was seen is kept in memory from the start of the station: every page that is open looks.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from station.clock import monotonic, utc_now
from station.core.printing import Capability
from station.core.printing import PrinterStateReason as R
from station.core.wire_trace import WireExchange, WireKind, WireTrace
from station.production.views.orders import DEVICE_TITLES, DeviceView, StationView
from station.ui.machine_contents import DeviceNode, Level
from station.ui.technician import PcFact
from station.words import Table, explain, text

PARTS: Final = Table("device-part")
STATES: Final = Table("device-state")
POWER_ON: Final = frozenset({"power on"})
#: Operations of a province that its HSM answers.
HSM: Final = frozenset({"authenticate", "protect", "certify"})
RIBBON: Final = (R.RIBBON_MISSING, R.RIBBON_EMPTY, R.RIBBON_UNSUPPORTED, R.RIBBON_ALMOST_EMPTY)
_GOOD: Final[frozenset[Level]] = frozenset({"ok", "info", "warn"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part as it is now.

    Attributes:
        name: Unique in the tree.
        parent: The part that it belongs to; empty for none.
        title: Its name for people.
        level: Its colour; `unknown` before it was seen.
        state: In words.
        at: When that was seen; None: now.
    """

    name: str
    parent: str
    title: str
    level: Level
    state: str
    at: dt.datetime | None = None


@dataclass(slots=True)
class _Seen:
    level: Level
    since: dt.datetime
    good: dt.datetime | None


class PartsSeen:
    """Since when each part is as it is, and when it was last seen good. Thread-safe."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}
        self._lock = threading.Lock()

    def look(self, parts: Iterable[Part], now: dt.datetime) -> tuple[DeviceNode, ...]:
        """Note how the parts are, and return the tree with its times."""
        with self._lock:
            return tuple(self._node(part, part.at or now, now) for part in parts)

    def _node(self, part: Part, at: dt.datetime, now: dt.datetime) -> DeviceNode:
        seen = self._seen.get(part.name)
        if seen is None or seen.level != part.level:
            good = seen.good if seen is not None else None
            seen = self._seen[part.name] = _Seen(part.level, at, good)
        if part.level in _GOOD:
            seen.good = at
        return DeviceNode(
            name=part.name,
            title=part.title,
            inner=bool(part.parent),
            level=part.level,
            state=part.state,
            since=_time(seen.since, now),
            good=_time(seen.good, now) if seen.good else text("device-part-told.never"),
        )


def parts_of(view: StationView, trace: WireTrace, facts: Iterable[PcFact]) -> Iterator[Part]:
    """Yield every part, each after the one that it belongs to."""
    devices = {device.name: device for device in view.devices}
    yield from _printer_parts(devices["printer"], view.ribbon_cards_left)
    yield from _reader_parts(devices["reader"], trace)
    for device in view.desk:
        yield _device(device)
    yield _device(devices["province"])
    yield _by_exchange("hsm", "province", trace, WireKind.PROVINCE, HSM)
    yield _device(devices["journal"])
    for fact in facts:
        yield Part(fact.name, "", fact.title or PARTS[fact.name], fact.level, fact.told)


def _printer_parts(printer: DeviceView, left: int | None) -> Iterator[Part]:
    yield _device(printer)
    absent = printer.state == "absent"
    yield _cable("printer-cable", "printer", printer.ok is None, absent)
    if Capability.PRINT_FRONT not in printer.capabilities:
        return
    titles = {problem.code: problem.title for problem in printer.problems}
    unknown = absent or printer.ok is None
    found = next((code for code in RIBBON if code.value in titles), None)
    fitted = text("supply.ribbon-fitted")
    good = fitted if left is None else text("supply.ribbon-left", count=left)
    level: Level = "warn" if found is R.RIBBON_ALMOST_EMPTY else "error" if found else "ok"
    said = titles[found.value] if found else good
    yield _unless(unknown, Part("ribbon", "printer", PARTS["ribbon"], level, said))
    chip = titles.get(R.RIBBON_CHIP_MISSING.value)
    level = "error" if chip else "ok"
    said = chip or text("device-part-told.no-complaint")
    yield _unless(unknown, Part("ribbon-chip", "printer", PARTS["ribbon-chip"], level, said))


def _reader_parts(reader: DeviceView, trace: WireTrace) -> Iterator[Part]:
    yield _device(reader)
    yield _cable("reader-cable", "reader", reader.ok is None, reader.ok is False)
    yield _by_exchange("contact", "reader", trace, WireKind.CHIP, POWER_ON)


def _device(device: DeviceView) -> Part:
    level: Level = "unknown" if device.ok is None else "ok" if device.ok else "error"
    if device.ok and device.problems:
        level = "warn"
    state = STATES.get(device.state, device.state)
    return Part(device.name, "", DEVICE_TITLES[device.name], level, state)


def _cable(name: str, parent: str, unknown: bool, absent: bool) -> Part:
    told = text("device-part-told.unplugged" if absent else "device-part-told.plugged")
    return _unless(unknown, Part(name, parent, PARTS[name], "error" if absent else "ok", told))


def _unless(unknown: bool, part: Part) -> Part:
    if not unknown:
        return part
    return Part(part.name, part.parent, part.title, "unknown", STATES["unknown"])


def _by_exchange(
    name: str, parent: str, trace: WireTrace, kind: WireKind, operations: frozenset[str]
) -> Part:
    """Return a part that is only known by the last exchange that needed it."""
    last = trace.newest(kind, operations)
    if last is None:
        return Part(name, parent, PARTS[name], "unknown", text("device-part-told.not-used"))
    at = utc_now() - dt.timedelta(seconds=monotonic() - last.began)
    good = _is_good(last)
    told = text("device-part-told.answered") if good else explain(last.outcome).title
    return Part(name, parent, PARTS[name], "ok" if good else "error", told, at)


def _is_good(one: WireExchange) -> bool:
    return one.outcome in ("ok", "ATR")


def _time(at: dt.datetime, now: dt.datetime) -> str:
    local, today = at.astimezone(), now.astimezone().date()
    return local.strftime("%H:%M:%S" if local.date() == today else "%Y-%m-%d %H:%M")
