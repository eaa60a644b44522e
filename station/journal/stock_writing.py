"""Writes changes of the stock of blanks."""

from __future__ import annotations

from station.core import changes
from station.journal.writing import Writing


def move_blanks(to: Writing, change: changes.MoveBlanks) -> None:
    """See `MoveBlanks`."""
    to.add(
        "stock",
        machine=change.machine,
        request=change.request,
        at=to.at,
        actor=to.actor,
        move=change.move.value,
        blanks=change.count,
        bank=change.bank,
        event=to.upcoming(),
    )
    moved = {"move": change.move.value, "count": str(change.count)}
    moved |= {"bank": change.bank} if change.bank else {}
    to.add_event("", "stock-moved", moved)


def close_shift(to: Writing, change: changes.CloseShift) -> None:
    """See `CloseShift`."""
    to.add(
        "shifts",
        machine=change.machine,
        request=change.request,
        began_at=change.began_at,
        ended_at=to.at,
        ended_by=to.actor,
        report=dict(change.report),
        event=to.upcoming(),
    )
    data = {
        "began_at": change.began_at.isoformat(),
        "differences": "; ".join(change.report["differences"]),
    }
    to.add_event("", "shift-closed", data)
