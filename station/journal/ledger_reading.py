"""Answers about blanks: what people moved, what became of the fed ones, what the shifts counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import sqlalchemy as sa

from station.core.ledger import ClosedShift, StockRecord
from station.core.orders import CardFate, CardPlace, CardRecord, StockMove
from station.journal import queries, records, tables


class RowSource(Protocol):
    """Where the rows come from."""

    def _rows(self, query: sa.Select[Any], **values: object) -> list[sa.Row[Any]]: ...


class LedgerReading:
    """The journal's answers for the ledger of blanks."""

    def card(self: RowSource, card: int) -> CardRecord | None:
        """Return one ledger row."""
        rows = self._rows(queries.CARD, card=card)
        return records.card_from_row(rows[0]) if rows else None

    def cards(self: RowSource, order: str | None = None) -> list[CardRecord]:
        """Return the ledger, oldest first."""
        if order is None:
            rows = self._rows(queries.CARDS)
        else:
            rows = self._rows(queries.CARDS_OF, order=order)
        return [records.card_from_row(row) for row in rows]

    def newest_cards(self: RowSource, limit: int) -> list[CardRecord]:
        """Return the last cards that came into the machine, newest first."""
        return [records.card_from_row(row) for row in self._rows(queries.NEWEST_CARDS, limit=limit)]

    def cards_in_machine(self: RowSource) -> list[CardRecord]:
        """Return the ledger rows of cards that are believed to be inside the machine."""
        return [records.card_from_row(row) for row in self._rows(queries.CARDS_IN_MACHINE)]

    def cards_at(self: RowSource, *places: CardPlace) -> list[CardRecord]:
        """Return the ledger rows of the cards at these places, oldest first."""
        words = [place.value for place in places]
        return [records.card_from_row(row) for row in self._rows(queries.CARDS_AT, places=words)]

    def cards_of_fate(self: RowSource, fate: CardFate) -> list[CardRecord]:
        """Return the ledger rows of one fate."""
        rows = self._rows(queries.CARDS_OF_FATE, fate=fate.value)
        return [records.card_from_row(row) for row in rows]

    def blanks_fed(self: RowSource, since: int, until: int) -> int:
        """Count the blanks that left the feeder after event `since`, up to event `until`."""
        cards = tables.cards.c
        query = sa.select(sa.func.count()).where(
            cards.blank, cards.fed_event > since, cards.fed_event <= until
        )
        return int(self._rows(query)[0][0])

    def blanks_settled(self: RowSource, since: int, until: int) -> Mapping[CardFate, int]:
        """Count the blanks whose fate was first settled after `since` and by `until`, by fate now.

        One that is in the machine again for a reprint counts as issued, which it was.
        """
        cards = tables.cards.c
        query = (
            sa.select(cards.fate, sa.func.count().label("blanks"))
            .where(cards.blank, cards.settled_event > since, cards.settled_event <= until)
            .group_by(cards.fate)
        )
        found = {CardFate(row.fate): int(row.blanks) for row in self._rows(query)}
        again = found.pop(CardFate.IN_MACHINE, 0)
        return found | {CardFate.ISSUED: found.get(CardFate.ISSUED, 0) + again}

    def blanks_inside(self: RowSource, at: int) -> int:
        """Count the blanks that had left the feeder by an event and had no fate yet."""
        cards = tables.cards.c
        query = sa.select(sa.func.count()).where(
            cards.blank,
            cards.fed_event <= at,
            sa.or_(cards.settled_event.is_(None), cards.settled_event > at),
        )
        return int(self._rows(query)[0][0])

    def ribbon_totals(self: RowSource) -> tuple[int, int]:
        """Return the sets of panels planned and used over all cards so far."""
        cards = tables.cards.c
        total = sa.func.coalesce(sa.func.sum(cards.ribbon_planned), 0)
        used = sa.func.coalesce(sa.func.sum(cards.ribbon_used), 0)
        row = self._rows(sa.select(total.label("planned"), used.label("used")))[0]
        return int(row.planned), int(row.used)

    def stock_moves(self: RowSource, since: int, until: int) -> list[StockRecord]:
        """Return what people did with blanks after event `since`, up to `until`, oldest first."""
        stock = tables.stock.c
        query = tables.stock.select().where(stock.event > since, stock.event <= until)
        query = query.order_by(stock.id)
        return [_stock_from_row(row) for row in self._rows(query)]

    def stock_request(self: RowSource, request: str) -> StockRecord | None:
        """Return the move that a request has made, if it has."""
        rows = self._rows(tables.stock.select().where(tables.stock.c.request == request))
        return _stock_from_row(rows[0]) if rows else None

    def last_shift(self: RowSource) -> ClosedShift | None:
        """Return the shift that was closed last."""
        rows = self._rows(tables.shifts.select().order_by(tables.shifts.c.id.desc()).limit(1))
        return _shift_from_row(rows[0]) if rows else None

    def shift_request(self: RowSource, request: str) -> ClosedShift | None:
        """Return the shift that a request has closed, if it has."""
        rows = self._rows(tables.shifts.select().where(tables.shifts.c.request == request))
        return _shift_from_row(rows[0]) if rows else None


def _stock_from_row(row: sa.Row[Any]) -> StockRecord:
    return StockRecord(row.id, row.at, row.actor, StockMove(row.move), row.blanks)


def _shift_from_row(row: sa.Row[Any]) -> ClosedShift:
    return ClosedShift(row.id, row.began_at, row.ended_at, row.ended_by, row.report, row.event)
