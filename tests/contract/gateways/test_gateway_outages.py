"""Every gateway without an answer, with half of one, with two: what it says, and never says."""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import Callable
from typing import Final

import pytest

from station.core.errors import (
    AnswerProblem,
    GatewayAnswerError,
    GatewayError,
    GatewayUnavailableError,
    Recovery,
)
from station.core.gateways import (
    ProvinceGateway,
)
from tests.contract.gateways.rig import (
    PIN,
    PUBLIC_KEYS,
    UNLISTED,
    Made,
    Rig,
    authentication,
    certification,
    protection,
    report_of,
)

# --- unknown outcomes ---


def fetch(gateway: ProvinceGateway, made: Made) -> object:
    return gateway.fetch_production_data(made.data.chip.AAC002)


def report(gateway: ProvinceGateway, made: Made) -> object:
    return gateway.report(made.issued)


def find(gateway: ProvinceGateway, made: Made) -> object:
    return gateway.find_report(made.issued)


def hsm(gateway: ProvinceGateway, made: Made) -> object:
    return gateway.authenticate(authentication(made.data, "0102030405060708"))


def protect(gateway: ProvinceGateway, made: Made) -> object:
    return gateway.protect(protection(made.data, pin=PIN))


def certify(gateway: ProvinceGateway, made: Made) -> object:
    return gateway.certify(certification(made.data))


def activate(gateway: ProvinceGateway, made: Made) -> object:
    return made.activate(gateway)


def link(gateway: ProvinceGateway, made: Made) -> None:
    gateway.check_link()


GOALS: Final = [fetch, report, find, hsm, protect, certify, activate, link]
every_goal = pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.__name__)
Goal = Callable[[ProvinceGateway, Made], object]


@pytest.mark.parametrize("how", ["lose answers", "answer late", "work late"])
def test_a_write_back_without_an_answer_is_found_afterwards(rig: Rig, made: Made, how: str) -> None:
    before = rig.effects()
    rig.order(how)  # late: ten seconds, or until told to behave
    with rig.gateway(timeout=0.3) as hasty, pytest.raises(GatewayUnavailableError) as caught:
        hasty.report(made.issued)
    assert caught.value.recovery is Recovery.INSPECT
    rig.order("behave")
    with rig.gateway() as patient:
        if not patient.find_report(made.issued):  # the late work may not be done yet
            assert how == "work late"
            patient.report(made.issued)
        assert patient.find_report(made.issued) is True
    assert rig.effects()["reports_accepted"] == before["reports_accepted"] + 1


#: Goals that change nothing at the province, and how many requests one of them may become.
READING: Final = (fetch, find)
MOST_READS: Final = 3


@every_goal
def test_only_what_reads_is_tried_again_when_no_answer_comes(
    rig: Rig, somebody: Made, goal: Goal
) -> None:
    before = sum(rig.calls().values())
    rig.order("lose answers", calls=0)
    with rig.gateway() as gateway, pytest.raises(GatewayUnavailableError):
        goal(gateway, somebody)
    asked = sum(rig.calls().values()) - before
    assert asked == 1 or (goal in READING and asked <= MOST_READS)


@every_goal
@pytest.mark.parametrize("how", ["refuse", "503"])
def test_a_province_that_is_down_is_unavailable_until_it_is_back(
    rig: Rig, gateway: ProvinceGateway, somebody: Made, goal: Goal, how: str
) -> None:
    rig.order("go down", how=how)
    with pytest.raises(GatewayUnavailableError) as caught:
        goal(gateway, somebody)
    assert caught.value.recovery is Recovery.INSPECT
    rig.order("come back")
    gateway.check_link()


@every_goal
@pytest.mark.field_case("C3")
@pytest.mark.parametrize(
    ("how", "problem"),
    [("answer with a fault", AnswerProblem.FAULT), ("answer garbage", AnswerProblem.GARBLED)],
)
def test_an_answer_that_cannot_be_used_has_its_own_reason(
    rig: Rig,
    gateway: ProvinceGateway,
    somebody: Made,
    goal: Goal,
    how: str,
    problem: AnswerProblem,
) -> None:
    rig.order(how)
    with pytest.raises(GatewayAnswerError) as caught:
        goal(gateway, somebody)
    assert (caught.value.problem, caught.value.recovery) == (problem, Recovery.INSPECT)


@every_goal
@pytest.mark.field_case("C3")
@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (401, AnswerProblem.LOGIN),
        (404, AnswerProblem.NOT_FOUND),
        (302, AnswerProblem.REDIRECTED),
        (500, AnswerProblem.STATUS),
    ],
)
def test_a_status_without_an_answer_has_its_own_reason(
    rig: Rig,
    gateway: ProvinceGateway,
    somebody: Made,
    goal: Goal,
    status: int,
    problem: AnswerProblem,
) -> None:
    rig.order("answer with status", status=status)
    with pytest.raises(GatewayAnswerError) as caught:
        goal(gateway, somebody)
    assert caught.value.problem is problem
    assert str(status) in caught.value.details["reason"]


@every_goal
@pytest.mark.field_case("A2")
@pytest.mark.parametrize("text", UNLISTED)
def test_a_text_that_is_not_listed_is_no_refusal(
    rig: Rig, gateway: ProvinceGateway, somebody: Made, goal: Goal, text: str
) -> None:
    before = rig.effects()
    rig.order("answer with text", text=text)
    with pytest.raises(GatewayAnswerError) as caught:
        goal(gateway, somebody)
    assert caught.value.problem is AnswerProblem.UNLISTED
    assert caught.value.details.get("province_text", "") == text
    assert rig.effects() == before


@pytest.mark.field_case("A2")
@pytest.mark.parametrize("text", UNLISTED)
def test_a_write_back_that_is_committed_and_then_denied_is_found(
    rig: Rig, gateway: ProvinceGateway, made: Made, text: str
) -> None:
    before = rig.effects()
    rig.order("work, then answer with text", text=text, operation="即制卡回盘")
    with pytest.raises(GatewayAnswerError):
        gateway.report(made.issued)
    assert gateway.find_report(made.issued) is True
    assert rig.effects()["reports_accepted"] == before["reports_accepted"] + 1


@every_goal
@pytest.mark.field_case("E16")
@pytest.mark.parametrize("part", ["header", "100", "body"])
def test_an_answer_that_never_ends_ends_with_the_time_out(
    rig: Rig, somebody: Made, goal: Goal, part: str
) -> None:
    rig.order("answer for ever", part=part)
    with rig.gateway(timeout=0.3) as hasty, pytest.raises(GatewayUnavailableError):
        goal(hasty, somebody)


def test_an_answer_that_comes_twice_is_not_taken_for_the_next(
    rig: Rig, gateway: ProvinceGateway, made: Made
) -> None:
    rig.order("answer twice")
    gateway.check_link()
    assert gateway.fetch_production_data(made.data.chip.AAC002) == made.data


def test_a_late_answer_is_not_taken_for_the_next(rig: Rig, made: Made) -> None:
    with rig.gateway(timeout=0.5) as gateway:
        rig.order("answer late")
        with pytest.raises(GatewayUnavailableError):
            gateway.check_link()
        rig.order("behave")
        assert gateway.find_report(made.issued) is False


# --- nothing personal stays behind ---


def test_a_whole_card_leaves_nothing_personal_in_logs_and_errors(
    rig: Rig, gateway: ProvinceGateway, caplog: pytest.LogCaptureFixture
) -> None:
    person = rig.new_person()
    told: list[str] = []
    with caplog.at_level(logging.DEBUG, "station"):
        data = gateway.fetch_production_data(person["id_number"])
        made = Made(data, report_of(data), report_of(data, spoiled=True))
        secrets = [person["id_number"], person["name"], data.chip.AAZ500, rig.password]
        assert made.issued.bank_number
        secrets += [PUBLIC_KEYS[0], PIN]
        secrets += [made.issued.bank_number.reveal(), made.issued.AAZ501, made.issued.AAZ507]
        for how in ("", "lose answers", "answer garbage", "answer with a fault"):
            for goal in GOALS:
                if how:
                    rig.order(how)
                with contextlib.suppress(GatewayError):
                    goal(gateway, made)
        rig.order("answer with text", text=" ".join(secrets))
        with pytest.raises(GatewayAnswerError) as caught:
            gateway.report(made.issued)
    told += traceback.format_exception(caught.value)
    told += [str(caught.value.details), *gateway.recent_exchanges(), gateway.address, caplog.text]
    told += [str(record.__dict__) for record in caplog.records]
    everything = "\n".join(told)
    assert [place for place, secret in enumerate(secrets) if secret in everything] == []
    assert len(gateway.recent_exchanges()) > len(GOALS)
