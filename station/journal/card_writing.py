"""Writes changes of the ledger of cards."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from station.core import changes
from station.core.orders import CardFate, CardPlace
from station.journal import tables
from station.journal.writing import Writing

_CARDS: Final = tables.cards.c
_THIS_CARD: Final = tables.cards.update().where(_CARDS.id == sa.bindparam("which"))
_CHANGE_CARD: Final = _THIS_CARD.returning(_CARDS.order_id)
# Only the first time counts: a reprint's card left the stock of blanks when it was first made.
_SETTLE_CARD: Final = _THIS_CARD.where(_CARDS.settled_at.is_(None))
_COUNT_RIBBON: Final = _THIS_CARD.values(
    ribbon_planned=_CARDS.ribbon_planned + sa.bindparam("planned"),
    ribbon_used=_CARDS.ribbon_used + sa.bindparam("used"),
)


def open_card(to: Writing, change: changes.OpenCard) -> int:
    """See `OpenCard`; returns the card's ledger id."""
    card = to.add_numbered(
        "cards",
        order_id=change.order,
        AAZ501="",
        place=change.place.value,
        fate=CardFate.IN_MACHINE.value,
        reason="",
        updated_at=to.at,
        blank=change.blank,
        fed_at=to.at,
        fed_event=to.upcoming(),
        bank=change.bank,
    )
    if change.bind:
        to.update_order(change.order, card=card)
    kind = "blank-left-feeder" if change.blank else "card-put-back-in"
    kind = "card-at-desk" if change.at_desk else kind
    to.add_event(change.order, kind, {"card": str(card), "place": change.place.value})
    if change.read is not None:
        _update(to, card, change.read)
    return card


def update_card(to: Writing, change: changes.UpdateCard) -> None:
    """See `UpdateCard`."""
    _update(to, change.card, change)


def _update(to: Writing, card: int, facts: changes.UpdateCard | changes.CardFacts) -> None:
    values: dict[str, Any] = {
        "place": facts.place.value if facts.place else None,
        "fate": facts.fate.value if facts.fate else None,
        "reason": facts.reason,
        "AAZ501": facts.AAZ501,
        "bank": facts.bank,
    }
    values = {name: value for name, value in values.items() if value is not None}
    times: dict[str, Any] = {}
    if facts.fate is not None and facts.fate is not CardFate.IN_MACHINE:
        settled = {"which": card, "settled_at": to.at, "settled_event": to.upcoming()}
        to.connection.execute(_SETTLE_CARD, settled)
    if facts.place is CardPlace.OUTPUT_HOPPER:
        times |= {"presented_at": to.at, "presented_event": to.upcoming()}
    row = to.connection.execute(
        _CHANGE_CARD, {"which": card, **values, **times, "updated_at": to.at}
    ).one()
    to.add_event(row.order_id, "card-moved", {"card": str(card), **values})


def adopt_card(to: Writing, change: changes.AdoptCard) -> None:
    """See `AdoptCard`."""
    to.connection.execute(_THIS_CARD, {"which": change.card, "order_id": change.order})
    to.update_order(change.order, card=change.card)
    to.add_event(change.order, "card-adopted", {"card": str(change.card)})


def count_ribbon(to: Writing, change: changes.CountRibbon) -> None:
    """See `CountRibbon`."""
    counts = {"which": change.card, "planned": change.planned, "used": change.used}
    to.connection.execute(_COUNT_RIBBON, counts)


def destroy_card(to: Writing, change: changes.DestroyCard) -> None:
    """See `DestroyCard`."""
    values = {"destroyed_at": to.at, "destroyed_by": to.actor, "witness": change.witness}
    row = to.connection.execute(_CHANGE_CARD, {"which": change.card, **values}).one()
    data = {"card": str(change.card), "witness": change.witness}
    data |= {"method": change.method} if change.method else {}
    to.add_event(row.order_id, "card-destroyed", data)
