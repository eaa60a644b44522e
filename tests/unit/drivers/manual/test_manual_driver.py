"""A person as the machine: what is asked, and that only the reader is believed."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from station.core.errors import (
    ConfigError,
    LocalProtocolError,
    OutcomeUnknownError,
    PersonNeededError,
    ReaderNotConnectedError,
)
from station.core.faces import FaceSide, PrintGeometry
from station.core.printing import Capability, CardPosition, CardPrinter, PrinterState
from station.drivers import load_family
from station.drivers.manual.driver import Manual
from station.drivers.manual.model import parse_model

VECTORS = Path(__file__).parents[3] / "vectors" / "manual" / "requests.toml"
REQUESTS = tomllib.loads(VECTORS.read_text(encoding="utf-8"))["request"]


@dataclass
class Slot:
    """A reader that a test looks into."""

    card: bool = False
    connected: bool = True
    address: str = "pcsc:Some Reader"

    def card_present(self) -> bool:
        if not self.connected:
            raise ReaderNotConnectedError("no reader")
        return self.card


def opened(slot: Slot) -> CardPrinter:
    return Manual(slot, load_family("manual").models["reader"], patience=0.1)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda row: row["code"])
def test_a_person_is_asked_until_the_reader_shows_that_it_was_done(
    request_: dict[str, object],
) -> None:
    slot = Slot(card=bool(request_["card"]))
    machine = opened(slot)
    goal = getattr(machine, str(request_["goal"]))
    for _ in range(2):  # a person's word would be no proof
        with pytest.raises(PersonNeededError) as caught:
            goal()
        assert caught.value.code == request_["code"]
        assert isinstance(caught.value, OutcomeUnknownError)  # the reader has to be looked into
    slot.card = not slot.card
    goal()
    assert machine.recent_exchanges() == [f"asked a person: {request_['code']}"] * 2


def test_a_reader_that_sees_the_card_a_moment_late_is_waited_for() -> None:
    slot = Slot()
    machine = opened(slot)
    looks = iter([False, False, True])
    with pytest.raises(PersonNeededError):
        machine.bring_card_to_chip_station()
    slot.card_present = lambda: next(looks)  # type: ignore[method-assign]
    machine.bring_card_to_chip_station()


def test_where_the_card_is_is_seen_in_the_reader() -> None:
    slot = Slot()
    machine = opened(slot)
    assert (machine.status().state, machine.status().card) == (PrinterState.IDLE, None)
    slot.card = True
    assert machine.status().card is CardPosition.CHIP_STATION
    slot.connected = False
    with pytest.raises(ReaderNotConnectedError):
        machine.status()


def test_it_prints_nothing_and_says_so() -> None:
    machine = opened(Slot(card=True))
    assert machine.model.capabilities == {Capability.CONTACT_CHIP}
    side = FaceSide(PrintGeometry(1016, 648, 300), {}, b"")
    with pytest.raises(LocalProtocolError, match="prints nothing"):
        machine.print_face(side, None, job_id=1)
    assert machine.job_printed(1) is False
    assert machine.counters().cards_printed == 0


def test_closed_it_asks_nobody() -> None:
    machine = opened(Slot())
    machine.close()
    machine.close()
    with pytest.raises(LocalProtocolError, match="closed"):
        machine.bring_card_to_chip_station()


def test_it_has_no_wire_of_its_own() -> None:
    with pytest.raises(ConfigError, match="reader:"):
        load_family("manual").open(lambda: pytest.fail("never called"), "reader")
    family = load_family("manual")
    assert family.open_at_reader is not None
    with pytest.raises(ConfigError, match="unknown manual model 'x'; known: reader"):
        family.open_at_reader(Slot(), "x")


@pytest.mark.parametrize("content", [b"title = 1", b"title = 'x'", b"\xff", b"=", b"more = 1"])
def test_a_model_file_with_a_slip_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(ConfigError, match=r"some\.toml"):
        parse_model("some", content)
