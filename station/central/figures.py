"""Central's figures for a monitoring system: counts alone, nothing about anybody.

The wall page shows the same to people; an alert of Prometheus is for who doesn't look at it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from station.central.database import Database
from station.central.revisions import list_revisions
from station.central.wall import STATES, WindowTile, read_wall
from station.metrics import Figure

READABLE = "station_central_database_readable"


def figures(database: Database) -> Iterator[Figure]:
    """Read them.

    Raises:
        JournalError: The database can't be used.
    """
    wall = read_wall(database)
    states = Counter(one.state for one in wall.windows)
    yield Figure(
        "station_central_windows",
        "Windows by what they are on the wall page.",
        "state",
        {state: states[state] for state in STATES},
    )
    yield Figure(
        "station_central_behind_events",
        "Events that a window has spoken of and that are not here.",
        "window",
        {one.name: one.behind for one in wall.windows},
    )
    yield Figure(
        "station_central_owed_reports",
        "Reports that a window owes the province, as it last said.",
        "window",
        {one.name: _number(one, "owed-reports") for one in wall.windows},
    )
    single = {
        "letters_waiting": ("Letters that wait for the carrier.", wall.letters),
        "forks": ("Forks that wait for a person.", wall.forks),
        "alarms": ("Alarms that nobody has seen yet, 50 at most.", len(wall.alarms)),
        "open_orders": ("Orders with a window that have not ended.", wall.open),
        "made_cards": ("Cards of assigned orders that are out.", wall.made),
        "settings_failed_windows": (
            "Windows that have not taken the newest settings.",
            _failed(database),
        ),
    }
    for name, (what, value) in single.items():
        yield Figure(f"station_central_{name}", what, "", {"": value})


def _failed(database: Database) -> int:
    newest = list_revisions(database, 1)
    return sum(share.failed for one in newest for share in one.shares)


def _number(window: WindowTile, fact: str) -> int:
    told = window.facts.get(fact, "")
    return int(told) if told.isdecimal() else 0
