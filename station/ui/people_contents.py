"""What the templates of a person's orders and of the day are given; see `station.ui.contents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One order of the person on the screen.

    Attributes:
        id: Order id.
        revision: See `OrderPanel.revision`.
        day: Day and time of its acceptance.
        kind: What is done to which card, in words.
        state: Where it stands, in words.
        where: Where its card is, in words; empty without a card.
        offers: What can be done once it is open, in words; empty for nothing but looking.
        can_activate: Whether 领卡启用 can be pressed here.
        shown: Whether it is the order on the screen.
    """

    id: str
    revision: int
    day: str
    kind: str
    state: str
    where: str
    offers: str
    can_activate: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class PersonPanel:
    """Every order of the person whose order is on the screen; no rows for no person."""

    template: ClassVar[str] = "_person.html"
    name: ClassVar[str] = "person"

    number: str
    rows: tuple[PersonRow, ...]


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One finished card that waits for its holder.

    Attributes:
        id: Order id.
        revision: See `OrderPanel.revision`.
        name: The holder's.
        number: Masked.
        where: Where the card is, in words.
        since: Since when.
        can_activate: Whether 领卡启用 can be pressed here.
    """

    id: str
    revision: int
    name: str
    number: str
    where: str
    since: str
    can_activate: bool


@dataclass(frozen=True, slots=True)
class DayRow:
    """One order of today: its name or number, time and state in words."""

    id: str
    name: str
    at: str
    state: str


@dataclass(frozen=True, slots=True)
class DayPanel:
    """The window's day: cards that wait for their holders, what is owed, today's orders."""

    template: ClassVar[str] = "_day.html"
    name: ClassVar[str] = "day"

    waiting: tuple[WaitingRow, ...]
    owed: int
    refused: int
    orders: tuple[DayRow, ...]


@dataclass(frozen=True, slots=True)
class StateButton:
    """A service on the state of a card: its value, what stands on it, and whether it can be had."""

    value: str
    title: str
    offered: bool = True


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service that was begun lately.

    Attributes:
        id: Its number.
        text: What and when, in words.
        result: What is known of it, in words.
        done: Whether it has receipts.
    """

    id: int
    text: str
    result: str
    done: bool


@dataclass(frozen=True, slots=True)
class StatePanel:
    """社保卡维护: the card that this person has looked at, and the last services.

    Attributes:
        token: Names the card in a press; empty for none.
        holder: The holder's name.
        number: Masked.
        card_number: Masked.
        state: In words.
        bank: The bank's name; may be empty.
        services: What can be done.
        rows: The last services, newest first.
        applications: Types and reasons of applications, as one choice each.
        banks: Banks of a new card.
    """

    template: ClassVar[str] = "_card_state.html"
    name: ClassVar[str] = "card_state"

    token: str
    holder: str
    number: str
    card_number: str
    state: str
    bank: str
    services: tuple[StateButton, ...]
    rows: tuple[ServiceRow, ...]
    applications: tuple[StateButton, ...] = ()
    banks: tuple[str, ...] = ()


NO_PERSON: Final = PersonPanel("", ())
NO_DAY: Final = DayPanel((), 0, 0, ())
NO_STATE: Final = StatePanel("", "", "", "", "", "", (), ())
