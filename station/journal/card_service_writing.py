"""Writes changes of services on the state of a card."""

from __future__ import annotations

import json
from typing import Final

import sqlalchemy as sa

from station.core import changes
from station.core.card_states import ServiceResult
from station.core.errors import JournalError
from station.journal import records, tables
from station.journal.writing import Writing

BEGUN: Final = "card-state-begun"
ENDED: Final = "card-state-ended"
ERASED: Final = "card-state-erased"
NOBODY: Final = ""  #: as the person index of an erased service: no number has this digest

_CHANGE: Final = tables.card_services.update().where(
    tables.card_services.c.id == sa.bindparam("which")
)


def begin_card_service(to: Writing, change: changes.BeginCardService) -> int:
    """See `BeginCardService`."""
    event, card = to.upcoming(), change.card
    personal = json.dumps(
        [card.AAC002, card.AAC003, card.AAZ500, card.bank_name], ensure_ascii=False
    )
    service = to.add_numbered(
        "card_services",
        at=to.at,
        actor=to.actor,
        service=change.service.value,
        result=ServiceResult.BEGUN.value,
        code="",
        before=card.state.value,
        after=None,
        proven=change.proven,
        person_index=to.sealer.person_index(card.AAC002),
        sealed_card=records.seal_text(to.sealer, personal, card_context(event)),
        event=event,
    )
    told = {"service": change.service.value, "id": str(service), "before": card.state.value}
    to.add_event("", BEGUN, told)
    return service


def end_card_service(to: Writing, change: changes.EndCardService) -> None:
    """See `EndCardService`.

    Raises:
        JournalError: There is no such service.
    """
    after = change.after.value if change.after else None
    values = {"result": change.result.value, "code": change.code, "after": after}
    if to.connection.execute(_CHANGE, {"which": change.id, **values}).rowcount != 1:
        raise JournalError(f"no card service {change.id}")
    told = {"id": str(change.id), **{key: value for key, value in values.items() if value}}
    to.add_event("", ENDED, told)


def erase_card_service(to: Writing, change: changes.EraseCardService) -> None:
    """See `EraseCardService`."""
    to.connection.execute(
        _CHANGE, {"which": change.id, "sealed_card": None, "person_index": NOBODY}
    )
    told = {"id": str(change.id), "after_days": str(change.after_days)}
    to.add_event("", ERASED, told)


def card_context(event: int) -> str:
    """Return the context to which the sealing of a service's card is bound."""
    return f"card_services.card.{event}"
