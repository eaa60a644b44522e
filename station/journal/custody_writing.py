"""Writes changes of finished cards: the ledger of custody, its papers, and checks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from station.core import custody_changes as changes
from station.core.custody import CardOwner, Contact, CustodyAct, CustodyPlace
from station.core.errors import JournalError, OrderConflictError, OrderMovedError
from station.journal import custody_tables, records
from station.journal.writing import Writing

NOBODY: Final = ""  #: as the digest of an erased card: no number has it
_CARDS: Final = custody_tables.custody_cards
_DOCUMENTS: Final = custody_tables.custody_documents
_MOVES: Final = custody_tables.custody_moves
_KNOWN: Final = sa.select(_CARDS.c.id).where(_CARDS.c.card_index == sa.bindparam("index"))
_MOVE: Final = _CARDS.update().where(
    _CARDS.c.id == sa.bindparam("which"), _CARDS.c.place == sa.bindparam("from_place")
)
_UNDO: Final = (
    _MOVES.update()
    .where(_MOVES.c.id == sa.bindparam("which"), _MOVES.c.undone.is_(False))
    .values(undone=True)
)
_CHANGE_DOCUMENT: Final = _DOCUMENTS.update().where(_DOCUMENTS.c.id == sa.bindparam("which"))
#: What is overwritten in each table that holds something personal.
_EMPTIED: Final[Mapping[str, Mapping[str, Any]]] = {
    "custody_cards": {"sealed_card": None, "card_index": NOBODY, "person_index": NOBODY},
    "custody_documents": {"sealed_contact": None},
    "custody_checks": {"sealed_card": None},
}
_ERASE: Final = {
    table.name: table.update().where(table.c.id == sa.bindparam("which")).values(**values)
    for table in custody_tables.TABLES
    if (values := _EMPTIED.get(table.name))
}


def receive_finished_card(to: Writing, change: changes.ReceiveFinishedCard) -> int:
    """See `ReceiveFinishedCard`.

    Raises:
        OrderConflictError: A card with this number is in custody already.
    """
    index = to.sealer.digest("custody.card", change.owner.AAZ500)
    if to.connection.execute(_KNOWN, {"index": index}).first() is not None:
        raise OrderConflictError("this card is in custody already", code="custody-card-known")
    event = to.upcoming()
    card = to.add_numbered(
        "custody_cards",
        card_index=index,
        person_index=to.sealer.person_index(change.owner.AAC002),
        sealed_card=records.seal_text(to.sealer, owner_json(change.owner), card_context(event)),
        order_id=change.order,
        place=CustodyPlace.STORE.value,
        unit="",
        unit_name="",
        shelf=change.shelf,
        document=None,
        updated_at=to.at,
        first_event=event,
        event=event,
    )
    _add_move(to, card, CustodyAct.RECEIVE, None, CustodyPlace.STORE, shelf=change.shelf)
    told = {"card": str(card), "act": CustodyAct.RECEIVE.value, "after": CustodyPlace.STORE.value}
    to.add_event(change.order or "", "custody-moved", told)
    return card


def move_finished_card(to: Writing, change: changes.MoveFinishedCard) -> None:
    """See `MoveFinishedCard`.

    Raises:
        OrderMovedError: The card is somewhere else now, or the move was taken back already.
    """
    values = {
        "place": change.after.value,
        "unit": change.unit,
        "unit_name": change.unit_name,
        "shelf": change.shelf,
        "document": change.document,
        "returned": change.returned,
        "updated_at": to.at,
        "event": to.upcoming(),
    }
    known = {"which": change.card, "from_place": change.before.value}
    if to.connection.execute(_MOVE, {**known, **values}).rowcount != 1:
        raise OrderMovedError(f"finished card {change.card} is not in {change.before.value}")
    taken_back = change.undoes is None or (
        to.connection.execute(_UNDO, {"which": change.undoes}).rowcount == 1
    )
    if not taken_back:
        raise OrderMovedError(f"move {change.undoes} was taken back already")
    _add_move(
        to,
        change.card,
        change.act,
        change.before,
        change.after,
        unit=change.unit,
        shelf=change.shelf,
        document=change.document,
    )
    told = {"card": str(change.card), "act": change.act.value, "after": change.after.value}
    if change.document is not None:
        told["document"] = str(change.document)
    to.add_event("", "custody-moved", told)


def _add_move(
    to: Writing,
    card: int,
    act: CustodyAct,
    before: CustodyPlace | None,
    after: CustodyPlace,
    *,
    unit: str = "",
    shelf: str = "",
    document: int | None = None,
) -> None:
    to.add(
        "custody_moves",
        card=card,
        act=act.value,
        before=before.value if before else None,
        after=after.value,
        unit=unit,
        shelf=shelf,
        document=document,
        at=to.at,
        actor=to.actor,
        event=to.upcoming(),
    )


def add_document(to: Writing, change: changes.AddCustodyDocument) -> int:
    """See `AddCustodyDocument`."""
    event, sealed = to.upcoming(), None
    if change.contact is not None:
        told = contact_json(change.contact)
        sealed = records.seal_text(to.sealer, told, contact_context(event))
    document = to.add_numbered(
        "custody_documents",
        act=change.act.value,
        state=change.state.value,
        unit=change.unit,
        unit_name=change.unit_name,
        sealed_contact=sealed,
        at=to.at,
        actor=to.actor,
        event=event,
    )
    told_event = {"document": str(document), "act": change.act.value, "state": change.state.value}
    to.add_event("", "custody-document", told_event)
    return document


def decide_document(to: Writing, change: changes.DecideDocument) -> None:
    """See `DecideDocument`."""
    values = {"state": change.state.value, "decided_at": to.at, "decided_by": to.actor}
    _change_document(to, change.document, values)
    to.add_event(
        "", "custody-decided", {"document": str(change.document), "state": change.state.value}
    )


def note_distribution(to: Writing, change: changes.NoteDistribution) -> None:
    """See `NoteDistribution`."""
    counts = {"distributed": change.distributed, "came_back": change.came_back}
    values = {"receipt_at": to.at, "receipt_by": to.actor, **counts}
    _change_document(to, change.document, values)
    told = {name: str(count) for name, count in counts.items()}
    to.add_event("", "custody-receipt", {"document": str(change.document), **told})


def _change_document(to: Writing, document: int, values: Mapping[str, Any]) -> None:
    if to.connection.execute(_CHANGE_DOCUMENT, {"which": document, **values}).rowcount != 1:
        raise JournalError(f"no custody document {document}")


def note_card_check(to: Writing, change: changes.NoteCardCheck) -> int:
    """See `NoteCardCheck`."""
    event = to.upcoming()
    check = to.add_numbered(
        "custody_checks",
        sealed_card=records.seal_text(to.sealer, owner_json(change.owner), check_context(event)),
        how=change.how.value,
        cause=change.cause.value,
        verdict=change.verdict.value,
        at=to.at,
        actor=to.actor,
        event=event,
    )
    told = {
        "check": str(check),
        "how": change.how.value,
        "cause": change.cause.value,
        "verdict": change.verdict.value,
    }
    to.add_event("", "card-checked", told)
    return check


def erase_custody(to: Writing, change: changes.EraseCustody) -> None:
    """See `EraseCustody`."""
    to.connection.execute(_ERASE[change.table], {"which": change.id})
    told = {"table": change.table, "id": str(change.id), "after_days": str(change.after_days)}
    to.add_event("", "custody-erased", told)


def owner_json(owner: CardOwner) -> str:
    """Return an owner in the form that is sealed."""
    return json.dumps([owner.AAC002, owner.AAC003, owner.AAZ500, owner.bank], ensure_ascii=False)


def contact_json(contact: Contact) -> str:
    """Return a contact in the form that is sealed."""
    told = [contact.name, contact.number, contact.phone, contact.agent]
    return json.dumps(told, ensure_ascii=False)


def card_context(event: int) -> str:
    """Return the context to which the sealing of a finished card is bound."""
    return f"custody_cards.card.{event}"


def contact_context(event: int) -> str:
    """Return the context of a document's contact."""
    return f"custody_documents.contact.{event}"


def check_context(event: int) -> str:
    """Return the context of a check's card."""
    return f"custody_checks.card.{event}"
