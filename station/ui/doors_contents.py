"""What the templates at the doors are given; see `station.ui.contents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from station.ui.ledger_contents import NO_REHEARSAL, RehearsalPanel
from station.ui.notices import Notice


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link of the bar at the top.

    Attributes:
        name: Of the page: `operator`, `custody`, `diagnostics`, `doors`.
        address: Its path.
        title: What is on the link.
        about_order: Whether the address carries the order that the tab shows.
    """

    name: str
    address: str
    title: str
    about_order: bool


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """Leads to the same page in another language: its name in itself, its tag, the address."""

    name: str
    tag: str
    address: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a page; every template is given one as `viewer`.

    Attributes:
        operator: Who is logged in; empty for nobody.
        csrf: The session's token, which every form carries.
        demo: Operators of a demonstration, which the page names as such.
        cards: Whether the window has a reader for operators' cards.
        pages: The pages that this person may open.
        may: Operations of the table of `station.access` that this person may do.
        language: Tag of the page's language (RFC 5646).
        languages: The other languages.
        rehearsal: The banner of a rehearsal; empty while there is none.
    """

    operator: str = ""
    csrf: str = ""
    demo: tuple[str, ...] = ()
    cards: bool = False
    pages: tuple[PageLink, ...] = ()
    may: frozenset[str] = frozenset()
    language: str = "zh-CN"
    languages: tuple[LanguageLink, ...] = ()
    rehearsal: RehearsalPanel = NO_REHEARSAL


@dataclass(frozen=True, slots=True)
class LoginPage:
    """Asks who is there.

    Attributes:
        window: Name of the window; may be empty.
        version: Of the program.
        notice: Why nobody was let in a moment ago.
        there: The page that was asked for.
        typed: The name that was typed.
        first: Nobody has registered yet: the page explains how the first person does.
    """

    template: ClassVar[str] = "login.html"

    window: str
    version: str
    notice: Notice | None
    there: str
    typed: str
    first: bool


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """A page of the province that waits to be paired: what both sides show, and its origin."""

    code: str
    origin: str


@dataclass(frozen=True, slots=True)
class CallingProgram:
    """A program or paired page that may call, or could once; times are wall times, or empty."""

    name: str
    role: str
    made_at: str
    made_by: str
    used_at: str
    revoked_at: str


@dataclass(frozen=True, slots=True)
class DoorsPage:
    """Which pages and programs may call, and which pages wait.

    Attributes:
        may_change: Whether the viewer may confirm, refuse and revoke.
    """

    template: ClassVar[str] = "doors.html"

    window: str
    version: str
    notice: Notice | None
    pending: tuple[WaitingPage, ...]
    clients: tuple[CallingProgram, ...]
    may_change: bool
