"""The tables of short texts that more than one place reads."""

from __future__ import annotations

from typing import Final

from station.words.catalogue import Table

QUESTION_TEXTS: Final = Table("question")
#: Answer -> what stands on its button.
ANSWER_LABELS: Final = Table("answer")
#: Answer -> what it will do.
ANSWER_EFFECTS: Final = Table("answer-effect")
#: Kind of a reprint, with what it needs.
REPRINT_TEXTS: Final = Table("reprint")
REASON_TEXTS: Final = Table("reprint-reason")
#: Why a card was spoiled, where it is not the code of an error.
SPOILED_TEXTS: Final = Table("spoiled")
#: What is counted of a window's blanks (`station.core.ledger.Counted`) -> its title.
COUNTED_TITLES: Final = Table("counted")
#: Where an order stands -> its words on paper.
STEP_TITLES: Final = Table("order-step")
#: "Where the card is now": `CardPosition`, `CardPlace`, and `none` for an empty path.
POSITION_TEXT: Final = Table("position")
#: What the reader itself tells of a mute chip (`details["cause"]`).
MUTE_TEXTS: Final = Table("mute-chip")
