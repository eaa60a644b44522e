"""What the templates of the machine and its devices are given; see `station.ui.contents`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from station.production.views.messages import Problem
from station.ui.picture_contents import CardNow

Level = Literal["info", "ok", "warn", "error", "unknown"]


@dataclass(frozen=True, slots=True)
class Light:
    """One traffic light.

    Attributes:
        name: `printer`, `reader`, `ribbon`, `stock` or `province`.
        label: Its name for people.
        level: Its colour.
        text: Its state in words.
    """

    name: str
    label: str
    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class MachinePanel:
    """The machine's state.

    Attributes:
        level: Of the headline.
        headline: Whether a card can be made now, or the first thing that stands in the way.
        lights: Only of what this machine has.
        owed: Reports that the province has not acknowledged.
        left_card: Whether a card that belongs to no order is in the machine.
        left_card_stuck: Whether a fault keeps it there: no button can move it.
        checked: When the machine is looked at.
        card: Where the card is, in words and as a picture.
    """

    template: ClassVar[str] = "_machine.html"
    name: ClassVar[str] = "machine"

    level: Level
    headline: str
    lights: tuple[Light, ...]
    owed: int
    left_card: bool
    left_card_stuck: bool
    checked: str
    card: CardNow


@dataclass(frozen=True, slots=True)
class Device:
    """One device as the technician sees it.

    Attributes:
        name: `printer`, `reader`, `province` or `journal`.
        title: Its name for people.
        address: Where it is reached.
        level: Its colour.
        state: In words.
        problems: What stands in the way, worst first.
        facts: Name -> value.
        exchanges: The last exchanges, newest first.
        unverified: What was never seen on real hardware.
    """

    name: str
    title: str
    address: str
    level: Level
    state: str
    problems: tuple[Problem, ...]
    facts: Mapping[str, str]
    exchanges: tuple[str, ...]
    unverified: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwedReport:
    """One report that the province has not acknowledged.

    Attributes:
        order: Its order.
        outcome: What it reports, in words.
        refused: Whether a person must see to it; else it is tried again automatically.
        attempts: How often it was tried.
        last_error: Code of the last failure; may be empty.
        created: When it came to be owed.
    """

    order: str
    outcome: str
    refused: bool
    attempts: int
    last_error: str
    created: str


@dataclass(frozen=True, slots=True)
class DeviceNode:
    """One part in the tree of everything that a card needs.

    Attributes:
        name: Unique in the tree.
        title: Its name for people.
        inner: Whether it belongs to the part above it.
        level: Its colour.
        state: In words.
        since: When it was first seen so.
        good: When it was last seen good, or that it never was since the start.
    """

    name: str
    title: str
    inner: bool
    level: Level
    state: str
    since: str
    good: str


@dataclass(frozen=True, slots=True)
class DevicesPanel:
    """Devices and owed reports, for the technician.

    Attributes:
        devices: Machine, reader, province, journal, and what stands on the desk.
        owed: Reports that the province has not acknowledged.
        tree: Every part with its state, each after the one that it belongs to.
        repair_of: Code of a problem -> name of its guided repair; empty while one is under way.
    """

    template: ClassVar[str] = "_diagnostics_devices.html"
    name: ClassVar[str] = "diagnostics"

    devices: tuple[Device, ...]
    owed: tuple[OwedReport, ...]
    repair_of: Mapping[str, str]
    tree: tuple[DeviceNode, ...] = ()
