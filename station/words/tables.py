"""The tables of short texts that are used in more than one place."""

from __future__ import annotations

from typing import Final

from station.words.catalogue import Table

QUESTION_TEXTS: Final = Table("question")
#: Answer -> label of its button.
ANSWER_LABELS: Final = Table("answer")
#: Answer -> its effect.
ANSWER_EFFECTS: Final = Table("answer-effect")
#: Kind of a reprint, with its requirements.
REPRINT_TEXTS: Final = Table("reprint")
REASON_TEXTS: Final = Table("reprint-reason")
#: Why a card was spoiled, where it is not the code of an error.
SPOILED_TEXTS: Final = Table("spoiled")
#: Counts of a window's blanks (`station.core.ledger.Counted`) -> title.
COUNTED_TITLES: Final = Table("counted")
#: Step of an order -> its name on paper.
STEP_TITLES: Final = Table("order-step")
#: "Where the card is now": `CardPosition`, `CardPlace`, and `none` for an empty path.
POSITION_TEXT: Final = Table("position")
#: The reader's own report on a mute chip (`details["cause"]`).
MUTE_TEXTS: Final = Table("mute-chip")
