"""Webhooks: programs that receive the history, event by event, until they confirm each."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class LetterState(enum.StrEnum):
    """What becomes of an event that a receiver has not taken in time."""

    DEAD = "dead"  #: given up; a person may have it sent again
    AGAIN = "again"  #: to be sent again now
    SENT = "sent"  #: taken after all


@dataclass(frozen=True, slots=True)
class WebhookRecord:
    """One receiver.

    Attributes:
        name: Given by whoever added it.
        url: Where the events go.
        position: Number of the last event that was taken, given up or of no interest.
        attempts: How often the next one was sent in vain.
        due_age: Age of the journal at which it is sent again.
        last_error: Why it was not taken: `http-500`, `no-answer`; empty after a success.
        gone: Whether the receiver has answered 410: it is sent nothing more.
        made_at: UTC.
        made_by: Who added it.
    """

    name: str
    url: str
    position: int
    attempts: int
    due_age: float
    last_error: str
    gone: bool
    made_at: dt.datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that a receiver has not taken in time.

    Attributes:
        id: Of the letter.
        webhook: Name of the receiver.
        event: Number of the event.
        state: What becomes of it.
        attempts: How often it was sent.
        last_error: Why it was not taken the last time.
        at: When it was given up, UTC.
    """

    id: int
    webhook: str
    event: int
    state: LetterState
    attempts: int
    last_error: str
    at: dt.datetime
