"""A self-test of the window as the history keeps it, and its record on paper (就绪记录)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from station.core.errors import CardLeftInsideError, FeederStoppedError
from station.core.lists import ListOfRows
from station.core.orders import EventRecord
from station.production.views.orders import DEVICE_TITLES, StationView
from station.production.views.supervision import columns_of, moment
from station.words import Table, explain, text

#: Verdicts on an item.
GOOD: Final = "ok"
BAD: Final = "bad"
UNKNOWN: Final = "unknown"
#: Key of the event's data that says whether a card could be made.
READY: Final = "ready"
#: Items whose verdict is followed by a number -> the text for it.
COUNTED: Final = {"owed": "self-test.owed", "ribbon": "self-test.ribbon"}
#: Items whose verdict is followed by a day; by none where it never happened.
DATED: Final = frozenset({"test-card", "cleaning"})
ITEMS: Final = Table("self-test-item")
VERDICTS: Final = Table("self-test-verdict")
COLUMNS: Final = {"item": 20, "result": 14, "said": 66}


@dataclass(frozen=True, slots=True)
class SelfTest:
    """One self-test.

    Attributes:
        at: Wall time, UTC.
        by: Who had it made.
        ready: Whether a card could be made.
        lines: What was looked at: item, result and what was found, in words.
    """

    at: dt.datetime
    by: str
    ready: bool
    lines: tuple[tuple[str, str, str], ...]


def findings(view: StationView) -> Iterator[tuple[str, str]]:
    """Return what a look at the window found: item, and a verdict with the codes of problems."""
    yield READY, GOOD if view.ready else BAD
    for device in (*view.devices, *view.desk):
        codes = dict.fromkeys(one.code for one in device.problems)
        verdict = UNKNOWN if device.ok is None else GOOD if device.ok else BAD
        yield device.name, " ".join((verdict, *codes))
    yield "feeder", f"{BAD} {FeederStoppedError.code}" if view.feeder_stopped else GOOD
    yield "path", f"{BAD} {CardLeftInsideError.code}" if view.card_left_inside else GOOD
    yield "owed", f"{BAD if view.owed else GOOD} {len(view.owed)}"
    if view.ribbon_cards_left is not None:
        yield "ribbon", f"{GOOD} {view.ribbon_cards_left}"


def self_test_of(event: EventRecord) -> SelfTest:
    """Return a self-test in words, from the event that keeps it."""
    told = dict(event.data)
    ready = told.pop(READY, "") == GOOD
    lines = tuple(_line(item, found) for item, found in told.items())
    return SelfTest(event.at, event.actor, ready, lines)


def _line(item: str, found: str) -> tuple[str, str, str]:
    verdict, *rest = found.split()
    title = DEVICE_TITLES.get(item) or ITEMS.get(item, item)
    return title, VERDICTS.get(verdict, verdict), _said(item, rest)


def _said(item: str, rest: list[str]) -> str:
    if item in COUNTED:
        return text(COUNTED[item], count=rest[0])
    if item in DATED:
        return rest[0] if rest else text("self-test.never")
    return text("phrases.between").join(explain(code).title for code in rest)


def readiness_list(tests: list[SelfTest], window: str, now: dt.datetime) -> ListOfRows:
    """Return the record on paper: the newest self-test in full, the ones before in a line each."""
    newest = tests[0]
    before = [
        text("self-test.before", at=moment(one.at), by=one.by, result=_result(one))
        for one in tests[1:]
    ]
    return ListOfRows(
        title=text("list.readiness"),
        notes=(
            text("list.note", window=window, at=moment(now), count=len(newest.lines)),
            text("self-test.made", at=moment(newest.at), by=newest.by, result=_result(newest)),
        ),
        columns=columns_of("self-test-column", COLUMNS),
        rows=list(newest.lines),
        foot=(*before, text("self-test.signature")),
    )


def _result(test: SelfTest) -> str:
    return text("self-test.ready" if test.ready else "self-test.not-ready")
