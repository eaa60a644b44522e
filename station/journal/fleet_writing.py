"""How the changes of the fleet are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa

from station.core import fleet_changes
from station.core.fleet import FleetEvent
from station.core.fleet_state import LetterAnswer
from station.journal import fleet_tables
from station.journal.writing import Writing

IDENTITY: Final = "fleet.identity"  #: what the sealed keys are bound to
PASSWORD: Final = "fleet.password"  # noqa: S105 - the name of a context, no secret
ROW: Final = 1

_FLEET: Final = fleet_tables.fleet
_KNOWN: Final = fleet_tables.fleet_assignments
_TRANSFERS: Final = fleet_tables.fleet_transfers
_FORGET: Final = _FLEET.delete()
_NOTE: Final = _FLEET.update().where(_FLEET.c.id == ROW)
_ANSWERED: Final = _KNOWN.update().where(_KNOWN.c.assignment == sa.bindparam("which"))
_RECEIVED: Final = _TRANSFERS.update().where(
    _TRANSFERS.c.transfer == sa.bindparam("which"), _TRANSFERS.c.received.is_(None)
)
_EVENTS: Final[Mapping[LetterAnswer, FleetEvent]] = {
    LetterAnswer.ACCEPTED: FleetEvent.ACCEPTED,
    LetterAnswer.REFUSED: FleetEvent.REFUSED,
    LetterAnswer.RETURNED: FleetEvent.RETURNED,
    LetterAnswer.KEPT: FleetEvent.KEPT,
}
#: What `AssignmentRecord.code` is called in the event.
_CODES: Final = {LetterAnswer.REFUSED: "code", LetterAnswer.KEPT: "step"}


def keep_identity(to: Writing, change: fleet_changes.KeepFleetIdentity) -> None:
    """See `KeepFleetIdentity`."""
    known = change.membership
    to.connection.execute(_FORGET)
    to.add(
        "fleet",
        id=ROW,
        name=known.name,
        sealed_identity=to.sealer.seal(change.keys.identity, context=IDENTITY),
        central_key=known.central_key,
        server=known.server,
        server_user=known.user,
        sealed_password=to.sealer.seal(change.keys.password.encode(), context=PASSWORD),
        authority=known.authority,
        confirmed=0,
        error="",
        fork=0,
    )
    if known.is_enrolled:
        to.add_event("", "fleet-enrolled", {"name": known.name})


def note_fleet(to: Writing, change: fleet_changes.NoteFleet) -> None:
    """See `NoteFleet`."""
    values = {
        "confirmed": change.confirmed,
        "error": change.error,
        "fork": change.fork,
        "contact_at": change.contact_at,
        "lease_until": change.lease_until,
    }
    to.connection.execute(_NOTE, values)


def note_letter(to: Writing, change: fleet_changes.NoteLetter) -> None:
    """See `NoteLetter`."""
    one = change.assignment
    data = {
        "assignment": one.assignment,
        "application": one.application,
        "epoch": str(one.epoch),
    }
    if one.answer in _CODES:
        data[_CODES[one.answer]] = one.code
    to.add_event(one.order or "", _EVENTS[one.answer].value, data)
    values = {"answer": one.answer.value, "code": one.code, "event": to.last_seq}
    changed = to.connection.execute(_ANSWERED, {"which": one.assignment, **values})
    if not changed.rowcount:
        to.add(
            "fleet_assignments",
            assignment=one.assignment,
            application=one.application,
            epoch=one.epoch,
            order_id=one.order,
            **values,
        )


def note_transfer(to: Writing, change: fleet_changes.NoteTransfer) -> None:
    """See `NoteTransfer`. What was received once stays as it was counted then."""
    one = change.transfer
    if one.received is None:
        to.add("fleet_transfers", transfer=one.transfer, bank=one.bank, sent=one.sent)
        to.add_event("", "fleet-sent", _told(one.transfer, one.bank, one.sent))
        return
    changed = to.connection.execute(_RECEIVED, {"which": one.transfer, "received": one.received})
    if changed.rowcount:
        told = _told(one.transfer, one.bank, one.received)
        to.add_event("", FleetEvent.RECEIVED.value, told)


def _told(transfer: str, bank: str, count: int) -> dict[str, str]:
    return {"transfer": transfer, "bank": bank, "count": str(count)}
