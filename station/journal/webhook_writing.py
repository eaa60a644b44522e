"""How the changes of webhooks are written.

The position of a receiver adds no event to the history: that event would have to be sent in turn.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from station.core import webhook_changes
from station.core.errors import CardNotFoundError, OrderConflictError
from station.core.webhooks import LetterState
from station.journal import tables
from station.journal.writing import Writing

_THE_WEBHOOK: Final = tables.webhooks.c.name == sa.bindparam("which")
_KNOWN: Final = sa.select(tables.webhooks.c.name).where(_THE_WEBHOOK)
_MOVE: Final = tables.webhooks.update().where(_THE_WEBHOOK)
_REMOVE: Final = tables.webhooks.delete().where(_THE_WEBHOOK)
_FORGET: Final = tables.dead_letters.delete().where(
    tables.dead_letters.c.webhook == sa.bindparam("which")
)
_CHANGE_LETTER: Final = tables.dead_letters.update().where(
    tables.dead_letters.c.id == sa.bindparam("which")
)


def secret_context(name: str) -> str:
    """Return what a webhook's sealed secret is bound to."""
    return f"webhooks.secret.{name}"


def add_webhook(to: Writing, change: webhook_changes.AddWebhook) -> None:
    """See `AddWebhook`; it receives the events from now on."""
    if to.connection.execute(_KNOWN, {"which": change.name}).first() is not None:
        raise OrderConflictError("there is a webhook of this name", code="webhook-known")
    to.add_event("", "webhook-added", {"webhook": change.name})
    to.add(
        "webhooks",
        name=change.name,
        url=change.url,
        sealed_secret=to.sealer.seal(change.secret, context=secret_context(change.name)),
        position=to.last_seq,
        attempts=0,
        due_age=0.0,
        last_error="",
        gone=False,
        made_at=to.at,
        made_by=to.actor,
    )


def remove_webhook(to: Writing, change: webhook_changes.RemoveWebhook) -> None:
    """See `RemoveWebhook`."""
    to.connection.execute(_FORGET, {"which": change.name})
    if to.connection.execute(_REMOVE, {"which": change.name}).rowcount:
        to.add_event("", "webhook-removed", {"webhook": change.name})


def move_webhook(to: Writing, change: webhook_changes.MoveWebhook) -> None:
    """See `MoveWebhook`."""
    values = {
        "position": change.position,
        "attempts": change.attempts,
        "due_age": change.due_age,
        "last_error": change.error,
        "gone": change.gone,
    }
    to.connection.execute(_MOVE, {"which": change.name, **values})


def bury_event(to: Writing, change: webhook_changes.BuryEvent) -> None:
    """See `BuryEvent`."""
    to.add(
        "dead_letters",
        webhook=change.name,
        event=change.event,
        state=LetterState.DEAD.value,
        attempts=change.attempts,
        last_error=change.error,
        at=to.at,
    )


def change_letter(to: Writing, change: webhook_changes.ChangeLetter) -> None:
    """See `ChangeLetter`.

    Raises:
        CardNotFoundError: There is no such letter.
    """
    values = {"state": change.state.value, "attempts": change.attempts, "last_error": change.error}
    values = {name: value for name, value in values.items() if value is not None}
    done = to.connection.execute(_CHANGE_LETTER, {"which": change.letter, **values})
    if done.rowcount != 1:
        raise CardNotFoundError(f"no dead letter {change.letter}", code="webhook-unknown")
