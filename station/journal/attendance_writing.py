"""Writes changes of the people at the window."""

from __future__ import annotations

import json
from typing import Final

import sqlalchemy as sa

from station.core import changes
from station.core.attendance import NameAgreement
from station.core.errors import JournalError
from station.journal import records, tables
from station.journal.writing import Writing

_CHANGE: Final = tables.attendances.update().where(tables.attendances.c.id == sa.bindparam("which"))


def note_attendance(to: Writing, change: changes.NoteAttendance) -> int:
    """See `NoteAttendance`."""
    seq = to.upcoming()
    sealed = None
    if change.name or change.number:
        text = json.dumps([change.name, change.number], ensure_ascii=False)
        sealed = records.seal_text(to.sealer, text, person_context(change.order, seq))
    attendance = to.add_numbered(
        "attendances",
        order_id=change.order,
        role=change.role.value,
        how=change.how.value,
        module=change.module,
        agreement=NameAgreement.PENDING.value,
        at=to.at,
        actor=to.actor,
        sealed_person=sealed,
        event=seq,
    )
    data = {"role": change.role.value, "how": change.how.value, "module": change.module}
    to.add_event(change.order, "attended", {key: value for key, value in data.items() if value})
    return attendance


def note_agreement(to: Writing, change: changes.NoteAgreement) -> None:
    """See `NoteAgreement`.

    Raises:
        JournalError: There is no such row.
    """
    changed = to.connection.execute(
        _CHANGE, {"which": change.attendance, "agreement": change.agreement.value}
    )
    if changed.rowcount != 1:
        raise JournalError(f"no attendance {change.attendance}")
    to.add_event(change.order, "name-compared", {"agreement": change.agreement.value})


def person_context(order: str, event: int) -> str:
    """Return the context to which the sealing of an agent's name and number is bound."""
    return f"attendances.person.{order}.{event}"
