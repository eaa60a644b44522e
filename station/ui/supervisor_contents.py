"""What the templates of the supervisor's pages are given; see `station.ui.contents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from station.ui.notices import Notice


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """What goes on only with a supervisor's agreement, and where it is agreed to.

    Attributes:
        number: The order's id or the paper's number.
        since: In words.
        what: In words.
        address: The page with the buttons for it.
    """

    number: str
    since: str
    what: str
    address: str


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A reprint, an approval or a destruction: when, who, the second person, what and why."""

    seq: int
    at: str
    actor: str
    second: str
    order: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """What one person did in the shift: the figures stand in the order of the titles."""

    person: str
    figures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DutyPanel:
    """The open shift as its supervisor sees it.

    Attributes:
        waiting: What waits for an agreement.
        decisions: Newest first.
        titles: What is counted of each person.
        people: What each person did.
    """

    template: ClassVar[str] = "_duty.html"
    name: ClassVar[str] = "duty"

    waiting: tuple[WaitingLine, ...]
    decisions: tuple[DecisionLine, ...]
    titles: tuple[str, ...]
    people: tuple[PersonLine, ...]


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event to look for: its code, and what a person reads."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event of the history; `hash` is the beginning of its link in the chain."""

    seq: int
    at: str
    actor: str
    order: str
    kind: str
    code: str
    content: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The history: look for events, see the evidence, export a range.

    Attributes:
        typed: The order, person or card that was looked for.
        actor: Whose events.
        kind: Which events; empty for all.
        since: First day, as the browser's field has it.
        until: Last day, likewise.
        asked: Whether something was looked for.
        verdict: Of the whole hash chain; empty where it was not checked.
        rows: Newest first.
        most: More rows than this are not shown.
        read: Only so many of the newest events were read; 0 where all were.
    """

    template: ClassVar[str] = "audit.html"

    window: str
    version: str
    notice: Notice | None
    typed: str
    actor: str
    kind: str
    since: str
    until: str
    asked: bool
    verdict: str
    kinds: tuple[EventKind, ...]
    rows: tuple[EventLine, ...]
    most: int
    read: int
