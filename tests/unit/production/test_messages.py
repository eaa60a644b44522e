"""Messages to a person: the cause that the machine names, the place, and a remedy of this page."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest

from station.core.changes import (
    AddOrder,
    BeginEffect,
    EndEffect,
    MoveOrder,
    OpenCard,
    ReleaseChip,
    SetHold,
    UpdateCard,
)
from station.core.errors import (
    ChipContactLostError,
    NotDoneError,
    OutcomeUnknownError,
    PersonRequest,
    RejectionReason,
    WrongCardReason,
)
from station.core.evidence import Failed, FeedBlank, Intent, RejectUnusable, ReleaseCard
from station.core.life import EVENTS, OrderEvent
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectState,
    Hold,
    OrderReason,
    OrderRecord,
    OrderStep,
)
from station.core.printing import (
    CardPosition,
    PrinterState,
    PrinterStateReason,
    PrinterStatus,
    Reason,
    Severity,
)
from station.core.questions import ANSWERS, AnswerKind, QuestionKind
from station.production.intake.reception import OrderRequest, accept, card_put_out
from station.production.life.feeder_stop import StopCause
from station.production.life.steps import data
from station.production.life.workflow import STEPS
from station.production.machine.looks import MachineSnapshot
from station.production.people.questions import Answer, Question
from station.production.views.messages import (
    BUTTON_TITLES,
    EFFECT_TITLES,
    Problem,
    again_step,
    problem_of,
)
from station.production.views.whereabouts import whereabouts
from station.words import catalogue
from station.words.tables import ANSWER_EFFECTS, ANSWER_LABELS, QUESTION_TEXTS
from tests.unit.production.doubles import ID_NUMBER, Bench

ORDER = "a" * 32
NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
P = CardPosition
R = PrinterStateReason


def look(
    card: CardPosition | None = None,
    *stops: PrinterStateReason,
    reader: bool = True,
    answers: bool = True,
) -> MachineSnapshot:
    reasons = tuple(Reason(stop, Severity.ERROR, "0500") for stop in stops)
    status = PrinterStatus(PrinterState.IDLE, reasons, card, None, b"")
    error = "" if answers else "printer-not-connected"
    return MachineSnapshot(NOW, status if answers else None, error, None, reader)


def record(step: OrderStep = OrderStep.REPORTED) -> OrderRecord:
    return OrderRecord(
        id=ORDER,
        created_at=NOW,
        updated_at=NOW,
        reason=OrderReason.NEW,
        id_number=ID_NUMBER,
        step=step,
        goal=None,
        hold=None,
        data=None,
        face_sha256="",
        chip=None,
        card=None,
        previous=None,
    )


def asked(kind: QuestionKind) -> Question:
    answers = tuple(
        Answer(one, ANSWER_LABELS[one], ANSWER_EFFECTS[one], False) for one in ANSWERS[kind]
    )
    return Question(kind, QUESTION_TEXTS[kind], answers)


def told(
    hold: Hold,
    seen: MachineSnapshot | None = None,
    *,
    step: OrderStep = OrderStep.REPORTED,
    question: Question | None = None,
    following: OrderEvent | None = OrderEvent.FACE_PRINTED,
    inside: bool = True,
    feeder_stopped: StopCause | None = None,
) -> Problem:
    return problem_of(
        record(step),
        hold,
        place="在某处",
        look=seen or look(P.PRINT_STATION),
        question=question,
        following=following,
        inside=inside,
        feeder_stopped=feeder_stopped,
    )


@pytest.mark.parametrize("code", sorted(catalogue().problems))
@pytest.mark.parametrize("stop", [None, R.MEDIA_JAM, R.REJECT_FULL])
def test_every_code_is_told_with_cause_place_and_remedy(
    code: str, stop: PrinterStateReason | None
) -> None:
    problem = told(Hold(code), look(P.PRINT_STATION, *([stop] if stop else [])))
    assert problem.title
    assert problem.cause.endswith("。")
    assert problem.where == "在某处"
    assert problem.remedy
    for part in (problem.title, problem.cause, problem.remedy):
        assert not set("{}〔〕") & set(part)


@pytest.mark.parametrize("reason", sorted(R))
@pytest.mark.parametrize("code", [NotDoneError.code, OutcomeUnknownError.code, "card-failed"])
def test_a_message_names_what_the_printer_complains_of(code: str, reason: R) -> None:
    problem = told(Hold(code, effect=EffectKind.PRINT), look(P.JAMMED, reason))
    title, _cause, *steps = catalogue().problems[reason.value]
    assert problem.title.startswith(title)
    assert "打印" in problem.title or code == "card-failed"
    assert re.split("[〔{]", steps[0])[0] in problem.remedy


def test_what_the_hsm_said_is_not_hidden_behind_the_step_that_was_not_done() -> None:
    details = {"cause": "hsm-refused", "province_text": "密钥已停用", "effect": "write-chip"}
    problem = told(Hold(NotDoneError.code, details), following=OrderEvent.CHIP_WRITTEN)
    assert problem.title == "省加密机拒绝认证；写卡没有做成"
    assert "密钥已停用" in problem.cause
    assert "点“写卡”。" in problem.remedy


@pytest.mark.parametrize("code", ["transport-closed", "transport-failed", "transport-timeout"])
def test_no_cable_is_blamed_while_both_are_in(code: str) -> None:
    assert "USB" not in (there := told(Hold(code))).cause + there.remedy
    out = told(Hold(code), look(reader=False))
    assert out.title.startswith("制卡机未连接（读卡器线）")


def test_a_lost_contact_blames_the_contact() -> None:
    problem = told(Hold(ChipContactLostError.code))
    assert "触点" in problem.cause
    assert "USB" not in problem.cause + problem.remedy


@pytest.mark.parametrize("inside", [True, False])
def test_a_query_changes_nothing_and_keeps_no_card(inside: bool) -> None:
    reading = told(
        Hold("province-unavailable", retry_at=NOW),
        step=OrderStep.ACCEPTED,
        following=OrderEvent.DATA_FETCHED,
        inside=inside,
    )
    assert "尚不清楚" not in reading.cause
    assert ("卡留在机内" in reading.remedy) is inside
    asking = told(Hold("province-unavailable", effect=EffectKind.REPORT), inside=inside)
    assert "尚不清楚" in asking.cause
    assert ("卡留在机内" in asking.remedy) is inside


def test_a_refused_blank_names_the_bank_wanted_and_the_one_found() -> None:
    details = {"found": "622848", "expected": "622700"}
    hold = Hold(WrongCardReason.OTHER_BANK.value, details)
    problem = told(hold, step=OrderStep.APPROVED, following=OrderEvent.CARD_FED)
    assert {"622848", "622700"} <= set(problem.cause.split())
    assert "废卡盒" not in problem.cause  # where it is, is said by the place alone


LINKS_LOST = ("chip-contact-lost", "transport-closed", "printer-not-connected")


@pytest.mark.parametrize("code", LINKS_LOST)
def test_two_cables_are_both_named_and_a_lost_contact_is_not_added(code: str) -> None:
    problem = told(Hold(code, effect=EffectKind.WRITE_CHIP), look(answers=False, reader=False))
    assert problem.title == "制卡机未连接（打印机线和读卡器线）"
    assert "触点" not in problem.cause + problem.remedy
    assert "也不用拔插数据线" not in problem.remedy
    assert "点“打印”" in problem.remedy


def test_a_lost_contact_with_the_readers_cable_out_names_the_cable() -> None:
    problem = told(Hold("chip-contact-lost"), look(P.CHIP_STATION, reader=False))
    assert problem.title == "制卡机未连接（读卡器线）"
    assert "读卡器仍然连接着" not in problem.cause


@pytest.mark.parametrize("code", ["printer-not-connected", "reader-not-connected"])
def test_what_is_connected_again_is_not_reported_as_missing(code: str) -> None:
    problem = told(Hold(code), look(P.CHIP_STATION))
    assert "刚才没有连接" in problem.title
    assert problem.remedy == "点“打印”。"


def test_a_stopped_feeder_is_named_and_no_press_on_the_feed_is_advised() -> None:
    hold, fed = Hold("chip-power-failed"), OrderEvent.CARD_FED
    going = told(hold, look(), step=OrderStep.APPROVED, following=fed)
    assert going.title == "卡芯片上电失败"
    problem = told(
        hold, look(), step=OrderStep.APPROVED, following=fed, feeder_stopped=StopCause.MIXED
    )
    assert problem.title == "连续废卡，已停止进卡；卡芯片上电失败"
    steps = problem.remedy.splitlines()
    assert steps[-1] == "4. 点“进卡”。"
    assert "测试卡合格" in steps[-2]


def test_a_card_that_is_out_is_not_to_be_left_inside() -> None:
    hold = Hold(OutcomeUnknownError.code, effect=EffectKind.PRINT)
    question = asked(QuestionKind.FACE_IN_DOUBT)
    assert "不要取出机内的卡" in told(hold, look(P.PRINT_STATION), question=question).remedy
    assert "不要取出机内的卡" not in told(hold, look(), question=question).remedy


def test_a_card_that_is_not_inside_goes_on_from_the_feeder() -> None:
    missing = asked(QuestionKind.CARD_MISSING)
    remedy = told(Hold("card-not-in-machine"), look(), question=missing).remedy
    assert "把这张卡放回进卡槽，点“已放回进卡槽”" in remedy
    assert "处理好了，继续" not in remedy
    of_a_blank = tuple(one for one in missing.answers if one.answer is not AnswerKind.PUT_BACK)
    missing = dataclasses.replace(missing, answers=of_a_blank)
    remedy = told(Hold("card-not-in-machine"), look(), question=missing).remedy
    assert "放入废卡盒，点“卡在我手里，已放入废卡盒”" in remedy


def test_a_card_that_jammed_in_the_feed_goes_back_into_the_feeder() -> None:
    hold = Hold("media-jam", effect=EffectKind.FEED)
    doubt = asked(QuestionKind.FEED_IN_DOUBT)
    for seen in (look(P.JAMMED, R.MEDIA_JAM), look()):
        remedy = told(hold, seen, question=doubt).remedy
        assert "放回进卡槽，点“没有卡离开进卡槽，或已放回”" in remedy
        assert "处理好了，继续" not in remedy


@pytest.mark.parametrize("kind", sorted(QuestionKind))
def test_while_a_question_is_asked_the_remedy_leads_to_an_answer(kind: QuestionKind) -> None:
    question = asked(kind)
    for code in ("media-jam", OutcomeUnknownError.code, "card-not-in-machine"):
        remedy = told(Hold(code), question=question).remedy
        named = {one.label for one in question.answers if f"“{one.label}”" in remedy}
        assert named or "回答" in remedy
        assert "点“打印”" not in remedy


@pytest.mark.parametrize("event", [*STEPS, OrderEvent.APPROVED])
def test_the_button_that_is_named_is_the_one_that_follows(event: OrderEvent) -> None:
    step = again_step(None, event, OrderStep.APPROVED, retries=False)
    if event in (OrderEvent.DATA_FETCHED, OrderEvent.REPORTED):
        assert "按 Enter" in step or "失败数据回盘" in step
    else:
        assert step == f"点“{BUTTON_TITLES[event]}”。"


def test_every_event_and_effect_has_its_words() -> None:
    assert set(BUTTON_TITLES) == {event for event, facts in EVENTS.items() if facts.button}
    assert set(EFFECT_TITLES) == set(EffectKind)
    assert set(PersonRequest) <= set(catalogue().problems)


def fed(window: Bench, place: CardPlace, fate: CardFate, hold: Hold | None = None) -> OrderRecord:
    with window.journal.transaction("clerk") as change:
        change.apply(
            AddOrder(ORDER, machine="m", reason=OrderReason.NEW, id_number=ID_NUMBER, previous=None)
        )
        (card,) = change.apply(OpenCard(ORDER, CardPlace.CHIP_STATION))
        change.apply(UpdateCard(card, place=place, fate=fate))
        change.apply(SetHold(ORDER, hold))
    return window.journal.orders.one(ORDER)


INSIDE = [
    (look(P.CHIP_STATION), "在机内芯片读写位"),
    (look(P.PRINT_STATION), "在机内打印位"),
    (look(P.JAMMED), "堵在机内通道中"),
    (look(P.PRINT_STATION, R.MEDIA_JAM), "堵在机内通道中"),
    (look(None), "位置不明：制卡机没有感应到机内有卡，请打开机盖查看"),
    (look(answers=False), "制卡机没有应答，无法查看；最后的记录是：在机内芯片读写位"),
    (None, "正在检查制卡机，请稍候"),
]


@pytest.mark.parametrize(("seen", "words"), INSIDE)
def test_a_card_inside_is_where_the_printer_sees_it(
    window: Bench, seen: MachineSnapshot | None, words: str
) -> None:
    order = fed(window, CardPlace.CHIP_STATION, CardFate.IN_MACHINE)
    assert whereabouts(window.bench, order, seen) == words


@pytest.mark.parametrize("code", ["chip-not-this-orders", "card-not-in-machine"])
def test_another_card_in_the_path_is_not_called_this_orders(window: Bench, code: str) -> None:
    order = fed(window, CardPlace.UNKNOWN, CardFate.IN_MACHINE, Hold(code))
    words = whereabouts(window.bench, order, look(P.CHIP_STATION))
    assert words.startswith(("位置不明", "机内有一张卡"))


def test_a_refused_blank_is_in_the_reject_bin_and_not_in_the_feeder(window: Bench) -> None:
    fed(window, CardPlace.REJECT_BIN, CardFate.REFUSED)
    with window.journal.transaction("station") as change:
        change.apply(ReleaseChip(ORDER))
    words = whereabouts(window.bench, window.journal.orders.one(ORDER), look(None))
    assert "在废卡盒" in words
    assert "本任务还没有卡" in words


@pytest.mark.parametrize("intent", [ReleaseCard(), RejectUnusable()])
def test_a_card_on_its_way_out_may_be_there(window: Bench, intent: Intent) -> None:
    order = fed(window, CardPlace.CHIP_STATION, CardFate.IN_MACHINE)
    with window.journal.transaction("station") as change:
        (effect,) = change.apply(BeginEffect(ORDER, intent))
        change.apply(EndEffect(effect, EffectState.UNKNOWN, Failed("x")))
    assert "可能" in whereabouts(window.bench, order, look(None))


def test_a_feed_of_unknown_outcome_is_unknown_or_what_the_printer_sees(window: Bench) -> None:
    with window.journal.transaction("clerk") as change:
        change.apply(
            AddOrder(ORDER, machine="m", reason=OrderReason.NEW, id_number=ID_NUMBER, previous=None)
        )
        (effect,) = change.apply(BeginEffect(ORDER, FeedBlank()))
        change.apply(EndEffect(effect, EffectState.UNKNOWN, Failed("x")))
    order = window.journal.orders.one(ORDER)
    assert whereabouts(window.bench, order, look(None)).startswith("位置不明")
    assert whereabouts(window.bench, order, look(P.JAMMED)) == "有一张卡堵在机内通道中"
    assert whereabouts(window.bench, order, look(None), OrderStep.FED) == "正在进卡"


def at_step(window: Bench, number: str, step: OrderStep) -> str:
    request = OrderRequest(number, OrderReason.REPLACEMENT, f"{number}-{step}-{NOW}")
    order = accept(window.journal, "m", request, "clerk")
    data.run(window.bench, window.journal.orders.one(order))
    with window.journal.transaction("station") as change:
        change.apply(MoveOrder(order, OrderStep.DATA_READY, step, "test"))
    return order


def again(window: Bench, key: str | None = None) -> str:
    request = OrderRequest(ID_NUMBER, OrderReason.REPLACEMENT, key)
    return accept(window.journal, "m", request, "clerk")


def test_a_person_whose_card_is_out_and_not_activated_gets_that_order(window: Bench) -> None:
    released = at_step(window, ID_NUMBER, OrderStep.RELEASED)
    assert again(window) == released
    assert again(window, key="an integrator's own") != released


def test_a_person_with_an_active_card_is_told_that_it_is_out(window: Bench) -> None:
    active = at_step(window, ID_NUMBER, OrderStep.ACTIVATED)
    order = window.journal.orders.one(again(window))
    assert order.id != active
    assert card_put_out(window.journal, order) == active
    hold = Hold(RejectionReason.NOT_REPORTED_LOST.value)
    held = dataclasses.replace(record(OrderStep.ACCEPTED), hold=hold)
    problem = problem_of(
        held,
        hold,
        place="",
        look=None,
        question=None,
        following=OrderEvent.DATA_FETCHED,
        inside=False,
        card_out=True,
    )
    assert problem.title == "此人的卡本站已经发出"
    assert "补打卡面" in problem.remedy


def test_a_spoiled_card_is_not_out(window: Bench) -> None:
    at_step(window, ID_NUMBER, OrderStep.SPOILED)
    assert card_put_out(window.journal, window.journal.orders.one(again(window))) is None
