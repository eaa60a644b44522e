"""A print, step by step: what is sent, what is proven, what is given up."""

from __future__ import annotations

from itertools import pairwise

import pytest

from station.core.errors import (
    BrokeOffError,
    DeviceError,
    OutcomeUnknownError,
    RemoteProtocolError,
    TransportTimeoutError,
)
from tests.rigs.played_hiti import FACE, Bench, count_one_more


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
    with pytest.raises(BrokeOffError) as caught:
        settled.printer.print_face(FACE, None, job_id=7)
    assert (caught.value.code, caught.value.native_code) == ("media-jam", 0x030000)


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
