"""Queries for finished cards: where each is, its moves, the papers, and checks."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa

from station.core.custody import (
    CardCheck,
    CardOwner,
    CheckCause,
    CheckHow,
    CheckVerdict,
    Contact,
    CustodyAct,
    CustodyDocument,
    CustodyMove,
    CustodyPlace,
    DocumentState,
    FinishedCard,
)
from station.journal import custody_tables, tables
from station.journal.batch_tables import units
from station.journal.custody_writing import card_context, check_context, contact_context
from station.journal.rows import Rows
from station.journal.sealing import Sealer

_CARDS: Final = custody_tables.custody_cards
_DOCUMENTS: Final = custody_tables.custody_documents
_MOVES: Final = custody_tables.custody_moves
_CHECKS: Final = custody_tables.custody_checks
_LIMIT: Final[sa.BindParameter[int]] = sa.bindparam("limit")
_NEWEST_CARDS: Final = _CARDS.select().order_by(_CARDS.c.event.desc()).limit(_LIMIT)
_BY: Final[Mapping[str, sa.Select[Any]]] = {
    "card": _NEWEST_CARDS.where(_CARDS.c.card_index == sa.bindparam("value")),
    "person": _NEWEST_CARDS.where(_CARDS.c.person_index == sa.bindparam("value")),
    "unit": _NEWEST_CARDS.where(_CARDS.c.unit == sa.bindparam("value")),
    "place": _NEWEST_CARDS.where(_CARDS.c.place == sa.bindparam("value")),
}
_OF_IDS: Final = _CARDS.select().where(_CARDS.c.id.in_(sa.bindparam("ids", expanding=True)))
_OF_DOCUMENT: Final = (
    _CARDS.select()
    .where(
        _CARDS.c.id.in_(sa.select(_MOVES.c.card).where(_MOVES.c.document == sa.bindparam("doc")))
    )
    .order_by(_CARDS.c.id)
)
_MOVES_OF: Final = (
    _MOVES.select().where(_MOVES.c.card == sa.bindparam("card")).order_by(_MOVES.c.id)
)
_DOCUMENT: Final = _DOCUMENTS.select().where(_DOCUMENTS.c.id == sa.bindparam("doc"))
_NEWEST_DOCUMENTS: Final = _DOCUMENTS.select().order_by(_DOCUMENTS.c.id.desc()).limit(_LIMIT)
_CHECK: Final = _CHECKS.select().where(_CHECKS.c.id == sa.bindparam("check"))
_NEWEST_CHECKS: Final = _CHECKS.select().order_by(_CHECKS.c.id.desc()).limit(_LIMIT)
_UNIT: Final = sa.select(units.c.name).where(units.c.number == sa.bindparam("number"))
_AGES: Final = tables.events.c


def _due(table: sa.Table, held: sa.ColumnElement[bool], at: str) -> sa.Select[Any]:
    age = sa.select(sa.func.coalesce(_AGES.age, 0.0)).where(_AGES.seq == table.c.event)
    old = (table.c[at] < sa.bindparam("before"), age.scalar_subquery() <= sa.bindparam("aged"))
    return sa.select(table.c.id).where(held, *old).order_by(table.c.id).limit(_LIMIT)


#: A card in the store, or with a unit, is still to be given to its holder: its data stays.
_DUE: Final[Mapping[str, sa.Select[Any]]] = {
    "custody_cards": _due(
        _CARDS,
        sa.and_(
            _CARDS.c.sealed_card.is_not(None),
            _CARDS.c.place.in_((CustodyPlace.PERSON.value, CustodyPlace.OFFICE.value)),
        ),
        "updated_at",
    ),
    "custody_documents": _due(
        _DOCUMENTS,
        sa.and_(
            _DOCUMENTS.c.sealed_contact.is_not(None),
            _DOCUMENTS.c.state != DocumentState.REQUESTED.value,
        ),
        "at",
    ),
    "custody_checks": _due(_CHECKS, _CHECKS.c.sealed_card.is_not(None), "at"),
}


class Custody:
    """The ledger of finished cards."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    def of_card(self, card_number: str) -> FinishedCard | None:
        """Return the card with a 卡号."""
        found = self._found("card", self._sealer.digest("custody.card", card_number), 1)
        return next(iter(found), None)

    def of_person(self, id_number: str, limit: int) -> list[FinishedCard]:
        """Return a person's cards, the one that moved last first."""
        return self._found("person", self._sealer.person_index(id_number), limit)

    def of_unit(self, unit: str, limit: int) -> list[FinishedCard]:
        """Return the cards that a unit or office has, or is to have."""
        return self._found("unit", unit, limit)

    def at(self, place: CustodyPlace, limit: int) -> list[FinishedCard]:
        """Return the cards at a place, the one that came last first."""
        return self._found("place", place.value, limit)

    def cards(self, ids: Collection[int]) -> list[FinishedCard]:
        """Return cards by their numbers, in the order of these."""
        found = {row.id: self._card(row) for row in self._rows.all(_OF_IDS, ids=list(ids))}
        return [found[one] for one in ids if one in found]

    def on_document(self, document: int) -> list[FinishedCard]:
        """Return the cards that a paper is about."""
        return [self._card(row) for row in self._rows.all(_OF_DOCUMENT, doc=document)]

    def moves(self, card: int) -> list[CustodyMove]:
        """Return what was done with a card, oldest first."""
        return [_move(row) for row in self._rows.all(_MOVES_OF, card=card)]

    def document(self, document: int) -> CustodyDocument | None:
        """Return one paper."""
        rows = self._rows.all(_DOCUMENT, doc=document)
        return self._document(rows[0]) if rows else None

    def documents(self, limit: int) -> list[CustodyDocument]:
        """Return the last papers, newest first."""
        return [self._document(row) for row in self._rows.all(_NEWEST_DOCUMENTS, limit=limit)]

    def check(self, check: int) -> CardCheck | None:
        """Return one check."""
        rows = self._rows.all(_CHECK, check=check)
        return self._check(rows[0]) if rows else None

    def checks(self, limit: int) -> list[CardCheck]:
        """Return the last checks, newest first."""
        return [self._check(row) for row in self._rows.all(_NEWEST_CHECKS, limit=limit)]

    def unit_name(self, unit: str) -> str:
        """Return the name of a unit that the station knows; empty for another one."""
        rows = self._rows.all(_UNIT, number=unit)
        return str(rows[0].name) if rows else ""

    def due(self, before: dt.datetime, aged: float, limit: int) -> list[tuple[str, int]]:
        """Return table and number of what is due to be erased; see `Personal.due`."""
        return [
            (table, int(row.id))
            for table, query in _DUE.items()
            for row in self._rows.all(query, before=before, aged=aged, limit=limit)
        ]

    def _found(self, by: str, value: str, limit: int) -> list[FinishedCard]:
        return [self._card(row) for row in self._rows.all(_BY[by], value=value, limit=limit)]

    def _opened(self, sealed: bytes | None, context: str) -> list[Any] | None:
        if sealed is None:
            return None
        found: list[Any] = json.loads(self._sealer.open(sealed, context=context))
        return found

    def _card(self, row: sa.Row[Any]) -> FinishedCard:
        owner = self._opened(row.sealed_card, card_context(row.first_event))
        return FinishedCard(
            id=row.id,
            owner=None if owner is None else CardOwner(*owner),
            place=CustodyPlace(row.place),
            unit=row.unit,
            unit_name=row.unit_name,
            shelf=row.shelf,
            returned=row.returned,
            order=row.order_id,
            document=row.document,
            updated_at=row.updated_at,
            seq=row.event,
        )

    def _document(self, row: sa.Row[Any]) -> CustodyDocument:
        contact = self._opened(row.sealed_contact, contact_context(row.event))
        return CustodyDocument(
            id=row.id,
            act=CustodyAct(row.act),
            state=DocumentState(row.state),
            unit=row.unit,
            unit_name=row.unit_name,
            contact=None if contact is None else Contact(*contact),
            at=row.at,
            actor=row.actor,
            decided_at=row.decided_at,
            decided_by=row.decided_by,
            receipt_at=row.receipt_at,
            receipt_by=row.receipt_by,
            distributed=row.distributed,
            came_back=row.came_back,
        )

    def _check(self, row: sa.Row[Any]) -> CardCheck:
        owner = self._opened(row.sealed_card, check_context(row.event))
        return CardCheck(
            id=row.id,
            owner=None if owner is None else CardOwner(*owner),
            how=CheckHow(row.how),
            cause=CheckCause(row.cause),
            verdict=CheckVerdict(row.verdict),
            at=row.at,
            actor=row.actor,
        )


def _move(row: sa.Row[Any]) -> CustodyMove:
    return CustodyMove(
        id=row.id,
        card=row.card,
        act=CustodyAct(row.act),
        before=CustodyPlace(row.before) if row.before else None,
        after=CustodyPlace(row.after),
        unit=row.unit,
        shelf=row.shelf,
        document=row.document,
        at=row.at,
        actor=row.actor,
        undone=row.undone,
    )
