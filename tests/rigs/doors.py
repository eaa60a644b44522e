"""Operators for tests, and how each kind of client shows who it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import httpx
from argon2 import PasswordHasher

from station.access import Doors, open_doors
from station.core.people import PEOPLE, Role
from station.web import COOKIE, CSRF_HEADER

#: Argon2 as cheap as it goes: what is tested is never the cost of a guess.
CHEAP: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OPERATOR: Final = "window"  #: the default operator of the rigs, with every role of people
SUPERVISOR: Final = "wang"  #: the second person
PASSWORD: Final = "Sommer-2031"  # noqa: S105 - invented people only


class PlayedClock:
    """A clock whose hands a test moves."""

    def __init__(self) -> None:
        self.boot = "boot-1"
        self.wall = dt.datetime(2031, 5, 4, 8, 0, tzinfo=dt.UTC)
        self.reading = 1000.0

    def now(self) -> dt.datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.reading

    def pause(self, seconds: float) -> None:
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        """Let time pass on both."""
        self.reading += seconds
        self.wall += dt.timedelta(seconds=seconds)


def let_in(doors: Doors, name: str, roles: Collection[Role]) -> None:
    """Add an operator who has registered with `PASSWORD`."""
    doors.operators.register(name, doors.operators.add(name, roles, by="test"), PASSWORD)


class Signed(httpx.Client):
    """An HTTP client that has logged in: a browser's cookie, and its forms' token as a header."""

    def __init__(self, doors: Doors, operator: str = OPERATOR, **options: Any) -> None:  # noqa: ANN401
        # Not by the password: many logins at once under one name have to wait for each other.
        session = doors.sessions.open(operator)
        super().__init__(
            cookies={COOKIE: session.token},
            headers={CSRF_HEADER: session.csrf},
            trust_env=False,
            **options,
        )
        self.session = session


def approval(person: str = SUPERVISOR) -> dict[str, str]:
    """Return a second person's agreement as a body of the API has it."""
    return {"operator": person, "password": PASSWORD}


def open_rig_doors(folder: Path, clock: PlayedClock | None = None) -> Doors:
    """Open the doors of a station with the default operator and a supervisor."""
    doors = open_doors(folder, clock=clock, hasher=CHEAP)
    if not doors.operators.anybody:
        let_in(doors, OPERATOR, PEOPLE)
        let_in(doors, SUPERVISOR, {Role.SUPERVISOR})
    return doors
