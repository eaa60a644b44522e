"""What the template of the clerk's desk is given; see `station.ui.contents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from station.production.desk.views import DeskCardView
from station.production.views.messages import Problem


@dataclass(frozen=True, slots=True)
class IdCardShown:
    """The ID card that was read last; `until` is its last day, `token` names it in a press."""

    token: str
    name: str
    number: str
    until: str
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class IdReaderShown:
    """The ID-card reader: what the clerk does next, and what stands in the way."""

    state: str
    problem: Problem | None
    card: IdCardShown | None


@dataclass(frozen=True, slots=True)
class IdentityShown:
    """Who stood at the window for the order; `can_confirm` a name that only a person compares."""

    people: tuple[str, ...]
    problem: Problem | None
    can_confirm: bool


@dataclass(frozen=True, slots=True)
class PinShown:
    """The PIN service that was begun last; `receipt` is where its receipt is, once it is done."""

    running: bool
    text: str
    problem: Problem | None
    receipt: str


@dataclass(frozen=True, slots=True)
class PinServiceShown:
    """A button: its value and what stands on it."""

    value: str
    title: str


@dataclass(frozen=True, slots=True)
class TemporaryShown:
    """Temporary cards: whether the window offers them, and what the order on the screen allows.

    Attributes:
        offered: Whether the window issues temporary cards.
        may_write: Whether its card is to be written now.
        may_discard: Whether its card can be put aside.
        receipt: Where its receipt is; empty for none.
    """

    offered: bool
    may_write: bool = False
    may_discard: bool = False
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class CardsShown:
    """The desk's card reader, the card that was read last, and its PIN.

    Attributes:
        card: None before a card was read.
        verdict: What 验卡 found, in words.
        last_try: Whether the PIN has one try left.
        services: The PIN services.
        pin: The one that was begun last.
        temporary: What can be done with temporary cards.
        try_blank: Whether a blank that was mute in the machine should be tried here.
    """

    card: DeskCardView | None
    verdict: str
    last_try: bool
    services: tuple[PinServiceShown, ...]
    pin: PinShown | None
    temporary: TemporaryShown
    try_blank: bool = False


@dataclass(frozen=True, slots=True)
class DeskPanel:
    """What stands on the clerk's desk; `order` and `revision` are those on the screen."""

    template: ClassVar[str] = "_desk.html"
    name: ClassVar[str] = "desk"

    order: str
    revision: str
    reader: IdReaderShown | None
    identity: IdentityShown | None
    cards: CardsShown | None
