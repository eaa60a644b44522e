"""The driver's goals against a played printer."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

import pytest

from station.core.errors import (
    BrokeOffError,
    CardLeftInsideError,
    DeviceError,
    LocalProtocolError,
    OutcomeUnknownError,
    TransportError,
)
from station.core.faces import FaceSide, PrintGeometry
from station.drivers.hiti_cs.driver import HitiCs
from tests.rigs.played_hiti import FACE, Bench, count_one_more, impatient

PATIENCE = 30.0


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
    with pytest.raises(BrokeOffError, match="still inside"):
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


def test_what_a_technician_may_know_is_told_in_words_and_what_is_refused_left_out(
    settled: Bench,
) -> None:
    settled.played.say(0x040C, "01 08 04 00 07", "01 08 63 00 07", "refused")
    settled.played.say(0x800F, "10 02", "20 3f", "refused")
    settled.played.say(0x8001, "06 05", "00 ff", "refused")
    head = {"head": "672 dots, 300 dpi"}
    assert (
        settled.printer.details()
        == {
            "ribbon": "YMCKOK",
            "ribbon-chip": "vendor 1 version 2",
            "calibration": "horizontal 6, vertical 5",
        }
        | head
    )
    assert (
        settled.printer.details()
        == {
            "ribbon": "unknown type 63",
            "ribbon-chip": "vendor 2 version 63",
            "calibration": "horizontal 0, vertical 255",
        }
        | head
    )
    assert settled.printer.details() == head


def test_cleaning_is_one_order_to_an_empty_path(settled: Bench) -> None:
    with pytest.raises(CardLeftInsideError):
        settled.printer.clean()
    assert 0xE023 not in settled.played.requests
    settled.played.say(0x0401, *["00 00 00 00"] * 2)
    settled.printer.clean()
    assert settled.played.requests.count(0xE023) == 1


def test_cleaning_whose_answer_is_lost_is_unknown_and_not_repeated(settled: Bench) -> None:
    settled.played.say(0x0401, "00 00 00 00")
    settled.played.say(0xE023, "lost")
    with pytest.raises(OutcomeUnknownError):
        settled.printer.clean()
    assert settled.played.requests.count(0xE023) == 1


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
    assert "26 facts" in caplog.text


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
        "card to output hopper was accepted, then: the printer is being closed"
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
