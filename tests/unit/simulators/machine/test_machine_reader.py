"""The chip's face over real TCP: this test is the vpcd that listens."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest

from simulators.machine.chip_station import ChipStation
from simulators.machine.contacts import Contacts
from simulators.machine.desk_reader import DeskContacts
from simulators.machine.hands import CannotDoError, Hands
from simulators.machine.model import Machine
from simulators.machine.motor import Motor
from simulators.machine.reader import VpcdReader
from simulators.printers.hiti_cs.tables import FACTS

DEADLINE = 30.0
ATR = bytes.fromhex("3B6D00008155220530868441071E000001")
READ, WRITE = bytes.fromhex("00B2050403"), bytes.fromhex("00DC050403AABBCC")


@dataclass
class PlainCard:
    """A chip that remembers what it was told and answers 9000."""

    card_id: str
    atr: bytes = ATR
    counts: dict[str, int] = field(default_factory=lambda: {"writes": 0})
    got: list[bytes] = field(default_factory=list)
    powered: bool = False
    mute: bool = False

    def power_on(self) -> bytes | None:
        self.powered = True
        return None if self.mute else self.atr

    def power_off(self) -> None:
        self.powered = False

    def reset(self) -> bytes | None:
        return self.atr

    def transmit(self, command: bytes) -> bytes:
        self.got.append(command)
        if command[1] == 0xDC:
            self.counts["writes"] += 1
        return b"\x90\x00" if command[1] == 0xDC else b"\x01\x02\x03\x90\x00"

    def image(self) -> dict[str, object]:
        return {}


class Slot:
    """What vpcd sees of one inserted card."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link

    def __enter__(self) -> Slot:
        return self

    def __exit__(self, *_: object) -> None:
        self.link.close()

    def say(self, body: bytes) -> None:
        self.link.sendall(len(body).to_bytes(2, "big") + body)

    def hear(self) -> bytes:
        head = self._exactly(2)
        return self._exactly(int.from_bytes(head, "big"))

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self.link.recv(size - len(data))
            if not piece:
                raise ConnectionError("card torn out")
            data += piece
        return data

    def ask(self, body: bytes) -> bytes:
        self.say(body)
        return self.hear()

    def power_on(self) -> bytes:
        self.say(b"\x01")
        return self.ask(b"\x04")

    def torn_out(self) -> bool:
        try:
            self.hear()
        except ConnectionError:
            return True
        return False


@dataclass
class Rig:
    machine: Machine
    motor: Motor
    hands: Hands
    vpcd: socket.socket

    def feed(self) -> PlainCard:
        self.motor.to_contact()
        self.settle()
        card = self.machine.path_card
        assert card is not None
        assert isinstance(card.chip, PlainCard)
        return card.chip

    def settle(self) -> None:
        with self.machine.condition:
            assert self.machine.condition.wait_for(lambda: not self.machine.busy, timeout=DEADLINE)

    def inserted(self) -> Slot:
        self.vpcd.settimeout(DEADLINE)
        link, _ = self.vpcd.accept()
        link.settimeout(DEADLINE)
        return Slot(link)

    def nothing_inserted(self) -> bool:
        self.vpcd.settimeout(0.3)
        try:
            link, _ = self.vpcd.accept()
        except TimeoutError:
            return True
        link.close()
        return False


@contextlib.contextmanager
def a_reader(contacts: type[Contacts], seen: str) -> Iterator[Rig]:
    """Have a machine with these contacts, in a reader that says at `seen` whether it has a card."""
    numbers = iter(range(100))
    machine = Machine(FACTS, lambda _: PlainCard(f"{next(numbers):032X}"), speed=0)
    motor = Motor(machine)
    hands = Hands(machine, motor)
    hands.fill_the_feeder(5)
    vpcd = socket.create_server(("127.0.0.1", 0))
    host, port = vpcd.getsockname()
    told = partial(setattr, machine, seen)
    reader = VpcdReader(machine, contacts(machine), host, port, told)
    reader.start()
    yield Rig(machine, motor, hands, vpcd)
    machine.clock.go_on()
    reader.stop()
    vpcd.close()
    machine.stop_motion()
    motor.join(DEADLINE)


@pytest.fixture
def rig() -> Iterator[Rig]:
    with a_reader(ChipStation, "card_in_reader") as made:
        yield made


@pytest.fixture
def desk() -> Iterator[Rig]:
    """The reader on the desk of a machine, of which it needs nothing."""
    with a_reader(DeskContacts, "card_in_desk_reader") as made:
        made.machine.has_desk_reader = True
        made.hands.cut_the_power()
        yield made


def test_a_card_that_is_laid_in_at_the_desk_answers_until_it_is_taken_out(desk: Rig) -> None:
    assert desk.nothing_inserted()
    card = desk.hands.put_a_temporary_blank_into_the_desk_reader()
    with desk.inserted() as slot:
        assert slot.power_on() == ATR
        assert slot.ask(WRITE) == b"\x90\x00"
        assert desk.machine.card_in_desk_reader
        assert desk.hands.take_the_card_out_of_the_desk_reader() is card
        assert slot.torn_out()
    assert desk.machine.totals["records_written"] == card.records_written == 1
    assert desk.machine.totals["chip_write_sessions"] == card.write_sessions == 1
    assert desk.hands.put_a_card_into_the_desk_reader() is card  # it is a new insertion
    with desk.inserted() as slot:
        assert slot.power_on() == ATR


def test_one_card_fits_into_the_desks_reader_and_none_where_there_is_no_reader(desk: Rig) -> None:
    desk.hands.put_a_temporary_blank_into_the_desk_reader()
    cards = len(desk.machine.cards)
    with pytest.raises(CannotDoError):
        desk.hands.put_a_temporary_blank_into_the_desk_reader()
    assert len(desk.machine.cards) == cards
    desk.hands.take_the_card_out_of_the_desk_reader()
    desk.machine.has_desk_reader = False
    with pytest.raises(CannotDoError):
        desk.hands.put_a_card_into_the_desk_reader()


def test_no_card_is_inserted_before_one_stands_at_the_contacts(rig: Rig) -> None:
    assert rig.nothing_inserted()


def test_a_card_answers_with_its_atr_and_to_commands(rig: Rig) -> None:
    chip = rig.feed()
    with rig.inserted() as slot:
        assert slot.power_on() == ATR
        assert slot.ask(READ) == bytes.fromhex("010203 9000")
        assert chip.got == [READ]


def test_contact_time_is_7_ms_and_1240_us_a_byte(rig: Rig) -> None:
    rig.feed()
    rig.machine.clock.reset()
    with rig.inserted() as slot:
        slot.power_on()
        slot.ask(READ)  # 5 header bytes, a procedure byte, 3 of data, 2 of status
    assert rig.machine.clock.nominal["power-on"] == pytest.approx(17 * 0.00124 + 0.007)
    assert rig.machine.clock.nominal["apdu"] == pytest.approx(11 * 0.00124 + 0.007)


@pytest.mark.parametrize(
    "word",
    [
        Hands.pull_the_reader_cable,
        Hands.cut_the_power,
        Hands.swap_the_card_inside,
    ],
)
def test_a_card_that_goes_is_torn_out_at_once(rig: Rig, word: Callable[[Hands], None]) -> None:
    chip = rig.feed()
    with rig.inserted() as slot:
        slot.power_on()
        word(rig.hands)
        assert slot.torn_out()
    with rig.machine.condition:
        assert rig.machine.condition.wait_for(lambda: not chip.powered, timeout=DEADLINE)


def test_a_card_carried_away_is_torn_out(rig: Rig) -> None:
    rig.feed()
    with rig.inserted() as slot:
        rig.motor.to_output()
        assert slot.torn_out()
    assert rig.nothing_inserted()


def test_a_card_seated_anew_is_torn_out_and_inserted(rig: Rig) -> None:
    rig.feed()
    with rig.inserted() as slot:
        slot.power_on()
        rig.feed()
        assert slot.torn_out()
    rig.inserted().link.close()


def test_the_reader_cable_alone_brings_the_card_back(rig: Rig) -> None:
    rig.feed()
    with rig.inserted() as slot:
        rig.hands.pull_the_reader_cable()
        assert slot.torn_out()
    assert rig.nothing_inserted()
    rig.hands.plug_the_reader_cable_in()
    with rig.inserted() as slot:
        assert slot.power_on() == ATR


def test_the_printer_cable_does_not_touch_the_chip(rig: Rig) -> None:
    rig.feed()
    with rig.inserted() as slot:
        rig.hands.pull_the_printer_cable()
        assert slot.power_on() == ATR


def test_a_card_the_wrong_way_round_is_not_seen(rig: Rig) -> None:
    rig.hands.turn_the_next_blank_round()
    rig.feed()
    assert rig.nothing_inserted()


def test_bad_contact_stays_until_the_card_is_moved(rig: Rig) -> None:
    rig.hands.mute_the_next_blank(1)
    rig.feed()
    assert rig.nothing_inserted()
    rig.feed()  # seats it again
    with rig.inserted() as slot:
        assert slot.power_on() == ATR


def test_a_chip_without_an_atr_is_not_seen_again_before_it_is_moved(rig: Rig) -> None:
    chip = rig.feed()
    chip.mute = True
    with rig.inserted() as slot:
        slot.say(b"\x01")
        assert slot.torn_out()
    assert rig.nothing_inserted()


@pytest.mark.parametrize(
    ("when", "answered", "executed"),
    [("before", False, False), ("inside", False, True), ("after", True, True)],
)
def test_a_tear_at_the_second_apdu(rig: Rig, when: str, answered: bool, executed: bool) -> None:
    chip = rig.feed()
    rig.hands.tear_at_apdu(2, when)
    with rig.inserted() as slot:
        slot.power_on()
        slot.ask(READ)
        slot.say(WRITE)
        if answered:
            assert slot.hear() == b"\x90\x00"
        assert slot.torn_out()
    assert chip.got == ([READ, WRITE] if executed else [READ])
    with rig.inserted() as slot:  # the contact is restored automatically
        assert slot.power_on() == ATR


def test_writes_are_counted_by_session_and_record(rig: Rig) -> None:
    rig.feed()
    card = rig.machine.path_card
    assert card is not None
    with rig.inserted() as slot:
        slot.power_on()
        slot.ask(WRITE)
        slot.ask(WRITE)
        slot.power_on()
        slot.ask(READ)
        slot.power_on()
        slot.ask(WRITE)
    assert (card.power_sessions, card.write_sessions, card.records_written) == (3, 2, 3)
    assert rig.machine.totals["chip_write_sessions"] == 2
    assert rig.machine.totals["records_written"] == 3


def test_a_command_without_power_finds_no_chip(rig: Rig) -> None:
    chip = rig.feed()
    with rig.inserted() as slot:
        slot.say(READ)
        assert slot.torn_out()
    assert chip.got == []


def test_a_reader_that_hangs_up_finds_the_card_again(rig: Rig) -> None:
    rig.feed()
    with rig.inserted() as slot:
        slot.power_on()
    with rig.inserted() as slot:
        assert slot.power_on() == ATR


def test_power_cut_in_an_apdu_ends_it(rig: Rig) -> None:
    chip = rig.feed()
    with rig.inserted() as slot:
        slot.power_on()
        rig.hands.set_speed(0.0001)
        slot.say(WRITE)
        rig.hands.cut_the_power()
        assert slot.torn_out()
    assert chip.counts["writes"] == 0
