"""Temporary cards, as pure checks of the evidence: part of I1 to I4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from station.core.gateways import ReportOutcome
from station.core.orders import CardFate
from tests.torture.evidence import Evidence

Violations = Iterator[str]

WRITTEN: Final = "temporary card written"
BACK: Final = "temporary card taken back"
#: Fates of a card that its holder does not have.
_WITHHELD: Final = {CardFate.SPOILED, CardFate.COLLECTED}


def right_card_in_the_desks_reader(run: Evidence) -> Violations:
    """I2: only the order's own card is written, over nobody else's data, and no bank's blank."""
    for act in run.temporary.writes:
        if act.card != act.bound:
            yield "I2 a card is written at the desk, the order is bound to another"
        if act.bearer not in ("", act.about):
            yield "I2 one person's data over another's at the desk"
        if act.bank:
            yield "I2 a bank's blank becomes a temporary card"
        if act.aside:
            yield "I3 a card is written at the desk that was put aside"


def one_temporary_card_for_one_person(run: Evidence) -> Violations:
    """I1."""
    withheld = {row.AAZ501 for row in run.temporary.rows if row.fate in _WITHHELD}
    held = Counter(
        card.person
        for card in run.temporary.cards
        if card.data is not None and not card.aside and card.card_id not in withheld
    )
    for count in held.values():
        if count > 1:
            yield f"I1 {count} temporary cards of one person"


def temporary_cards_end_as_they_are(run: Evidence) -> Violations:
    """I3 and I4, when everybody was served."""
    registered = {one.AAZ501 for one in run.reports if one.outcome is ReportOutcome.TEMPORARY}
    rows = {row.AAZ501: row for row in run.temporary.rows}
    if len(rows) != len(run.temporary.rows):
        yield "I3 a temporary card is in the ledger twice"
    for card in run.temporary.cards:
        row = rows.get(card.card_id)
        if card.data is None or card.bank:
            continue
        if row is None:
            yield f"I3 temporary card {card.serial} was written, and is in no ledger"
            continue
        known, back = card.card_id in registered, card.card_id in run.temporary.taken_back
        if row.fate is CardFate.TEMPORARY and (card.half or not known or back):
            yield f"I4 temporary card {card.serial} is with its holder: {_state(card.half, known)}"
        if row.fate is CardFate.COLLECTED and not back:
            yield f"I4 temporary card {card.serial} is back, the province does not know"
        kept_out = card.card_id in run.temporary.kept_out
        if row.fate is CardFate.SPOILED and known and not back and not kept_out:
            yield f"I4 temporary card {card.serial} is spoiled, the province has it as issued"


def _state(half: bool, known: bool) -> str:
    return "half written" if half else "taken back" if known else "unknown to the province"


def done(run: Evidence) -> Counter[str]:
    """Count what was done."""
    return Counter({WRITTEN: len(run.temporary.writes), BACK: len(run.temporary.taken_back)})
