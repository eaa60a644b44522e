"""The daemon killed at random while cards are made."""

from __future__ import annotations

import threading
import time
from typing import Final

from tests.chaos.clerk import Clerk
from tests.chaos.stage import Scenario, Stage

SHORTEST, LONGEST = 0.2, 4.0  #: seconds that a daemon lives


def storm(stage: Stage) -> None:
    """Make `stage.cards` cards while the daemon is killed `stage.kills` times."""
    killer = _Killer(stage)
    clerk = Clerk(stage.world, revives=False)
    clerk.wishes, clerk.found, clerk.discarded = (
        stage.clerk.wishes,
        stage.found,
        stage.clerk.discarded,
    )
    killer.start()
    try:
        made = 0
        while made < stage.cards or killer.is_alive():
            wish = stage.clerk.next_person()
            clerk.fill_up()
            clerk.serve(wish, still_broken=killer.is_alive)
            made += 1
    finally:
        killer.stop()
    stage.claim(not killer.failure, f"I11 the daemon did not come back: {killer.failure}")


class _Killer(threading.Thread):
    """Ends the daemon after a random time, again and again, and starts it each time."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(name="killer", daemon=True)
        self._stage = stage
        self._over = threading.Event()
        self.failure = ""

    def run(self) -> None:
        """Kill until all kills are spent."""
        world = self._stage.world
        for _ in range(self._stage.kills):
            if self._over.wait(self._stage.rng.uniform(SHORTEST, LONGEST)):
                return
            world.kill_daemon()
            try:
                world.recover_daemon()
            except (RuntimeError, TimeoutError) as exc:
                self.failure = str(exc)[-300:]
                return

    def stop(self) -> None:
        """End after the restart that is under way."""
        self._over.set()
        self.join()


def killed_at_start(stage: Stage) -> None:
    """Kill a starting daemon several times in the middle of a print, then let it recover."""
    wish = stage.clerk.next_person()
    with stage.in_the_middle_of("print", wish):
        stage.world.kill_daemon()
        for _ in range(3):
            began = time.monotonic()
            stage.world.start_station()
            time.sleep(stage.rng.uniform(0.0, 0.3))
            stage.world.kill_daemon()
            stage.claim(time.monotonic() - began < 60, "I11 a start took more than 60 s")
        stage.go_on()
        stage.world.recover_daemon()
    stage.clerk.serve(wish)


SCENARIOS: Final = (
    Scenario("killed at random", storm),
    Scenario("killed while starting", killed_at_start),
)
