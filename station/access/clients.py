"""Programs that call: each with a name, one role, and a token, a client certificate or an origin.

A web page of the province is paired: the page asks, both sides show the same code, and a person at
the window who has compared them confirms. The page's token works from the confirmed origin only.
"""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any, Final

from station.access.passwords import digest
from station.access.store import Store
from station.core.errors import InputError
from station.core.errors.doors import OperatorKnownError, OperatorUnknownError, PairingUnknownError
from station.core.origins import normal_origin
from station.core.people import PROGRAMS, Role

PREFIX: Final = "cst_"  #: so that a token is recognised where one was left lying
MOST_PENDING: Final = 8
PENDING_SECONDS: Final = 300.0
_NAME: Final = re.compile(r"[\w.@·:/-]{1,64}")


@dataclass(frozen=True, slots=True)
class Client:
    """A program, as shown to an administrator."""

    name: str
    role: Role
    origin: str
    certificate: str
    made_at: str
    made_by: str
    used_at: str
    revoked_at: str


@dataclass(slots=True)
class Pairing:
    """A page that waits for a person's confirmation.

    Attributes:
        id: What the page asks with; only the page knows it.
        code: What both sides show.
        origin: Of the page, as its browser says.
        token: The page's token, once confirmed.
    """

    origin: str
    since: float
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    code: str = field(default_factory=lambda: f"{secrets.randbelow(1_000_000):06d}")
    token: str = ""


class Clients:
    """The programs of a station. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pending: dict[str, Pairing] = {}
        self._lock = threading.Lock()

    def add(
        self, name: str, role: Role, *, by: str, origin: str = "", certificate: str = ""
    ) -> str:
        """Add a program; returns its token, which is stored as a digest only.

        Raises:
            InputError: This is no name, or no role of a program.
            OperatorKnownError: The name is taken by a program that is not revoked.
        """
        if not _NAME.fullmatch(name):
            raise InputError("this is not the name of a program")
        if role not in PROGRAMS:
            raise InputError("a client has one of the roles of programs")
        token = PREFIX + secrets.token_urlsafe(32)
        with self._store.change():
            if self._store.one("SELECT 1 FROM clients WHERE name = ? AND revoked_at IS NULL", name):
                raise OperatorKnownError("the name is taken")
            self._store.run("DELETE FROM clients WHERE name = ?", name)
            self._store.run(
                "INSERT INTO clients (name, role, digest, certificate, origin, made_at, made_by)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                name,
                role.value,
                digest(token),
                certificate or None,
                normal_origin(origin) if origin else None,
                self._store.today(),
                by,
            )
            self._store.note(by, "client-added", {"client": name, "role": role.value})
        return token

    def revoke(self, name: str, *, by: str) -> None:
        """Let a program in no more.

        Raises:
            OperatorUnknownError: There is no such program.
        """
        with self._store.change():
            changed = self._store.run(
                "UPDATE clients SET revoked_at = ?, digest = NULL, certificate = NULL"
                " WHERE name = ? AND revoked_at IS NULL",
                self._store.today(),
                name,
            )
            if not changed:
                raise OperatorUnknownError("there is no such client")
            self._store.note(by, "client-revoked", {"client": name})

    def all(self) -> list[Client]:
        """Return every program by name, the revoked ones too."""
        return [_client(row) for row in self._store.all("SELECT * FROM clients ORDER BY name")]

    def is_in(self, name: str) -> bool:
        """Whether there is a program of this name that is not revoked."""
        return bool(
            self._store.one("SELECT 1 FROM clients WHERE name = ? AND revoked_at IS NULL", name)
        )

    def of_token(self, token: str, origin: str) -> Client | None:
        """Return the program of a token; None for a page's token from another origin."""
        row = self._store.one("SELECT * FROM clients WHERE digest = ?", digest(token))
        if row is None or (row["origin"] or "") != (origin if row["origin"] else ""):
            return None
        return self._used(row)

    def of_certificate(self, fingerprint: str) -> Client | None:
        """Return the program of a client certificate that the TLS handshake has verified."""
        row = self._store.one("SELECT * FROM clients WHERE certificate = ?", fingerprint)
        return None if row is None else self._used(row)

    def _used(self, row: Any) -> Client:  # noqa: ANN401 - a row
        minute = self._store.today()[:16]
        if (row["used_at"] or "")[:16] != minute:
            self._store.run(
                "UPDATE clients SET used_at = ? WHERE name = ?", self._store.today(), row["name"]
            )
        return _client(row)

    # -- pairing -------------------------------------------------------------------------------

    def is_paired(self, origin: str) -> bool:
        """Whether a page of this (normalised) origin was confirmed and not revoked."""
        return bool(
            self._store.one("SELECT 1 FROM clients WHERE origin = ? AND revoked_at IS NULL", origin)
        )

    def ask(self, origin: str) -> Pairing:
        """Take a page's wish to be paired; the oldest one gives way when there are too many.

        Raises:
            InputError: This is no origin.
        """
        try:
            made = Pairing(normal_origin(origin), self._store.clock.monotonic())
        except ValueError as exc:
            raise InputError("a page is paired by its Origin") from exc
        with self._lock:
            self._forget_old()
            same = [one.id for one in self._pending.values() if one.origin == made.origin]
            for one in same or list(self._pending)[: len(self._pending) - MOST_PENDING + 1]:
                del self._pending[one]
            self._pending[made.id] = made
        return made

    def pending(self) -> list[Pairing]:
        """Return what waits for a person, oldest first."""
        with self._lock:
            self._forget_old()
            return [one for one in self._pending.values() if not one.token]

    def confirm(self, code: str, *, by: str) -> Client:
        """Pair the page that shows this code; a page paired before gets a new token.

        Raises:
            PairingUnknownError: No page shows this code.
        """
        with self._lock:
            self._forget_old()
            found = [one for one in self._pending.values() if one.code == code and not one.token]
            if len(found) != 1:  # two alike: neither is the one that was compared
                raise PairingUnknownError("no page shows this code")
            (pairing,) = found
            name = f"page:{pairing.origin}"[:64]
            if self.is_paired(pairing.origin):
                self.revoke(name, by=by)
            pairing.token = self.add(name, Role.PROVINCE_PAGE, by=by, origin=pairing.origin)
        return next(one for one in self.all() if one.name == name)

    def refuse(self, code: str) -> None:
        """Forget the page that shows this code."""
        with self._lock:
            for one in [one.id for one in self._pending.values() if one.code == code]:
                del self._pending[one]

    def collect(self, pairing: str, origin: str) -> str:
        """Return the token of a confirmed page, once; empty while a person has not confirmed.

        Raises:
            PairingUnknownError: There is no such pairing of this origin.
        """
        with self._lock:
            self._forget_old()
            found = self._pending.get(pairing)
            if found is None or found.origin != origin:
                raise PairingUnknownError("no such pairing")
            if found.token:
                del self._pending[pairing]
            return found.token

    def _forget_old(self) -> None:
        now = self._store.clock.monotonic()
        old = [one.id for one in self._pending.values() if now - one.since > PENDING_SECONDS]
        for one in old:
            del self._pending[one]


def _client(row: Any) -> Client:  # noqa: ANN401 - a row
    return Client(
        name=row["name"],
        role=Role(row["role"]),
        origin=row["origin"] or "",
        certificate=row["certificate"] or "",
        made_at=row["made_at"],
        made_by=row["made_by"],
        used_at=row["used_at"] or "",
        revoked_at=row["revoked_at"] or "",
    )
