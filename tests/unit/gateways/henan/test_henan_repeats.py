"""Calls that only read are repeated when no answer comes; what has an effect is sent once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from station.core.applications import ApplicationType, CardApplication
from station.core.errors import (
    GatewayAnswerError,
    GatewayError,
    GatewayRejectedError,
    GatewayUnavailableError,
)
from station.core.gateways import TemporaryCard
from station.gateways.henan.client import READS, HenanGateway
from station.gateways.henan.mapping import read_dialect
from station.gateways.kit import client as kit
from station.transport.http import HttpAnswer, HttpExchangeError
from tests.unit.gateways.henan.scripted_province import ISSUED, PERSON, inner, settings

Answer = bytes | int | HttpExchangeError
CUT = HttpExchangeError("cut")


class Line:
    """What comes back for each request: bytes, an HTTP status, or no answer."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = itertools.chain(answers, itertools.repeat(CUT))
        self.sent = 0
        self.pauses: list[float] = []

    def carry(self, body: bytes) -> HttpAnswer:
        del body
        self.sent += 1
        answer = next(self.answers)
        if isinstance(answer, HttpExchangeError):
            raise answer
        status, told = (answer, b"") if isinstance(answer, int) else (200, answer)
        return HttpAnswer(status, "text/xml; charset=utf-8", told)


def gateway(line: Line) -> HenanGateway:
    where = settings("http://127.0.0.1:9/")
    return HenanGateway(where, read_dialect(), carry=line.carry, pause=line.pauses.append)


FOUND = inner("OK", {"批次号": "", "社保卡号": "", "姓名": ""})

READING: dict[str, Callable[[Any], object]] = {
    "query_batch": lambda made: made._find_batch(PERSON),
    "find_report": lambda made: made.find_report(ISSUED),
    "card_state": lambda made: made.card_state(PERSON),
    "find_temporary": lambda made: made.is_registered(ISSUED),
    "batch_list": lambda made: made.fetch_batch_list("410702000017"),
    "bank_answers": lambda made: made.bank_answers("410702000017"),
}
EFFECTS: dict[str, Callable[[Any], object]] = {
    "report": lambda made: made.report(ISSUED),
    "activate": lambda made: made.activate(
        AAC002=PERSON, AAC003="测试甲", AAZ500="A12345678", AAB301="410702"
    ),
    "apply": lambda made: made.apply(CardApplication(PERSON, ApplicationType.LOST, None, "")),
    "register_fee": lambda made: made.register_fee(PERSON),
    "mark": lambda made: made.mark(PERSON, "测试甲"),
    "withdraw": lambda made: made.withdraw(ISSUED),
    "send_to_bank": lambda made: made.send_to_bank("17", []),
    "temporary_data": lambda made: made.fetch_temporary_data(PERSON),
    "register_temporary": lambda made: made.register_temporary(ISSUED),
    "collect_temporary": lambda made: made.collect_temporary(
        TemporaryCard(PERSON, "A12345678", ISSUED.AAZ501)
    ),
}


@pytest.mark.parametrize("call", READING)
@pytest.mark.parametrize("answer", [CUT, 503, 502])
def test_a_read_without_an_answer_is_repeated_a_bounded_number_of_times(
    call: str, answer: Answer
) -> None:
    line = Line(*[answer] * 9)
    with pytest.raises(GatewayUnavailableError):
        READING[call](gateway(line))
    assert line.sent == kit.READ_TRIES
    assert len(line.pauses) == kit.READ_TRIES - 1
    longest = kit.LONGEST_PAUSE + kit.READ_PAUSE  # with what chance adds
    assert all(kit.READ_PAUSE <= pause <= longest for pause in line.pauses)


def test_the_second_answer_counts() -> None:
    line = Line(CUT, FOUND)
    assert gateway(line)._find_batch(PERSON)["batch"] == ""
    assert line.sent == 2


@pytest.mark.parametrize("call", EFFECTS)
@pytest.mark.parametrize("answer", [CUT, 503])
def test_an_effect_without_an_answer_is_sent_once(call: str, answer: Answer) -> None:
    line = Line(*[answer] * 9)
    with pytest.raises(GatewayUnavailableError):
        EFFECTS[call](gateway(line))
    assert line.sent == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (inner("身份证号不存在(或发卡城市不符)", None), GatewayRejectedError),
        (inner("系统繁忙", None), GatewayAnswerError),
        (404, GatewayAnswerError),
    ],
)
def test_any_answer_ends_it(answer: Answer, error: type[GatewayError]) -> None:
    line = Line(answer)
    with pytest.raises(error):
        gateway(line)._find_batch(PERSON)
    assert line.sent == 1


def test_nothing_is_asked_again_once_the_time_of_one_call_is_over() -> None:
    line = Line()
    made = HenanGateway(
        settings("http://127.0.0.1:9/", timeout=0.0), read_dialect(), carry=line.carry
    )
    with pytest.raises(GatewayUnavailableError):
        made._find_batch(PERSON)
    assert line.sent == 1


def test_every_operation_that_reads_is_of_the_dialect_and_no_effect_is_among_them() -> None:
    operations = read_dialect().operations
    assert set(READS) <= set(operations)
    assert not READS & {"report", "activate", "apply", "register_fee", "mark", "withdraw"}
    assert not READS & {"temporary_data", "register_temporary", "collect_temporary", "send_to_bank"}
    assert not READS & {"new_batch", "lock_batch", "authenticate", "protect", "certify"}
