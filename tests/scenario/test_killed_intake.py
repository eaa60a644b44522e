"""SIGKILL for the daemon while a list, a package or pictures are taken over.

The moments are commits, chosen by what they write. After each kill the same file is sent again, as
a person does who got no answer: no row and no picture is lost, none is there twice.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from simulators.province.portraits import draw_portrait
from simulators.units.package import UnitPackage, seal
from simulators.world import WorldOptions, wait_until
from station.bootstrap import build_packages
from station.journal import open_journal
from station.settings import load_settings
from tests.rigs.unit_people import PATIENCE, BatchApi, encoded
from tests.torture.kills import TrappedWorld
from tests.torture.trapped_daemon import PASSED, TRAP
from tests.unit.batches.lists import as_csv, good, number
from tests.unit.batches.rig import zip_of

ROWS, PICTURES = 250, 45
WRONG = {7, 107, 207}  #: rows whose number has a wrong check digit
_used = itertools.count(step=ROWS)  # a person is in one batch only


@dataclass
class Sent:
    """What is sent in one test: people whom no other batch has, and their pictures."""

    rows: list[list[object]] = field(repr=False)
    files: dict[str, bytes] = field(repr=False)

    @classmethod
    def new(cls) -> Sent:
        first = next(_used)
        places = {line: first + line for line in range(1, ROWS + 1)}
        rows = [good(line, place) for line, place in places.items()]
        for line in WRONG:
            own = number(places[line])
            rows[line - 1][4] = own[:17] + ("1" if own[17] != "1" else "2")
        portrait = draw_portrait(1, number(1), "1", "19610101")
        files = {
            f"{number(place)}.jpg": portrait + place.to_bytes(4, "big")  # each another picture
            for line, place in places.items()
            if line <= PICTURES and line not in WRONG
        }
        return cls(rows, files)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrappedWorld]:
    folder = tmp_path_factory.mktemp("killed") / "world"
    made = TrappedWorld(WorldOptions(folder=folder, pcsc=False))
    try:
        made.start()
        yield made
        made.stop_station()
        state = folder / "state"
        journal = open_journal(f"sqlite:///{state / 'journal.db'}", state / "seal.key")
        with contextlib.closing(journal):
            journal.history.verify_chain()
    finally:
        made.stop()


def killed(world: TrappedWorld, trap: str, path: str, body: dict[str, Any], key: str = "") -> None:
    """Send something and have the daemon die on the way; start it again."""
    world.badge()  # a login is a commit of its own
    (world.folder / PASSED).unlink(missing_ok=True)
    (world.folder / TRAP).write_text(trap, encoding="utf-8")
    with contextlib.suppress(httpx.TransportError):  # answered, where it dies afterwards
        world.api("POST", path, json=body, headers={"Idempotency-Key": key} if key else {})
    wait_until(lambda: not world.daemon.is_running(), PATIENCE, "the kill")
    (world.folder / TRAP).unlink()
    world.kill_station()  # only gives back what was its
    world.start_station()


def whole(api: BatchApi) -> None:
    """Check that every row is there once, and that the wrong ones are named and no other."""
    found: list[dict[str, Any]] = []
    while some := api.ask("GET", f"rows?limit=200&line={found[-1]['line'] if found else 0}"):
        found += some
    assert [row["line"] for row in found] == list(range(1, ROWS + 1))
    faults = {(row["line"], one["code"]) for row in found for one in row["faults"]}
    assert faults == {(line, "id-number-check-digit") for line in WRONG}
    assert api.ask("GET", "/batches?limit=1")[0]["state"] == "open"


@pytest.mark.parametrize(
    "trap",
    [
        "1 after batch-added",
        "2 before batch-rows-read",
        "2 after batch-rows-read",
        "2 before batch-changed",  # every row is there, and the batch does not say so yet
    ],
)
def test_a_list_that_was_cut_off_is_whole_after_it_is_sent_again(
    world: TrappedWorld, trap: str
) -> None:
    sent, api = Sent.new(), BatchApi(world)
    body = {"file": encoded(as_csv(sent.rows)), "title": trap}
    before = len(world.api("GET", "/batches?limit=200").json())
    killed(world, trap, "/batches", body, key=trap)
    (cut, *_) = world.api("GET", "/batches?limit=1").json()
    assert cut["title"] == trap
    assert (cut["rows"] < ROWS) is ("rows-read" in trap or "added" in trap)
    answer = world.api("POST", "/batches", json=body, headers={"Idempotency-Key": trap})
    assert answer.status_code == 201, answer.text
    taken = answer.json()
    assert taken["batch"]["id"] == cut["id"]
    assert (taken["added"], taken["unchanged"]) == (ROWS - cut["rows"], cut["rows"])
    api.batch = cut["id"]
    whole(api)
    assert len(world.api("GET", "/batches?limit=200").json()) == before + 1


@pytest.mark.parametrize("trap", ["1 after batch-rows-read", "2 before batch-photos-read"])
def test_a_package_that_was_cut_off_is_whole_after_it_is_sent_again(
    world: TrappedWorld, trap: str
) -> None:
    sent, api = Sent.new(), BatchApi(world)
    package = UnitPackage(
        number=trap.replace(" ", "-"),
        unit="1111011",
        title=trap,
        naming="number",
        listed=as_csv(sent.rows),
        photos=sent.files,
    )
    key = build_packages(load_settings(world.config)).package_key()
    body: dict[str, Any] = {"file": encoded(seal(package, key))}
    killed(world, trap, "/batch-packages", body)
    taken = api.ask("POST", "/batch-packages", **body)
    api.batch = taken["batch"]["id"]
    whole(api)
    now = api.checked()
    assert sum(now["counts"].values()) == len(sent.files)
    assert (now["doubled"], now["unmatched"]) == ([], [])


@pytest.mark.parametrize(
    "trap",
    [
        "2 after batch-photos-read",
        "1 before -",  # the results of the first checks: a commit without an event
    ],
)
def test_pictures_that_were_cut_off_are_there_once_and_checked(
    world: TrappedWorld, trap: str
) -> None:
    sent, api = Sent.new(), BatchApi(world)
    api.add(as_csv(sent.rows), title=trap)
    body: dict[str, Any] = {"file": encoded(zip_of(sent.files))}
    killed(world, trap, f"/batches/{api.batch}/photos", body)
    taken = api.ask("POST", "photos", **body)
    assert taken["added"] + taken["known"] == taken["matched"] == len(sent.files)
    now = api.checked()
    assert now["counts"]["fits"] == sum(now["counts"].values()) == len(sent.files)
    assert (now["doubled"], now["unmatched"]) == ([], [])
    missing = set(range(1, ROWS + 1)) - {
        line for line in range(1, PICTURES + 1) if line not in WRONG
    }
    assert set(now["missing"]) == missing
