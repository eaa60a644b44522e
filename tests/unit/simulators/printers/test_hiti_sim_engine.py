"""Literal bytes from docs/explanations/wire-hiti-cs.md."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from simulators.cards.ssc import make_blank
from simulators.machine.cards_in_path import Place
from simulators.machine.hands import Hands
from simulators.machine.model import Machine
from simulators.machine.motor import Motor
from simulators.machine.picture import Side
from simulators.printers.hiti_cs import SIMULATOR
from simulators.printers.hiti_cs.engine import HitiCsEngine
from simulators.printers.hiti_cs.tables import MODELS

DEADLINE = 30.0
STATUS = "A5 0003 50 0400"
TO_CONTACT, TO_REJECT, TO_OUTPUT = "A5 0003 50 E02E", "A5 0003 50 E031", "A5 0003 50 E037"
READY = "A5 00 06 50 04 00 00 00 00"
NOT_NOW = "A5 00 03 DB"
FORMAT_YMCKO_KEEP = "A5 0011 50 8100 01 012C 012C 02A0 03F6 00 00 97 01 50"
FORMAT_K_DUPLEX = "A5 0015 50 8100 01 012C 012C 02A0 03F6 00 00 10 01 50 10 000000"
START_JOB_7, END_JOB_7 = "A5 0006 50 0500 00 0007", "A5 0006 50 0501 00 0007"
PRINTED_7 = "A5 0008 50 0502 00 0007 0001"
JOBS = "A5 0006 50 0503 00 0000"
HEAT = "A5 0006 50 8102 00 00 01"
START_PAGE, END_PAGE = "A5 0003 50 8200", "A5 0003 50 8201"
PLANE_HEADER = "A5 0A65 50 8309 C8 0000 03F6"
FRONT_PLANES = ("8202", "8203", "8204", "8206", "8208")


@dataclass
class Rig:
    """A machine with its engine, as fast as it can."""

    machine: Machine
    motor: Motor
    hands: Hands
    engine: HitiCsEngine

    def ask(self, request: str) -> str:
        packets = self.engine.receive(bytes.fromhex(request))
        return b"".join(packets).hex(" ").upper()

    def wait(self, true: Callable[[], bool]) -> None:
        with self.machine.condition:
            assert self.machine.condition.wait_for(true, timeout=DEADLINE)

    def feed(self) -> None:
        assert self.ask(TO_CONTACT) == "A5 00 03 50 E0 2E"
        self.wait(lambda: not self.machine.busy)

    def begin_job(self, format_block: str = FORMAT_YMCKO_KEEP) -> None:
        for request in (format_block, START_JOB_7, HEAT, START_PAGE):
            assert self.ask(request)[9:11] == "50", request

    def send_plane(self, command: str, plane: bytes) -> None:
        assert self.ask(f"A5 0003 50 {command}")[9:11] == "50"
        assert self.ask(PLANE_HEADER) == "A5 00 03 50 83 09"
        assert self.engine.receive(plane[:300_000]) == []
        assert self.engine.receive(plane[300_000:]) == []

    def print_front(self, planes: dict[str, bytes] | None = None) -> None:
        self.begin_job()
        for command in FRONT_PLANES:
            self.send_plane(command, (planes or {}).get(command, BLANK_PLANE))
        assert self.ask(END_PAGE) == "A5 00 03 50 82 01"
        assert self.ask(END_JOB_7) == "A5 00 06 50 05 01 00 00 07"
        self.wait(lambda: not self.machine.busy)

    def picture(self, side: Side) -> np.ndarray:
        card = self.machine.path_card
        assert card is not None
        return np.asarray(Image.open(io.BytesIO(card.faces[side].png())))


BLANK_PLANE = bytes(672 * 1014)


def dot(x: int, y: int, level: int = 255) -> bytes:
    """One dot at (x, y) of the face as a person holds it; placed by the page's formula."""
    plane = bytearray(BLANK_PLANE)
    plane[x * 672 + 15 + (641 - y)] = level
    return bytes(plane)


@pytest.fixture
def rig() -> Iterator[Rig]:
    chance = random.Random(1)
    numbers = iter(range(1, 100))
    facts = SIMULATOR.models["hiti-cs220e"]
    machine = Machine(facts, lambda _: make_blank(chance, "622700", next(numbers)), speed=0)
    motor = Motor(machine)
    hands = Hands(machine, motor)
    hands.fill_the_feeder(5)
    yield Rig(
        machine, motor, hands, HitiCsEngine(machine, motor, "SIM000000001", MODELS["hiti-cs220e"])
    )
    machine.clock.go_on()
    machine.stop_motion()
    motor.join(DEADLINE)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (STATUS, READY),
        ("A5 0003 50 0401", "A5 00 07 50 04 01 00 00 00 00"),
        ("A5 0003 50 040B", "A5 00 09 50 04 0B 01 03 00 00 00 C8"),
        ("A5 0004 50 040C 00", "A5 00 08 50 04 0C 01 08 04 00 07"),
        ("A5 0004 50 8005 01", "A5 00 07 50 80 05 00 00 03 E8"),
        ("A5 0003 50 8009", "A5 00 06 50 80 09 03 0A 12"),
        (JOBS, "A5 00 04 50 05 03 00"),
        ("A5 0004 50 0301 02", "A5 00 03 50 03 01"),
        (PRINTED_7, "A5 00 09 50 05 02 00 00 07 00 00 00"),
        (
            "A5 0003 50 8000",
            "A5 00 19 50 80 00 1E 02 A0 01 2C 01 2C 02 A0 03 F6 FF FF 04 04 04 04 00 00 00 00 00",
        ),
        (
            "A5 0004 50 8007 12",
            "A5 00 15 50 80 07 53 49 4D 30 30 30 30 30 30 30 30 31 00 00 00 00 00 00",
        ),
    ],
)
def test_answers_of_an_idle_printer(rig: Rig, request_: str, answer: str) -> None:
    assert rig.ask(request_) == answer
    assert rig.machine.violations == []


def test_summary_has_the_model_at_34_and_the_firmware_after_it(rig: Rig) -> None:
    packets = rig.engine.receive(bytes.fromhex("A5 0003 50 0100"))
    assert [len(packet) for packet in packets] == [6, 64, 15]
    data = b"".join(packets[1:])
    assert data[33:41] == b"\x07CS-220e"
    assert len(data[42:51].decode("ascii").strip("\x00")) == 9  # one byte lies between


@pytest.mark.parametrize(
    "request_",
    ["A5 0003 50 1234", "A5 0003 50 8308", "A5 0004 50 0400 00", "A5 0004 50 8005 03"],
    ids=["unknown", "dangerous", "too long", "wrong args"],
)
def test_what_the_printer_does_not_know_is_refused_as_unsupported(rig: Rig, request_: str) -> None:
    assert rig.ask(request_).startswith("A5 00 03 D8")


def test_dangerous_commands_are_written_down(rig: Rig) -> None:
    rig.ask("A5 0003 50 8900")
    assert rig.machine.violations == ["dangerous command 8900"]


@pytest.mark.parametrize(
    ("word", "status", "alert_command", "alert"),
    [
        (Hands.open_the_cover, "00 00 08", "0406", "01 05 00 01 00 30 31 30 30"),
        (Hands.take_the_reject_bin_out, "00 00 08", "0406", "01 05 03 01 00"),
        (Hands.fill_the_reject_bin, "00 00 08", "0406", "01 05 04 01 00"),
        (Hands.empty_the_feeder, "00 08 00", "0403", "01 00 80 00 00 30 34 30 30"),
        (Hands.take_the_ribbon_out, "00 01 00", "040A", "01 08 00 04 00 30 32 30 31"),
        (Hands.use_up_the_ribbon, "00 01 00", "040A", "01 08 01 03 00 30 33 30 31"),
        (Hands.loosen_the_ribbon_chip, "00 01 00", "040A", "01 08 04 FE 00 30 32 30 30"),
    ],
)
def test_conditions_show_in_status_and_alerts(
    rig: Rig, word: Callable[[Hands], None], status: str, alert_command: str, alert: str
) -> None:
    word(rig.hands)
    assert rig.ask(STATUS) == f"A5 00 06 50 04 00 {status}"
    assert rig.ask(f"A5 0003 50 {alert_command}")[18:] == alert


def test_few_cards_are_a_warning(rig: Rig) -> None:
    rig.hands.empty_the_feeder()
    rig.hands.fill_the_feeder(3)
    assert rig.ask(STATUS) == "A5 00 06 50 04 00 00 00 02"
    assert rig.ask("A5 0003 50 0407") == "A5 00 08 50 04 07 01 00 80 01 00"


def test_a_jam_shows_as_alert_and_position_7(rig: Rig) -> None:
    rig.feed()
    rig.hands.jam_the_card()
    assert rig.ask(STATUS) == "A5 00 06 50 04 00 00 02 00"
    assert rig.ask("A5 0003 50 0405") == "A5 00 0C 50 04 05 01 03 00 00 00 30 35 30 30"
    assert rig.ask("A5 0003 50 0401") == "A5 00 07 50 04 01 07 00 00 00"


def test_a_card_goes_to_the_contacts_and_out(rig: Rig) -> None:
    rig.feed()
    assert rig.ask("A5 0003 50 0401") == "A5 00 07 50 04 01 04 00 00 00"
    assert rig.ask(TO_OUTPUT) == "A5 00 03 50 E0 37"
    rig.wait(lambda: not rig.machine.busy)
    assert rig.ask("A5 0003 50 0401") == "A5 00 07 50 04 01 00 00 00 00"
    assert len(rig.machine.cards_at(Place.OUTPUT_HOPPER)) == 1


def test_a_move_is_busy_until_it_ends_and_nothing_else_moves(rig: Rig) -> None:
    rig.hands.pause_the_machine("feed")
    rig.ask(TO_CONTACT)
    rig.wait(lambda: rig.machine.clock.stopped_in == "feed")
    assert rig.ask(STATUS) == "A5 00 06 50 04 00 80 00 00"
    assert rig.ask(TO_OUTPUT).startswith(NOT_NOW)
    rig.hands.let_the_machine_go_on()
    rig.wait(lambda: not rig.machine.busy)
    assert rig.ask(STATUS) == READY


@pytest.mark.parametrize(
    ("word", "request_"),
    [
        (Hands.open_the_cover, TO_CONTACT),
        (Hands.empty_the_feeder, TO_CONTACT),
        (Hands.let_the_machine_go_on, TO_OUTPUT),  # nothing is wrong, but there is no card
        (Hands.let_the_machine_go_on, TO_REJECT),
    ],
)
def test_moves_that_can_not_be_are_refused(
    rig: Rig, word: Callable[[Hands], None], request_: str
) -> None:
    word(rig.hands)
    assert rig.ask(request_).startswith(NOT_NOW)
    assert rig.machine.totals["feeds"] == 0


def test_a_full_reject_box_refuses_the_card(rig: Rig) -> None:
    rig.feed()
    rig.hands.fill_the_reject_bin()
    assert rig.ask(TO_REJECT).startswith(NOT_NOW)
    rig.hands.empty_the_reject_bin()
    rig.ask(TO_REJECT)
    rig.wait(lambda: len(rig.machine.cards_at(Place.REJECT_BOX)) == 1)


def test_a_failed_feed_ends_with_an_alert_and_no_card(rig: Rig) -> None:
    rig.hands.block_the_feeder()
    rig.feed()
    assert rig.ask(STATUS) == "A5 00 06 50 04 00 00 08 00"
    assert rig.ask("A5 0003 50 0403") == "A5 00 0C 50 04 03 01 00 80 00 00 30 34 30 31"
    assert rig.ask("A5 0003 50 0401") == "A5 00 07 50 04 01 00 00 00 00"
    rig.hands.free_the_feeder()
    rig.feed()
    assert rig.ask(STATUS) == READY


def test_a_printed_front_looks_as_the_page_says(rig: Rig) -> None:
    rig.feed()
    rig.print_front(
        {
            "8202": dot(10, 20),
            "8203": dot(1013, 0),
            "8204": dot(0, 641, 128),
            "8206": dot(500, 300),
            "8208": b"\x00" * 15 + b"\xff" * 642 + bytes(672 * 1014 - 657),
        }
    )
    picture = rig.picture(Side.FRONT)
    assert picture.shape == (642, 1014, 3)
    assert picture[20, 10].tolist() == [255, 255, 0]  # yellow takes blue away
    assert picture[0, 1013].tolist() == [255, 0, 255]
    assert picture[641, 0].tolist() == [127, 255, 255]
    assert picture[300, 500].tolist() == [0, 0, 0]
    assert np.count_nonzero((picture != 255).any(axis=2)) == 4
    card = rig.machine.path_card
    assert card is not None
    assert card.place is Place.PRINT_START
    assert card.faces[Side.FRONT].overcoat == pytest.approx(1 / 1014)
    assert not card.faces[Side.BACK].touched


def test_a_finished_job_is_known_counted_and_gone(rig: Rig) -> None:
    rig.feed()
    rig.print_front()
    assert rig.ask(JOBS) == "A5 00 04 50 05 03 00"
    assert rig.ask(PRINTED_7) == "A5 00 09 50 05 02 00 00 07 01 00 00"
    assert rig.ask("A5 0004 50 8005 01") == "A5 00 07 50 80 05 00 00 03 E9"
    assert rig.ask("A5 0003 50 040B") == "A5 00 09 50 04 0B 01 03 00 00 00 C7"
    assert rig.machine.violations == []


def test_a_job_id_used_again_is_not_printed_yet(rig: Rig) -> None:
    rig.feed()
    rig.print_front()
    rig.begin_job()
    assert rig.ask(PRINTED_7) == "A5 00 09 50 05 02 00 00 07 00 00 00"


def test_both_sides_in_one_job(rig: Rig) -> None:
    rig.feed()
    rig.begin_job(FORMAT_K_DUPLEX)
    rig.send_plane("8206", dot(1, 2))
    rig.send_plane("820D", dot(3, 4))
    rig.ask(END_PAGE)
    rig.wait(lambda: not rig.machine.busy)
    assert rig.picture(Side.FRONT)[2, 1].tolist() == [0, 0, 0]
    assert rig.picture(Side.BACK)[4, 3].tolist() == [0, 0, 0]
    assert rig.machine.clock.nominal["print-front"] == pytest.approx(4.5)
    back = rig.machine.clock.nominal["print-back"] + rig.machine.clock.nominal["flip"]
    assert back == pytest.approx(9.0)


def test_without_the_keep_bit_the_card_goes_out(rig: Rig) -> None:
    rig.feed()
    rig.begin_job(FORMAT_YMCKO_KEEP[:-2] + "10")
    for command in FRONT_PLANES:
        rig.send_plane(command, BLANK_PLANE)
    rig.ask(END_PAGE)
    rig.wait(lambda: len(rig.machine.cards_at(Place.OUTPUT_HOPPER)) == 1)


@pytest.mark.parametrize(
    "requests",
    [
        [START_JOB_7],
        [FORMAT_YMCKO_KEEP, START_JOB_7, START_PAGE],
        [FORMAT_YMCKO_KEEP, START_JOB_7, HEAT, "A5 0003 50 8202"],
        [FORMAT_YMCKO_KEEP, START_JOB_7, HEAT, START_PAGE, PLANE_HEADER],
        [FORMAT_YMCKO_KEEP, START_JOB_7, HEAT, START_PAGE, "A5 0003 50 8203"],
        [FORMAT_YMCKO_KEEP, START_JOB_7, HEAT, START_PAGE, END_PAGE],
        [FORMAT_YMCKO_KEEP, START_JOB_7, TO_OUTPUT],
        [FORMAT_YMCKO_KEEP, START_JOB_7, FORMAT_YMCKO_KEEP],
        [END_JOB_7],
    ],
    ids=[
        "job without format",
        "page without heat",
        "plane without page",
        "block without plane",
        "magenta first",
        "end without planes",
        "move in a job",
        "format in a job",
        "end without job",
    ],
)
def test_out_of_order_is_refused(rig: Rig, requests: list[str]) -> None:
    rig.feed()
    for request in requests[:-1]:
        assert rig.ask(request)[9:11] == "50"
    assert rig.ask(requests[-1]).startswith(NOT_NOW)


@pytest.mark.parametrize(
    "format_block",
    [
        FORMAT_YMCKO_KEEP.replace("02A0", "0282"),
        FORMAT_YMCKO_KEEP.replace(" 97 ", " 9F "),
        FORMAT_YMCKO_KEEP[:-2] + "52",
        FORMAT_YMCKO_KEEP.replace("97 01", "97 02"),
    ],
    ids=["columns", "dye black", "mode", "copies"],
)
def test_a_format_it_can_not_do_is_refused(rig: Rig, format_block: str) -> None:
    assert rig.ask(format_block).startswith("A5 00 03 D8")


@pytest.mark.parametrize(
    "word",
    [Hands.take_the_ribbon_out, Hands.use_up_the_ribbon, Hands.loosen_the_ribbon_chip],
)
def test_no_page_without_a_usable_ribbon(rig: Rig, word: Callable[[Hands], None]) -> None:
    rig.feed()
    word(rig.hands)
    for request in (FORMAT_YMCKO_KEEP, START_JOB_7, HEAT):
        assert rig.ask(request)[9:11] == "50"
    assert rig.ask(START_PAGE).startswith(NOT_NOW)


def test_a_back_needs_the_second_black_panel(rig: Rig) -> None:
    rig.feed()
    rig.hands.put_a_new_ribbon_in("YMCKO", 50)
    for request in (FORMAT_K_DUPLEX, START_JOB_7, HEAT):
        rig.ask(request)
    assert rig.ask(START_PAGE).startswith(NOT_NOW)
    assert rig.ask("A5 0003 50 040A")[18:] == "01 08 06 FE 00 30 32 30 32"


def test_a_page_needs_a_card_in_the_path_or_one_to_feed(rig: Rig) -> None:
    rig.hands.empty_the_feeder()
    for request in (FORMAT_YMCKO_KEEP, START_JOB_7, HEAT):
        rig.ask(request)
    assert rig.ask(START_PAGE).startswith(NOT_NOW)


#: What the public back end asks when it takes a unit, and how many bytes it wants.
AT_ATTACH = {"8010": 15, "801C": 6, "8006": 10, "800E": 2}


def test_the_public_back_ends_work_from_an_empty_path(rig: Rig) -> None:
    for command, size in AT_ATTACH.items():
        answer = rig.ask(f"A5 0003 50 {command}").split()
        assert answer[3] == "50", command  # a unit that refuses 8010 is not used at all
        assert len(answer) == 6 + size
    assert rig.ask("A5 0003 50 8408")[9:11] == "50"
    for count in ("01", "02", "04"):
        assert rig.ask(f"A5 0004 50 8005 {count}")[9:11] == "50"
    offsets = rig.ask("A5 0003 50 8001").split()[6:]
    # Offsets from the calibration, on-board heat table, nothing about keeping the card.
    rig.begin_job(f"A5 0011 50 8100 01 012C 012C 02A0 03F6 {' '.join(offsets)} 97 01 10")
    for command in FRONT_PLANES:
        rig.send_plane(command, BLANK_PLANE)
    rig.hands.pause_the_machine("print-front")
    assert rig.ask(END_PAGE)[9:11] == "50"
    assert rig.ask(END_JOB_7)[9:11] == "50"
    assert rig.ask("A5 0006 50 0503 00 0007").endswith("01 00 00 07 00")  # its own job, printing
    rig.hands.let_the_machine_go_on()
    rig.wait(lambda: not rig.machine.busy)
    assert rig.ask("A5 0006 50 0503 00 0007").endswith("05 03 00")
    assert (rig.machine.totals["feeds"], rig.machine.totals["prints"]) == (1, 1)
    assert rig.machine.path_card is None
    assert rig.machine.violations == []


def test_the_resend_bit_wants_the_same_plane_once_more(rig: Rig) -> None:
    rig.feed()
    rig.hands.ask_for_the_plane_again()
    rig.begin_job()
    rig.send_plane("8202", dot(1, 1))
    assert rig.ask(STATUS) == "A5 00 06 50 04 00 04 00 00"
    assert rig.ask("A5 0003 50 8203").startswith(NOT_NOW)
    rig.send_plane("8202", dot(2, 2))
    assert rig.ask(STATUS) == READY
    for command in FRONT_PLANES[1:]:
        rig.send_plane(command, BLANK_PLANE)
    rig.ask(END_PAGE)
    rig.wait(lambda: not rig.machine.busy)
    assert rig.picture(Side.FRONT)[1, 1].tolist() == [255, 255, 255]
    assert rig.picture(Side.FRONT)[2, 2].tolist() == [255, 255, 0]


def test_a_plane_in_blocks_of_lines(rig: Rig) -> None:
    plane = dot(1013, 641)
    rig.feed()
    rig.begin_job()
    rig.ask("A5 0003 50 8202")
    assert rig.ask("A5 0005 50 8309 48 0000 0002")[9:11] == "50"  # 2 lines: 1344 + 8 = 000548
    rig.engine.receive(plane[:1344])
    assert rig.ask("A5 0A60 50 8309 88 0003 03F4").startswith(NOT_NOW)  # line 3 is not next
    assert rig.ask("A5 0A60 50 8309 88 0002 03F4")[9:11] == "50"  # 1012 lines: 680064 + 8
    rig.engine.receive(plane[1344:])
    assert rig.ask("A5 0003 50 8203")[9:11] == "50"


def test_dots_beside_the_card_are_written_down(rig: Rig) -> None:
    rig.feed()
    rig.print_front({"8206": b"\xff" * 15 + bytes(672 * 1014 - 15)})
    assert rig.machine.violations == ["15 dots beside the card"]


def test_a_reset_drops_the_job_and_keeps_the_card(rig: Rig) -> None:
    rig.feed()
    rig.begin_job()
    assert rig.ask(JOBS) == "A5 00 08 50 05 03 01 00 00 07 01"
    assert rig.ask("A5 0004 50 0301 02") == "A5 00 03 50 03 01"
    assert rig.ask(JOBS) == "A5 00 04 50 05 03 00"
    assert rig.ask("A5 0003 50 0401") == "A5 00 07 50 04 01 04 00 00 00"
    assert rig.ask(TO_OUTPUT) == "A5 00 03 50 E0 37"


def test_a_cover_opened_in_a_print_leaves_half_a_face_and_a_failed_job(rig: Rig) -> None:
    rig.feed()
    rig.hands.pause_the_machine("print-front")
    rig.begin_job()
    for command in FRONT_PLANES:
        rig.send_plane(command, dot(7, 7))
    rig.ask(END_PAGE)
    rig.wait(lambda: rig.machine.clock.stopped_in == "print-front")
    assert rig.ask(JOBS) == "A5 00 08 50 05 03 01 00 00 07 00"
    rig.hands.open_the_cover()
    rig.motor.join(DEADLINE)
    assert rig.ask(JOBS) == "A5 00 08 50 05 03 01 00 00 07 80"
    assert rig.ask(PRINTED_7) == "A5 00 09 50 05 02 00 00 07 00 00 00"
    assert rig.ask("A5 0004 50 8005 01") == "A5 00 07 50 80 05 00 00 03 E8"
    card = rig.machine.path_card
    assert card is not None
    assert card.place is Place.PRINT_START
    assert card.faces[Side.FRONT].interrupted == 1
    assert rig.picture(Side.FRONT)[7, 7].tolist() == [255, 255, 0]


def test_a_power_cut_forgets_jobs_and_leaves_the_card(rig: Rig) -> None:
    rig.feed()
    rig.print_front()
    rig.begin_job()
    rig.hands.cut_the_power()
    rig.hands.pause_the_machine()  # nothing may move automatically
    rig.hands.switch_the_power_on()
    rig.wait(lambda: not rig.machine.powering_up)
    assert rig.ask(JOBS) == "A5 00 04 50 05 03 00"
    assert rig.ask(PRINTED_7) == "A5 00 09 50 05 02 00 00 07 00 00 00"
    assert rig.ask("A5 0003 50 0401") == "A5 00 07 50 04 01 01 00 00 00"


def test_powering_on_shows_and_refuses_moves(rig: Rig) -> None:
    rig.hands.set_speed(0.001)
    rig.hands.cut_the_power()
    rig.hands.switch_the_power_on()
    assert rig.ask(STATUS) == "A5 00 06 50 04 00 81 00 00"
    assert rig.ask(TO_CONTACT).startswith(NOT_NOW)
    rig.hands.set_speed(0)
    rig.wait(lambda: not rig.machine.busy)
    assert rig.ask(STATUS) == READY


def test_half_a_request_is_forgotten_at_a_bus_reset(rig: Rig) -> None:
    rig.engine.receive(bytes.fromhex("A5 0003"))
    rig.engine.bus_reset()
    assert rig.ask(STATUS) == READY


def test_noise_is_written_down_and_does_not_stick(rig: Rig) -> None:
    assert rig.ask("00 00") == ""
    assert rig.ask(STATUS) == READY
    assert rig.machine.violations == ["start byte 00, expected A5"]
