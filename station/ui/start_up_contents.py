"""What the template of the start-up screen is given; see `station.ui.contents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from station.ui.machine_contents import Level


@dataclass(frozen=True, slots=True)
class LeftOverLine:
    """One finding.

    Attributes:
        kind: `station.production.services.start_up.LeftOver`.
        level: How it is coloured.
        found: What was found.
        meaning: What that means now.
        todo: What to do.
        label: What is on its link; empty without one.
        address: Where the link leads.
        order: The order that the link shows on this page; empty for another page.
    """

    kind: str
    level: Level
    found: str
    meaning: str
    todo: str
    label: str = ""
    address: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class StartUpPanel:
    """The start-up screen; without lines it is not there.

    Attributes:
        lines: The findings, what is to be done first on top.
        since: Time of day of the station's start.
        shown: The order that the page shows; empty for none.
    """

    template: ClassVar[str] = "_start_up.html"
    name: ClassVar[str] = "start_up"

    lines: tuple[LeftOverLine, ...]
    since: str = ""
    shown: str = ""


NOTHING_LEFT: Final = StartUpPanel(())
