"""Operators: added by an administrator of the PC, registered by themselves, locked when guessed.

An administrator adds a name with its roles and gets a registration code; the person enters the code
and a password of their own at the window. So nobody but the operator ever knows the password.

Each try under a name is counted before the password is checked, so that many at the same time are
not more than one after the other. After three failures the next try waits, and the wait doubles up
to a quarter of an hour. A wait is kept with the reading of the boot's clock: it does not end when
the wall clock is set, and it begins anew when the PC is started again.
"""

from __future__ import annotations

import hmac
import re
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from station.access.passwords import Passwords, code_digest, new_code
from station.access.store import Store
from station.core.errors import InputError
from station.core.errors.doors import (
    LoginRefusedError,
    LoginWaitError,
    OperatorKnownError,
    OperatorUnknownError,
)
from station.core.limits import PERSON_NAME
from station.core.people import PEOPLE, Role

FREE_TRIES: Final = 3
FIRST_WAIT: Final = 5.0  #: seconds after one failure too many
LONGEST_WAIT: Final = 900.0
MOST_NAMES: Final = 1000  #: names whose failures are remembered; most of them belong to nobody
_NAME: Final = re.compile(PERSON_NAME)


@dataclass(frozen=True, slots=True)
class Operator:
    """A person of this station, as shown to an administrator.

    Attributes:
        name: What the history records.
        roles: What the person may do.
        registered: Whether the person has set a password.
        disabled: Whether the person may no longer log in.
        demo: Made by a demonstration; its password is printed on the screen.
        account: The account of this PC that counts as this person; empty for none.
        used_at: Wall time of the last login; empty for never.
    """

    name: str
    roles: frozenset[Role]
    registered: bool
    disabled: bool
    demo: bool
    account: str
    used_at: str


class Operators:
    """The operators of a station. Thread-safe."""

    def __init__(self, store: Store, passwords: Passwords) -> None:
        self._store = store
        self._passwords = passwords

    # -- for an administrator ------------------------------------------------------------------

    def add(
        self, name: str, roles: Collection[Role], *, by: str, account: str = "", demo: bool = False
    ) -> str:
        """Add a person; returns the registration code, which is not stored in clear.

        Raises:
            InputError: This is no name, or no role of a person.
            OperatorKnownError: The name, or the account of the PC, is taken.
        """
        if not _NAME.fullmatch(name):
            raise InputError("this is not the name of a person")
        if not roles or not PEOPLE.issuperset(roles):
            raise InputError("an operator has one or more of the roles of people")
        code = new_code()
        with self._store.change():
            if self._store.one(
                "SELECT 1 FROM operators WHERE name = ? OR account = ?", name, account or None
            ):
                raise OperatorKnownError("the name is taken")
            self._store.run(
                "INSERT INTO operators (name, roles, code, account, demo, disabled, added_at)"
                " VALUES (?, ?, ?, ?, ?, 0, ?)",
                name,
                _stored(roles),
                code_digest(code),
                account or None,
                int(demo),
                self._store.today(),
            )
            self._store.note(by, "operator-added", {"operator": name, "roles": _stored(roles)})
        return code

    def reset(self, name: str, *, by: str) -> str:
        """Take password and cards away, end every session, enable again; returns a new code.

        Raises:
            OperatorUnknownError: There is no such operator.
        """
        code = new_code()
        with self._store.change():
            self._known(name)
            self._store.run(
                "UPDATE operators SET password = NULL, code = ?, disabled = 0 WHERE name = ?",
                code_digest(code),
                name,
            )
            self._store.run("DELETE FROM tries WHERE name = ?", name)
            self._store.run("DELETE FROM cards WHERE operator = ?", name)
            self._store.run("DELETE FROM sessions WHERE operator = ?", name)
            self._store.note(by, "operator-reset", {"operator": name})
        return code

    def disable(self, name: str, *, by: str) -> None:
        """Let a person in no more, and end every session. The name stays in the history.

        Raises:
            OperatorUnknownError: There is no such operator.
        """
        with self._store.change():
            self._known(name)
            self._store.run("UPDATE operators SET disabled = 1, code = NULL WHERE name = ?", name)
            self._store.run("DELETE FROM sessions WHERE operator = ?", name)
            self._store.note(by, "operator-disabled", {"operator": name})

    def all(self) -> list[Operator]:
        """Return every operator by name."""
        return [_operator(row) for row in self._store.all("SELECT * FROM operators ORDER BY name")]

    def one(self, name: str) -> Operator | None:
        """Return one operator."""
        row = self._store.one("SELECT * FROM operators WHERE name = ?", name)
        return None if row is None else _operator(row)

    def of_account(self, account: str) -> Operator | None:
        """Return the enabled operator that an account of this PC counts as."""
        row = self._store.one("SELECT * FROM operators WHERE account = ? AND disabled = 0", account)
        return None if row is None else _operator(row)

    @property
    def anybody(self) -> bool:
        """Whether somebody has registered: before that the pages only explain how to."""
        return bool(self._store.one("SELECT 1 FROM operators WHERE password IS NOT NULL"))

    @property
    def for_demo(self) -> list[Operator]:
        """The operators of a demonstration; none on a real window."""
        return [one for one in self.all() if one.demo]

    # -- for the person ------------------------------------------------------------------------

    def register(self, name: str, code: str, password: str) -> Operator:
        """Set the password with the code that an administrator handed out. The code ends.

        Raises:
            PasswordWeakError: The password does not fit the rules; the code stays.
            LoginRefusedError: The code is not this person's, or was used.
            LoginWaitError: Too many tries.
        """
        stored = self._passwords.hash(password, name)
        self._count(name)
        row = self._store.one("SELECT * FROM operators WHERE name = ? AND disabled = 0", name)
        given = code_digest(code)
        if row is None or row["code"] is None or not hmac.compare_digest(row["code"], given):
            raise LoginRefusedError("no such code")
        with self._store.change():
            changed = self._store.run(
                "UPDATE operators SET password = ?, code = NULL WHERE name = ? AND code = ?",
                stored,
                name,
                given,
            )
            if not changed:
                raise LoginRefusedError("the code was used a moment ago")
            self._forgive(name)
            self._store.note(name, "operator-registered", {"operator": name})
        return _operator(row)

    def prove(self, name: str, password: str) -> Operator:
        """Return the operator whose password this is.

        Raises:
            LoginRefusedError: It is nobody's, or the operator is disabled.
            LoginWaitError: Too many tries under this name.
            LoginBusyError: Too many passwords are checked now.
        """
        failures = self._count(name)
        row = self._store.one("SELECT * FROM operators WHERE name = ? AND disabled = 0", name)
        if not self._passwords.fits(row["password"] if row else None, password) or row is None:
            with self._store.change():
                known = name if row is not None else ""
                self._store.note(
                    known, "login-refused", {"operator": known, "failures": str(failures)}
                )
            raise LoginRefusedError("name and password do not belong together")
        with self._store.change():
            self._forgive(name)
            self._store.run(
                "UPDATE operators SET used_at = ? WHERE name = ?", self._store.today(), name
            )
        return _operator(row)

    # -- tries ---------------------------------------------------------------------------------

    def _count(self, name: str) -> int:
        """Count a try as failed, before anything is checked; returns how many have failed."""
        with self._store.change():
            left = self._wait_left(name)
            failures = 0 if left > 0 else self._one_more(name)
        if left > 0:
            raise LoginWaitError(left)
        return failures

    def _one_more(self, name: str) -> int:
        found = self._store.one("SELECT failures FROM tries WHERE name = ?", name)
        failures = 1 + (found["failures"] if found else 0)
        self._store.run("DELETE FROM tries WHERE name = ?", name)
        self._store.run(
            "INSERT INTO tries (name, failures, wait, boot, since) VALUES (?, ?, ?, ?, ?)",
            name,
            failures,
            wait_after(failures),
            self._store.clock.boot,
            self._store.clock.monotonic(),
        )
        self._store.run(
            "DELETE FROM tries WHERE name NOT IN (SELECT name FROM operators) AND rowid <="
            " (SELECT max(rowid) FROM tries) - ?",
            MOST_NAMES,
        )
        return failures

    def _wait_left(self, name: str) -> float:
        row = self._store.one("SELECT * FROM tries WHERE name = ?", name)
        if row is None or row["wait"] <= 0:
            return 0.0
        passed = self._store.since(row["boot"], row["since"])
        if passed is None:  # how long the PC was off is not known: the wait begins anew
            self._store.run(
                "UPDATE tries SET boot = ?, since = ? WHERE name = ?",
                self._store.clock.boot,
                self._store.clock.monotonic(),
                name,
            )
            passed = 0.0
        return float(max(0.0, row["wait"] - passed))

    def _forgive(self, name: str) -> None:
        self._store.run("DELETE FROM tries WHERE name = ?", name)

    def _known(self, name: str) -> None:
        if self.one(name) is None:
            raise OperatorUnknownError("there is no such operator")


def wait_after(failures: int) -> float:
    """Return the seconds that the next try waits after so many failures in a row."""
    if failures < FREE_TRIES:
        return 0.0
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures - FREE_TRIES, 20))


def _stored(roles: Iterable[Role]) -> str:
    return ",".join(sorted(roles))


def _operator(row: sqlite3.Row) -> Operator:
    return Operator(
        name=row["name"],
        roles=frozenset(Role(role) for role in row["roles"].split(",")),
        registered=row["password"] is not None,
        disabled=bool(row["disabled"]),
        demo=bool(row["demo"]),
        account=row["account"] or "",
        used_at=row["used_at"] or "",
    )
