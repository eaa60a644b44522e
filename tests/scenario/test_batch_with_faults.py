"""A batch is made on the simulated machine at the highest speed, with twelve faults thrown in.

The clerk of `make chaos` mends what is broken and answers what the station asks. In the end each
person has exactly one card or a reason, and the lists, the ledger, the machine and the province say
the same.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from simulators.world import World, WorldOptions
from station.core.orders import CardFate
from tests.chaos.clerk import Clerk, Wish
from tests.chaos.truth import copied_journal, violations
from tests.chaos.world import SETTINGS, ChaosWorld
from tests.rigs.unit_people import BatchApi, Listed, listed_people, portrait
from tests.unit.batches.lists import as_csv, cells_of

#: Seconds in which something must change: far more than the slowest step on a loaded machine.
PATIENCE: Final = 240.0
POLL: Final = 0.2
OTHER_BIN: Final = "622848"
#: `make soak-batch` makes 200; with all the looking at their faces that takes minutes.
CARDS: Final = int(os.environ.get("BATCH_CARDS", "26"))

Fault = tuple[str, Callable[[ChaosWorld], object]]

FAULTS: Final[Sequence[Fault]] = (
    ("a mute blank", lambda world: world.machine("mute the next blank", times=99)),
    (
        "a blank of another bank",
        lambda world: world.machine("put a blank of another bank on top", bank_bin=OTHER_BIN),
    ),
    ("the cover is open", lambda world: world.machine("open the cover")),
    (
        "a lost acknowledgement",
        lambda world: world.province("lose answers", operation="即制卡回盘"),
    ),
    ("no printer cable", lambda world: world.machine("pull the printer cable")),
    ("a jam", lambda world: world.machine("jam the card")),
    ("no power", lambda world: world.machine("cut the power")),
    ("SIGKILL for the daemon", lambda world: world.kill_daemon()),
    ("a blank the wrong way round", lambda world: world.machine("turn the next blank round")),
    ("an empty feeder", lambda world: world.machine("empty the feeder")),
    ("no reader cable", lambda world: world.machine("pull the reader cable")),
    (
        "a SOAP fault",
        lambda world: world.province("answer with a fault", operation="即制卡回盘", calls=1),
    ),
)


class Window(ChaosWorld):
    """A window of `make chaos` on an ordinary disk: the portraits of a batch need more room."""

    def start(self) -> None:
        """See `World.start`."""
        World.start(self)
        self.wait_until_recovered()


class BatchClerk:
    """Has a batch made, throws the faults in, and serves whatever stops."""

    def __init__(self, world: Window, api: BatchApi, people: Sequence[Listed]) -> None:
        self.world = world
        self.api = api
        self.people = {line: one.number for line, one in enumerate(people, 1)}
        self.clerk = Clerk(world)
        self.wishes: dict[str, Wish] = {}
        self.thrown: list[str] = []

    def make(self) -> dict[str, Any]:
        """Make the batch; returns the progress once nothing more can be made."""
        faults = collections.deque(FAULTS)
        every = len(self.people) / (len(FAULTS) + 1)
        self.api.ask("POST", "making", making="on")
        last, deadline = "", time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            told, rows = self._progress()
            if told and told["left"] == sum(bool(row["reason"]) for row in rows):
                assert not faults
                return told
            if told and faults and told["made"] >= every * (len(self.thrown) + 1):
                self._throw(faults)
            self._serve(rows)
            now = f"{told} {[(row['line'], row['order'], row['reason']) for row in rows]}"
            if now != last:
                last, deadline = now, time.monotonic() + PATIENCE
            time.sleep(POLL)
        raise AssertionError(f"it stands still: {last}; thrown: {self.thrown}")

    def _progress(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        wish = Wish("", "")
        told = self.clerk.call(wish, "GET", f"/batches/{self.api.batch}/making")
        path = f"/batches/{self.api.batch}/rows?state=making&limit=200"
        rows = self.clerk.call(wish, "GET", path)
        return (told or {}, rows) if rows is not None else ({}, [])

    def _throw(self, faults: collections.deque[Fault]) -> None:
        name, do = faults[0]
        with contextlib.suppress(httpx.HTTPStatusError):  # no blank is there: a moment later
            do(self.world)
            self.thrown.append(name)
            faults.popleft()

    def _serve(self, rows: list[dict[str, Any]]) -> None:
        self.clerk.fill_up()
        for row in rows:
            if not row["order"]:
                continue
            wish = self._wish(row)
            view = self.clerk.view(wish)
            if view and (view["problem"] or view["question"]):
                self.clerk.act(wish, view)

    def _wish(self, row: dict[str, Any]) -> Wish:
        wish = self.wishes.get(row["order"])
        if wish is None:
            wish = Wish(self.people[row["line"]], key="", order=row["order"])
            self.wishes[row["order"]] = wish
            self.clerk.wishes.append(wish)
        return wish


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Window]:
    options = WorldOptions(
        folder=tmp_path / "world", people=100 + 2 * CARDS, blanks=30, station_settings=SETTINGS
    )
    made = Window(options)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.mark.alone
@pytest.mark.timeout(3600)
def test_each_person_has_one_card_or_a_reason_and_the_lists_balance(world: Window) -> None:
    cards = CARDS
    people = list(itertools.islice(listed_people(world), cards))
    assert len(people) == cards
    api = BatchApi(world)
    api.add(as_csv(one.row(line) for line, one in enumerate(people, 1)))
    api.photos({f"{one.number}.jpg": portrait(one) for one in people})
    assert api.confirm(*range(1, cards + 1)) == {}
    clerk = BatchClerk(world, api, people)
    told = clerk.make()
    assert clerk.thrown == [name for name, _ in FAULTS]
    assert violations(world, clerk.clerk) == []

    rows = api.rows()
    made = [row for row in rows if row["state"] == "made"]
    others = [row for row in rows if row["state"] != "made"]
    assert (len(rows), told["made"]) == (cards, len(made))
    assert all(row["reason"] for row in others), others
    assert len(made) >= cards - len(FAULTS)
    listed = api.ask("POST", "lists", 201, lines=[])
    sheets = {
        "list": api.file(f"/batch-lists/{listed['id']}.xlsx"),
        "handover": api.file("handover.xlsx"),
        "exceptions": api.file("exceptions.xlsx"),
    }
    lines = {
        name: [int(row[0]) for row in cells_of(sheet) if row[0].isdecimal()]
        for name, sheet in sheets.items()
    }
    assert lines["list"] == list(range(1, cards + 1))
    assert lines["handover"] == [row["line"] for row in made]
    assert lines["exceptions"] == [row["line"] for row in others]
    with copied_journal(world.state) as journal:
        issued = journal.cards.of_fate(CardFate.ISSUED)
    assert sorted(str(one.order) for one in issued) == sorted(row["order"] for row in made)
    effects = world.province_observer()["effects"]  # a card that is spoiled later is taken back
    assert effects["reports_accepted"] - effects["reports_revoked"] == len(made)
