"""Every field of every recipe as a literal: who changes a kind of order changes this file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import station
from station.core.errors import WrongCardReason
from station.core.gateways import ReportOutcome
from station.core.life import TRANSITIONS, OrderEvent
from station.core.orders import CardFate, OrderKind, OrderStep
from station.core.recipes import RECIPES, CardSource, DataSource, Face, recipe_of
from station.core.reprints import ReprintReason, ReprintRule
from station.ui.order_panel import OWN_TEXTS
from station.words.tables import REPRINT_TEXTS

S, K, F, R = OrderStep, OrderKind, CardFate, ReprintReason

WHOLE_PATH = """
    accepted=data-fetched data-ready=approved approved=card-fed fed=chip-written
    encoded=reported reported=face-printed printed-owed=reported printed=card-released
    released-owed=reported released=activated
"""
PATHS = {
    K.FULL: WHOLE_PATH,
    K.FACE_ONLY: """
        accepted=data-fetched data-ready=approved approved=chip-stays reported=face-printed
        printed=card-released
    """,
    K.CHIP_ONLY: """
        accepted=data-fetched data-ready=approved approved=card-fed fed=chip-rewritten
        printed=card-released
    """,
    K.TEST: """
        accepted=data-fetched data-ready=approved approved=chip-stays reported=face-printed
        printed=card-released
    """,
    K.TEMPORARY: """
        accepted=data-fetched data-ready=approved approved=written-at-desk released-owed=reported
    """,
    K.TEMPORARY_AGAIN: """
        accepted=data-fetched data-ready=approved approved=rewritten-at-desk
    """,
    K.TEMPORARY_BACK: "accepted=collected",
    K.REHEARSAL: WHOLE_PATH,
}

ALL_REPORTS = "issued spoiled cancelled"


@pytest.mark.parametrize("kind", OrderKind)
def test_the_path(kind: OrderKind) -> None:
    path = [f"{step.value}={event.value}" for step, event in recipe_of(kind).path.items()]
    assert path == PATHS[kind].split()
    assert set(recipe_of(kind).path.items()) <= set(TRANSITIONS)


@pytest.mark.parametrize(
    ("kind", "card", "data", "prints", "reports", "binds", "activated", "judged"),
    [
        (K.FULL, "banks-blank", "province", "as-window", ALL_REPORTS, True, True, False),
        (K.FACE_ONLY, "first-orders", "first-order", "holders", "spoiled", True, False, False),
        (K.CHIP_ONLY, "first-orders", "first-order", "none", "spoiled", True, False, False),
        (K.TEST, "any-blank", "none", "test-card", "", False, False, True),
        (K.TEMPORARY, "desk-blank", "temporary", "none", "temporary", True, False, False),
        (K.TEMPORARY_AGAIN, "first-orders", "first-order", "none", "", True, False, False),
        (K.TEMPORARY_BACK, "desk-card", "none", "none", "", True, False, False),
        (K.REHEARSAL, "test-card", "invented", "as-window", "issued", True, True, False),
    ],
)
def test_whose_card_and_what_is_done_to_it(
    kind: OrderKind,
    card: str,
    data: str,
    prints: str,
    reports: str,
    binds: bool,
    activated: bool,
    judged: bool,
) -> None:
    recipe = recipe_of(kind)
    assert recipe.kind is kind
    assert recipe.card is CardSource(card)
    assert recipe.data is DataSource(data)
    assert recipe.prints is Face(prints)
    assert recipe.reports == {ReportOutcome(word) for word in reports.split()}
    assert (recipe.binds_card, recipe.is_activated, recipe.judged) == (binds, activated, judged)
    assert recipe.own_card is (kind in (K.FACE_ONLY, K.CHIP_ONLY, K.TEMPORARY_AGAIN))


@pytest.mark.parametrize(
    ("kind", "done", "cancelled", "spoiled", "number_must_match", "refusal"),
    [
        (K.FULL, F.ISSUED, F.RETURNED, F.SPOILED, True, None),
        (K.FACE_ONLY, F.ISSUED, F.ISSUED, F.SPOILED, True, WrongCardReason.NOT_THE_HOLDERS),
        (K.CHIP_ONLY, F.ISSUED, F.ISSUED, F.SPOILED, False, WrongCardReason.NOT_THE_HOLDERS),
        (K.TEST, F.TEST, F.RETURNED, F.TEST, True, WrongCardReason.ALREADY_PERSONALISED),
        (K.TEMPORARY, F.TEMPORARY, F.RETURNED, F.SPOILED, True, None),
        (
            K.TEMPORARY_AGAIN,
            F.TEMPORARY,
            F.TEMPORARY,
            F.SPOILED,
            False,
            WrongCardReason.NOT_THE_HOLDERS,
        ),
        (K.TEMPORARY_BACK, F.COLLECTED, F.TEMPORARY, F.COLLECTED, True, None),
        (K.REHEARSAL, F.TRAINING, F.TRAINING, F.TRAINING, True, WrongCardReason.NO_TEST_CARD),
    ],
)
def test_what_becomes_of_the_card(
    kind: OrderKind,
    done: CardFate,
    cancelled: CardFate,
    spoiled: CardFate,
    number_must_match: bool,
    refusal: WrongCardReason | None,
) -> None:
    recipe = recipe_of(kind)
    assert (recipe.fate_done, recipe.fate_cancelled, recipe.fate_spoiled) == (
        done,
        cancelled,
        spoiled,
    )
    assert (recipe.number_must_match, recipe.refusal) == (number_must_match, refusal)


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        (K.FULL, "accepted data-ready approved fed"),
        (K.FACE_ONLY, "accepted data-ready approved fed reported"),
        (K.CHIP_ONLY, "accepted data-ready approved fed"),
        (K.TEST, "accepted data-ready approved fed reported"),
        (K.TEMPORARY, "accepted data-ready approved"),
        (K.TEMPORARY_AGAIN, "accepted data-ready approved"),
        (K.TEMPORARY_BACK, "accepted"),
        (K.REHEARSAL, "accepted data-ready approved fed"),
    ],
)
def test_where_it_may_be_cancelled(kind: OrderKind, steps: str) -> None:
    found = [step.value for step in OrderStep if recipe_of(kind).may_cancel(step)]
    assert found == steps.split()


@pytest.mark.parametrize(
    ("kind", "buttons"),
    [
        (K.FULL, "fetch approve feed write report print release activate"),
        (K.FACE_ONLY, "fetch approve feed print release"),
        (K.CHIP_ONLY, "fetch approve feed write release"),
        (K.TEST, "feed print release"),
        (K.TEMPORARY, "fetch approve write-temporary report"),
        (K.TEMPORARY_AGAIN, "fetch approve write-temporary"),
        (K.TEMPORARY_BACK, "take-back-temporary"),
        (K.REHEARSAL, "fetch approve feed write report print release activate"),
    ],
)
def test_the_buttons_that_it_needs(kind: OrderKind, buttons: str) -> None:
    assert recipe_of(kind).buttons == set(buttons.split())


def test_what_happens_at_acceptance() -> None:
    made = {kind: recipe.at_acceptance for kind, recipe in RECIPES.items() if recipe.at_acceptance}
    assert made == {K.TEST: (OrderEvent.DATA_FETCHED, OrderEvent.APPROVED)}


OUT = frozenset({S.RELEASED, S.ACTIVATED})


def test_the_rules_of_reprints() -> None:
    assert {kind: recipe.reprint for kind, recipe in RECIPES.items()} == {
        K.FULL: ReprintRule(
            (R.CARD_SPOILED, R.CARD_DEFECTIVE, R.NOT_COLLECTED),
            allowed_at=frozenset({S.SPOILED}),
            offered_at=frozenset({S.SPOILED, S.RELEASED}),
            taken_back_at=frozenset({S.RELEASED, S.RELEASED_OWED}),
            irreversible=True,
        ),
        K.FACE_ONLY: ReprintRule(
            (R.FACE_UNCLEAR, R.FACE_COLOUR_OFF, R.FACE_DAMAGED), allowed_at=OUT, offered_at=OUT
        ),
        K.CHIP_ONLY: ReprintRule(
            (R.CHIP_DATA_DAMAGED, R.CHIP_DATA_WRONG),
            allowed_at=OUT,
            offered_at=OUT,
            needs_approver=True,
            irreversible=True,
        ),
        K.TEST: None,
        K.TEMPORARY: None,
        K.TEMPORARY_AGAIN: ReprintRule(
            (R.PIN_FORGOTTEN, R.CHIP_DATA_DAMAGED, R.CHIP_DATA_WRONG),
            allowed_at=frozenset({S.RELEASED}),
            offered_at=frozenset({S.RELEASED}),
        ),
        K.TEMPORARY_BACK: None,
        K.REHEARSAL: None,
    }
    again = (K.FACE_ONLY, K.CHIP_ONLY, K.FULL)
    assert {kind: recipe.again for kind, recipe in RECIPES.items()} == {
        K.FULL: again,
        K.FACE_ONLY: again,
        K.CHIP_ONLY: again,
        K.TEST: (),
        K.TEMPORARY: (K.TEMPORARY_AGAIN,),
        K.TEMPORARY_AGAIN: (K.TEMPORARY_AGAIN,),
        K.TEMPORARY_BACK: (),
        K.REHEARSAL: (),
    }


@pytest.mark.parametrize("kind", OrderKind)
def test_only_what_may_be_made_is_offered_and_has_its_words(kind: OrderKind) -> None:
    recipe = recipe_of(kind)
    if recipe.reprint is not None:
        assert recipe.reprint.offered_at <= recipe.reprint.allowed_at | recipe.reprint.taken_back_at
        assert kind.value in REPRINT_TEXTS
    assert all(recipe_of(other).reprint is not None for other in recipe.again)
    assert set(recipe.texts.values()) <= set(OWN_TEXTS)


def test_the_texts_of_its_own() -> None:
    assert {kind: dict(recipe.texts) for kind, recipe in RECIPES.items()} == {
        K.FULL: {},
        K.FACE_ONLY: {S.APPROVED: "put-back-for-face", S.RELEASED: "face-reprinted"},
        K.CHIP_ONLY: {S.APPROVED: "put-back-for-chip", S.RELEASED: "chip-rewritten"},
        K.TEST: {S.RELEASED: "test-card-out"},
        K.TEMPORARY: {
            S.APPROVED: "lay-temporary-blank",
            S.RELEASED_OWED: "temporary-owed",
            S.RELEASED: "temporary-issued",
        },
        K.TEMPORARY_AGAIN: {
            S.APPROVED: "lay-temporary-card",
            S.RELEASED: "temporary-rewritten",
        },
        K.TEMPORARY_BACK: {S.ACCEPTED: "temporary-read", S.COLLECTED: "temporary-collected"},
        K.REHEARSAL: {S.APPROVED: "lay-test-card", S.RELEASED: "rehearsal-out"},
    }


def test_what_is_done_at_the_desk() -> None:
    at_desk = {kind: recipe for kind, recipe in RECIPES.items() if recipe.at_desk}
    assert {kind: recipe.receipt_at for kind, recipe in at_desk.items()} == {
        K.TEMPORARY: S.RELEASED,
        K.TEMPORARY_AGAIN: S.RELEASED,
        K.TEMPORARY_BACK: S.COLLECTED,
    }
    assert {kind for kind, recipe in RECIPES.items() if recipe.receipt_at} == set(at_desk)
    writes = {kind for kind, recipe in RECIPES.items() if recipe.writes_at_desk}
    assert writes == {K.TEMPORARY, K.TEMPORARY_AGAIN}
    assert {kind for kind, recipe in RECIPES.items() if not recipe.is_personal} == {K.TEST}
    assert {kind for kind, recipe in RECIPES.items() if recipe.is_rehearsal} == {K.REHEARSAL}


def kind_tests(source: str) -> list[int]:
    """Return the lines on which a kind of order is compared, looked for, or used as a key."""
    found = []
    for node in ast.walk(ast.parse(source)):
        tested: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            tested = [node.left, *node.comparators]
        elif isinstance(node, ast.Dict):
            tested = [key for key in node.keys if key is not None]
        elif isinstance(node, ast.Match):
            found += [
                case.pattern.lineno
                for case in node.cases
                if any(_names_kind(part) for part in ast.walk(case.pattern))
            ]
        found += [one.lineno for one in tested if any(_names_kind(p) for p in ast.walk(one))]
    return found


def _names_kind(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("OrderKind", "K")
        and node.attr in OrderKind.__members__
    )


def test_no_other_module_tests_the_kind_of_an_order() -> None:
    sources = Path(station.__path__[0])
    found = {
        str(path.relative_to(sources)): lines
        for path in sources.rglob("*.py")
        if (lines := kind_tests(path.read_text(encoding="utf-8")))
    }
    assert set(found) == {"core/recipes.py"}


@pytest.mark.parametrize(
    "source",
    [
        "if order.kind is OrderKind.TEST: pass",
        "own = kind in (OrderKind.FACE_ONLY, OrderKind.CHIP_ONLY)",
        "TABLE = {OrderKind.FULL: 1}",
        "if K.TEST == kind: pass",
        "match kind:\n    case OrderKind.TEST: pass",
    ],
)
def test_the_search_finds_a_test_of_a_kind(source: str) -> None:
    assert kind_tests(source)
