"""What the printer families share, without a printer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from station.core.errors import (
    BrokeOffError,
    CardLeftInsideError,
    ConfigError,
    DeviceError,
    OutcomeUnknownError,
    TransportClosedError,
    TransportTimeoutError,
)
from station.core.printing import (
    CardPosition,
    PrinterState,
    PrinterStateReason,
    PrinterStatus,
    Reason,
    Severity,
)
from station.drivers import KIT, family_names, load_family
from station.drivers.kit.line import REMEMBERED, ExchangeLog, retry_once_if_closed
from station.drivers.kit.model_file import Polling, WaitTimes, lay_over, pick_model
from station.drivers.kit.outcomes import (
    outcome_unknown,
    raise_blocking,
    raise_broke_off,
    require_empty_path,
    require_ready_to_print,
)
from station.drivers.kit.reasons import in_blocking_order, severity_with_card, state_of
from station.drivers.kit.waiting import Waiting

R = PrinterStateReason
COVER = Reason(R.COVER_OPEN, Severity.ERROR, "0504")
TIMES = WaitTimes(reply=1, write=1, ready=9, goal=5, goal_factor=4)
POLLING = Polling(first=0.5, growth=2, longest=1)


def status(*reasons: Reason, card: CardPosition | None = None) -> PrinterStatus:
    return PrinterStatus(PrinterState.IDLE, reasons, card, None, b"")


class Time:
    """A clock that only a pause moves on."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []
        self.closed = False

    def pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        self.now += seconds
        return self.closed


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def waiting(time: Time) -> Waiting:
    return Waiting(TIMES, POLLING, clock=lambda: time.now, pause=time.pause)


def test_the_kit_is_not_a_family() -> None:
    assert KIT not in family_names()
    with pytest.raises(ConfigError, match="unknown printer family 'kit'"):
        load_family(KIT)


def test_pauses_grow_up_to_the_longest(waiting: Waiting, time: Time) -> None:
    answers = iter([False, False, False, True])
    waiting.until(lambda: next(answers), 9)
    assert time.pauses == [0.5, 1, 1]


def test_what_never_ends_is_a_device_error(waiting: Waiting, time: Time) -> None:
    with pytest.raises(DeviceError, match="still busy after 3 s"):
        waiting.until(lambda: False, 3)
    assert time.now > 3


def test_waiting_ends_when_the_driver_is_closed(waiting: Waiting, time: Time) -> None:
    time.closed = True
    with pytest.raises(TransportClosedError, match="being closed"):
        waiting.until(lambda: False, 9)


def test_one_lost_answer_is_forgiven_and_a_second_one_is_not(waiting: Waiting) -> None:
    def asked(*answers: bool | Exception) -> Iterator[bool]:
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
            yield answer

    lost = TransportTimeoutError("lost")
    times = itertools.count()
    waiting.until(lambda: bool(next(times)) or next(asked(lost)), 9)
    with pytest.raises(TransportTimeoutError):
        waiting.until(lambda: next(asked(lost)), 9)


@pytest.mark.parametrize(("usual", "patience"), [(None, 9), (0, 5), (1, 5), (2, 8)])
def test_patience(waiting: Waiting, usual: float | None, patience: float) -> None:
    assert waiting.patience(usual) == patience


def test_the_log_keeps_the_last_exchanges_and_says_which_were_lost() -> None:
    clock = itertools.count()
    log = ExchangeLog(lambda: float(next(clock)))
    with log.exchange("move") as exchange:
        exchange.outcome = "OK"
    with pytest.raises(TransportTimeoutError), log.exchange("status"):
        raise TransportTimeoutError("no answer")
    assert list(log.lines) == ["move -> OK, 1000.0 ms", "status -> lost, 1000.0 ms"]
    for number in range(REMEMBERED):
        with log.exchange(str(number)):
            pass
    assert len(log.lines) == REMEMBERED
    assert log.lines[0].startswith("0 ->")


def test_a_read_only_command_is_sent_again_only_after_a_dropped_link() -> None:
    sent: list[Exception | None] = [TransportClosedError("gone"), None]

    def look() -> str:
        error = sent.pop(0)
        if error:
            raise error
        return "here"

    assert retry_once_if_closed(look) == "here"
    sent += [TransportTimeoutError("late"), None]
    with pytest.raises(TransportTimeoutError):
        retry_once_if_closed(look)


def test_everything_behind_a_command_that_was_sent_is_unknown() -> None:
    for error in (TransportTimeoutError("late"), DeviceError("refused", native_code=1)):
        with (
            pytest.raises(OutcomeUnknownError, match="the job was sent, then"),
            outcome_unknown("the job was sent"),
        ):
            raise error


def test_the_first_error_of_the_status_is_the_one_that_is_raised() -> None:
    with pytest.raises(DeviceError) as blocked:
        raise_blocking("not sent", status(COVER))
    assert (blocked.value.code, blocked.value.native_code) == (R.COVER_OPEN.value, 0x504)
    with pytest.raises(BrokeOffError) as broke:
        raise_broke_off("stopped", status(COVER))
    assert (broke.value.code, broke.value.native_code) == (R.COVER_OPEN.value, 0x504)


def test_a_printer_that_names_no_reason() -> None:
    with pytest.raises(BrokeOffError) as broke:
        raise_broke_off("stopped", status())
    assert broke.value.code == BrokeOffError.code
    with pytest.raises(BrokeOffError) as named:
        raise_broke_off("stopped", status(), R.FEED_ERROR)
    assert named.value.code == R.FEED_ERROR.value
    with pytest.raises(DeviceError, match="names no reason"):
        raise_blocking("not sent", status())


def test_what_a_print_and_a_cleaning_need() -> None:
    inside = CardPosition.PRINT_STATION
    require_ready_to_print(status(card=inside))
    with pytest.raises(DeviceError, match="cover-open"):
        require_ready_to_print(status(COVER, card=inside))
    with pytest.raises(DeviceError) as caught:
        require_ready_to_print(status())
    assert caught.value.code == R.MEDIA_NEEDED.value
    require_empty_path(status())
    with pytest.raises(CardLeftInsideError):
        require_empty_path(status(card=inside))


def test_errors_come_first_in_the_order_in_which_a_person_clears_them() -> None:
    low = Reason(R.MEDIA_LOW, Severity.WARNING)
    ribbon = Reason(R.RIBBON_EMPTY, Severity.ERROR)
    assert in_blocking_order([low, ribbon, COVER]) == (COVER, ribbon, low)
    assert state_of([low], is_at_work=True) is PrinterState.PROCESSING
    assert state_of([low], is_at_work=False) is PrinterState.IDLE
    assert state_of([low, COVER], is_at_work=True) is PrinterState.STOPPED


@pytest.mark.parametrize(
    ("keyword", "card", "severity"),
    [
        (R.MEDIA_EMPTY, None, Severity.ERROR),
        (R.MEDIA_EMPTY, CardPosition.CHIP_STATION, Severity.WARNING),
        (R.MEDIA_JAM, CardPosition.CHIP_STATION, Severity.ERROR),
    ],
)
def test_an_empty_feeder_stops_nothing_while_a_card_is_inside(
    keyword: R, card: CardPosition | None, severity: Severity
) -> None:
    assert severity_with_card(keyword, Severity.ERROR, card) is severity


def test_a_models_own_file_is_laid_over_that_of_its_family() -> None:
    common = {"title": "all", "moves": {"a": 1, "b": 2}, "unverified": [1]}
    own = {"title": "one", "moves": {"b": 3}, "unverified": [2]}
    both = {"title": "one", "moves": {"a": 1, "b": 3}, "unverified": [1, 2]}
    assert lay_over(common, own) == both


def test_an_unknown_model_is_refused_with_those_that_there_are() -> None:
    assert pick_model({"a1": 1}, "acme", "a1") == 1
    with pytest.raises(ConfigError, match="unknown acme model 'b2'; known: a1"):
        pick_model({"a1": 1}, "acme", "b2")
