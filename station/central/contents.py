"""What central's templates are given; each page is typed to the last field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from station.central.looking import (
    BatchSummary,
    ForkRecord,
    Found,
    FoundEvent,
    StationAudit,
)
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
    act: Mapping[str, str]
    assignment: Mapping[str, str]
    account: Mapping[str, str]
    decision: Mapping[str, str]


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
    """Batches, and the forms about applications and assignments."""

    template: ClassVar[str] = "work.html"

    batches: tuple[BatchSummary, ...]
    stations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlanksPage:
    """Where blanks are: account, bank, count."""

    template: ClassVar[str] = "blanks.html"

    balances: tuple[tuple[str, str, int], ...]
    stations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What a search has found; None before one."""

    template: ClassVar[str] = "search.html"

    found: Found | None = None
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Forks, how far each history is signed, and central's own acts."""

    template: ClassVar[str] = "audit_central.html"

    forks: tuple[ForkRecord, ...]
    stations: tuple[StationAudit, ...]
    acts: tuple[FoundEvent, ...]


CentralPage = WallPage | WorkPage | BlanksPage | SearchPage | AuditPage
