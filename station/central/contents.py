"""What central's templates are given; each page is typed to the last field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from station.access.operators import Operator
from station.central.looking import (
    BatchSummary,
    ForkRecord,
    Found,
    FoundEvent,
    Member,
    StationAudit,
)
from station.central.revisions import Revision
from station.central.rings import NewSettings
from station.central.stock import UnderWay
from station.central.wall import Wall
from station.ui.doors_contents import Viewer
from station.ui.notices import Notice


@dataclass(frozen=True, slots=True)
class Words:
    """The tables of texts that the templates look up."""

    page: Mapping[str, str]
    state: Mapping[str, str]
    fact: Mapping[str, str]
    printer: Mapping[str, str]
    assignment: Mapping[str, str]
    account: Mapping[str, str]
    decision: Mapping[str, str]
    role: Mapping[str, str]
    source: Mapping[str, str]
    rollout: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """How a page is seen.

    Attributes:
        here: Its name, for the bar.
        window: Name of the place.
        version: Of the program.
        viewer: Who looks at it.
        words: Texts.
        notice: Why something was not done; None for nothing.
    """

    here: str
    window: str
    version: str
    viewer: Viewer
    words: Words
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class WallPage:
    """Every window, and what must be looked at."""

    template: ClassVar[str] = "wall.html"

    wall: Wall


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Batches, and the forms about applications and assignments, with what they are about."""

    template: ClassVar[str] = "work.html"

    batches: tuple[BatchSummary, ...]
    stations: tuple[str, ...]
    assignment: str = ""
    application: str = ""


@dataclass(frozen=True, slots=True)
class BlanksPage:
    """Where blanks are: account, bank, count; and what is under way."""

    template: ClassVar[str] = "blanks.html"

    balances: tuple[tuple[str, str, int], ...]
    under_way: tuple[UnderWay, ...]
    stations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What a search has found; None before one."""

    template: ClassVar[str] = "search.html"

    found: Found | None = None
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ChainVerified:
    """What the verification of a whole history has found; `wrong` is 0, or the first misfit."""

    station: str
    fitting: int
    wrong: int


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Forks, how far each history is signed, central's own acts, and what was verified now."""

    template: ClassVar[str] = "audit_central.html"

    forks: tuple[ForkRecord, ...]
    stations: tuple[StationAudit, ...]
    acts: tuple[FoundEvent, ...]
    verified: ChainVerified | None = None


@dataclass(frozen=True, slots=True)
class AccountsPage:
    """Who may log in, and which windows have a place; a new registration code is shown once."""

    template: ClassVar[str] = "accounts.html"

    people: tuple[Operator, ...]
    members: tuple[Member, ...]
    name: str = ""
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """Settings that were given to the windows, every window's ring, and what the form holds."""

    template: ClassVar[str] = "settings.html"

    given: tuple[Revision, ...]
    rings: tuple[tuple[str, int], ...]
    wanted: NewSettings


CentralPage = (
    WallPage | WorkPage | BlanksPage | SearchPage | AuditPage | AccountsPage | SettingsPage
)
