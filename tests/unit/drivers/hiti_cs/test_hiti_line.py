"""A clean line before each question: whose answer is it?"""

from __future__ import annotations

import pytest

from station.core.errors import (
    LocalProtocolError,
    PrinterNotConnectedError,
    RemoteProtocolError,
    TransportClosedError,
    TransportTimeoutError,
)
from station.core.printing import CardPosition
from station.drivers.hiti_cs import commands
from station.drivers.hiti_cs.line import Line
from tests.rigs.played_hiti import Bench, impatient, reply


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
