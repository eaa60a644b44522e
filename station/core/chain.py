"""The hash chain of a station's history: one hash proves all that happened before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

GENESIS: Final = "0" * 64  #: hash that precedes the first event


def chain_hash(
    previous: str, seq: int, order: str, at: str, actor: str, kind: str, data: Mapping[str, str]
) -> str:
    """Return the hash that binds one event to all earlier ones.

    Args:
        previous: The hash of the event before; `GENESIS` for the first.
        seq: Number of the event, from 1.
        order: The order that it is about; empty for none.
        at: Wall time, ISO 8601, UTC, with six digits of a second.
        actor: Who did it.
        kind: What happened.
        data: Details.
    """
    line = json.dumps(
        [previous, seq, order, at, actor, kind, dict(data)],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(line.encode()).hexdigest()
