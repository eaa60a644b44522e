"""Evidence goes into its stored form and back; what earlier versions stored is read."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from station.core import evidence as e
from station.core.cards import ChipCondition
from station.core.errors import DefectError, JournalError
from station.core.evidence import EffectRecord, Intent, Outcome, Proof
from station.core.orders import EffectKind as K
from station.core.orders import EffectState, OrderKind
from station.core.printing import CardPosition
from station.core.questions import AnswerKind
from station.core.stored_evidence import intent_from_json, outcome_from_json

HERE = "serial:1"
INTENTS = (
    e.FeedBlank(machine=HERE),
    e.FeedKnownCard(OrderKind.FACE_ONLY),
    e.FeedBack(7, machine=HERE),
    e.WriteChip("4107"),
    e.SendReport("issued", 2),
    e.PrintFace(20, 5, None, "digest", machine=HERE),
    e.ReleaseCard(1, machine=HERE),
    e.ReleaseUnused(1),
    e.ReturnCard(2, "not-the-holders-card"),
    e.RejectUsed("card-damaged", "制卡"),
    e.RejectUnusable("blank-of-another-bank"),
    e.RetractCard(None, machine=HERE),
    e.Activate(),
    e.WriteAtDesk("41070001"),
    e.Collect("41070001"),
)
OUTCOMES = (
    e.Completed(),
    e.Failed("media-jam"),
    *(e.Proved(proof) for proof in Proof),
    e.FoundInPath(CardPosition.CHIP_STATION),
    e.SaidByPerson(AnswerKind.AT_OUTLET),
    e.CardRead(e.UNREAD),
    e.ChipInspected(ChipCondition.HALF_WRITTEN),
    e.UsedUp("face-spoiled"),
    e.ReceiptTaken("R1"),
    e.PrintCounted(6, 99),
    e.PrintWitnessed(6, None, 1, None, 0, None),
    e.PrintWitnessed(6, 99, None, True, 1, CardPosition.PRINT_STATION),
    e.PrintSeen(False),
    e.Earlier({"proof": "the card path is empty"}),
)


def stored(record: Intent | Outcome) -> dict[str, Any]:
    through: dict[str, Any] = json.loads(json.dumps(record.to_json(), ensure_ascii=False))
    return through


@pytest.mark.parametrize("intent", INTENTS)
def test_an_intent_comes_back_as_it_was(intent: Intent) -> None:
    assert intent_from_json(intent.kind_of_effect, stored(intent)) == intent


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_outcome_comes_back_as_it_was(outcome: Outcome) -> None:
    assert outcome_from_json(stored(outcome)) == outcome


def test_every_record_is_tried_and_has_a_name_of_its_own() -> None:
    assert {type(one) for one in INTENTS} == set(e.INTENTS)
    assert {type(one) for one in OUTCOMES} == set(e.OUTCOMES)
    assert {one.kind_of_effect for one in e.INTENTS} == set(K)
    assert len({(one.kind_of_effect, one.of) for one in e.INTENTS}) == len(e.INTENTS)
    assert len({one.of for one in e.OUTCOMES}) == len(e.OUTCOMES)


@pytest.mark.parametrize(
    ("kind", "old", "intent"),
    [
        (K.FEED, {}, e.FeedBlank()),
        (K.FEED, {"machine": HERE}, e.FeedBlank(machine=HERE)),
        (K.FEED, {"kind": "chip-only"}, e.FeedKnownCard(OrderKind.CHIP_ONLY)),
        (K.FEED, {"back": "7", "machine": HERE}, e.FeedBack(7, machine=HERE)),
        (K.FEED, {"back": "None"}, e.FeedBack(None)),
        (K.WRITE_CHIP, {"AAZ501": "4107"}, e.WriteChip("4107")),
        (K.REPORT, {"outcome": "issued", "attempt": "2"}, e.SendReport("issued", 2)),
        (
            K.PRINT,
            {"job": "20", "cards_printed": "5", "ribbon_left": "None", "face": "digest"},
            e.PrintFace(20, 5, None, "digest"),
        ),
        (K.PRINT, {}, e.PrintFace()),
        (K.RELEASE, {"card": "1"}, e.ReleaseCard(1)),
        (K.RELEASE, {"card": "None"}, e.ReleaseCard(None)),
        (K.RELEASE, {"card": "1", "blank": "yes"}, e.ReleaseUnused(1)),
        (K.RELEASE, {"card": "2", "refused": "not-the-holders-card"}, INTENTS[8]),
        (K.REJECT, {"reason": "card-damaged", "step": "制卡"}, INTENTS[9]),
        (K.REJECT, {"reason": "blank-of-another-bank"}, INTENTS[10]),
        (K.RETRACT, {"card": "3", "machine": HERE}, e.RetractCard(3, machine=HERE)),
        (K.ACTIVATE, {}, e.Activate()),
    ],
)
def test_an_intent_of_an_earlier_version_is_read(
    kind: K, old: dict[str, str], intent: Intent
) -> None:
    assert intent_from_json(kind, old) == intent


WITNESSES = {
    "proof": "counter, ribbon, job and position",
    "grown": "1",
    "cards_printed": "6",
    "ribbon_left": "99",
    "job_printed": "None",
    "ribbon_usual": "1",
    "position": "print-station",
}
#: 745ef76 noted neither the usual ribbon nor the position.
FEWER_WITNESSES = {
    "proof": "counter, ribbon and job",
    "grown": "1",
    "cards_printed": "6",
    "ribbon_left": "99",
    "job_printed": "True",
}


@pytest.mark.parametrize(
    ("old", "outcome"),
    [
        ({}, None),
        ({"error": "media-jam"}, e.Failed("media-jam")),
        ({"proof": "the reader is empty"}, e.Proved(Proof.PUT_ASIDE_FROM_READER)),
        ({"proof": "a card is in the path", "position": "chip-station"}, OUTCOMES[13]),
        ({"proof": "a person looked", "answer": "at-outlet"}, OUTCOMES[14]),
        ({"AAZ501": "unread"}, e.CardRead(e.UNREAD)),
        ({"proof": "the chip was read", "condition": "half-written"}, OUTCOMES[16]),
        ({"result": "spoiled", "reason": "face-spoiled"}, e.UsedUp("face-spoiled")),
        ({"proof": "the data centre's receipt", "receipt": "R1"}, e.ReceiptTaken("R1")),
        ({"cards_printed": "6", "ribbon_left": "None"}, e.PrintCounted(6, None)),
        (WITNESSES, e.PrintWitnessed(6, 99, 1, None, 1, CardPosition.PRINT_STATION)),
        ({"proof": "a person looked", "printed": "False"}, e.PrintSeen(False)),
        ({"proof": "the card path is empty"}, e.Earlier({"proof": "the card path is empty"})),
        (FEWER_WITNESSES, e.PrintWitnessed(6, 99, 1, True)),
    ],
)
def test_an_outcome_of_an_earlier_version_is_read(
    old: dict[str, str], outcome: Outcome | None
) -> None:
    assert outcome_from_json(old) == outcome


@pytest.mark.parametrize(
    ("old", "facts"),
    [(e.PrintFace(20, 5, None, "d", machine=HERE), "None"), (e.PrintFace(20, 5, 9, "d"), "9")],
)
def test_the_history_keeps_the_words_of_the_first_version(old: e.PrintFace, facts: str) -> None:
    told = {"job": "20", "cards_printed": "5", "ribbon_left": facts, "face": "d"}
    assert old.facts() == told | ({"machine": HERE} if old.machine else {})
    seen = e.PrintWitnessed(6, 99, 1, None, 1, CardPosition.PRINT_STATION)
    assert seen.facts() == WITNESSES


def test_a_later_form_is_refused() -> None:
    later = {**e.WriteChip("4107").to_json(), "version": 3}
    with pytest.raises(JournalError):
        intent_from_json(K.WRITE_CHIP, later)
    with pytest.raises(JournalError):
        outcome_from_json({**e.Failed("x").to_json(), "of": "unheard"})
    with pytest.raises(JournalError):
        outcome_from_json({**e.Proved(Proof.NONE).to_json(), "proof": "unheard"})


def test_an_intent_is_never_taken_for_another_one() -> None:
    at = None
    effect = EffectRecord(1, "o", K.FEED, EffectState.DONE, at, at, e.FeedBlank(), None)  # type: ignore[arg-type]
    assert effect.intent(e.FeedBlank) == e.FeedBlank()
    with pytest.raises(DefectError):
        effect.intent(e.FeedBack)
    assert dataclasses.replace(effect, before=e.FeedBlank(machine=HERE)).machine == HERE
