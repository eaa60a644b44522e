"""The daemon's wall clock jumps: a shim in the daemon alone (`wall_clock.c`), its offset rewritten.

The monotonic clock is left alone, as on a PC whose date is set by hand or by NTP. libfaketime
does not do: it answers waits and `time.sleep` wrongly after a jump.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Final

from tests.chaos.stage import Kind, Scenario, Stage

OWED_SECONDS: Final = 4.0  #: with the wrong clock: several retries
KEY_PROOFS: Final = 2  #: by the province's HSM, before the first record of a chip is written


def back_a_year(stage: Stage) -> None:
    """Person A's card, the clock back by a year, person B's card: B is the newest."""
    first, second = stage.clerk.next_person(), stage.clerk.next_person()
    stage.clerk.start(first)
    stage.clerk.serve(first)
    stage.world.set_clock(-dt.timedelta(days=365))
    stage.clerk.accept(second)
    newest = stage.clerk.call(second, "GET", "/orders?limit=1")
    current = (stage.clerk.call(second, "GET", "/station") or {}).get("current")
    stage.claim(
        newest is not None and newest[0]["id"] == second.order,
        "I10 clock set back: the newest order is another person's",
    )
    stage.claim(current == second.order, "I10 clock set back: the page shows another person")
    stage.clerk.serve(second)
    stage.world.set_clock(dt.timedelta())


def forward_while_owed(stage: Stage) -> None:
    """The report has no answer, spoiling when owed too long; the clock jumps ahead by 20 min."""
    stage.with_settings(policies={"when_owed_too_long": "spoil", "hold_owed": 600.0})
    wish = stage.clerk.next_person()
    world = stage.world
    before = world.province_observer()["effects"]["authentications"]
    world.machine("set speed", speed=1.0)
    stage.clerk.start(wish)
    stage.clerk.until(
        lambda: world.province_observer()["effects"]["authentications"] >= before + KEY_PROOFS,
        "the chip has what it needs of the province",
    )
    world.province("go down")
    stage.go_on()
    stage.clerk.until(lambda: stage.clerk.view(wish).get("problem"), "the report is owed")
    world.set_clock(dt.timedelta(minutes=20))
    time.sleep(OWED_SECONDS)
    world.province("come back")
    view = stage.clerk.serve(wish)
    stage.claim(
        view.get("step") == "activated",
        f"I10 clock set ahead by 20 min: a good card ended as {view.get('step')}",
    )
    stage.world.set_clock(dt.timedelta())
    stage.with_settings()


def back_a_month_in_mid_print(stage: Stage) -> None:
    """The clock goes back by 30 days while a card is printed; the daemon is killed as well."""
    wish = stage.clerk.next_person()
    with stage.in_the_middle_of("print", wish):
        stage.world.set_clock(-dt.timedelta(days=30))
        stage.kill_and_recover()
    stage.clerk.serve(wish)
    stage.world.set_clock(dt.timedelta())


SCENARIOS: Final = (
    Scenario("clock back a year between two people", back_a_year, Kind.CLOCK, ("G11", "B1")),
    Scenario("clock ahead while a report is owed", forward_while_owed, Kind.CLOCK, ("G11", "B3")),
    Scenario("clock back in mid-print, killed", back_a_month_in_mid_print, Kind.CLOCK, ("B4",)),
)
