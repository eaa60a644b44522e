"""What may become durable about webhooks, as values; see `station.core.changes`."""

from __future__ import annotations

from dataclasses import dataclass, field

from station.core.webhooks import LetterState


@dataclass(frozen=True, slots=True)
class AddWebhook:
    """Tell a program of what happens from now on."""

    name: str
    url: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RemoveWebhook:
    """Tell it nothing more."""

    name: str


@dataclass(frozen=True, slots=True)
class MoveWebhook:
    """Say how far a receiver has come, and when it is sent the next event."""

    name: str
    position: int
    attempts: int
    due_age: float
    error: str
    gone: bool


@dataclass(frozen=True, slots=True)
class BuryEvent:
    """Give an event up that a receiver has not taken in time: it becomes a dead letter."""

    name: str
    event: int
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class ChangeLetter:
    """Say what becomes of a dead letter; None leaves the number of attempts as it was."""

    letter: int
    state: LetterState
    attempts: int | None = None
    error: str | None = None


WebhookChange = AddWebhook | RemoveWebhook | MoveWebhook | BuryEvent | ChangeLetter
