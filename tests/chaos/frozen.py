"""Processes that stand still in the middle of each effect: SIGSTOP, and SIGCONT much later."""

from __future__ import annotations

import functools
from typing import Final

from tests.chaos.stage import Scenario, Stage

WHO: Final = ("station", "machine", "pcscd", "province")
EFFECTS: Final = ("feed", "write-chip", "report", "print", "release", "activate")


def frozen(stage: Stage, who: str, effect: str) -> None:
    """Stop one process in the middle of one effect, let the others go on, and wake it."""
    wish = stage.clerk.next_person()
    with stage.in_the_middle_of(effect, wish):
        stage.world.freeze(who)
        if who != "machine":
            stage.go_on()
        stage.pause()
        if who != "station":
            stage.answers_at_once(f"while {who} is frozen in {effect}")
            stage.answers_at_once(f"while {who} is frozen in {effect}", f"/orders/{wish.order}")
        stage.world.thaw(who)
    stage.clerk.serve(wish)


SCENARIOS: Final = tuple(
    Scenario(f"{who} frozen in {effect}", functools.partial(frozen, who=who, effect=effect))
    for who in WHO
    for effect in EFFECTS
)
