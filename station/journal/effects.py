"""Queries for effects: their intents and outcomes."""

from __future__ import annotations

from station.core.evidence import EffectRecord
from station.core.orders import EffectKind
from station.journal import queries, records
from station.journal.history import History
from station.journal.rows import Rows


class Effects:
    """The intents and outcomes of the journal."""

    def __init__(self, rows: Rows, history: History) -> None:
        self._rows = rows
        self._history = history

    def open(self, order: str | None = None) -> list[EffectRecord]:
        """Return the intents without a known outcome, oldest first."""
        if order is None:
            rows = self._rows.all(queries.OPEN_EFFECTS)
        else:
            rows = self._rows.all(queries.OPEN_EFFECTS_OF, order=order)
        return [records.effect_from_row(row) for row in rows]

    def of(self, order: str) -> list[EffectRecord]:
        """Return every effect of one order, oldest first."""
        rows = self._rows.all(queries.EFFECTS_OF, order=order)
        return [records.effect_from_row(row) for row in rows]

    def last_done(self, kind: EffectKind, limit: int) -> list[EffectRecord]:
        """Return the newest effects of a kind that are done, of all orders, newest first."""
        rows = self._rows.all(queries.LAST_DONE, kind=kind.value, limit=limit)
        return [records.effect_from_row(row) for row in rows]

    def owner(self, effect: int) -> tuple[str, EffectKind]:
        """Return the order and the kind of an effect."""
        row = self._rows.all(queries.EFFECT, effect=effect)[0]
        return row.order_id, EffectKind(row.kind)

    def written_since(self, order: str, answered: str, waits: str) -> float | None:
        """Return the seconds since the order's chip was written; None when it was not.

        They restart when a person answers with the event kind `answered` and the answer `waits`.
        """
        seq = self._rows.all(queries.WRITTEN, order=order)[0].seq
        said = self._history.last(order, answered)
        if said is not None and said.data.get("answer") == waits:
            seq = said.seq
        return None if seq is None else self._history.seconds_since(seq)
