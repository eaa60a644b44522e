"""How central's templates show moments, codes and the data of acts: their filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from jinja2 import Environment

from station.core.printing import Severity
from station.words import Table, catalogue, explain, text

ACTS: Final = Table("central-act")
EVENTS: Final = Table("history-event")
STEPS: Final = Table("order-step")
DATA: Final = Table("central-data")
DECISIONS: Final = Table("central-decision")
SOURCES: Final = Table("central-source")
#: Of a value in a line about an act: enough of a hash or an id to know it again.
LENGTH: Final = 16
_ENDS: Final = tuple(f"-{one.value}" for one in Severity)
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def install_filters(templates: Environment) -> None:
    """Give the templates these filters."""
    for each in (moment, ago, left, kind, step, reasons, problem, details, own_name):
        templates.filters[each.__name__] = each


def moment(stamp: str) -> str:
    """Return a wall time of ISO 8601 as local time; what is no such time stays as it is."""
    try:
        at = dt.datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    return at.astimezone().strftime("%m-%d %H:%M:%S")


def ago(seconds: int) -> str:
    """Return how long ago something was."""
    if seconds < _MINUTE:
        return text("central-ago.seconds", count=seconds)
    if seconds < 2 * _HOUR:
        return text("central-ago.minutes", count=seconds // _MINUTE)
    if seconds < 2 * _DAY:
        return text("central-ago.hours", count=seconds // _HOUR)
    return text("central-ago.days", count=seconds // _DAY)


def left(seconds: int) -> str:
    """Return how long something still lasts, in whole minutes."""
    return text("central-ago.left", count=-(-seconds // _MINUTE))


def kind(code: str) -> str:
    """Return the words for an act of central or an event of a window."""
    return ACTS.get(code) or EVENTS.get(code, code)


def step(code: str) -> str:
    """Return the words for a step of an order."""
    return STEPS.get(code, code)


def problem(code: str) -> str:
    """Return the title of a problem; a code without a text stays as it is."""
    return explain(code).title if code in catalogue().problems else code


def reasons(codes: str) -> str:
    """Return what a printer says of itself: titles of printer-state-reasons."""
    found = []
    for code in filter(None, codes.split(", ")):
        end = next((one for one in _ENDS if code.endswith(one)), "")
        found.append(problem(code.removesuffix(end)))
    return text("fact-value.comma").join(found)


def details(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the data of an act, titles and values."""
    return [(DATA.get(name, name), _value(name, str(data[name]))) for name in sorted(data)]


def own_name(station: str) -> str:
    """Return what is left of a window's name in its place."""
    return station.rpartition(".")[2]


def _value(name: str, value: str) -> str:
    if name == "step":
        return step(value)
    if name == "decision":
        return DECISIONS.get(value, value)
    if name == "source":
        return SOURCES.get(value, value)
    return value if name in ("why", "evidence", "application") else value[:LENGTH]
