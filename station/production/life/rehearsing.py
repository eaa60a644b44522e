"""演练: whether this window rehearses now, and what is refused because of it.

A rehearsal is a state of the whole window, kept in the history: it survives a restart, and ends
only when somebody ends it. Real work and rehearsals exclude each other, so that nobody takes the
one for the other: a rehearsal is not begun while a real order is open, and no real work is begun
while it lasts. Both are decided inside the transaction that would begin the work. What is owed from
earlier, such as a write-back, goes on: it is about a real card.
"""

from __future__ import annotations

from typing import Final

from station.core.errors import OrderConflictError
from station.core.orders import EventRecord, OrderKind
from station.core.recipes import recipe_of
from station.journal import Journal

BEGUN: Final = "rehearsal-begun"
ENDED: Final = "rehearsal-ended"


def running(journal: Journal) -> EventRecord | None:
    """Return the event with which the present rehearsal was begun; None while there is none."""
    begun = journal.history.last("", BEGUN)
    if begun is None:
        return None
    ended = journal.history.last("", ENDED)
    return None if ended is not None and ended.seq > begun.seq else begun


def require_real_time(journal: Journal) -> None:
    """Refuse real work while the window rehearses.

    Raises:
        OrderConflictError: It rehearses.
    """
    if running(journal) is not None:
        raise OrderConflictError("the window rehearses", code="rehearsal-running")


def require_time_for(journal: Journal, kind: OrderKind) -> None:
    """Refuse an order of a kind that is not made now: a person's in a rehearsal, or the reverse.

    A technician's test card has no holder, and may be made at any time.

    Raises:
        OrderConflictError: The window rehearses, or it does not.
    """
    recipe = recipe_of(kind)
    if recipe.is_rehearsal:
        if running(journal) is None:
            raise OrderConflictError("the window does not rehearse", code="rehearsal-not-running")
    elif recipe.is_personal:
        require_real_time(journal)
