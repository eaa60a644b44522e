"""The doors of a station: who is calling, may this caller do that, does a second person agree."""

from __future__ import annotations

import enum
import getpass
import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher

from station.access import table
from station.access.cards import Cards
from station.access.clients import Clients
from station.access.operators import Operators
from station.access.passwords import Passwords
from station.access.sessions import Session, Sessions
from station.access.store import FILE, Store
from station.clock import SystemClock
from station.core.clock import Clock
from station.core.errors import NotSupervisorError, StationError
from station.core.errors.doors import NotAllowedError, NotKnownError
from station.core.operator_cards import OperatorCardReader
from station.core.people import Approval, ApprovalMethod, Role

log = logging.getLogger(__name__)

IDLE_LOCK: Final = 600.0

#: Writes one line of history: actor, kind, data.
Record = Callable[[str, str, Mapping[str, str]], None]


class Means(enum.StrEnum):
    """How a caller has shown who it is."""

    NONE = "none"
    LOGIN = "login"  #: a session's cookie: a browser sends it by itself, so forms need a token
    BEARER = "bearer"  #: a token in a header, which no foreign page can send
    SOCKET = "socket"  #: the account at the other end of the unix socket, as the kernel says
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever makes a request.

    Attributes:
        name: What the history records.
        roles: What the caller is; empty for nobody.
        means: How it has shown that.
        session: The session, after a login.
    """

    name: str = ""
    roles: frozenset[Role] = frozenset()
    means: Means = Means.NONE
    session: Session | None = field(default=None, repr=False)


NOBODY: Final = Caller()


class Doors:
    """Operators, sessions and clients of one station. Thread-safe."""

    def __init__(
        self,
        store: Store,
        passwords: Passwords,
        idle_lock: float,
        card_reader: OperatorCardReader | None = None,
    ) -> None:
        self._store = store
        self._copying = threading.Lock()
        self.cards = Cards(store, card_reader)
        self.operators = Operators(store, passwords)
        self.sessions = Sessions(store, idle_lock)
        self.clients = Clients(store)

    # -- who is calling ------------------------------------------------------------------------

    def log_in(self, name: str, password: str) -> Session:
        """Open a session for whoever knows the password.

        Raises:
            LoginRefusedError: See `Operators.prove`; also `LoginWaitError`, `LoginBusyError`.
        """
        return self.sessions.open(self.operators.prove(name, password).name)

    def log_in_with_card(self, pin: str) -> Session:
        """Open a session for the operator whose card is in the reader.

        Raises:
            OperatorCardError: See `Cards.prove`; also `LoginBusyError`.
        """
        return self.sessions.open(self.cards.prove(pin))

    def by_session(self, token: str, means: Means, *, uses: bool) -> Caller:
        """Return who holds a session's token; nobody when the session has ended."""
        session = self.sessions.find(token, uses=uses)
        operator = None if session is None else self.operators.one(session.operator)
        if session is None or operator is None or operator.disabled:
            return NOBODY
        return Caller(operator.name, operator.roles, means, session)

    def by_token(self, token: str, origin: str) -> Caller:
        """Return the program whose token this is."""
        client = self.clients.of_token(token, origin)
        if client is None:
            return NOBODY
        return Caller(client.name, frozenset({client.role}), Means.BEARER)

    def by_certificate(self, fingerprint: str) -> Caller:
        """Return the program whose client certificate this is."""
        client = self.clients.of_certificate(fingerprint)
        if client is None:
            return NOBODY
        return Caller(client.name, frozenset({client.role}), Means.CERTIFICATE)

    def by_account(self, uid: int) -> Caller:
        """Return who an account of this PC is: an operator, or the service's own account or root.

        Any other account is nobody: it logs in as a person, over the same socket.
        """
        account = account_name(uid)
        operator = self.operators.of_account(account)
        if operator is not None:
            return Caller(operator.name, operator.roles, Means.SOCKET)
        if uid in (0, os.geteuid()):
            return Caller(f"account:{account}"[:64], frozenset({Role.LOCAL}), Means.SOCKET)
        return NOBODY

    def still_in(self, caller: Caller) -> bool:
        """Whether the credential of a caller who was let in still holds, as for a long answer."""
        if caller.session is not None:
            return self.sessions.find(caller.session.token, uses=False) is not None
        if caller.means is Means.SOCKET:
            return True
        return self.clients.is_in(caller.name)

    # -- may it --------------------------------------------------------------------------------

    def require(self, caller: Caller, operation: str) -> None:
        """Refuse what the table does not allow.

        Raises:
            NotKnownError: Nobody is logged in.
            NotAllowedError: The caller's roles do not include it.
        """
        if table.is_public(operation):
            return
        if not caller.roles:
            raise NotKnownError("log in first")
        if not table.may(caller.roles, operation):
            raise NotAllowedError(f"{operation} is not for this role")

    def approve(
        self, act: str, actor: str, name: str, password: str, *, card_pin: str = ""
    ) -> Approval:
        """Return a second person's agreement to an act, given with that person's own credential.

        Args:
            act: What is agreed to.
            actor: Who acts.
            name: The second person; may be empty with a card, which says whose it is.
            password: Of the second person; not used with a card.
            card_pin: PIN of the second person's card, which is in the reader.

        Raises:
            NotSupervisorError: Nobody is named, it is the one who acts, or one who may not agree.
            LoginRefusedError: See `Operators.prove`; also `LoginWaitError`, `LoginBusyError`.
            OperatorCardError: See `Cards.prove`.
        """
        method = ApprovalMethod.CARD if card_pin else ApprovalMethod.PASSWORD
        if name == actor or not (name or card_pin):
            raise NotSupervisorError("a second person must agree")
        if card_pin:
            holder = self.cards.prove(card_pin)
            if holder == actor or name not in ("", holder):
                raise NotSupervisorError("the card is not the second person's")
            operator = self.operators.one(holder)
        else:
            operator = self.operators.prove(name, password)
        if operator is None or not table.may(operator.roles, f"approval {act}"):
            raise NotSupervisorError("this person may not agree to it")
        return Approval(operator.name, method)

    # -- history -------------------------------------------------------------------------------

    def keep_history(self, record: Record) -> None:
        """Copy now, and after each change from now on; see `copy_to_history`.

        A history that can't be written at the moment gets the lines at the next change.
        """

        def copy() -> None:
            try:
                self.copy_to_history(record)
            except StationError as exc:
                extra = {"action": "history-of-doors-waits"}
                log.warning("the history can't be written: %s", exc.code, extra=extra)

        self._store.on_note = copy
        copy()

    def copy_to_history(self, record: Record) -> None:
        """Move what has happened at the doors into the history, each line once and in order.

        A crash between the two databases repeats one line rather than losing it.
        """
        with self._copying:
            for row in self._store.all("SELECT * FROM log ORDER BY seq"):
                record(row["actor"], row["kind"], json.loads(row["data"]))
                self._store.run("DELETE FROM log WHERE seq = ?", row["seq"])

    def close(self) -> None:
        """Close the database, and release the reader for cards."""
        self.cards.close()
        self._store.close()


def account_name(uid: int) -> str:
    """Return the name of an account of this PC; its number when it has none."""
    try:
        import pwd  # not on every system, and only asked for at the unix socket
    except ImportError:
        return str(uid)
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def own_account() -> str:
    """Return the name of the account that runs this process."""
    return getpass.getuser() if sys.platform == "win32" else account_name(os.getuid())


def open_doors(
    folder: Path,
    *,
    idle_lock: float = IDLE_LOCK,
    clock: Clock | None = None,
    hasher: PasswordHasher | None = None,
    card_reader: OperatorCardReader | None = None,
) -> Doors:
    """Open the database of a state folder, or make it. The folder is there.

    Raises:
        ConfigError: It can't be opened.
    """
    store = Store(folder / FILE, clock or SystemClock())
    return Doors(store, Passwords(hasher), idle_lock, card_reader)
