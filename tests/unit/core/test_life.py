import itertools

import pytest

from station.core.errors import StepNotAllowedError
from station.core.life import (
    AT_DESK,
    AT_PROVINCE,
    BEFORE_FEED,
    CLOSED,
    EFFECTS,
    EVENTS,
    FINAL,
    IN_MACHINE,
    IN_PRINTER,
    MOVES_A_CARD,
    OUT_OF_MACHINE,
    STEPS,
    TRANSITIONS,
    OrderEvent,
    Phase,
    StepFacts,
    advance,
    done,
    draw,
    is_at,
    reached,
)
from station.core.orders import EffectKind, OrderKind, OrderStep
from station.core.recipes import HAPPY_PATH, Way
from station.production.life import workflow

S, K = OrderStep, OrderKind


@pytest.mark.parametrize("step", OrderStep)
@pytest.mark.parametrize("event", OrderEvent)
def test_every_pair_is_either_in_the_table_or_refused(step: OrderStep, event: OrderEvent) -> None:
    if (step, event) in TRANSITIONS:
        assert advance(step, event) is TRANSITIONS[step, event]
    else:
        with pytest.raises(StepNotAllowedError):
            advance(step, event)


@pytest.mark.parametrize("step", sorted(set(OrderStep) - FINAL))
def test_an_end_can_be_reached_from(step: OrderStep) -> None:
    seen = {step}
    while True:
        more = seen | {after for (before, _), after in TRANSITIONS.items() if before in seen}
        if more == seen:
            break
        seen = more
    assert seen & FINAL


def test_nothing_leaves_an_end() -> None:
    assert not [key for key in TRANSITIONS if key[0] in FINAL]


def test_the_window_order_of_design_section_2() -> None:
    words = "accepted data-ready approved fed encoded reported printed released activated"
    assert [step.value for step in HAPPY_PATH] == words.split()


@pytest.mark.parametrize(("before", "after"), list(itertools.pairwise(HAPPY_PATH)))
def test_each_button_leads_to_the_next(before: OrderStep, after: OrderStep) -> None:
    assert Way().next_step(before) is after


def walk(way: Way) -> list[str]:
    """Follow one way from the first step to where it ends."""
    steps = [S.ACCEPTED]
    while (following := way.next_step(steps[-1])) is not None:
        steps.append(following)
        assert len(steps) < 20
    return [step.value for step in steps]


@pytest.mark.parametrize(
    ("way", "after_approved"),
    [
        (Way(), "fed encoded reported printed released activated"),
        (Way(print_first=True), "fed encoded printed-owed printed released activated"),
        (Way(inactive=True), "fed encoded printed-owed released-owed released activated"),
        (Way(faceless=True), "fed encoded reported printed released activated"),
        (
            Way(print_first=True, faceless=True),
            "fed encoded printed-owed printed released activated",
        ),
        (Way(K.FACE_ONLY), "reported printed released"),
        (Way(K.CHIP_ONLY), "fed printed released"),
        (Way(K.TEST), "reported printed released"),
        (Way(K.TEMPORARY), "released-owed released"),
        (Way(K.TEMPORARY, print_first=True), "released-owed released"),
        (Way(K.TEMPORARY_AGAIN), "released"),
        (Way(K.REHEARSAL), "fed encoded reported printed released activated"),
    ],
)
def test_every_way_from_end_to_end(way: Way, after_approved: str) -> None:
    assert walk(way) == ["accepted", "data-ready", "approved", *after_approved.split()]


def test_a_card_that_comes_back_needs_no_data() -> None:
    assert walk(Way(K.TEMPORARY_BACK)) == ["accepted", "collected"]


def test_only_a_window_that_prints_nothing_leaves_the_face_out() -> None:
    ways = [
        Way(kind, first, inactive, faceless=faceless)
        for kind in OrderKind
        for first in (False, True)
        for inactive in (False, True)
        for faceless in (False, True)
    ]
    for way, step in itertools.product(ways, OrderStep):
        event = way.next_event(step)
        assert event is None or (step, event) in TRANSITIONS
        leaves_out = way.faceless and way.kind in (K.FULL, K.REHEARSAL)
        assert event is not (OrderEvent.FACE_PRINTED if leaves_out else OrderEvent.NO_FACE)


@pytest.mark.parametrize("kind", OrderKind)
@pytest.mark.parametrize("print_first", [False, True])
@pytest.mark.parametrize("inactive", [False, True])
@pytest.mark.parametrize("step", OrderStep)
def test_no_way_leaves_the_table(
    kind: OrderKind, print_first: bool, inactive: bool, step: OrderStep
) -> None:
    event = Way(kind, print_first, inactive).next_event(step)
    assert event is None or (step, event) in TRANSITIONS


def passing(*, without: set[tuple[OrderStep, OrderEvent]]) -> set[OrderStep]:
    """Return what can be reached from `accepted` when some transitions are taken out."""
    seen = {S.ACCEPTED}
    while True:
        more = {
            after
            for (before, event), after in TRANSITIONS.items()
            if before in seen and (before, event) not in without
        }
        if more <= seen:
            return seen
        seen |= more


def test_no_card_goes_out_for_good_before_the_province_knows_it() -> None:
    told = {key for key in TRANSITIONS if key[1] is OrderEvent.REPORTED}
    reprints = {
        (S.APPROVED, OrderEvent.CHIP_STAYS),
        (S.FED, OrderEvent.CHIP_REWRITTEN),
        (S.APPROVED, OrderEvent.REWRITTEN_AT_DESK),
    }
    assert not passing(without=told | reprints) & {S.RELEASED, S.ACTIVATED}


def test_no_card_goes_out_without_a_face() -> None:
    face = (OrderEvent.FACE_PRINTED, OrderEvent.NO_FACE)  # the latter: see below
    printed = {key for key in TRANSITIONS if key[1] in face}
    # A temporary card has no face.
    at_desk = (OrderEvent.WRITTEN_AT_DESK, OrderEvent.REWRITTEN_AT_DESK)
    rewritten = {(S.FED, OrderEvent.CHIP_REWRITTEN), *((S.APPROVED, one) for one in at_desk)}
    assert not passing(without=printed | rewritten) & {S.RELEASED, S.RELEASED_OWED}


def test_only_a_reprint_can_be_cancelled_once_the_chip_may_be_written() -> None:
    late = [s for s in OrderStep if reached(s, S.ENCODED)]
    assert [s for s in late if (s, OrderEvent.CANCELLED) in TRANSITIONS] == [S.REPORTED]


@pytest.mark.parametrize("step", sorted(IN_MACHINE))
def test_a_card_in_the_machine_can_always_be_spoiled(step: OrderStep) -> None:
    assert advance(step, OrderEvent.CARD_SPOILED) is S.SPOILED


@pytest.mark.parametrize(
    ("step", "target", "expected"),
    [
        (S.PRINTED_OWED, S.ENCODED, True),
        (S.PRINTED_OWED, S.REPORTED, False),
        (S.PRINTED_OWED, S.PRINTED, False),
        (S.RELEASED_OWED, S.PRINTED_OWED, True),
        (S.RELEASED_OWED, S.RELEASED, False),
        (S.PRINTED, S.PRINTED_OWED, True),
        (S.ACTIVATED, S.RELEASED_OWED, True),
        (S.ENCODED, S.PRINTED_OWED, False),
    ],
)
def test_what_is_owed_is_not_reached(step: OrderStep, target: OrderStep, expected: bool) -> None:
    assert reached(step, target) is expected


def test_an_order_that_ended_otherwise_has_reached_nothing() -> None:
    assert not reached(OrderStep.SPOILED, OrderStep.ACCEPTED)
    assert Way().next_step(OrderStep.CANCELLED) is None


def test_every_effect_has_its_row_and_its_proof() -> None:
    assert set(workflow.PROOFS) == set(EFFECTS) == set(EffectKind)


def test_every_event_of_a_way_has_its_step() -> None:
    switches = itertools.product((False, True), repeat=3)
    ways = [Way(kind, *three) for kind, three in itertools.product(K, list(switches))]
    events = {way.next_event(step) for way in ways for step in S} - {None, OrderEvent.APPROVED}
    assert events == set(workflow.STEPS)


def test_the_diagram_shows_every_transition_and_effect() -> None:
    drawing = draw()
    for (before, event), after in TRANSITIONS.items():
        arrow = f"{before.value} --> {after.value}: ".replace("-", "_").replace("__>", "-->")
        assert event.value in drawing
        assert arrow.split(" --> ")[0].strip() in drawing
    assert set(EVENTS) == {event for _, event in TRANSITIONS}


#: Step: events that may happen there, and where each leads.
TABLE = """
accepted: data-fetched=data-ready cancelled=cancelled collected=collected
data-ready: approved=approved cancelled=cancelled
approved: card-fed=fed chip-stays=reported blank-refused=approved cancelled=cancelled \
written-at-desk=released-owed rewritten-at-desk=released card-spoiled=spoiled
fed: chip-written=encoded chip-rewritten=printed card-spoiled=spoiled cancelled=cancelled
encoded: reported=reported face-printed=printed-owed no-face=printed-owed card-spoiled=spoiled
reported: face-printed=printed no-face=printed cancelled=cancelled card-spoiled=spoiled
printed-owed: reported=printed card-released=released-owed card-spoiled=spoiled
printed: card-released=released card-spoiled=spoiled
released-owed: reported=released card-spoiled=spoiled
released: card-spoiled=spoiled activated=activated
"""


def test_every_transition() -> None:
    table = {}
    for line in TABLE.replace("\\\n", "").strip().splitlines():
        step, _, events = line.partition(": ")
        for event, _, after in (word.partition("=") for word in events.split()):
            table[S(step), OrderEvent(event)] = S(after)
    assert table == TRANSITIONS


def values(steps: frozenset[OrderStep]) -> str:
    return " ".join(step.value for step in OrderStep if step in steps)


def test_where_the_card_is_at_each_step() -> None:
    assert set(STEPS) == set(OrderStep)
    assert values(BEFORE_FEED) == "accepted data-ready approved"
    assert values(IN_MACHINE) == "fed encoded reported printed printed-owed"
    assert values(OUT_OF_MACHINE) == "released released-owed activated cancelled spoiled collected"
    assert values(MOVES_A_CARD) == "fed encoded printed printed-owed released released-owed"
    assert values(CLOSED) == "released activated cancelled spoiled collected"
    assert values(FINAL) == "activated cancelled spoiled collected"


#: Step: every step that it has reached.
REACHED = """
accepted: accepted
data-ready: accepted data-ready
approved: accepted data-ready approved
fed: accepted data-ready approved fed
encoded: accepted data-ready approved fed encoded
reported: accepted data-ready approved fed encoded reported
printed-owed: accepted data-ready approved fed encoded printed-owed
printed: accepted data-ready approved fed encoded reported printed printed-owed
released-owed: accepted data-ready approved fed encoded printed-owed released-owed
released: accepted data-ready approved fed encoded reported printed printed-owed released \
released-owed
activated: accepted data-ready approved fed encoded reported printed printed-owed released \
released-owed activated
cancelled:
spoiled:
collected: accepted collected
"""


def test_what_each_step_has_reached() -> None:
    for line in REACHED.replace("\\\n", "").strip().splitlines():
        step, _, words = line.partition(":")
        behind = frozenset(one for one in OrderStep if reached(S(step), one))
        assert values(behind) == words.strip(), step


def test_the_rows_of_the_steps_with_an_owed_report() -> None:
    owed = {step: facts for step, facts in STEPS.items() if facts.owes_report}
    assert owed == {
        S.ENCODED: StepFacts(Phase.INSIDE, (S.FED,), moves_card=True, owes_report=True),
        S.PRINTED_OWED: StepFacts(
            Phase.INSIDE, (S.ENCODED,), moves_card=True, owes_report=True, owed_form_of=S.PRINTED
        ),
        S.RELEASED_OWED: StepFacts(
            Phase.OUT, (S.PRINTED_OWED,), moves_card=True, owes_report=True, owed_form_of=S.RELEASED
        ),
    }
    leads_on = {step for step, event in TRANSITIONS if event is OrderEvent.REPORTED}
    assert set(owed) == leads_on


def test_work_whose_report_is_owed_is_done_and_not_reached() -> None:
    assert done(S.PRINTED_OWED, S.PRINTED)
    assert done(S.RELEASED_OWED, S.PRINTED)
    assert done(S.RELEASED_OWED, S.RELEASED)
    assert not done(S.PRINTED_OWED, S.RELEASED)
    assert not done(S.RELEASED_OWED, S.REPORTED)
    assert not done(S.SPOILED, S.ACCEPTED)
    assert is_at(S.PRINTED_OWED, S.PRINTED)
    assert is_at(S.PRINTED, S.PRINTED)
    assert not is_at(S.RELEASED, S.PRINTED)


def test_who_does_each_effect() -> None:
    assert {kind.value for kind in AT_PROVINCE} == {"report", "activate", "collect"}
    assert {kind.value for kind in IN_PRINTER} == {"feed", "print", "release", "reject", "retract"}
    leaves = {kind.value for kind, facts in EFFECTS.items() if facts.leaves_machine}
    uses_up = {kind.value for kind, facts in EFFECTS.items() if facts.uses_up}
    assert (leaves, uses_up) == (
        {"release", "reject"},
        {"write-chip", "print", "write-at-desk"},
    )
    assert {kind.value for kind in AT_DESK} == {"write-at-desk"}


#: Event: effect and button; "-" for none.
EVENT_ROWS = """
data-fetched - fetch
approved - approve
card-fed feed feed
chip-stays feed feed
chip-written write-chip write
chip-rewritten write-chip write
reported report report
face-printed print print
no-face - print
card-released release release
activated activate activate
written-at-desk write-at-desk write-temporary
rewritten-at-desk write-at-desk write-temporary
collected collect take-back-temporary
blank-refused - -
cancelled - -
card-spoiled reject -
"""


def test_what_each_event_does_and_which_button_asks_for_it() -> None:
    rows = [
        f"{event.value} {facts.effect.value if facts.effect else '-'} {facts.button or '-'}"
        for event, facts in EVENTS.items()
    ]
    assert rows == EVENT_ROWS.strip().splitlines()
