"""Several unusable blanks in a row stop the feeder, until a technician has passed a test card."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

from station.core.errors import CardMuteError, FeederStoppedError
from station.core.orders import CardFate, CardPlace, CardRecord
from station.core.printing import Capability
from station.production.life.effects import Workbench
from station.production.life.left_card import LEFT_INSIDE

PASSED: Final = "test-passed"  #: value of the ledger's `reason` for a test card
FAILED: Final = "test-failed"
LOOKED_AT: Final = 50  #: newest cards that are examined
#: Event: a blank that was mute in the machine was tried at the desk's reader.
MUTE_TRIED: Final = "mute-blank-tried"


class StopCause(enum.StrEnum):
    """Why the feeder is stopped; the value names the text for the operator (its variant)."""

    MIXED = ""  #: blanks were unusable for different reasons
    MUTE = "mute"  #: no chip answered in the machine
    MUTE_MACHINE = "mute-machine"  #: ... and one answers at the desk's reader
    MUTE_BLANK = "mute-blank"  #: ... and one is mute there too


def spoiled_in_a_row(newest_first: Iterable[CardRecord]) -> int:
    """Return how many blanks were unusable since the last usable card or passed test. Pure.

    Spoiled or refused, whatever the reason: dirty contacts, a wrong package and blanks inserted the
    wrong way round cause one refusal after another. A lost card allows no conclusion about the
    machine, and a blank that was left inside none about the stack.
    """
    return len(_unusable_in_a_row(newest_first))


def _unusable_in_a_row(newest_first: Iterable[CardRecord]) -> list[CardRecord]:
    found = []
    for card in newest_first:
        if card.fate is CardFate.ISSUED or (card.fate is CardFate.TEST and card.reason == PASSED):
            break
        unusable = card.fate in (CardFate.SPOILED, CardFate.REFUSED)
        left = card.place is CardPlace.UNKNOWN or card.reason == LEFT_INSIDE
        if card.blank and unusable and not left:
            found.append(card)
    return found


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


def newest_mute(bench: Workbench) -> CardRecord | None:
    """Return the newest blank of the unusable ones in a row whose chip gave no answer."""
    found = _unusable_in_a_row(bench.journal.cards.newest(LOOKED_AT))
    return next((card for card in found if card.reason == CardMuteError.code), None)


def stop_cause(bench: Workbench) -> StopCause:
    """Return why the feeder is stopped, with what a trial at the desk's reader has shown.

    Source: 新乡市 社会保障卡业务经办流程 (2017), part 3, 卡芯片上电失败: the card is the wrong way
    round, the reader does not fit, or the machine is at fault. A card that answers at the desk is
    not the cause itself; one that is mute there too is.
    """
    found = _unusable_in_a_row(bench.journal.cards.newest(LOOKED_AT))
    if not found or any(card.reason != CardMuteError.code for card in found):
        return StopCause.MIXED
    tried = bench.journal.history.last("", MUTE_TRIED)
    if tried is None or tried.data["card"] != str(found[0].id):
        return StopCause.MUTE
    answers = tried.data["answers"] == "yes"
    return StopCause.MUTE_MACHINE if answers else StopCause.MUTE_BLANK
