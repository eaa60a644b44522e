"""The comparison itself: each rule is broken once by hand and must be noticed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from station.core.orders import CardFate, CardPlace, CardRecord
from tests.chaos import truth

PERSON = "410798198001150016"  # invented
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def a_card(number: str = "A", holder: str = PERSON, place: str = "taken") -> dict[str, Any]:
    record = holder.encode().hex() if holder else "00" * 18
    side = {"panels": "YMCKO", "prints": 1, "interrupted": 0}
    return {
        "card_id": number,
        "place": place,
        "history": ["feeder", "print-start", "contact", place],
        "chip": {"files": {"SSSE/EF06": {"08": record}}},
        "front": dict(side),
        "back": dict(side, panels="K"),
    }


def a_row(number: str, fate: CardFate, place: CardPlace) -> CardRecord:
    return CardRecord(1, "f" * 32, number, place, fate, "", NOW)


def faces(card: dict[str, Any], *discarded: str) -> list[str]:
    return list(truth._faces({card["card_id"]: card}, set(discarded)))


def ledger(card: dict[str, Any], *rows: CardRecord, discarded: tuple[str, ...] = ()) -> list[str]:
    return list(truth._ledger({card["card_id"]: card}, list(rows), set(discarded)))


def test_a_good_card_breaks_no_rule() -> None:
    card = a_card()
    assert faces(card) == []
    assert ledger(card, a_row("A", CardFate.ISSUED, CardPlace.TAKEN)) == []


def test_two_cards_of_one_person_are_noticed() -> None:
    cards = {number: a_card(number) for number in "AB"}
    assert len(list(truth._one_card_each(cards, set()))) == 1
    assert list(truth._one_card_each(cards, {"B"})) == []


@pytest.mark.parametrize("panels", ["YYMCKO", "YMCKOYMCKO"])
def test_a_panel_that_was_printed_twice_is_noticed(panels: str) -> None:
    card = a_card()
    card["front"]["panels"] = panels
    assert any("printed twice" in text for text in faces(card))


def test_a_broken_face_is_only_wrong_on_a_card_that_went_out() -> None:
    card = a_card()
    card["front"].update(panels="YM", prints=0, interrupted=1)
    assert faces(card) != []
    assert faces(card, "A") == []


def test_a_face_on_an_empty_chip_that_went_out_is_noticed() -> None:
    cards = {"A": a_card(holder="")}
    assert len(list(truth._test_cards(cards, [], set()))) == 1
    tested = a_row("", CardFate.TEST, CardPlace.TAKEN)
    assert list(truth._test_cards(cards, [tested], set())) == []


def test_a_blank_in_no_row_of_the_ledger_is_noticed() -> None:
    card = a_card(holder="", place="taken")
    assert len(ledger(card)) == 1
    assert ledger(card, a_row("", CardFate.SPOILED, CardPlace.UNKNOWN)) == []


def test_a_row_about_a_card_that_is_elsewhere_is_noticed() -> None:
    card = a_card(place="contact")
    assert len(ledger(card, a_row("A", CardFate.ISSUED, CardPlace.TAKEN))) == 1
    inside = a_row("A", CardFate.IN_MACHINE, CardPlace.CHIP_STATION)
    assert ledger(card, inside) == []


def test_a_card_that_was_cut_up_must_be_spoiled_or_refused() -> None:
    card = a_card()
    assert len(ledger(card, a_row("A", CardFate.ISSUED, CardPlace.TAKEN), discarded=("A",))) == 1
    spoiled = a_row("A", CardFate.SPOILED, CardPlace.REJECT_BIN)
    assert ledger(card, spoiled, discarded=("A",)) == []


def test_a_defect_in_the_log_is_noticed_and_a_journal_that_cannot_be_written_is_none() -> None:
    line = '{"event": "defect", "exception": "Traceback\\n%s: x"}'
    assert truth._defects(line % "KeyError") == {"defect: KeyError: x"}
    assert truth._defects(line % "station.core.errors.JournalError") == set()
    assert truth._defects("no JSON") == set()
