"""Changes of the ledger of blanks: stock, shifts, destroyed cards, ribbon, a card's next order."""

from __future__ import annotations

import abc
import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from station.core.orders import StockMove
from station.journal import tables


class LedgerWriting(abc.ABC):
    """The part of a transaction that is about blanks outside an order's own steps."""

    _connection: sa.Connection
    _actor: str
    _at: dt.datetime

    @abc.abstractmethod
    def add_event(self, order: str, kind: str, data: Mapping[str, str]) -> None:
        """Append one line of history."""

    @abc.abstractmethod
    def _upcoming(self) -> int:
        """Return the number that the next event will have."""

    @abc.abstractmethod
    def _update(self, order: str, **values: Any) -> None:  # noqa: ANN401 - column values
        """Change one order's columns."""

    def adopt_card(self, order: str, card: int) -> None:
        """Hand a card that is in the ledger over to a reprint: it is that order's from now on."""
        self._connection.execute(
            tables.cards.update().where(tables.cards.c.id == card).values(order_id=order)
        )
        self._update(order, card=card)
        self.add_event(order, "card-adopted", {"card": str(card)})

    def move_stock(self, machine: str, request: str, move: StockMove, count: int) -> None:
        """Write down that a person moved blanks outside the machine."""
        self._connection.execute(
            tables.stock.insert().values(
                machine=machine,
                request=request,
                at=self._at,
                actor=self._actor,
                move=move.value,
                blanks=count,
                event=self._upcoming(),
            )
        )
        self.add_event("", "stock-moved", {"move": move.value, "count": str(count)})

    def close_shift(
        self, machine: str, request: str, began_at: dt.datetime, report: Mapping[str, Any]
    ) -> None:
        """Keep a shift's report as it was counted."""
        self._connection.execute(
            tables.shifts.insert().values(
                machine=machine,
                request=request,
                began_at=began_at,
                ended_at=self._at,
                ended_by=self._actor,
                report=dict(report),
                event=self._upcoming(),
            )
        )
        told = "; ".join(report["differences"])
        self.add_event("", "shift-closed", {"began_at": began_at.isoformat(), "differences": told})

    def destroy_card(self, card: int, witness: str) -> None:
        """Write down that two people destroyed a spoiled card: the actor and the witness."""
        row = self._connection.execute(
            tables.cards.update()
            .where(tables.cards.c.id == card)
            .values(destroyed_at=self._at, destroyed_by=self._actor, witness=witness)
            .returning(tables.cards.c.order_id)
        ).one()
        self.add_event(row.order_id, "card-destroyed", {"card": str(card), "witness": witness})

    def count_ribbon(self, card: int, *, planned: int, used: int) -> None:
        """Add the sets of panels that a face on this card needed, and that the ribbon lost."""
        cards = tables.cards.c
        self._connection.execute(
            tables.cards.update()
            .where(cards.id == card)
            .values(
                ribbon_planned=cards.ribbon_planned + planned,
                ribbon_used=cards.ribbon_used + used,
            )
        )

    def _settle_card(self, card: int) -> None:
        # The first time counts: a reprint's card has left the stock of blanks long ago.
        cards = tables.cards.c
        self._connection.execute(
            tables.cards.update()
            .where(cards.id == card, cards.settled_at.is_(None))
            .values(settled_at=self._at, settled_event=self._upcoming())
        )
