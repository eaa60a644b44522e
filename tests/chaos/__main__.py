"""`make chaos`: the real daemon over the real stacks, and everything that happens to it outside.

    python -m tests.chaos                                every scenario once, 30 cards, 60 kills
    python -m tests.chaos --scenario "disk full"         those whose name has this in it
    python -m tests.chaos --seed 7 --scenario frozen     the same chance again
    python -m tests.chaos --list

After each scenario the observer's record, the province's and the journal are compared. A scenario
that has found something gets no successor in its world: the next one starts afresh. The last line
is one JSON object. Exit status 1 when a rule does not hold.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import httpx

from simulators.pcsc_service import pcsc_can_run
from station.core.errors import StationError
from tests.chaos import clocks, crowd, disk, frozen, hands, storm, truth, upgrade
from tests.chaos.clerk import Clerk
from tests.chaos.disk import NotHereError
from tests.chaos.stage import Kind, Scenario, Stage, new_world
from tests.chaos.world import ChaosWorld, Recovery, can_have_clock

SCENARIOS: Final = (
    *frozen.SCENARIOS,
    *storm.SCENARIOS,
    *disk.SCENARIOS,
    *hands.SCENARIOS,
    *clocks.SCENARIOS,
    *crowd.SCENARIOS,
    *upgrade.SCENARIOS,
)
#: What ends a scenario and not the run: its world did not do what the scenario waits for.
BROKEN_OFF: Final = (AssertionError, RuntimeError, OSError, LookupError, ValueError)
#: Share of 20 to 60 s that a pause lasts, unless `CHAOS_PAUSE` says otherwise.
PAUSE_SCALE: Final = 0.1
#: From a start after a kill until the daemon has recovered. It holds for a CPU of the daemon's own:
#: what other programs on this machine take is told apart.
GOAL_SECONDS: Final = 5.0


class Chaos:
    """Runs scenarios, each in a world that nothing has broken before."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._folder, self._options = folder, options
        self._number = itertools.count(1)
        self._world: ChaosWorld | None = None
        self._kind: Kind | None = None
        self._clerk: Clerk | None = None
        self.recoveries: list[Recovery] = []
        self.cards = self.kills = 0
        self.violations: dict[str, list[str]] = {}
        self.left_out: dict[str, str] = {}

    def play(self, scenario: Scenario) -> list[str]:
        """Play one scenario; returns the rules that do not hold, and remembers them."""
        began = time.monotonic()
        try:
            found = self._play(scenario)
        except NotHereError as exc:
            self.left_out[scenario.name] = str(exc)
            say(f"left out  {scenario.name}: {exc}")
            return []
        took = time.monotonic() - began
        say(f"{'VIOLATED' if found else 'ok':9} {scenario.name} ({took:.1f} s)")
        if found:
            self.violations[scenario.name] = found
            for text in found:
                say(f"          {text}")
            say(f"          replay: {replay(scenario, self._options.seed, self._options.pause)}")
            self.stop()
        return found

    def _play(self, scenario: Scenario) -> list[str]:
        world, clerk = self._ready(scenario.kind)
        rng = random.Random(f"{self._options.seed} {scenario.name}")
        options = self._options
        stage = Stage(
            world, clerk, rng, options.pause, options.cards, options.kills, options.upgrade_kills
        )
        try:
            clerk.make_ready()
            scenario.run(stage)
            found = truth.violations(world, clerk, honest=scenario.honest)
        except NotHereError:
            raise
        except (StationError, httpx.HTTPError, *BROKEN_OFF) as exc:
            # Whatever broke off is a finding of its scenario; the others still run.
            where = traceback.extract_tb(exc.__traceback__)[-1]
            found = [f"broke off: {type(exc).__name__}: {exc} ({where.name}:{where.lineno})"]
            found += clerk.found
        if not scenario.honest:
            self._retire()  # what the ledger was told is not true: it would be found again
        return list(dict.fromkeys(stage.found + found))

    def _ready(self, kind: Kind) -> tuple[ChaosWorld, Clerk]:
        if self._world is None or self._clerk is None or self._kind is not kind:
            self.stop()
            if kind is Kind.CLOCK and not can_have_clock():
                raise NotHereError("gcc is needed for a wall clock of the daemon's own")
            folder = self._folder / f"{next(self._number)}-{kind}"
            self._kind, self._world = kind, new_world(kind, folder, self._options.seed)
            self._world.start()
            self._clerk = Clerk(self._world)
        return self._world, self._clerk

    def _retire(self) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop the world and add its figures up."""
        world, self._world, self._clerk = self._world, None, None
        if world is not None:
            try:
                self.cards += int(world.observer()["totals"]["releases"])
            finally:
                self.kills += world.kills
                self.recoveries += world.recoveries
                world.stop()


def say(text: str) -> None:
    """Print one line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def replay(scenario: Scenario, seed: int, pause: float) -> str:
    """Return the command that plays a scenario again with the same chance."""
    return f"CHAOS_PAUSE={pause:g} python -m tests.chaos --seed {seed} --scenario '{scenario.name}'"


def chosen(words: Iterable[str]) -> list[Scenario]:
    """Return the scenarios whose name holds one of the words; all without words.

    Those of one kind of world follow one another.
    """
    wanted = list(words)
    found = [one for one in SCENARIOS if not wanted or any(word in one.name for word in wanted)]
    return sorted(found, key=lambda one: (list(Kind).index(one.kind), not one.honest))


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--cards", type=int, default=30, help="cards of the storm of kills")
    parser.add_argument("--kills", type=int, default=60, help="kills of the storm")
    parser.add_argument("--upgrade-kills", type=int, default=100, help="kills of schema upgrades")
    parser.add_argument("--scenario", action="append", default=[], help="a part of its name")
    parser.add_argument("--list", action="store_true", help="only name the scenarios")
    parser.add_argument("--keep", type=Path, help="keep logs and records in this new folder")
    parser.add_argument(
        "--pause",
        type=float,
        default=float(os.environ.get("CHAOS_PAUSE", PAUSE_SCALE)),
        help="pauses last this times 20 to 60 s (CHAOS_PAUSE)",
    )
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> int:
    """Run; returns the exit status."""
    options = arguments(given)
    scenarios = chosen(options.scenario)
    if options.list:
        for one in scenarios:
            say(f"{one.kind:7} {one.name}" + (f" [{', '.join(one.cases)}]" if one.cases else ""))
        return 0
    if not pcsc_can_run():
        say("pcscd and vpcd are needed: run `make setup` as root")
        return 2
    folder = options.keep or Path(tempfile.mkdtemp(prefix="chaos-"))
    say(f"seed {options.seed}, pauses x{options.pause:g}, {len(scenarios)} scenarios")
    began = time.monotonic()
    chaos = Chaos(folder, options)
    try:
        for scenario in scenarios:
            chaos.play(scenario)
    finally:
        chaos.stop()
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    slowest = max((one.seconds for one in chaos.recoveries), default=0.0)
    own = max((one.own for one in chaos.recoveries), default=0.0)
    facts = {
        "seed": options.seed,
        "scenarios": len(scenarios) - len(chaos.left_out),
        "left_out": chaos.left_out,
        "cards": chaos.cards,
        "kills": chaos.kills,
        "violations": sum(map(len, chaos.violations.values())),
        "violated": sorted(chaos.violations),
        "slowest_recovery_seconds": round(slowest, 2),
        "slowest_recovery_less_cpu_wait": round(own, 2),
        "recovery_goal_seconds": GOAL_SECONDS,
        "load": round(os.getloadavg()[2], 1),
        "seconds": round(time.monotonic() - began, 1),
    }
    say(json.dumps(facts, ensure_ascii=False))
    return 1 if chaos.violations else 0


if __name__ == "__main__":
    sys.exit(main())
