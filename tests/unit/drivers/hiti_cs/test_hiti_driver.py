"""The driver against a printer of literal replies whose answers can be lost, late or strange.

Unlike a simulated printer this one keeps what is on its way when the link is reopened, as a real
device may.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from station.core.errors import (
    DeviceError,
    LocalProtocolError,
    OutcomeUnknownError,
    PrinterNotConnectedError,
    RemoteProtocolError,
    TransportClosedError,
    TransportError,
    TransportTimeoutError,
)
from station.core.faces import FaceSide, Panel, PrintGeometry
from station.core.printing import CardPosition
from station.drivers.hiti_cs import commands
from station.drivers.hiti_cs.driver import HitiCs
from station.drivers.hiti_cs.line import Line
from station.drivers.hiti_cs.model import CsModel, load_models

GEOMETRY = PrintGeometry(1014, 642, 300)
FACE = FaceSide(GEOMETRY, {Panel.RESIN_BLACK: bytes(1014 * 642)}, b"")
PATIENCE = 5.0

#: Reply data by command, as docs/explanations/wire-hiti-cs.md has them.
ACCEPTED = {
    0x0100: "00" * 33 + "07 43532d32323065 30312e30322e303033" + "00" * 29,
    0x0301: "",
    0x0400: "00 00 00",
    0x0401: "04 00 00 00",
    0x040B: "01 03 000000c8",
    0x0500: "00 0007",
    0x0501: "00 0007",
    0x0502: "00 0007 01 0000",
    0x0503: "00",
    0x8000: "1e 02a0 012c 012c 02a0 03f6 ffff 01020304 0000000000",
    0x8005: "00000064",
    0x8007: "53494d30303031" + "00" * 11,
    0x8009: "030a 12",
}


@dataclass
class PlayedPrinter:
    """A link and the printer behind it in one."""

    script: dict[int, deque[str]] = field(default_factory=dict)
    requests: list[int] = field(default_factory=list)
    waiting: deque[bytes] = field(default_factory=deque)
    held_back: list[bytes] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    gone: bool = False
    image_bytes: int = 0
    _image_left: int = 0
    address: str = "played://printer"

    def say(self, command: int, *answers: str) -> None:
        """Answer `command` so the next times: data, `refused`, `lost`, `late` or `closed`."""
        self.script.setdefault(command, deque()).extend(answers)

    def open(self) -> PlayedPrinter:
        if self.gone:
            raise PrinterNotConnectedError("played")
        self.opened += 1
        return self

    def reopen(self) -> None:
        self.close()
        self.open()

    def close(self) -> None:
        self.closed += 1

    def write(self, data: bytes, *, timeout: float) -> None:
        if self.gone:
            raise TransportClosedError("played")
        self.waiting.extend(self.held_back)
        self.held_back.clear()
        if self._image_left:
            taken = min(self._image_left, len(data))
            self._image_left -= taken
            self.image_bytes += taken
            return
        if data.startswith(b"\x00"):  # nothing a frame can begin with
            return
        command = int.from_bytes(data[4:6], "big")
        self.requests.append(command)
        if command == 0x8309 and "refused" not in self.script.get(command, ()):
            self._image_left = (int.from_bytes(data[1:3], "big") << 8 | data[6]) - 8
        self._answer(command)

    def read(self, size: int, *, timeout: float) -> bytes:
        if self.gone:
            raise TransportClosedError("played")
        if not self.waiting:
            raise TransportTimeoutError("played")
        data = self.waiting.popleft()
        if len(data) > size:
            self.waiting.appendleft(data[size:])
        return data[:size]

    def _answer(self, command: int) -> None:
        usual = ACCEPTED.get(command, "")
        planned = self.script.get(command)
        said = planned.popleft() if planned else usual
        if said == "closed":
            self.gone = True
        elif said == "refused":
            self.waiting.append(reply(command, b"", 0xDB))
        elif said == "late":
            self.held_back.append(reply(command, bytes.fromhex(usual)))
        elif said != "lost":
            self.waiting.append(reply(command, bytes.fromhex(said)))


def reply(command: int, data: bytes, flag: int = 0x50) -> bytes:
    head = b"\xa5" + (3 + len(data)).to_bytes(2, "big") + bytes([flag])
    return head + command.to_bytes(2, "big") + data


def impatient(**timeouts: float) -> CsModel:
    model = load_models()["cs220e"]
    changed = model.timeouts.model_copy(update={"ready": 0.02, "goal": 0.02, **timeouts})
    polling = model.polling.model_copy(update={"longest": 0.002})
    return model.model_copy(update={"timeouts": changed, "polling": polling})


@dataclass
class Bench:
    played: PlayedPrinter
    printer: HitiCs


@pytest.fixture
def bench() -> Iterator[Bench]:
    played = PlayedPrinter()
    printer = HitiCs(played.open, impatient(goal_factor=1.0))
    yield Bench(played, printer)
    printer.close()


@pytest.fixture
def settled(bench: Bench) -> Bench:
    """After the first opening, with what it sent forgotten."""
    bench.printer.status()
    bench.played.requests.clear()
    return bench


# ---- a clean line


def test_answers_left_over_from_a_process_that_died_are_not_ours(bench: Bench) -> None:
    bench.played.waiting.append(reply(0x8009, bytes.fromhex("dead00")))
    bench.played.waiting.append(reply(0x0400, bytes.fromhex("800000")))
    assert bench.printer.counters().cards_printed == 100
    assert bench.printer.status().native.hex() == "00000004000000"


@pytest.mark.parametrize("command", [0x0400, 0x0401, 0x040B])
def test_a_late_answer_is_never_taken_for_the_next_one(settled: Bench, command: int) -> None:
    settled.played.say(command, "late")
    with pytest.raises(TransportTimeoutError):
        settled.printer.status()
    settled.played.say(0x0401, "01 00 00 00")
    assert settled.printer.status().card is CardPosition.PRINT_STATION
    assert settled.printer.status().card is CardPosition.CHIP_STATION


def test_even_the_answers_that_clean_the_line_may_be_late(settled: Bench) -> None:
    settled.played.say(0x0400, "late")
    settled.played.say(0x8009, "late")
    for _ in range(2):
        with pytest.raises(TransportTimeoutError):
            settled.printer.status()
    settled.played.say(0x0401, "07 00 00 00")
    assert settled.printer.status().card is CardPosition.JAMMED


def test_an_answer_to_another_question_is_the_printers_fault(settled: Bench) -> None:
    settled.played.waiting.append(reply(0x0401, bytes(4)))
    with pytest.raises(RemoteProtocolError, match="asked 0400, answered 0401"):
        settled.printer.status()
    assert settled.printer.status().card is CardPosition.CHIP_STATION


def test_an_answer_of_the_wrong_size_is_the_printers_fault(settled: Bench) -> None:
    settled.played.say(0x0400, "00 00")
    with pytest.raises(RemoteProtocolError, match="2 data bytes, want 3"):
        settled.printer.status()


def test_a_printer_that_talks_without_end_is_not_listened_to_for_ever(settled: Bench) -> None:
    settled.played.say(0x0400, "lost")
    with pytest.raises(TransportTimeoutError):
        settled.printer.status()
    settled.played.waiting.extend(reply(0x0400, bytes(3)) for _ in range(40))
    with pytest.raises(RemoteProtocolError, match="16 frames"):
        settled.printer.status()


def test_a_lost_link_is_opened_again_once_for_a_look(settled: Bench) -> None:
    settled.played.gone = True
    with pytest.raises(PrinterNotConnectedError):
        settled.printer.status()
    settled.played.gone = False
    opened = settled.played.opened
    assert settled.printer.status().card is CardPosition.CHIP_STATION
    assert settled.played.opened == opened + 1


def test_a_device_that_is_not_there_at_first_is_asked_for_again(bench: Bench) -> None:
    bench.played.gone = True
    with pytest.raises(PrinterNotConnectedError):
        bench.printer.identity()
    assert bench.printer.address == ""
    bench.played.gone = False
    identity = bench.printer.identity()
    assert (identity.model, identity.serial, identity.firmware) == (
        "CS-220e",
        "SIM0001",
        "01.02.003",
    )
    assert bench.printer.address == "played://printer"


def test_only_a_look_may_be_repeated(bench: Bench) -> None:
    model = impatient()
    line = Line(bench.played.open, model.timeouts, clock=lambda: 0.0, on_open=lambda _: None)
    with pytest.raises(LocalProtocolError, match="more than a look"):
        line.look(commands.END_PAGE)


def test_a_line_that_was_stopped_begins_nothing_more_and_opens_nothing(bench: Bench) -> None:
    model = impatient()
    line = Line(bench.played.open, model.timeouts, clock=lambda: 0.0, on_open=lambda _: None)
    line.ask(commands.STATUS)
    line.stop()
    sent, opened = len(bench.played.requests), bench.played.opened
    for question in (line.ask, line.look):
        with pytest.raises(TransportClosedError, match="being closed"):
            question(commands.STATUS)
    assert (len(bench.played.requests), bench.played.opened) == (sent, opened)


def test_closing_stops_the_line_first(settled: Bench) -> None:
    settled.played.say(0x0401, "00 00 00 00")
    settled.printer.close()
    with pytest.raises(TransportClosedError, match="being closed"):
        settled.printer._line.look(commands.STATUS)


# ---- moves


def test_nothing_is_sent_that_moves_when_the_card_is_there(settled: Bench) -> None:
    settled.printer.bring_card_to_chip_station()
    assert set(settled.played.requests) == {0x0400, 0x0401, 0x040B}


def test_a_card_somewhere_in_the_path_is_brought_not_a_second_one(settled: Bench) -> None:
    settled.played.say(0x0401, "01 00 00 00", "04 00 00 00")
    settled.printer.bring_card_to_chip_station()
    assert settled.played.requests.count(0xE02E) == 1


def test_what_a_process_before_us_left_moving_is_waited_for(settled: Bench) -> None:
    settled.played.say(0x0400, "80 00 00", "80 00 00")
    settled.played.say(0x0401, "00 00 00 00", "04 00 00 00")
    settled.printer.bring_card_to_chip_station()
    assert 0xE02E not in settled.played.requests


def test_with_a_card_jammed_nothing_is_fed(settled: Bench) -> None:
    settled.played.say(0x0401, "07 00 00 00")
    with pytest.raises(DeviceError) as caught:
        settled.printer.bring_card_to_chip_station()
    assert caught.value.code == "media-jam"
    assert 0xE02E not in settled.played.requests


@pytest.mark.parametrize("fate", ["lost", "late", "closed"])
def test_a_move_without_an_answer_is_outcome_unknown(settled: Bench, fate: str) -> None:
    settled.played.say(0x0401, "00 00 00 00")
    settled.played.say(0xE02E, fate)
    with pytest.raises(OutcomeUnknownError):
        settled.printer.bring_card_to_chip_station()
    assert settled.played.requests.count(0xE02E) == 1


def test_a_refused_move_carries_keyword_and_alert_number(settled: Bench) -> None:
    settled.played.say(0x0401, "00 00 00 00", "00 00 00 00")
    settled.played.say(0x0400, "00 00 00", "00 08 00")
    settled.played.say(0x0403, "01 00800000 30343030")
    settled.played.say(0xE02E, "refused")
    with pytest.raises(DeviceError) as caught:
        settled.printer.bring_card_to_chip_station()
    assert (caught.value.code, caught.value.native_code) == ("media-empty", 0x008000)


def test_a_refusal_without_an_alert_keeps_the_printers_own_number(settled: Bench) -> None:
    settled.played.say(0xE037, "refused")
    with pytest.raises(DeviceError, match="reason B") as caught:
        settled.printer.present_card()
    assert (caught.value.code, caught.value.native_code) == ("device-refused", 0xDB)


def test_a_card_that_is_not_where_it_should_be_is_said(settled: Bench) -> None:
    with pytest.raises(DeviceError, match="still inside"):
        settled.printer.present_card()


def test_one_lost_answer_while_a_move_runs_says_nothing_about_the_move(settled: Bench) -> None:
    settled.played.say(0x0401, "04 00 00 00", "00 00 00 00")
    settled.played.say(0x0400, "00 00 00", "80 00 00", "lost", "80 00 00")
    settled.printer.reject_card()
    assert settled.played.requests.count(0xE031) == 1


def test_a_move_that_never_ends_is_outcome_unknown(settled: Bench) -> None:
    settled.played.say(0x0400, "00 00 00", *["80 00 00"] * 10_000)
    with pytest.raises(OutcomeUnknownError, match="still busy"):
        settled.printer.present_card()


def test_an_open_job_is_dropped_before_a_card_is_moved(settled: Bench) -> None:
    settled.played.say(0x0401, "04 00 00 00", "00 00 00 00")
    settled.played.say(0x0503, "01 00 0007 01", "01 00 0007 01")
    settled.printer.present_card()
    requests = [command for command in settled.played.requests if command in (0x0301, 0xE037)]
    assert requests == [0x0301, 0xE037]


# ---- printing


def count_one_more(played: PlayedPrinter) -> None:
    played.say(0x8005, "00000064", "00000065")


def test_the_order_of_a_job_is_that_of_the_wire_sheet(settled: Bench) -> None:
    count_one_more(settled.played)
    settled.printer.print_face(FACE, None, job_id=7)
    order = [0x8100, 0x0500, 0x8102, 0x8200, 0x8206, 0x8309, 0x8201, 0x0501, 0x0502]
    seen = [command for command in settled.played.requests if command in order]
    assert seen == order
    pairs = set(pairwise(settled.played.requests))
    assert (0x8309, 0x0400) in pairs  # look whether the plane is wanted again
    assert settled.played.image_bytes == 1014 * 672


@pytest.mark.parametrize("command", [0x8100, 0x0500, 0x8102, 0x8200, 0x8206, 0x8309])
@pytest.mark.parametrize("fate", ["refused", "lost"])
def test_what_fails_before_the_start_is_dropped_and_not_unknown(
    settled: Bench, command: int, fate: str
) -> None:
    settled.played.say(command, fate)
    expected = DeviceError if fate == "refused" else TransportTimeoutError
    with pytest.raises(expected):
        settled.printer.print_face(FACE, None, job_id=7)
    assert 0x0301 in settled.played.requests
    assert 0x8201 not in settled.played.requests


def test_a_printer_that_still_waits_for_dots_is_given_them(settled: Bench) -> None:
    settled.played.say(0x8309, "lost")
    with pytest.raises(TransportTimeoutError):
        settled.printer.print_face(FACE, None, job_id=7)
    assert settled.played.image_bytes == 1014 * 672
    count_one_more(settled.played)
    settled.printer.print_face(FACE, None, job_id=7)


def test_a_refused_start_printed_nothing(settled: Bench) -> None:
    settled.played.say(0x8201, "refused")
    with pytest.raises(DeviceError):
        settled.printer.print_face(FACE, None, job_id=7)
    assert settled.played.requests[-2:] == [0x0301, 0x0400]


@pytest.mark.parametrize("command", [0x8201, 0x0501, 0x0502])
@pytest.mark.parametrize("fate", ["lost", "closed"])
def test_after_the_start_every_silence_is_outcome_unknown(
    settled: Bench, command: int, fate: str
) -> None:
    count_one_more(settled.played)
    settled.played.say(command, fate)
    with pytest.raises(OutcomeUnknownError):
        settled.printer.print_face(FACE, None, job_id=7)
    assert settled.played.requests.count(0x8201) == 1


@pytest.mark.parametrize(
    ("completed", "counter"),
    [("00 0007 00 0000", "00000065"), ("00 0007 01 0000", "00000064")],
    ids=["not-to-the-end", "counter-did-not-grow"],
)
def test_both_witnesses_are_needed(settled: Bench, completed: str, counter: str) -> None:
    settled.played.say(0x0502, completed)
    settled.played.say(0x8005, "00000064", counter)
    with pytest.raises(OutcomeUnknownError, match="job 7 ended with state"):
        settled.printer.print_face(FACE, None, job_id=7)


def test_a_job_that_is_still_listed_is_waited_for(settled: Bench) -> None:
    count_one_more(settled.played)
    settled.played.say(0x0503, "00", *["01 00 0007 00"] * 3)
    settled.printer.print_face(FACE, None, job_id=7)
    assert settled.played.requests.count(0x0503) == 5


def test_what_stands_in_the_way_is_found_before_anything_is_set(settled: Bench) -> None:
    settled.played.say(0x0400, "00 00 08", "00 00 08")
    settled.played.say(0x0406, "01 05000100 30313030")
    with pytest.raises(DeviceError) as caught:
        settled.printer.print_face(FACE, None, job_id=7)
    assert (caught.value.code, caught.value.native_code) == ("cover-open", 0x050001)
    assert 0x8100 not in settled.played.requests


def test_a_job_that_stops_with_an_alert_is_not_waited_for(settled: Bench) -> None:
    settled.played.say(0x0503, "00", *["01 00 0007 80"] * 10_000)
    settled.played.say(0x0400, *["00 00 00"] * 3, *["00 02 00"] * 9)
    settled.played.say(0x0405, *["01 03000000 30353030"] * 9)
    settled.played.say(0x0502, "00 0007 00 0000")
    with pytest.raises(OutcomeUnknownError) as caught:
        settled.printer.print_face(FACE, None, job_id=7)
    assert caught.value.details == {"reasons": "media-jam-error"}


def test_an_alert_between_two_planes_stops_before_the_start(settled: Bench) -> None:
    settled.played.say(0x0400, "00 00 00", "00 00 00", "00 00 08", "00 00 08")
    settled.played.say(0x0406, "01 05000100 30313030")
    with pytest.raises(DeviceError) as caught:
        settled.printer.print_face(FACE, None, job_id=7)
    assert (caught.value.code, caught.value.native_code) == ("cover-open", 0x050001)
    assert 0x8201 not in settled.played.requests


def test_a_job_id_of_the_printers_own_proves_nothing_and_is_refused(settled: Bench) -> None:
    settled.played.say(0x0500, "00 0008")
    with pytest.raises(DeviceError, match="job 7 became job 8"):
        settled.printer.print_face(FACE, None, job_id=7)
    assert 0x8200 not in settled.played.requests


def test_a_plane_is_sent_at_most_four_times(settled: Bench) -> None:
    settled.played.say(0x0400, "00 00 00", "00 00 00", *["04 00 00"] * 4)
    with pytest.raises(DeviceError, match="again and again"):
        settled.printer.print_face(FACE, None, job_id=7)
    assert settled.played.requests.count(0x8309) == 4


def test_a_narrow_head_is_found_before_anything_is_set(settled: Bench) -> None:
    settled.played.say(0x8000, "1e 0280 012c 012c 0280 03f6 ffff 01020304 0000000000")
    with pytest.raises(RemoteProtocolError, match="head of 640"):
        settled.printer.print_face(FACE, None, job_id=7)
    assert 0x8100 not in settled.played.requests


@pytest.mark.parametrize(
    ("completed", "jobs", "verdict"),
    [
        ("00 0007 01 0000", "00", True),
        ("00 0007 00 0000", "01 00 0007 01", False),
        ("00 0007 00 0000", "00", None),
        ("refused", "00", None),
    ],
)
def test_what_the_printer_knows_of_a_job(
    settled: Bench, completed: str, jobs: str, verdict: bool | None
) -> None:
    settled.played.say(0x0502, completed)
    settled.played.say(0x0503, jobs)
    assert settled.printer.job_printed(7) is verdict


# ---- the rest


def test_what_was_never_seen_on_hardware_is_said_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        bench.printer.status()
        bench.played.gone = True
        with pytest.raises(TransportError):
            bench.printer.status()
        bench.played.gone = False
        bench.printer.status()
    actions = [getattr(record, "action", "") for record in caplog.records]
    assert actions == ["printer-facts-unverified"]
    assert "22 facts" in caplog.text


def test_another_model_than_configured_is_said(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.played.say(0x8009, "0309 12")
    with caplog.at_level(logging.WARNING):
        bench.printer.status()
    assert "printer-model-differs" in [getattr(r, "action", "") for r in caplog.records]


def test_recent_exchanges_show_name_flag_and_time_but_no_image(settled: Bench) -> None:
    count_one_more(settled.played)
    settled.played.say(0xE037, "refused")
    settled.printer.print_face(FACE, None, job_id=7)
    with pytest.raises(DeviceError):
        settled.printer.present_card()
    lines = settled.printer.recent_exchanges()
    text = "\n".join(lines)
    assert "8206 front K -> 50, " in text
    assert "image of 681408 bytes -> sent, " in text
    assert "E037 card to output hopper -> DB, " in text
    for _ in range(40):
        settled.printer.status()
    assert len(settled.printer.recent_exchanges()) == 60


def test_closing_ends_a_goal_that_still_waits_and_refuses_the_next(bench: Bench) -> None:
    model = impatient(goal=60.0)
    printer = HitiCs(bench.played.open, model)
    printer.status()
    moving = threading.Event()

    class Endless(deque[str]):
        def popleft(self) -> str:
            if 0xE037 in bench.played.requests:
                moving.set()
                return "80 00 00"
            return "00 00 00"

        def __bool__(self) -> bool:
            return True

    bench.played.script[0x0400] = Endless()
    raised: list[BaseException] = []

    def goal() -> None:
        try:
            printer.present_card()
        except OutcomeUnknownError as exc:
            raised.append(exc)

    thread = threading.Thread(target=goal)
    thread.start()
    assert moving.wait(PATIENCE)
    printer.close()
    thread.join(PATIENCE)
    assert [str(exc) for exc in raised] == [
        "card to output hopper was accepted, then: closed while waiting for the printer"
    ]
    with pytest.raises(LocalProtocolError, match="closed"):
        printer.status()
    printer.close()


@pytest.mark.parametrize(
    "call",
    [
        lambda printer: printer.job_printed(0),
        lambda printer: printer.print_face(FACE, None, job_id=32768),
        lambda printer: printer.print_face(
            FaceSide(PrintGeometry(642, 1014, 300), FACE.planes, b""), None, job_id=1
        ),
    ],
)
def test_what_we_may_not_ask_never_leaves(bench: Bench, call: Callable[[HitiCs], None]) -> None:
    with pytest.raises(LocalProtocolError):
        call(bench.printer)
    assert bench.played.requests == []
