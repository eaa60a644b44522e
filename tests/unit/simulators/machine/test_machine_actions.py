"""Every word has an effect that can be seen; words that can't be done change nothing."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from simulators.cards import SimulatedCard
from simulators.cards.ssc import make_blank
from simulators.machine.actions import (
    ACTIONS,
    ParameterError,
    UnknownActionError,
    perform,
)
from simulators.machine.cards_in_path import Place
from simulators.machine.hands import CannotDoError, Hands
from simulators.machine.model import Machine
from simulators.machine.motor import Motor
from simulators.machine.observer import Observer
from simulators.printers.hiti_cs.tables import FACTS

DEADLINE = 30.0


@dataclass
class Rig:
    machine: Machine
    motor: Motor
    hands: Hands
    observer: Observer

    def do(self, word: str, **given: object) -> None:
        perform(self.hands, word, given)

    def after(self, prepare: Callable[[Rig], object], word: str) -> None:
        prepare(self)
        self.do(word)

    def state(self) -> dict[str, object]:
        """The state without what changes at every look."""
        state = self.observer.state()
        del state["revision"]
        return state

    def settle(self) -> None:
        with self.machine.condition:
            assert self.machine.condition.wait_for(lambda: not self.machine.busy, timeout=DEADLINE)

    def card_inside(self) -> str:
        self.motor.to_contact()
        self.settle()
        card = self.machine.path_card
        assert card is not None
        return card.card_id

    def presented(self) -> str:
        card_id = self.card_inside()
        self.motor.to_output()
        self.settle()
        return card_id


@pytest.fixture
def rig() -> Iterator[Rig]:
    chance = random.Random(1)
    numbers = iter(range(1, 200))

    def blank(bank_bin: str | None) -> SimulatedCard:
        return make_blank(chance, bank_bin or "622700", next(numbers))

    machine = Machine(FACTS, blank, speed=0)
    machine.has_desk_reader = True
    motor = Motor(machine)
    hands = Hands(machine, motor)
    hands.fill_the_feeder(5)
    yield Rig(machine, motor, hands, Observer(machine))
    machine.clock.go_on()
    machine.stop_motion()
    motor.join(DEADLINE)


def at_an_open_reader(rig: Rig) -> None:
    rig.machine.facts = dataclasses.replace(FACTS, open_reader=True)


def card_in_an_open_reader(rig: Rig) -> None:
    at_an_open_reader(rig)
    rig.do("put a card into the reader")


def rejected(rig: Rig) -> None:
    rig.card_inside()
    rig.motor.to_reject()
    rig.settle()


PREPARE: dict[str, Callable[[Rig], object]] = {
    "swap the card inside": Rig.card_inside,
    "take the card": Rig.presented,
    "put the card back into the feeder": lambda rig: rig.after(Rig.presented, "take the card"),
    "empty the reject bin": rejected,
    "put the reject bin in": lambda rig: rig.do("take the reject bin out"),
    "close the cover": lambda rig: rig.do("open the cover"),
    "plug the printer cable in": lambda rig: rig.do("pull the printer cable"),
    "plug the reader cable in": lambda rig: rig.do("pull the reader cable"),
    "switch the power on": lambda rig: rig.do("cut the power"),
    "put a new ribbon in": lambda rig: rig.do("take the ribbon out"),
    "reseat the ribbon chip": lambda rig: rig.do("loosen the ribbon chip"),
    "clear the jam": lambda rig: rig.after(Rig.card_inside, "jam the card"),
    "mend the defects": lambda rig: rig.do("show a defect", code="0700"),
    "clean the print head": lambda rig: rig.do("dirty the print head"),
    "clean the contacts": lambda rig: rig.do("dirty the contacts"),
    "free the feeder": lambda rig: rig.do("block the feeder"),
    "put a card into the reader": at_an_open_reader,
    "take the card out of the reader": card_in_an_open_reader,
    "put the card in the reader aside": card_in_an_open_reader,
    "put a card into the desk reader": lambda rig: rig.after(Rig.presented, "take the card"),
    "take the card out of the desk reader": lambda rig: rig.do(
        "put a temporary blank into the desk reader"
    ),
    "let the machine go on": lambda rig: rig.do("pause the machine"),
}
GIVEN: dict[str, dict[str, object]] = {
    "put a blank of another bank on top": {"bank_bin": "621700"},
    "set speed": {"speed": 10},
    "show a defect": {"code": "0700"},
}


@pytest.mark.parametrize("word", ACTIONS)
def test_every_word_changes_what_can_be_seen(rig: Rig, word: str) -> None:
    if word in PREPARE:
        PREPARE[word](rig)
    before, record = rig.state(), rig.observer.record()
    rig.do(word, **GIVEN.get(word, {}))
    assert (rig.state(), rig.observer.record()) != (before, record)


@pytest.mark.parametrize("word", ACTIONS)
def test_every_word_says_what_it_is(word: str) -> None:
    action = ACTIONS[word]
    assert action.chinese
    assert action.explanation.endswith(".")
    assert all(parameter.kind in ("str", "int", "float") for parameter in action.parameters)


@pytest.mark.parametrize(
    "word",
    [
        "take the card",
        "swap the card inside",
        "put the card back into the feeder",
    ],
)
def test_what_can_not_be_done_changes_nothing(rig: Rig, word: str) -> None:
    before = rig.state()
    with pytest.raises(CannotDoError):
        rig.do(word)
    assert rig.state() == before


def test_an_empty_feeder_has_no_next_blank(rig: Rig) -> None:
    rig.do("empty the feeder")
    for word in ("turn the next blank round", "mute the next blank"):
        with pytest.raises(CannotDoError):
            rig.do(word)


@pytest.mark.parametrize(
    ("word", "given"),
    [
        ("open the cover", {"wide": 1}),
        ("put a blank of another bank on top", {}),
        ("fill the feeder", {"count": "20"}),
        ("fill the feeder", {"count": True}),
        ("set speed", {"speed": "fast"}),
    ],
)
def test_wrong_parameters_are_named(rig: Rig, word: str, given: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        rig.do(word, **given)


def test_an_unknown_word_is_refused(rig: Rig) -> None:
    with pytest.raises(UnknownActionError):
        rig.do("dance")


def test_the_feeder_holds_100(rig: Rig) -> None:
    with pytest.raises(CannotDoError):
        rig.do("fill the feeder", count=96)
    rig.do("fill the feeder", count=95)
    assert len(rig.machine.feeder) == 100


def test_new_blanks_go_under_the_others(rig: Rig) -> None:
    top = rig.machine.feeder[-1].card_id
    rig.do("fill the feeder", count=2)
    assert rig.card_inside() == top


def test_a_blank_of_another_bank_is_fed_next(rig: Rig) -> None:
    rig.do("put a blank of another bank on top", bank_bin="621700")
    rig.card_inside()
    card = rig.machine.path_card
    assert card is not None
    assert str(card.chip.image()["bank_number"]).startswith("621700")


def test_a_swapped_card_stands_where_the_other_stood(rig: Rig) -> None:
    out = rig.card_inside()
    rig.do("swap the card inside")
    card = rig.machine.path_card
    assert card is not None
    assert card.card_id != out
    assert card.place is Place.CONTACT
    assert rig.machine.cards[out].place is Place.TAKEN
    rig.do("swap the card inside", card_id=out)
    card = rig.machine.path_card
    assert card is not None
    assert card.card_id == out


def test_a_taken_card_put_back_is_fed_next(rig: Rig) -> None:
    taken = rig.presented()
    rig.do("take the card")
    rig.do("put the card back into the feeder")
    assert rig.card_inside() == taken
