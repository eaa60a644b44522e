"""Several unusable blanks in a row stop the feeder, until a technician has passed a test card."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from station.core.errors import FeederStoppedError
from station.core.orders import CardFate, CardPlace, CardRecord
from station.core.printing import Capability
from station.production.life.effects import Workbench
from station.production.life.left_card import LEFT_INSIDE

PASSED: Final = "test-passed"  #: value of the ledger's `reason` for a test card
FAILED: Final = "test-failed"
LOOKED_AT: Final = 50  #: newest cards that are examined


def spoiled_in_a_row(newest_first: Iterable[CardRecord]) -> int:
    """Return how many blanks were unusable since the last usable card or passed test. Pure.

    Spoiled or refused, whatever the reason: dirty contacts, a wrong package and blanks inserted the
    wrong way round cause one refusal after another. A lost card allows no conclusion about the
    machine, and a blank that was left inside none about the stack.
    """
    count = 0
    for card in newest_first:
        if card.fate is CardFate.ISSUED or (card.fate is CardFate.TEST and card.reason == PASSED):
            break
        unusable = card.fate in (CardFate.SPOILED, CardFate.REFUSED)
        left = card.place is CardPlace.UNKNOWN or card.reason == LEFT_INSIDE
        count += card.blank and unusable and not left
    return count


def is_stopped(bench: Workbench) -> bool:
    """Whether no blank may be fed until a technician has passed a test card.

    Never where a person inserts every card: such a machine prints no test card.
    """
    if Capability.FEEDER not in bench.equipment.printer.model.capabilities:
        return False
    spoiled = spoiled_in_a_row(bench.journal.cards.newest(LOOKED_AT))
    return spoiled >= bench.equipment.policies.spoiled_in_a_row


def refuse_after_spoiled(bench: Workbench) -> None:
    """Refuse to feed while the feeder is stopped.

    Raises:
        FeederStoppedError: A technician's test card is needed first.
    """
    if is_stopped(bench):
        raise FeederStoppedError("unusable blanks in a row: a test card must pass first")
