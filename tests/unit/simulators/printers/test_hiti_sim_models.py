"""What the simulated HiTi models have each for themselves, and what a technician asks them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from simulators.cards.ssc import make_blank
from simulators.machine.hands import Hands
from simulators.machine.model import Machine
from simulators.machine.motor import Motor
from simulators.printers.hiti_cs.engine import HitiCsEngine
from simulators.printers.hiti_cs.tables import FACTS, MODELS

DEADLINE = 30.0
PLANE = "A5 0A65 50 8309 C8 0000 03F6"
DOTS = bytes(672 * 1014)


@dataclass
class Unit:
    """One model on its machine; requests and answers in hex."""

    machine: Machine
    hands: Hands
    engine: HitiCsEngine

    def ask(self, request: str) -> str:
        return b"".join(self.engine.receive(bytes.fromhex(request))).hex(" ").upper()

    def dirty(self) -> bool:
        return self.machine.head_dirty

    def settle(self) -> None:
        with self.machine.condition:
            assert self.machine.condition.wait_for(lambda: not self.machine.busy, DEADLINE)

    def print_planes(self, format_block: str, planes: list[str]) -> None:
        requests = (format_block, "A5 0006 50 0500 000007", "A5 0006 50 8102 000001")
        for request in (*requests, "A5 0003 50 8200"):
            assert self.ask(request)[9:11] == "50", request
        for plane in planes:
            assert self.ask(f"A5 0003 50 {plane}")[9:11] == "50"
            assert self.ask(PLANE) == "A5 00 03 50 83 09"
            self.engine.receive(DOTS)
        assert self.ask("A5 0003 50 8201") == "A5 00 03 50 82 01"
        self.settle()


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def unit(model: str) -> Iterator[Unit]:
    chance, numbers = random.Random(1), iter(range(1, 99))
    machine = Machine(FACTS, lambda _: make_blank(chance, "622700", next(numbers)), speed=0)
    motor = Motor(machine)
    hands = Hands(machine, motor)
    hands.fill_the_feeder(5)
    yield Unit(machine, hands, HitiCsEngine(machine, motor, "SIM000000001", MODELS[model]))
    machine.stop_motion()
    motor.join(DEADLINE)


only_220e = pytest.mark.parametrize("model", ["hiti-cs220e"])


@pytest.mark.parametrize(
    ("model", "product", "text"),
    [
        ("hiti-cs200e", "03 09", "43 53 2D 32 30 30 65"),
        ("hiti-cs220e", "03 0A", "43 53 2D 32 32 30 65"),
        ("hiti-cs230e", "03 0B", "43 53 2D 32 33 30 65"),
        ("hiti-cs250e", "03 0C", "43 53 2D 32 35 30 65"),
        ("hiti-cs290e", "03 0D", "43 53 2D 32 39 30 65"),
    ],
)
def test_each_model_says_which_it_is(unit: Unit, product: str, text: str) -> None:
    assert unit.ask("A5 0003 50 8009") == f"A5 00 06 50 80 09 {product} 12"
    assert f" 07 {text} " in unit.ask("A5 0003 50 0100")


def test_only_the_model_with_a_flipper_takes_two_sides(unit: Unit, model: str) -> None:
    block = "A5 0015 50 8100 01 012C 012C 02A0 03F6 00 00 97 01 50 10 00 00 00"
    taken = unit.ask(block)[9:11] == "50"
    assert taken is (model == "hiti-cs220e")
    assert bool(unit.machine.violations) is not taken


@only_220e
def test_calibration_ribbon_and_its_chip(unit: Unit) -> None:
    assert unit.ask("A5 0003 50 8001") == "A5 00 05 50 80 01 06 05"
    assert unit.ask("A5 0003 50 800F") == "A5 00 05 50 80 0F 10 02"
    assert unit.ask("A5 0004 50 040C 00") == "A5 00 08 50 04 0C 01 08 04 00 07"
    unit.hands.loosen_the_ribbon_chip()
    assert unit.ask("A5 0003 50 800F") == "A5 00 05 50 80 0F 00 00"
    assert unit.ask("A5 0004 50 040C 00") == "A5 00 08 50 04 0C 01 08 FF 00 07"


@only_220e
def test_cleaning_takes_its_argument_and_an_empty_path(unit: Unit) -> None:
    unit.hands.dirty_the_print_head()
    assert unit.ask("A5 0004 50 E023 02") == "A5 00 03 D8 E0 23"
    unit.hands.leave_a_card_inside()
    assert unit.ask("A5 0004 50 E023 01") == "A5 00 03 DB E0 23"
    assert unit.dirty()
    unit.hands.clear_the_jam()
    assert unit.ask("A5 0004 50 E023 01") == "A5 00 03 50 E0 23"
    unit.settle()
    assert not unit.dirty()
    assert unit.machine.clock.nominal["clean"] == pytest.approx(30.0)


@only_220e
@pytest.mark.parametrize(
    ("colours", "planes", "seconds"),
    [("97", ["8202", "8203", "8204", "8206", "8208"], 21.0), ("10", ["8206"], 4.5)],
    ids=["YMCKO", "K"],
)
def test_a_print_takes_the_published_time(
    unit: Unit, colours: str, planes: list[str], seconds: float
) -> None:
    unit.hands.leave_a_card_inside()
    block = f"A5 0011 50 8100 01 012C 012C 02A0 03F6 00 00 {colours} 01 50"
    unit.print_planes(block, planes)
    assert unit.machine.clock.nominal["print-front"] == pytest.approx(seconds)
    assert unit.machine.cards_printed == 1001


@only_220e
def test_a_defect_stops_every_move_until_it_is_mended(unit: Unit) -> None:
    unit.hands.show_a_defect("0700")
    assert unit.ask("A5 0003 50 E02E") == "A5 00 03 DB E0 2E"
    assert unit.ask("A5 0003 50 0400") == "A5 00 06 50 04 00 00 00 04"
    assert unit.ask("A5 0003 50 0408") == "A5 00 0C 50 04 08 01 03 05 01 00 30 37 30 30"
    unit.hands.mend_the_defects()
    assert unit.ask("A5 0003 50 0400") == "A5 00 06 50 04 00 00 00 00"
    assert unit.ask("A5 0003 50 E02E") == "A5 00 03 50 E0 2E"
    unit.settle()
