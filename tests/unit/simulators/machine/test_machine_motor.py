from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from simulators.cards.ssc import make_blank
from simulators.machine.cards_in_path import PhysicalCard, Place
from simulators.machine.hands import Hands
from simulators.machine.model import Machine
from simulators.machine.motions import CutShortError, Motion, SidePrint
from simulators.machine.motor import Motor, RefusedError
from simulators.machine.picture import Side
from simulators.printers.hiti_cs.tables import FACTS
from station.core.faces import Panel

DEADLINE = 30.0
BLACK = np.full((642, 1014), 255, dtype=np.uint8)
FRONT = SidePrint(Side.FRONT, [(Panel.YELLOW, lambda: BLACK), (Panel.CYAN, lambda: BLACK)], 21.0)


@dataclass
class Rig:
    machine: Machine
    motor: Motor
    hands: Hands

    def wait(self, true: Callable[[], bool]) -> None:
        with self.machine.condition:
            assert self.machine.condition.wait_for(true, timeout=DEADLINE)

    def settle(self) -> None:
        self.wait(lambda: not self.machine.busy)

    def fed(self) -> PhysicalCard:
        self.motor.to_contact()
        self.settle()
        card = self.machine.path_card
        assert card is not None
        return card

    def stop_in(self, activity: str, go: Callable[[], None]) -> None:
        self.hands.pause_the_machine(activity)
        go()
        self.wait(lambda: self.machine.clock.stopped_in == activity)


@pytest.fixture
def rig() -> Iterator[Rig]:
    chance = random.Random(1)
    numbers = iter(range(1, 200))
    machine = Machine(FACTS, lambda _: make_blank(chance, "622700", next(numbers)), speed=0)
    motor = Motor(machine)
    hands = Hands(machine, motor)
    hands.fill_the_feeder(5)
    yield Rig(machine, motor, hands)
    machine.clock.go_on()
    machine.stop_motion()
    motor.join(DEADLINE)


def test_the_top_blank_is_fed_to_the_contacts(rig: Rig) -> None:
    top = rig.machine.feeder[-1]
    assert rig.fed() is top
    assert top.place is Place.CONTACT
    assert len(rig.machine.feeder) == 4
    assert rig.machine.clock.nominal == {"feed": pytest.approx(3.0)}


def test_a_card_in_the_path_is_never_joined_by_a_second(rig: Rig) -> None:
    card = rig.fed()
    assert rig.fed() is card
    assert rig.machine.totals["feeds"] == 1


@pytest.mark.parametrize(
    ("go", "place", "total", "seconds"),
    [
        (Motor.to_output, Place.OUTPUT_HOPPER, "releases", 2.0),
        (Motor.to_reject, Place.REJECT_BOX, "rejects", 2.5),
    ],
)
def test_the_two_ways_out(
    rig: Rig, go: Callable[[Motor], None], place: Place, total: str, seconds: float
) -> None:
    card = rig.fed()
    rig.machine.clock.reset()
    go(rig.motor)
    rig.settle()
    assert card.place is place
    assert rig.machine.totals[total] == 1
    assert sum(rig.machine.clock.nominal.values()) == pytest.approx(seconds)
    assert rig.machine.path_card is None


def test_printing_costs_the_way_and_the_panels_and_one_set_of_ribbon(rig: Rig) -> None:
    card = rig.fed()
    rig.machine.clock.reset()
    ended: list[bool] = []
    rig.motor.print_card([FRONT], keep=True, ended=ended.append)
    rig.settle()
    assert ended == [True]
    assert sum(rig.machine.clock.nominal.values()) == pytest.approx(1.5 + 21.0)
    assert card.place is Place.PRINT_START
    assert rig.machine.cards_printed == 1001
    assert rig.machine.ribbon is not None
    assert rig.machine.ribbon.cards_left == 199
    assert card.faces[Side.FRONT].prints == 1


@pytest.mark.parametrize(
    "word",
    [Hands.cut_the_power, Hands.open_the_cover, Hands.jam_the_card, Hands.take_the_ribbon_out],
)
def test_a_print_that_is_cut_off_is_not_counted(rig: Rig, word: Callable[[Hands], None]) -> None:
    card = rig.fed()
    ended: list[bool] = []
    rig.stop_in(
        "print-front",
        lambda: rig.motor.print_card([FRONT], keep=True, ended=ended.append),
    )
    word(rig.hands)
    rig.motor.join(DEADLINE)
    assert ended == [False]
    assert card.place is Place.PRINT_START
    assert card.faces[Side.FRONT].panels == [Panel.YELLOW]
    assert (card.faces[Side.FRONT].prints, card.faces[Side.FRONT].interrupted) == (0, 1)
    assert rig.machine.cards_printed == 1000
    assert rig.machine.totals["prints"] == 0


def test_power_cut_in_a_feed_leaves_the_card_in_the_path(rig: Rig) -> None:
    rig.stop_in("feed", rig.motor.to_contact)
    rig.hands.cut_the_power()
    rig.motor.join(DEADLINE)
    card = rig.machine.path_card
    assert card is not None
    assert card.place is Place.PRINT_START
    assert not rig.machine.busy
    with pytest.raises(RefusedError, match="no power"):
        rig.motor.to_output()


def test_a_jam_keeps_the_card_until_it_is_cleared(rig: Rig) -> None:
    rig.hands.jam_the_card()
    rig.motor.to_contact()
    rig.motor.join(DEADLINE)
    assert rig.machine.jammed
    card = rig.machine.path_card
    assert card is not None
    with pytest.raises(RefusedError, match="jam"):
        rig.motor.to_output()
    rig.hands.clear_the_jam()
    assert card.place is Place.TAKEN
    assert rig.machine.path_card is None


def test_a_blocked_feeder_feeds_nothing(rig: Rig) -> None:
    rig.hands.block_the_feeder()
    rig.motor.to_contact()
    rig.settle()
    assert rig.machine.feed_failed
    assert rig.machine.path_card is None
    assert len(rig.machine.feeder) == 5


def test_two_motions_never_run_at_once(rig: Rig) -> None:
    rig.stop_in("feed", rig.motor.to_contact)
    with pytest.raises(RefusedError, match="busy"):
        rig.motor.to_contact()


def test_a_ribbon_ends(rig: Rig) -> None:
    rig.hands.put_a_new_ribbon_in("YMCKO", 1)
    rig.fed()
    rig.motor.print_card([FRONT], keep=True, ended=lambda _: None)
    rig.settle()
    with pytest.raises(RefusedError, match="ribbon-used-up"):
        rig.motor.print_card([FRONT], keep=True, ended=lambda _: None)


def test_a_motion_that_was_ended_changes_nothing_more(rig: Rig) -> None:
    motion = Motion(rig.machine, rig.machine.run)
    rig.machine.stop_motion()
    done: list[None] = []
    with pytest.raises(CutShortError):
        motion._step(lambda: done.append(None))
    assert done == []


def test_watchers_are_told_after_a_change_without_the_lock(rig: Rig) -> None:
    free: list[bool] = []

    def watch() -> None:
        free.append(not rig.machine.condition._is_owned())  # type: ignore[attr-defined]

    rig.machine.watch(watch)
    rig.hands.open_the_cover()
    assert free == [True]
