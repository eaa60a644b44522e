"""The history as the API shows it."""

from __future__ import annotations

import datetime as dt

from station.api.models.shown import Shown


class EventRecord(Shown):
    """One line of history: append-only, hash-chained."""

    seq: int
    order: str
    at: dt.datetime
    actor: str
    kind: str
    data: dict[str, str]
    hash: str
