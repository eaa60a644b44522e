"""What people do at the machine: power, cover, and jams cleared in honest and dishonest ways."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any, Final

from tests.chaos.clerk import Wish
from tests.chaos.stage import Kind, Scenario, Stage

GO_ON_PRESSES: Final = 2


def ribbon_counter_at_zero(stage: Stage, side: str) -> None:
    """Power cut in mid-print while the ribbon's counter reads 0; one press of 继续 afterwards."""
    world, clerk, wish = stage.world, stage.clerk, stage.clerk.next_person()
    activity = f"print-{side}"
    world.machine("let the ribbon counter read 0")
    world.machine("pause the machine", at=activity)
    clerk.start(wish)
    stage.wait_for_motion(activity)
    world.machine("cut the power")
    stage.go_on()
    clerk.until(lambda: clerk.view(wish).get("problem"), "the cut is noticed")
    world.machine("switch the power on")
    for _ in range(GO_ON_PRESSES):
        clerk.until(lambda: not world.machine_state()["powering_up"], "the machine is up")
        clerk.press(wish)
        clerk.until(lambda: clerk.view(wish).get("running") is None, "the press is over")
    clerk.serve(wish)


def broken_feed(stage: Stage, how: str, *, kill: bool) -> None:
    """A feed breaks off: cover opened or jam; the card is pulled out; perhaps a kill as well."""
    world, clerk, wish = stage.world, stage.clerk, stage.clerk.next_person()
    if how == "jam":
        world.machine("jam the card", at="feed")
        clerk.start(wish)
        clerk.until(lambda: world.machine_state()["jammed"], "the jam")
    else:
        world.machine("pause the machine", at="feed")
        clerk.start(wish)
        stage.wait_for_motion("feed")
        world.machine("open the cover")
        stage.go_on()
    if kill:
        # The card is out before the daemon is back: nothing inside tells of it.
        clerk.until(lambda: clerk.view(wish).get("problem"), "the jam is noticed")
        world.machine("clear the jam")
        world.kill_daemon()
        world.recover_daemon()
        clerk.press(wish)
        time.sleep(1.0)
    clerk.serve(wish)


Way = Callable[[Stage, Wish, str], None]


def jammed(stage: Stage, at: str, way: str) -> None:
    """A card jams at one place; a person clears it in one way and answers in one way."""
    world, clerk, wish = stage.world, stage.clerk, stage.clerk.next_person()
    world.machine("jam the card", at=at)
    if at == "to-reject":
        world.machine("mute the next blank", times=99)
    clerk.start(wish)
    clerk.until(lambda: world.machine_state()["jammed"], f"the jam at {at}")
    clerk.until(lambda: clerk.view(wish).get("problem"), "the jam is noticed")
    WAYS[way](stage, wish)
    clerk.serve(wish)


def _pulled_out(stage: Stage, wish: Wish) -> None:
    """Honest: pulled out and cut up; the clerk says so as soon as asked."""
    del wish
    stage.world.machine("clear the jam")


def _back_into_the_feeder(stage: Stage, wish: Wish) -> None:
    """Honest: pulled out, put back into the feeder as the page says, and 继续."""
    stage.world.machine("clear the jam")
    stage.world.machine("put the card back into the feeder")
    wish.choose = _prefer("put-back", "go-on")


def _left_where_it_is(stage: Stage, wish: Wish) -> None:
    """Dishonest: nothing was done, and the clerk says 继续 several times."""
    for _ in range(GO_ON_PRESSES):
        stage.clerk.press(wish)
        time.sleep(0.3)


def _kept_and_said_go_on(stage: Stage, wish: Wish) -> None:
    """Dishonest: the card is in a pocket, and the clerk says 继续."""
    stage.world.machine("clear the jam")
    wish.choose = _prefer("go-on")


def _swapped(stage: Stage, wish: Wish) -> None:
    """Dishonest: another blank lies in the path now, and the clerk says 继续."""
    if stage.world.machine_state()["card_inside"] is not None:
        stage.world.machine("swap the card inside")
    stage.world.machine("clear the jam")
    stage.world.machine("leave a card inside")
    wish.choose = _prefer("go-on")


def _said_discarded(stage: Stage, wish: Wish) -> None:
    """Dishonest: the clerk says that the card was cut up, and keeps it."""
    stage.world.machine("clear the jam")
    wish.choose = _prefer("discarded")


def _said_lost(stage: Stage, wish: Wish) -> None:
    """Honest: the card fell behind the machine, and the clerk says so."""
    stage.world.machine("clear the jam")
    wish.choose = _prefer("lost")


def _prefer(*words: str) -> Callable[[dict[str, Any], list[str]], str | None]:
    said = 0

    def choose(view: dict[str, Any], offered: list[str]) -> str | None:
        nonlocal said
        del view
        said += 1
        wanted = (word for word in words if word in offered and said <= GO_ON_PRESSES)
        return next(wanted, None)

    return choose


WAYS: Final[dict[str, Callable[[Stage, Wish], None]]] = {
    "pulled out and cut up": _pulled_out,
    "put back into the feeder": _back_into_the_feeder,
    "said lost": _said_lost,
    "left where it is": _left_where_it_is,
    "kept, said go on": _kept_and_said_go_on,
    "swapped, said go on": _swapped,
    "kept, said discarded": _said_discarded,
}
DISHONEST: Final = frozenset(
    {"left where it is", "kept, said go on", "swapped, said go on", "kept, said discarded"}
)
#: Every place and every way at least once, not each with each.
JAMS: Final = (
    ("feed", "pulled out and cut up"),
    ("feed", "swapped, said go on"),
    ("to-print-start", "put back into the feeder"),
    ("to-print-start", "kept, said go on"),
    ("flip", "pulled out and cut up"),
    ("flip", "swapped, said go on"),
    ("to-output", "said lost"),
    ("to-output", "left where it is"),
    ("to-output", "kept, said discarded"),
    ("to-reject", "pulled out and cut up"),
)
CASES: Final = {"feed": ("G5",), "flip": ("G6",), "to-output": ("G7",)}

SCENARIOS: Final = (
    Scenario(
        "ribbon counter at 0, power cut in the front",
        functools.partial(ribbon_counter_at_zero, side="front"),
        cases=("G1",),
    ),
    Scenario(
        "ribbon counter at 0, power cut in the back",
        functools.partial(ribbon_counter_at_zero, side="back"),
        cases=("G1",),
    ),
    Scenario(
        "Evolis: jam at the feed, pulled out, killed",
        functools.partial(broken_feed, how="jam", kill=True),
        Kind.EVOLIS,
        ("G2",),
    ),
    Scenario(
        "Evolis: cover opened in mid-feed",
        functools.partial(broken_feed, how="cover", kill=False),
        Kind.EVOLIS,
        ("G5",),
    ),
    Scenario(
        "jam at the feed, pulled out, killed",
        functools.partial(broken_feed, how="jam", kill=True),
        cases=("G2",),
    ),
    Scenario(
        "cover opened in mid-feed",
        functools.partial(broken_feed, how="cover", kill=False),
        cases=("G5",),
    ),
    *(
        Scenario(
            f"jam at {at}, {way}",
            functools.partial(jammed, at=at, way=way),
            cases=CASES.get(at, ()),
            honest=way not in DISHONEST,
        )
        for at, way in JAMS
    ),
)
