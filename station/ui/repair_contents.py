"""What the template of the guided repairs is given; see `station.ui.contents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from station.production.views.messages import Problem


@dataclass(frozen=True, slots=True)
class RepairChoice:
    """One repair to begin: its name and its words."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class RepairLine:
    """One step of the repair that is under way.

    Attributes:
        text: What is done.
        state: Whether it is over, is to be done now, or comes later.
        confirmed: How it was confirmed, in words; empty for one that is not over.
    """

    text: str
    state: Literal["done", "now", "later"]
    confirmed: str = ""


@dataclass(frozen=True, slots=True)
class RepairShown:
    """The repair that is under way.

    Attributes:
        name: Sent with every press about it.
        title: Its words.
        lines: Its steps.
        step: Number of the present step, from 0, sent with its confirmation; empty after the last.
        waits: What the present step waits for, in words; empty after the last.
        by_person: Whether only a person can say that it was done.
        act: Action of the button with which the station does its part; empty for none.
        act_label: Its words.
        busy: Why that button can't be pressed now; empty when it can.
        problem: Why the cleaning did not come to its end; None without.
    """

    name: str
    title: str
    lines: tuple[RepairLine, ...]
    step: str
    waits: str
    by_person: bool
    act: str
    act_label: str
    busy: str
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class RepairsPanel:
    """Guided repairs, on the technician's page.

    Attributes:
        now: The one that is under way; None without.
        wanted: Those for what is wrong now.
        others: All others that this machine can need.
    """

    template: ClassVar[str] = "_repair.html"
    name: ClassVar[str] = "repairs"

    now: RepairShown | None
    wanted: tuple[RepairChoice, ...]
    others: tuple[RepairChoice, ...]
