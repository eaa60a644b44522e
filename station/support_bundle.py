"""The support bundle: what a technician sends to whoever maintains the program.

Nothing is copied and then cleaned: each part takes only what it names, so that a value of a new
field stays at home until somebody decides otherwise. Of the settings only numbers, switches and the
names of parts leave in clear; of a log line its constant text, numbers and codes; of the history
kinds and counts, never data or who acted; of the last exchanges the lines that the diagnostics page
shows, with long numbers masked.
"""

from __future__ import annotations

import collections
import enum
import io
import json
import os
import platform
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from station import __version__
from station.core.masking import MASK, without_personal_data
from station.journal import Journal
from station.log_shown import told
from station.logs import KeptLine
from station.production.views.orders import DeviceView, StationView
from station.settings import Settings

#: Texts of the settings that name a part of the program, and are therefore shown.
NAMES_OF_PARTS: Final = frozenset({"province.gateway", "printer.family", "printer.model"})
#: Facts of a device that say how it is, not which one it is.
FACTS: Final = frozenset(
    {"model", "firmware", "printer-state", "printer-state-reasons", "card", "native", "reports"}
)
NEWEST_EVENTS: Final = 200  #: of which kind and number leave


def support_bundle(
    settings: Settings, journal: Journal, view: StationView, log: Sequence[KeptLine]
) -> bytes:
    """Return the bundle as a zip of JSON files. Reads the journal and the PC; changes nothing.

    Raises:
        JournalError: The journal can't be read.
    """
    parts: Mapping[str, object] = {
        "versions": _versions(),
        "configuration": dict(sorted(_changed(settings, ""))),
        "health": _health(view),
        "exchanges": {one.name: _lines(one.exchanges) for one in (*view.devices, *view.desk)},
        "log": [_log_line(line) for line in log],
        "journal": _journal(journal),
        "pc": _pc(settings.station.state_dir),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(f"{name}.json", json.dumps(content, ensure_ascii=False, indent=1))
    return file.getvalue()


def _versions() -> dict[str, str]:
    return {
        "program": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
    }


def _changed(model: BaseModel, path: str) -> Iterator[tuple[str, object]]:
    """Yield each setting that differs from its default, as far as it may be shown."""
    for name, field in type(model).model_fields.items():
        value, place = getattr(model, name), f"{path}{name}"
        if isinstance(value, BaseModel):
            yield from _changed(value, f"{place}.")
        elif value != field.get_default(call_default_factory=True):
            yield place, _shown(place, value)


def _shown(place: str, value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float) or place in NAMES_OF_PARTS:
        return value
    return MASK if isinstance(value, str | bytes) else f"{type(value).__name__} {MASK}"


def _health(view: StationView) -> dict[str, object]:
    return {
        "ready": view.ready,
        "recovered": view.recovered,
        "started_at": view.started_at.isoformat(),
        "owed": view.owed,
        "ribbon_cards_left": view.ribbon_cards_left,
        "feeder_stopped": view.feeder_stopped,
        "devices": [_device(one) for one in (*view.devices, *view.desk)],
    }


def _device(one: DeviceView) -> dict[str, object]:
    return {
        "name": one.name,
        "ok": one.ok,
        "state": one.state,
        "problems": [problem.code for problem in one.problems],
        "facts": {
            name: without_personal_data(fact, ())
            for name, fact in one.facts.items()
            if name in FACTS
        },
        "unverified": len(one.unverified),
    }


def _lines(exchanges: Sequence[str]) -> list[str]:
    return [without_personal_data(line, ()) for line in exchanges]


def _log_line(line: KeptLine) -> dict[str, object]:
    fields = {name: told(value) for name, value in line.fields.items()}
    return {"at": line.at, "level": line.level, "event": line.event, **fields}


def _journal(journal: Journal) -> dict[str, object]:
    figures, newest = journal.figures, journal.history.newest_seq()
    last = journal.history.before(newest + 1, NEWEST_EVENTS)
    return {
        "events": newest,
        "cards_by_fate": figures.cards_by_fate(),
        "open_orders_by_step": figures.open_orders_by_step(),
        "holds": figures.holds_by_code(),
        "reports": figures.reports_by_state(),
        "oldest_owed_seconds": round(figures.oldest_owed_seconds()),
        "kinds_of_newest": dict(collections.Counter(one.kind for one in last)),
        "newest": [{"seq": one.seq, "kind": one.kind, "at": one.at.isoformat()} for one in last],
    }


def _pc(folder: Path) -> dict[str, Any]:
    disk = shutil.disk_usage(folder)
    return {
        "processors": os.cpu_count(),
        **_posix_figures(),
        "disk_free_bytes": disk.free,
        "disk_bytes": disk.total,
        "encoding": sys.getfilesystemencoding(),
    }


def _posix_figures() -> dict[str, object]:
    """Return load and memory; Windows has no such calls, and there they are missing."""
    if not (hasattr(os, "getloadavg") and hasattr(os, "sysconf")):
        return {}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"load": os.getloadavg(), "memory_bytes": memory}
