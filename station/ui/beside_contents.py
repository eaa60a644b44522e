"""What the template of the other person's order is given; see `station.ui.contents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from station.ui.machine_contents import Level


@dataclass(frozen=True, slots=True)
class BesidePanel:
    """The order beside the one on the page; without an `order` there is none.

    Attributes:
        order: Its id.
        kind: `station.production.services.beside.BesideKind`; empty without an order.
        where: That in words.
        level: How it is coloured.
        holder: The holder's; empty before the data is here.
        number: Masked.
        state: What it does or waits for.
        deadline: When the running step usually ends, ISO 8601; empty for unknown.
        alarm: Whether somebody must see to it.
    """

    template: ClassVar[str] = "_beside.html"
    name: ClassVar[str] = "beside"

    order: str = ""
    kind: str = ""
    where: str = ""
    level: Level = "info"
    holder: str = ""
    number: str = ""
    state: str = ""
    deadline: str = ""
    alarm: bool = False


NOBODY_BESIDE: Final = BesidePanel()
