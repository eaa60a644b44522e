import random

import pytest

from station.core.changes import AddOrder, SetGoal, SetHold
from station.core.errors import (
    CardMismatchError,
    DeviceError,
    GatewayRejectedError,
    GatewayUnavailableError,
    OutcomeUnknownError,
    ReaderNotConnectedError,
    RejectionReason,
    StationError,
)
from station.core.orders import (
    CardFate,
    EffectKind,
    EffectState,
    OrderReason,
    OrderRecord,
    OrderStep,
    WriteBackState,
)
from station.core.questions import AnswerKind
from station.production.life import recovery
from station.production.life.breaker import retry_wait
from station.production.life.equipment import RetryPolicy
from station.production.life.steps import data, release
from station.production.life.workflow import Workflow
from tests.unit.production.doubles import ID_NUMBER, Bench, Card, Killed
from tests.unit.production.in_place import Walk, service, tell_the_truth

S = OrderStep
ORDER = "a" * 32
ALL_ONCE = {"feeds": 1, "writes": 1, "prints": 1, "releases": 1}


def accept(window: Bench, goal: OrderStep = S.ACTIVATED) -> None:
    with window.journal.transaction("clerk") as change:
        change.apply(
            AddOrder(ORDER, machine="m", reason=OrderReason.NEW, id_number=ID_NUMBER, previous=None)
        )
        change.apply(SetGoal(ORDER, goal))


def order(window: Bench) -> OrderRecord:
    return window.journal.orders.one(ORDER)


def one_step(window: Bench) -> bool:
    record = order(window)
    if record.step is S.DATA_READY:
        data.approve(window.bench, record, "clerk")
        return True
    with window.journal.transaction("clerk") as change:
        if record.hold is not None:
            change.apply(SetHold(ORDER, None))
    return Workflow(window.bench, random.Random(1)).step_once(order(window))


def run_to(window: Bench, step: OrderStep) -> None:
    for _ in range(40):
        if order(window).step is step:
            return
        if tell_the_truth(window, ORDER) is None:
            one_step(window)
    pytest.fail(f"stuck at {order(window).step}: {order(window).hold}")


def hold_code(window: Bench) -> str | None:
    hold = order(window).hold
    return hold.code if hold else None


def test_a_card_is_made_with_each_effect_once(window: Bench) -> None:
    accept(window)
    run_to(window, S.ACTIVATED)
    assert dict(window.machine.counts) == ALL_ONCE
    assert len(window.province.reports) == len(window.province.activated) == 1
    (card,) = window.machine.out
    assert card.printed == card.identity().AAZ500
    (ledger,) = window.journal.cards.all()
    assert (ledger.fate, ledger.AAZ501) == (CardFate.ISSUED, card.identity().AAZ501)
    assert {e.state for e in window.journal.effects.of(ORDER)} == {EffectState.DONE}
    assert window.journal.history.verify_chain() == window.journal.last_seq


def test_every_intent_is_durable_before_its_effect(window: Bench) -> None:
    accept(window)
    seen: list[tuple[str, list[EffectKind]]] = []
    plain = window.trap.at

    def look(call: str, when: str) -> None:
        if when == "before" and call in ("feed", "write", "report", "print", "release"):
            seen.append((call, [e.kind for e in window.journal.effects.open(ORDER)]))
        plain(call, when)

    window.trap.at = look  # type: ignore[method-assign]
    run_to(window, S.RELEASED)
    assert seen == [
        ("feed", [EffectKind.FEED]),
        ("write", [EffectKind.WRITE_CHIP]),
        ("report", [EffectKind.REPORT]),
        ("print", [EffectKind.PRINT]),
        ("release", [EffectKind.RELEASE]),
    ]


POINTS = [
    (call, when)
    for call in ("feed", "write", "report", "print", "release", "activate")
    for when in ("before", "after")
]


@pytest.mark.parametrize(("call", "when"), POINTS)
def test_a_power_cut_at_any_effect_loses_and_doubles_nothing(
    window: Bench, call: str, when: str
) -> None:
    accept(window)
    window.trap.spring(call, when, Killed())
    with pytest.raises(Killed):
        run_to(window, S.ACTIVATED)
    window.restart()
    recovery.recover(window.bench, Workflow(window.bench, random.Random(1)))
    run_to(window, S.ACTIVATED)
    assert dict(window.machine.counts) == ALL_ONCE
    assert len(window.province.reports) == 1
    assert [card.holder is not None for card in window.machine.out] == [True]
    assert window.machine.path is None
    assert [card.fate for card in window.journal.cards.all()] == [CardFate.ISSUED]


@pytest.mark.parametrize("call", ["feed", "write", "print", "release"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_inspected_and_never_repeated(window: Bench, call: str, when: str) -> None:
    accept(window)
    window.trap.spring(call, when, OutcomeUnknownError("no answer"))
    run_to(window, S.RELEASED)
    assert dict(window.machine.counts) == ALL_ONCE


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_report_without_answer_is_asked_for_before_it_is_sent_again(
    window: Bench, when: str
) -> None:
    accept(window)
    run_to(window, S.ENCODED)
    window.trap.spring("report", when, GatewayUnavailableError("no answer"))
    assert not one_step(window)
    held = order(window)
    assert held.step is S.ENCODED
    assert held.hold is not None
    assert held.hold.code == "province-unavailable"
    assert held.hold.effect is EffectKind.REPORT
    assert held.hold.retry_at is not None
    assert one_step(window)
    assert window.province.calls["find_report"] == 1
    run_to(window, S.RELEASED)
    assert len(window.province.reports) == 1
    assert window.journal.outbox.rows(WriteBackState.DONE)[0].attempts == 2


def test_a_refused_report_is_dead_until_a_person_revives_it(window: Bench) -> None:
    accept(window)
    run_to(window, S.ENCODED)
    refusal = GatewayRejectedError(RejectionReason.OTHER, province_text="批次状态不允许回盘")
    window.trap.spring("report", "before", refusal)
    assert not one_step(window)
    assert hold_code(window) == "province-refused"
    assert len(window.journal.outbox.rows(WriteBackState.DEAD)) == 1


def test_missing_preconditions_stop_before_a_blank_is_fed(window: Bench) -> None:
    accept(window)
    window.province.data_error = GatewayRejectedError(RejectionReason.FEE_NOT_REGISTERED)
    assert not one_step(window)
    assert hold_code(window) == "fee-not-registered"
    assert order(window).step is S.ACCEPTED
    assert not window.machine.counts


def test_a_blank_of_another_bank_goes_out_unharmed_and_the_next_one_is_taken(window: Bench) -> None:
    window.machine.feeder.insert(0, Card(99, bank="622848"))
    accept(window)
    run_to(window, S.APPROVED)
    assert not one_step(window)
    assert (hold_code(window), order(window).step) == ("blank-of-another-bank", S.APPROVED)
    run_to(window, S.RELEASED)
    assert window.machine.rejected == []
    assert [card.serial for card in window.machine.out] == [99, 1]
    assert window.machine.out[0].holder is None
    fates = [card.fate for card in window.journal.cards.all()]
    assert fates == [CardFate.RETURNED, CardFate.ISSUED]


def test_a_mute_chip_is_put_aside(window: Bench) -> None:
    window.machine.feeder[0].mute = True
    accept(window)
    run_to(window, S.APPROVED)
    assert not one_step(window)
    assert hold_code(window) == "chip-power-failed"
    assert window.machine.path is None


def test_nothing_is_fed_without_a_reader(window: Bench) -> None:
    accept(window)
    run_to(window, S.APPROVED)
    window.machine.reader = False
    assert not one_step(window)
    assert hold_code(window) == ReaderNotConnectedError.code
    assert window.machine.counts["feeds"] == 0


@pytest.mark.field_case("F3", "F4")
@pytest.mark.parametrize(
    ("code", "details"),
    [("reader-no-permission", {}), ("reader-ambiguous", {"readers": "ACME 00 00, ACME 01 00"})],
)
def test_a_reader_that_is_there_but_not_usable_says_why_and_nothing_moves(
    window: Bench, code: str, details: dict[str, str]
) -> None:
    accept(window)
    run_to(window, S.APPROVED)
    window.machine.reader_error = ReaderNotConnectedError("no", code=code, details=details)
    assert not one_step(window)
    assert hold_code(window) == code
    assert window.machine.counts["feeds"] == 0


def test_an_empty_feeder_is_named_and_costs_nothing(window: Bench) -> None:
    window.machine.feeder.clear()
    accept(window)
    run_to(window, S.APPROVED)
    assert not one_step(window)
    assert hold_code(window) == "media-empty"
    assert window.journal.cards.all() == []


def test_no_second_card_is_fed_onto_a_card_of_nobody(window: Bench) -> None:
    window.machine.path = Card(77)
    accept(window)
    run_to(window, S.APPROVED)
    assert not one_step(window)
    assert hold_code(window) == "card-left-inside"


def test_a_swapped_card_is_never_written(window: Bench) -> None:
    accept(window)
    run_to(window, S.FED)
    window.machine.path = Card(88)
    assert not one_step(window)
    assert hold_code(window) == "chip-not-this-orders"
    assert window.machine.path.holder is None


@pytest.mark.parametrize("step", [S.REPORTED, S.PRINTED])
def test_no_face_and_no_release_on_a_swapped_card(window: Bench, step: OrderStep) -> None:
    accept(window)
    run_to(window, step)
    other = Card(88)
    other.holder = window.machine.path.holder if window.machine.path else None
    window.machine.path = other
    assert not one_step(window)
    assert hold_code(window) == "chip-not-this-orders"
    assert other.printed == ""
    assert window.machine.out == []


def test_a_card_taken_from_the_machine_is_missed(window: Bench) -> None:
    accept(window)
    run_to(window, S.REPORTED)
    window.machine.path = None
    assert not one_step(window)
    assert hold_code(window) == "card-not-in-machine"
    assert window.machine.counts["feeds"] == 1


def test_a_changed_face_is_not_printed(window: Bench) -> None:
    accept(window)
    run_to(window, S.REPORTED)
    window.faces.version = "2"
    assert not one_step(window)
    assert hold_code(window) == "face-changed"
    assert window.machine.counts["prints"] == 0


def test_a_bad_read_back_spoils_the_card_and_owes_a_failure_report(window: Bench) -> None:
    accept(window)
    run_to(window, S.FED)
    window.trap.spring("write", "after", CardMismatchError("differs"))
    assert not one_step(window)
    assert order(window).step is S.SPOILED
    assert [card.fate for card in window.journal.cards.all()] == [CardFate.SPOILED]
    assert len(window.machine.rejected) == 1
    hold = order(window).hold
    assert hold is not None
    assert hold.retry_at is not None
    one_step(window)
    (report,) = window.province.reports
    assert (report.outcome, report.failed_step) == ("spoiled", "making")
    assert window.journal.outbox.rows(WriteBackState.OWED) == []


def test_a_print_that_broke_off_on_the_card_is_never_repeated_by_itself(window: Bench) -> None:
    accept(window)
    run_to(window, S.REPORTED)
    window.trap.spring("print", "inside", OutcomeUnknownError("power cut in the print"))
    one_step(window)
    assert not one_step(window)
    assert hold_code(window) == "outcome-unknown"
    assert window.machine.counts["prints"] == 0
    assert window.machine.ribbon == 99


def test_a_print_without_any_witness_is_never_repeated_by_itself(window: Bench) -> None:
    window.machine.knows_jobs, window.machine.ribbon = False, None
    accept(window)
    run_to(window, S.REPORTED)
    window.trap.spring("print", "before", OutcomeUnknownError("no answer"))
    one_step(window)
    assert not one_step(window)
    assert hold_code(window) == "outcome-unknown"


def test_a_printer_at_work_is_looked_at_again_before_anything_is_decided(window: Bench) -> None:
    accept(window)
    run_to(window, S.REPORTED)
    window.trap.spring("print", "after", Killed())
    with pytest.raises(Killed):
        one_step(window)
    window.restart()
    window.machine.busy = True
    recovery.recover(window.bench, Workflow(window.bench, random.Random(1)))
    hold = order(window).hold
    assert hold is not None
    assert (hold.code, hold.effect) == ("printer-busy", EffectKind.PRINT)
    assert hold.retry_at is not None
    window.machine.busy = False
    run_to(window, S.RELEASED)
    assert window.machine.counts["prints"] == 1


def test_a_print_that_nobody_can_prove_waits_for_a_person(window: Bench) -> None:
    window.machine.knows_jobs, window.machine.ribbon = False, None
    accept(window)
    run_to(window, S.REPORTED)
    window.trap.spring("print", "inside", OutcomeUnknownError("no answer"))
    assert not one_step(window)
    hold = order(window).hold
    assert hold is not None
    assert (hold.code, hold.effect) == ("outcome-unknown", EffectKind.PRINT)
    assert service(window).orders.answer(ORDER, AnswerKind.PRINTED, "clerk").step is S.PRINTED


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_print_answer_is_settled_by_the_printer_itself_before_anybody_is_asked(
    window: Bench, when: str
) -> None:
    Walk.accept(window, "410701198506154822", "before").to(S.RELEASED)  # the counters move
    window.machine.knows_jobs = False
    accept(window)
    run_to(window, S.REPORTED)
    window.trap.spring("print", when, OutcomeUnknownError("no answer"))
    assert one_step(window) is (when == "after")
    if when == "after":
        assert order(window).step is S.PRINTED
    else:  # proven not to have happened: held, and not started again automatically
        assert hold_code(window) == "proven-not-done"
        assert window.machine.counts["prints"] == 1
    assert window.journal.effects.open(ORDER) == []
    run_to(window, S.RELEASED)
    assert window.machine.counts["prints"] == 2


@pytest.mark.parametrize("step", [S.ACCEPTED, S.DATA_READY, S.APPROVED, S.FED])
def test_an_order_can_be_cancelled_until_the_chip_is_written(
    window: Bench, step: OrderStep
) -> None:
    accept(window)
    run_to(window, step)
    release.cancel(window.bench, order(window), "clerk")
    assert order(window).step is S.CANCELLED
    assert window.machine.path is None
    fates = [card.fate for card in window.journal.cards.all()]
    assert fates == ([CardFate.RETURNED] if step is S.FED else [])


def test_a_written_chip_cannot_be_cancelled(window: Bench) -> None:
    accept(window)
    run_to(window, S.FED)
    window.trap.spring("write", "after", OutcomeUnknownError("torn"))
    one_step(window)
    with pytest.raises(StationError):
        release.cancel(window.bench, order(window), "clerk")
    assert window.machine.path is not None


def test_recovery_holds_an_order_whose_card_was_taken_while_the_power_was_off(
    window: Bench,
) -> None:
    accept(window)
    run_to(window, S.ENCODED)
    window.restart()
    window.machine.path = None
    recovery.recover(window.bench, Workflow(window.bench, random.Random(1)))
    assert hold_code(window) == "card-not-in-machine"


def test_recovery_without_a_printer_explains_and_a_later_press_goes_on(window: Bench) -> None:
    accept(window)
    run_to(window, S.ENCODED)
    window.restart()
    window.trap.spring("status", "before", DeviceError("stopped", native_code=1, code="cover-open"))
    recovery.recover(window.bench, Workflow(window.bench, random.Random(1)))
    assert hold_code(window) == "cover-open"
    run_to(window, S.RELEASED)


def test_waits_double_up_to_the_longest_and_keep_within_the_jitter() -> None:
    policy = RetryPolicy(first=5.0, longest=300.0, jitter=0.2)
    rng = random.Random(7)
    for attempts, plain in ((1, 5.0), (2, 10.0), (3, 20.0), (7, 300.0), (500, 300.0)):
        wait = retry_wait(policy, attempts, rng)
        assert plain <= wait <= plain * 1.2


@pytest.mark.field_case("F3", "F4")
def test_the_readers_light_has_the_reason_and_the_printers_stays_true(window: Bench) -> None:
    serves = service(window)
    details = {"readers": "ACME 00 00, ACME 01 00"}
    window.machine.reader_error = ReaderNotConnectedError(
        "two", code="reader-ambiguous", details=details
    )
    serves._engine._look()
    devices = {device.name: device for device in serves.machine.view().devices}
    assert devices["printer"].ok
    (problem,) = devices["reader"].problems
    assert (devices["reader"].ok, problem.code) == (False, "reader-ambiguous")
    assert "ACME 01 00" in problem.cause
