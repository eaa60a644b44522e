"""What a scenario works with: one window, its clerk, chance, and how long pauses are."""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx

from simulators.world import WorldOptions
from tests.chaos.clerk import Clerk, Wish
from tests.chaos.world import SETTINGS, ChaosWorld

SPEED: Final = 20.0  #: device time is divided by this
SLOW_SPEED: Final = 4.0  #: while an APDU must last long enough to be met
MOMENT_SECONDS: Final = 30.0  #: until an effect that was pressed has begun
AT_ONCE_SECONDS: Final = 3.0  #: within this the station answers, whoever is frozen
LONGEST_SECONDS: Final = 15.0  #: then the clerk stops waiting for an answer
REPORT: Final = "即制卡回盘"


class Kind(enum.StrEnum):
    """Which machine, and whose clock."""

    HITI = "hiti"
    EVOLIS = "evolis"
    CLOCK = "clock"  #: a HiTi; the daemon has a wall clock of its own


OPTIONS: Final = {
    Kind.HITI: ("hiti-cs220e", "usbip"),
    Kind.EVOLIS: ("evolis-primacy2", "tcp-transaction"),
    Kind.CLOCK: ("hiti-cs220e", "usbip"),
}
#: Activity of the machine in whose middle each effect can be stopped.
ACTIVITIES: Final = {"feed": "feed", "print": "print-front", "release": "to-output"}


@dataclasses.dataclass
class Stage:
    """One window for one or more scenarios.

    Attributes:
        world: The processes.
        clerk: Who serves.
        rng: All chance of the scenario.
        pause_scale: Pauses are multiplied by this.
        cards: Cards that the storm makes.
        kills: SIGKILLs of the storm.
        upgrade_kills: SIGKILLs of schema upgrades.
        found: Violations that a scenario met itself.
    """

    world: ChaosWorld
    clerk: Clerk
    rng: random.Random
    pause_scale: float
    cards: int
    kills: int
    upgrade_kills: int
    found: list[str] = dataclasses.field(default_factory=list)

    def pause(self) -> None:
        """Let 20 to 60 seconds pass, scaled."""
        time.sleep(self.rng.uniform(20.0, 60.0) * self.pause_scale)

    # -- moments -------------------------------------------------------------------------------

    @contextlib.contextmanager
    def in_the_middle_of(self, effect: str, wish: Wish) -> Iterator[None]:
        """Press until the order is in the middle of `effect`; the machine stays in its motion.

        Motions stop at their pause point. Where no motion belongs to the effect, its intent is
        waited for, and the other side is slow.
        """
        clerk, world = self.clerk, self.world
        activity = ACTIVITIES.get(effect)
        if effect == "activate":
            clerk.start(wish)
            clerk.until(lambda: clerk.view(wish).get("step") == "released", "the card is out")
            world.province("answer late", seconds=2.0)
            clerk.call(wish, "POST", f"/orders/{wish.order}/steps/activated")
            self.wait_for_intent(effect, wish)
            yield
            return
        if activity is not None:
            world.machine("pause the machine", at=activity)
        elif effect == "write-chip":
            world.machine("set speed", speed=SLOW_SPEED)
        else:
            world.province("answer late", seconds=2.0, operation=REPORT)
        clerk.start(wish)
        if activity is not None:
            self.wait_for_motion(activity)
        else:
            self.wait_for_intent(effect, wish)
        yield
        self.go_on()

    def wait_for_motion(self, activity: str) -> None:
        """Wait until the machine has stopped in the middle of a motion."""
        stopped = self.world.machine_state
        self.clerk.until(
            lambda: stopped()["pause"]["stopped_in"] == activity, activity, MOMENT_SECONDS
        )

    def wait_for_intent(self, effect: str, wish: Wish) -> None:
        """Wait until the journal has the intent of an effect."""
        path = f"/orders/{wish.order}/events"

        def begun() -> bool:
            events = self.clerk.call(wish, "GET", path) or ()
            return any(e["kind"] == "intent" and e["data"]["effect"] == effect for e in events)

        self.clerk.until(begun, effect, MOMENT_SECONDS)

    def go_on(self) -> None:
        """Let the machine go on, at its usual speed."""
        with contextlib.suppress(httpx.TransportError):
            self.world.machine("let the machine go on")
            self.world.machine("set speed", speed=SPEED)

    # -- claims --------------------------------------------------------------------------------

    def answers_at_once(self, when: str, path: str = "/health") -> None:
        """Note a violation when a look at the station takes long."""
        began = time.monotonic()
        try:
            self.world.api("GET", path, timeout=LONGEST_SECONDS)
        except httpx.TransportError as exc:
            self.found.append(f"I10 no answer from {path} {when}: {type(exc).__name__}")
        took = time.monotonic() - began
        if AT_ONCE_SECONDS < took < LONGEST_SECONDS:
            self.found.append(f"I10 {path} took {took:.1f} s {when}")

    def claim(self, held: bool, otherwise: str) -> None:
        """Note a violation when something does not hold."""
        if not held:
            self.found.append(otherwise)

    # -- daemon --------------------------------------------------------------------------------

    def kill_and_recover(self) -> None:
        """SIGKILL for the daemon, and a new start."""
        self.world.kill_daemon()
        self.world.recover_daemon()

    def with_settings(self, **tables: dict[str, Any]) -> None:
        """Stop the daemon in good order and start it with other settings."""
        self.world.stop_station()
        self.world.change_settings(**tables)
        self.world.start_station()
        self.world.wait_until_recovered()


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One kind of trouble.

    Attributes:
        name: For the command line and for people.
        run: Makes the trouble and serves everybody to the end.
        kind: In which world.
        cases: Field cases that it plays.
        honest: Whether people do with their hands what they say.
    """

    name: str
    run: Callable[[Stage], None]
    kind: Kind = Kind.HITI
    cases: tuple[str, ...] = ()
    honest: bool = True


def new_world(kind: Kind, folder: Path, seed: int) -> ChaosWorld:
    """Return a world of this kind; not started."""
    printer, scheme = OPTIONS[kind]
    options = WorldOptions(
        folder=folder,
        speed=SPEED,
        seed=seed,
        printer=printer,
        printer_scheme=scheme,
        station_settings=SETTINGS,
    )
    return ChaosWorld(options, clock=kind is Kind.CLOCK)
