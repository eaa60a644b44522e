"""Webhooks as the API shows them."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from station.api.models.shown import Shown
from station.core.webhooks import LetterState


class WebhookRecord(Shown):
    """One receiver of the history.

    Attributes:
        name: Given by whoever added it.
        url: Where the events go.
        position: Number of the last event that was taken, given up or of no interest.
        attempts: How often the next one was sent in vain.
        last_error: Why it was not taken: `http-500`, `no-answer`; empty after a success.
        gone: Whether the receiver has answered 410: it is sent nothing more.
        made_at: UTC.
        made_by: Who added it.
    """

    name: str
    url: str
    position: int
    attempts: int
    last_error: str
    gone: bool
    made_at: dt.datetime
    made_by: str


class AddedWebhook(Shown):
    """A receiver, and the secret that it verifies signatures with."""

    webhook: WebhookRecord
    secret: str = Field(repr=False, description="`whsec_` and base64; keep it like a password.")


class DeadLetter(Shown):
    """An event that a receiver has not taken in time.

    Attributes:
        id: Of the letter.
        webhook: Name of the receiver.
        event: Number of the event in the history.
        state: `dead`; `again` while it waits to be sent once more; `sent`.
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
