"""SIGKILL for the real daemon, before and after every commit that one card needs.

Real processes: the daemon with its HTTP API, the simulated machine behind USB/IP and a chip link,
the simulated province. The program counts the commits of a course itself, then runs it again for
each of them. Afterwards the observer's record and the province's are compared with the journal.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from simulators.child import Process
from simulators.world import PASSWORD, World, WorldOptions, wait_until
from station.core.orders import CardFate
from station.core.questions import AnswerKind, QuestionKind
from station.journal import Journal, open_journal
from tests.torture.evidence import Evidence
from tests.torture.invariants import audit_is_whole, nothing_personal
from tests.torture.runs import Result
from tests.torture.trapped_daemon import PASSED, TRAP

#: Seconds until a card must be made, whatever happened. It takes a few, and far more where other
#: programs use the processor; only a card that is never made is waited for so long.
PATIENCE: Final = 300.0
WHENS: Final = ("before", "after")
SETTINGS: Final = {"province": {"retry_first": 0.2, "retry_longest": 0.5, "timeout": 5.0}}
GOOD_BIN, OTHER_BIN = "622700", "622848"
ONCE: Final = {
    "feeds": 1,
    "chip_write_sessions": 1,
    "prints": 1,
    "releases": 1,
    "rejects": 0,
    "reports_accepted": 1,
    "reports_spoiled": 0,
    "activations": 1,
}
PLACES: Final = {
    CardFate.ISSUED: {"output-hopper", "taken"},
    CardFate.REFUSED: {"reject-box", "cleared-away"},
    CardFate.SPOILED: {"reject-box", "cleared-away"},
    CardFate.RETURNED: {"output-hopper", "taken"},
}


class TrappedWorld(World):
    """A simulated window whose daemon can be told at which commit to die."""

    def start_station(self) -> None:
        """Start the daemon; see `World.start_station`."""
        command = [sys.executable, "-m", "tests.torture.trapped_daemon", str(self.folder)]
        command += ["serve", "--config", str(self.config)]
        self._start("station", command, {"STATION_PROVINCE__PASSWORD": PASSWORD})

    @property
    def daemon(self) -> Process:
        """The daemon's process."""
        return self._processes["station"]


@dataclasses.dataclass(frozen=True)
class Course:
    """How one card is made.

    Attributes:
        name: For people.
        prepare: What is wrong from the start.
        effects: What differs from `ONCE`.
    """

    name: str
    prepare: Callable[[World], object] = lambda world: None
    effects: Mapping[str, int] = dataclasses.field(default_factory=dict)


COURSES: Final = (
    Course("a card over HTTP"),
    Course(
        "a blank of another bank over HTTP",
        lambda world: world.machine("put a blank of another bank on top", bank_bin=OTHER_BIN),
        {"feeds": 2, "releases": 2},  # it goes out as it came, and back into its bank's stock
    ),
    Course(
        "a mute blank over HTTP",
        lambda world: world.machine("mute the next blank", times=99),
        {"feeds": 2, "rejects": 1},
    ),
    Course(
        "the report's answer lost over HTTP",
        lambda world: world.province("lose answers", operation="即制卡回盘", calls=1),
    ),
)


class Killer:
    """Makes cards in one world, and has the daemon die on the way."""

    def __init__(self, world: TrappedWorld) -> None:
        self._world = world
        world.badge()  # a login is a commit of its own: not on the way of a card
        self._people = iter(world.people("ready"))
        self._kills = 0
        self._slowest = 0.0
        self._answers: Counter[str] = Counter()

    def boundaries(self, course: Course) -> list[str]:
        """Make one card without a kill; returns its commits, named by what they write."""
        result = self._run(course, 0, "never")
        if result.violations:
            raise AssertionError(f"{course.name}: {result.violations}")
        return (self._world.folder / PASSED).read_text().splitlines()

    def killed_at(self, course: Course, number: int, when: str, name: str) -> Result:
        """Make one card; the daemon dies at this commit and is started again."""
        result = self._run(course, number, when)
        result.name = name
        if result.kills != 1:
            result.violations.append(f"the daemon was killed {result.kills} times")
        return result

    def _run(self, course: Course, number: int, when: str) -> Result:
        world, person = self._world, str(next(self._people)["id_number"])
        self._kills, self._slowest, self._answers = 0, 0.0, Counter()
        world.machine("empty the feeder")
        world.machine("fill the feeder", count=4, bank_bin=GOOD_BIN)
        course.prepare(world)
        before = self._effects()
        (world.folder / PASSED).unlink(missing_ok=True)
        (world.folder / TRAP).write_text(f"{number} {when}")
        order = self._make_card(person)
        (world.folder / TRAP).unlink(missing_ok=True)
        found = self._compare(before, {**ONCE, **course.effects}, person, order)
        if not found:  # else nothing is sure about this window, and the next card gets another one
            world.machine("take the card")
            world.machine("empty the reject bin")
            self._restart_without_trap()
        faults = Counter({"SIGKILL": self._kills}) + self._answers
        return Result(course.name, found, "", [], self._kills, self._slowest, faults)

    # -- the clerk's side ------------------------------------------------------------------------

    def _make_card(self, person: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        key = {"Idempotency-Key": person}
        view: dict[str, Any] = {}
        while time.monotonic() < deadline:
            try:
                view = self._api("/orders", json={"id_number": person}, headers=key)
                path = f"/orders/{view['id']}"
                if view["step"] == "activated":
                    return view
                if view["question"] is not None:
                    self._answer(path, view["question"]["kind"])
                elif view["step"] == "released":
                    view = self._api(f"{path}/steps/activated?wait=20")
                else:
                    view = self._api(f"{path}/run?wait=20", json={"approved": True})
            except httpx.TransportError:
                self._start_again()
        return view

    def _answer(self, path: str, kind: str) -> None:
        """Say what a person sees at the machine; presses where that answers nothing.

        The daemon's other threads run on until it is dead. So the kill may come in a movement that
        began after the commit, and whether a card moved is then asked, as it must be.
        """
        state = self._world.machine_state()
        if kind not in _SEEN:
            self._api(f"{path}/run?wait=20", json={"approved": True})
        elif state["activity"] is None:
            inside, gone = _SEEN[kind]
            said = gone if state["card_inside"] is None else inside
            # Refused when the machine has told meanwhile: the order is looked at again then.
            body = {"answer": said.value}
            answered = self._world.api("POST", f"{path}/answer", json=body)
            if answered.status_code != httpx.codes.CONFLICT:
                answered.raise_for_status()
            self._answers[f"answered: {kind}, {said.value}"] += 1

    def _api(self, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - httpx
        return dict(self._world.api("POST", path, **request).raise_for_status().json())

    def _start_again(self) -> None:
        daemon = self._world.daemon
        wait_until(lambda: not daemon.is_running(), PATIENCE, "the daemon's end")
        self._kills += 1
        (self._world.folder / TRAP).unlink(missing_ok=True)
        began = time.monotonic()
        self._world.kill_station()  # only gives back what was its
        self._world.start_station()
        wait_until(
            lambda: self._world.api("GET", "/health").json()["recovered"] or None,
            PATIENCE,
            "recovery",
        )
        self._slowest = time.monotonic() - began

    # -- the truth -------------------------------------------------------------------------------

    def _effects(self) -> Counter[str]:
        province = self._world.province_observer()["effects"]
        return Counter(self._world.observer()["totals"] | province)

    def _compare(
        self, before: Counter[str], wanted: Mapping[str, int], person: str, view: dict[str, Any]
    ) -> list[str]:
        if view.get("step") != "activated":
            return [f"L1 the order stays at {view.get('step')}, held by {view.get('problem')}"]
        after = self._effects()
        found = [
            f"I4 {name} happened {after[name] - before[name]} times instead of {count}"
            for name, count in wanted.items()
            if after[name] - before[name] != count
        ]
        with self._journal() as journal:
            return found + self._belief(journal, view["id"]) + self._record(journal, person)

    def _belief(self, journal: Journal, order: str) -> list[str]:
        where = {card["card_id"]: card["place"] for card in self._world.observer()["cards"]}
        named = [row for row in journal.cards.of(order) if row.AAZ501]
        return [
            f"I3 the ledger says {row.fate}, the card is in {where[row.AAZ501]}"
            for row in named
            if where[row.AAZ501] not in PLACES.get(row.fate, set())
        ]

    def _record(self, journal: Journal, person: str) -> list[str]:
        orders = [journal.orders.one(head.id) for head in journal.orders.heads_of_person(person)]
        evidence = dataclasses.replace(
            _EMPTY,
            orders=tuple(orders),
            effects=tuple(effect for order in orders for effect in journal.effects.of(order.id)),
            write_backs=tuple(w for order in orders for w in journal.outbox.of(order.id)),
            ledger=tuple(card for order in orders for card in journal.cards.of(order.id)),
            events=tuple(e for order in orders for e in journal.history.after(0, 5000, order.id)),
            logged=((self._world.folder / "station.log").read_text(encoding="utf-8"),),
        )
        found = [] if len(orders) == 1 else [f"I7 one request made {len(orders)} orders"]
        journal.history.verify_chain()
        return found + list(audit_is_whole(evidence)) + list(nothing_personal(evidence))

    @contextlib.contextmanager
    def _journal(self) -> Iterator[Journal]:
        state = self._world.folder / "state"
        journal = open_journal(f"sqlite:///{state / 'journal.db'}", state / "seal.key")
        try:
            yield journal
        finally:
            journal.close()

    def _restart_without_trap(self) -> None:
        # A daemon that has counted goes on counting; one that was killed came back without a trap.
        if self._kills == 0:
            self._world.stop_station()
            self._world.start_station()


_EMPTY: Final = Evidence(
    acts=(), beliefs=(), cards=(), reports=(), repeated=(), activations=(), orders=(), effects=(),
    ledger=(), write_backs=(), events=(), chain="", requests=(), defects=(), logged=(),
)  # fmt: skip


#: What is asked -> the true answer with a card inside, and with none.
_SEEN: Final = {
    QuestionKind.FEED_IN_DOUBT.value: (AnswerKind.GO_ON, AnswerKind.NOT_FED),
    QuestionKind.RELEASE_IN_DOUBT.value: (AnswerKind.INSIDE, AnswerKind.AT_OUTLET),
    QuestionKind.REJECT_IN_DOUBT.value: (AnswerKind.INSIDE, AnswerKind.DISCARDED),
}
Wanted = Callable[[str], bool]


class Windows:
    """One simulated window after the other: a new one where the last card came out wrong."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._world: TrappedWorld | None = None
        self._killer: Killer | None = None

    def killer(self) -> Killer:
        """Return who kills the daemon of the present window; opens one if there is none."""
        if self._killer is None:
            self._count += 1
            folder = self._folder / str(self._count)
            folder.mkdir()
            options = WorldOptions(folder=folder, pcsc=False, station_settings=SETTINGS)
            self._world = TrappedWorld(options)
            self._world.start()
            self._killer = Killer(self._world)
        return self._killer

    def close(self) -> None:
        """End the present window, if there is one."""
        if self._world is not None:
            self._world.stop()
        self._world = self._killer = None


def results(
    folder: Path,
    courses: tuple[Course, ...] = COURSES,
    wanted: Wanted = lambda name: True,
) -> Iterator[Result]:
    """Kill the daemon before and after each commit of each course whose name is wanted."""
    windows = Windows(folder)
    try:
        for course in courses:
            for number, commit in enumerate(windows.killer().boundaries(course), 1):
                for when in WHENS if commit else ():  # an empty one writes nothing to the disk
                    name = f"{course.name}: SIGKILL {when} commit {number}, {commit}"
                    if wanted(name):
                        yield (result := windows.killer().killed_at(course, number, when, name))
                        if result.violations:
                            windows.close()
            windows.close()  # each kill takes a person of its own: the next course has all again
    finally:
        windows.close()
