"""Queries for cards: the place and fate of each card that the machine has handled."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from station.core.orders import CardFate, CardPlace, CardRecord
from station.journal import queries, records, tables
from station.journal.history import History
from station.journal.rows import Rows

_CARDS: Final = tables.cards.c
#: Reads the whole ledger, so only the report of a shift may run it.
_RIBBON_TOTALS: Final = sa.select(
    sa.func.coalesce(sa.func.sum(_CARDS.ribbon_planned), 0).label("planned"),
    sa.func.coalesce(sa.func.sum(_CARDS.ribbon_used), 0).label("used"),
)


class Cards:
    """The ledger of cards."""

    def __init__(self, rows: Rows, history: History) -> None:
        self._rows = rows
        self._history = history

    def one(self, card: int) -> CardRecord | None:
        """Return one ledger row."""
        rows = self._rows.all(queries.CARD, card=card)
        return records.card_from_row(rows[0]) if rows else None

    def all(self) -> list[CardRecord]:
        """Return the ledger, oldest first."""
        return [records.card_from_row(row) for row in self._rows.all(queries.CARDS)]

    def of(self, order: str) -> list[CardRecord]:
        """Return the cards of one order, oldest first."""
        rows = self._rows.all(queries.CARDS_OF, order=order)
        return [records.card_from_row(row) for row in rows]

    def of_chip(self, AAZ501: str) -> list[CardRecord]:
        """Return the rows of one physical card, newest first."""
        return [
            records.card_from_row(row) for row in self._rows.all(queries.CARDS_OF_CHIP, chip=AAZ501)
        ]

    def newest(self, limit: int) -> list[CardRecord]:
        """Return the last cards that came into the machine, newest first."""
        rows = self._rows.all(queries.NEWEST_CARDS, limit=limit)
        return [records.card_from_row(row) for row in rows]

    def in_machine(self) -> list[CardRecord]:
        """Return the cards that are believed to be inside the machine."""
        return [records.card_from_row(row) for row in self._rows.all(queries.CARDS_IN_MACHINE)]

    def owned_inside(self) -> list[CardRecord]:
        """Return the cards believed to be inside that belong to their orders."""
        return [records.card_from_row(row) for row in self._rows.all(queries.OWNED_INSIDE)]

    def strangers_inside(self) -> list[CardRecord]:
        """Return the cards believed to be inside that do not belong to their orders, oldest first.

        Such a card was fed for its order in place of the one that was put back into the feeder.
        """
        return [records.card_from_row(row) for row in self._rows.all(queries.STRANGERS_INSIDE)]

    def at(self, *places: CardPlace) -> list[CardRecord]:
        """Return the cards at these places, oldest first."""
        words = [place.value for place in places]
        rows = self._rows.all(queries.CARDS_AT, places=words)
        return [records.card_from_row(row) for row in rows]

    def of_fate(self, fate: CardFate) -> list[CardRecord]:
        """Return the cards of one fate."""
        rows = self._rows.all(queries.CARDS_OF_FATE, fate=fate.value)
        return [records.card_from_row(row) for row in rows]

    def presented_event(self, card: int) -> int | None:
        """Return the number of the event with which a card was last released; None: never."""
        rows = self._rows.all(queries.PRESENTED, card=card)
        return (rows[0].seq or 0) if rows else None

    def presented_since(self, card: int) -> float | None:
        """Return the seconds since a card was last released; None when it never was."""
        rows = self._rows.all(queries.PRESENTED, card=card)
        return self._history.seconds_since(rows[0].seq or 0) if rows else None

    def ribbon_totals(self) -> tuple[int, int]:
        """Return the sets of panels planned and used over all cards so far."""
        row = self._rows.all(_RIBBON_TOTALS)[0]
        return int(row.planned), int(row.used)
