"""How everything personal of one order is overwritten. What stays: steps, times, ledger, history.

The columns are overwritten, not marked, and the database overwrites what they held
(`PRAGMA secure_delete`); the rest of the write-ahead log goes at the next checkpoint.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from station.core import changes
from station.core.errors import OrderMovedError
from station.journal import queries, records, tables
from station.journal.writing import CHANGE_ORDER, Writing

ERASED: Final = "personal-data-erased"
NOBODY: Final = ""  #: as the person index of an erased order: no number has this digest

_ORDER: Final = CHANGE_ORDER.where(
    tables.orders.c.step.in_(tables.CLOSED_STEPS), tables.orders.c.erased_at.is_(None)
)
_REPORTS: Final = (
    tables.write_backs.update()
    .where(
        tables.write_backs.c.order_id == sa.bindparam("order"),
        tables.write_backs.c.state.in_(queries.ANSWERED_REPORTS),
    )
    .values(sealed_report=b"")
)
_LEFT_REPORTS: Final = sa.select(sa.func.count()).where(
    tables.write_backs.c.order_id == sa.bindparam("order"),
    tables.write_backs.c.state.not_in(queries.ANSWERED_REPORTS),
)
_PEOPLE: Final = (
    tables.attendances.update()
    .where(tables.attendances.c.order_id == sa.bindparam("order"))
    .values(sealed_person=None)
)


def erase_person(to: Writing, change: changes.ErasePerson) -> None:
    """See `ErasePerson`.

    Raises:
        OrderMovedError: The order has not ended, a report about it is open, or it is erased.
    """
    open_reports = to.connection.execute(_LEFT_REPORTS, {"order": change.order}).scalar_one()
    changed = to.connection.execute(
        _ORDER,
        {
            "which": change.order,
            "sealed_person": records.seal_text(to.sealer, "", f"orders.person.{change.order}"),
            "person_index": NOBODY,
            "card_index": None,
            "sealed_data": None,
            "sealed_photo": None,
            "sealed_chip": None,
            "sealed_hold": None,
            "erased_at": to.at,
        },
    )
    if open_reports or changed.rowcount != 1:
        raise OrderMovedError(f"order {change.order} can't be erased now")
    to.connection.execute(_REPORTS, {"order": change.order})
    to.connection.execute(_PEOPLE, {"order": change.order})
    to.add_event(change.order, ERASED, {"after_days": str(change.after_days)})
