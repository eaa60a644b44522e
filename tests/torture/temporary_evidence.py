"""What is known after a run of the cards that were written in the desk's reader."""

from __future__ import annotations

import dataclasses

from station.core.orders import CardRecord
from tests.torture.desk import AT_DESK, DeskBlank


@dataclasses.dataclass(frozen=True)
class DeskWrite:
    """One write in the desk's reader, seen when it began.

    Attributes:
        card: AAZ501 of the card in the reader.
        bearer: Whose data it carried before; empty for nobody's.
        bank: First digits of its bank number; empty for none.
        aside: Whether the clerk had put it aside.
        bound: AAZ501 of the card that the order was bound to.
        about: Whose data were written.
    """

    card: str
    bearer: str
    bank: str
    aside: bool
    bound: str
    about: str


@dataclasses.dataclass(frozen=True)
class TemporaryCards:
    """Everything that temporary cards left behind.

    Attributes:
        writes: In their order.
        cards: The cards, as they are in the end.
        rows: Their rows in the ledger.
        taken_back: AAZ501 of those that the province has taken back.
        kept_out: The same of those that it has refused to take back.
    """

    writes: tuple[DeskWrite, ...] = ()
    cards: tuple[DeskBlank, ...] = ()
    rows: tuple[CardRecord, ...] = ()
    taken_back: tuple[str, ...] = ()
    kept_out: frozenset[str] = frozenset()


def is_at_desk(AAZ501: str) -> bool:
    """Whether a card is one that is written in the desk's reader."""
    return AAZ501.startswith(AT_DESK)
