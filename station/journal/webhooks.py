"""Answers about the receivers of the history."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from station.core.webhooks import DeadLetter, LetterState, WebhookRecord
from station.journal import queries
from station.journal.rows import Rows
from station.journal.sealing import Sealer
from station.journal.webhook_writing import secret_context


class Webhooks:
    """The webhooks of the journal."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    def all(self) -> list[WebhookRecord]:
        """Return every receiver by name."""
        return [_webhook(row) for row in self._rows.all(queries.WEBHOOKS)]

    def secret(self, name: str) -> bytes | None:
        """Open the secret of one; None when there is none of this name."""
        rows = self._rows.all(queries.WEBHOOK, name=name)
        if not rows:
            return None
        return self._sealer.open(rows[0].sealed_secret, context=secret_context(name))

    def letters(self, limit: int) -> list[DeadLetter]:
        """Return the events that were given up, newest first."""
        return [_letter(row) for row in self._rows.all(queries.LETTERS, limit=limit)]

    def letter(self, letter: int) -> DeadLetter | None:
        """Return one of them."""
        rows = self._rows.all(queries.LETTER, letter=letter)
        return _letter(rows[0]) if rows else None

    def to_send_again(self) -> list[DeadLetter]:
        """Return those that somebody has asked for, oldest first."""
        rows = self._rows.all(queries.LETTERS_IN, state=LetterState.AGAIN.value)
        return [_letter(row) for row in rows]


def _webhook(row: sa.Row[Any]) -> WebhookRecord:
    return WebhookRecord(
        name=row.name,
        url=row.url,
        position=row.position,
        attempts=row.attempts,
        due_age=row.due_age,
        last_error=row.last_error,
        gone=row.gone,
        made_at=row.made_at,
        made_by=row.made_by,
    )


def _letter(row: sa.Row[Any]) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        webhook=row.webhook,
        event=row.event,
        state=LetterState(row.state),
        attempts=row.attempts,
        last_error=row.last_error,
        at=row.at,
    )
