"""Sessions: what a browser or a program holds after a login. Kept here, named there.

The bearer holds a random token; the database has its digest. A session ends when it was not used
for a while (the idle lock), after a working day, when the operator logs out, is disabled or reset,
and when the PC was started again. Only what a person does counts as use: what a page reads
automatically does not, or an open page would never lock.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from station.access.passwords import digest
from station.access.store import Store

LONGEST: Final = 12 * 3600.0  #: seconds
KEEP_EVERY: Final = 30.0  #: seconds between two writes of the last use


@dataclass(frozen=True, slots=True)
class Session:
    """An open session.

    Attributes:
        token: What the bearer holds; never stored or shown.
        operator: Whose it is.
        csrf: What a form of this session carries.
    """

    token: str
    operator: str
    csrf: str

    def __repr__(self) -> str:
        return f"Session({self.operator})"


class Sessions:
    """Every open session of a station. Thread-safe.

    Attributes:
        idle_lock: Seconds without use after which a session ends.
    """

    def __init__(self, store: Store, idle_lock: float) -> None:
        self._store = store
        self.idle_lock = idle_lock

    def open(self, operator: str) -> Session:
        """Open a session under a new token; whatever the bearer held before is not used."""
        token = secrets.token_urlsafe(32)
        now = self._store.clock.monotonic()
        with self._store.change():
            self._drop_ended()
            self._store.run(
                "INSERT INTO sessions (digest, operator, boot, opened, used)"
                " VALUES (?, ?, ?, ?, ?)",
                digest(token),
                operator,
                self._store.clock.boot,
                now,
                now,
            )
            self._store.note(operator, "logged-in", {"operator": operator})
        return _session(token, operator)

    def find(self, token: str, *, uses: bool) -> Session | None:
        """Return the open session of a token; None when there is none any more.

        Args:
            token: What the bearer holds.
            uses: Whether a person does something, which keeps the session open.
        """
        row = self._store.one("SELECT * FROM sessions WHERE digest = ?", digest(token))
        if row is None:
            return None
        idle = self._store.since(row["boot"], row["used"])
        age = self._store.since(row["boot"], row["opened"])
        if idle is None or age is None or idle > self.idle_lock or age > LONGEST:
            return None
        if uses and idle > min(KEEP_EVERY, self.idle_lock / 4):
            now = self._store.clock.monotonic()
            self._store.run("UPDATE sessions SET used = ? WHERE digest = ?", now, digest(token))
        return _session(token, row["operator"])

    def close(self, token: str) -> None:
        """End a session."""
        with self._store.change():
            row = self._store.one("SELECT operator FROM sessions WHERE digest = ?", digest(token))
            if row is not None:
                self._store.run("DELETE FROM sessions WHERE digest = ?", digest(token))
                self._store.note(row["operator"], "logged-out", {"operator": row["operator"]})

    def _drop_ended(self) -> None:
        self._store.run(
            "DELETE FROM sessions WHERE boot != ? OR used < ? OR opened < ?",
            self._store.clock.boot,
            self._store.clock.monotonic() - self.idle_lock,
            self._store.clock.monotonic() - LONGEST,
        )


def csrf_fits(session: Session, given: str) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(session.csrf.encode(), given.encode())


def _session(token: str, operator: str) -> Session:
    # Derived from the token, which no page of another origin can read; nothing more is stored.
    csrf = hmac.digest(token.encode(), b"form", "sha256").hex()
    return Session(token, operator, csrf)
