"""Cards, printer, chip reader and province of the search: what really is, whatever is believed.

Every device is a model of its interface in `core`: what may happen at a call is what the interface
says may happen. The world knows nothing of the station; `watch` is told of every real effect.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from station.core.cards import (
    ChipData,
    ChipIdentity,
)
from station.core.faces import PrintGeometry
from station.core.gateways import ProductionData
from station.core.life import Lane
from station.core.orders import EffectKind
from station.core.printing import (
    CardPosition,
)
from station.core.secrets import BankNumber
from tests.explore.choices import Choices
from tests.torture.province import production_data

PERSON: Final = "410701199003074534"  # invented, as in the doubles
STRANGER: Final = "410701198507123218"
GOOD, OTHER = "622700", "622848"  #: banks of blanks: the one that is asked for, another one
NO_BANK: Final = ""  #: of a temporary card
GEOMETRY: Final = PrintGeometry(4, 2, 300)

FEEDER, PATH, OUT, BIN, HAND, GONE, ELSEWHERE, DESK = (
    "feeder",
    "path",
    "outlet",
    "bin",
    "hand",
    "gone",
    "other printer",
    "desk's reader",
)
OUTSIDE: Final = (OUT, HAND)
TEST_CARD: Final = 1  #: serial of the marked test card, in a course that rehearses


@functools.cache
def data_of(person: str, batch: str = "B1") -> ProductionData:
    """What the province gives for one person."""
    return production_data(person, batch)


class Card(NamedTuple):
    """One card.

    Attributes:
        serial: Makes its numbers.
        place: Where it is.
        holder: Whose data it carries; empty on a blank.
        half: A write broke off.
        faces: Every face on it, oldest first: `order face`, or `order torn`.
        bank: First digits of its bank number; empty for a temporary card.
        mute: Gives no ATR.
        bad: Takes every write badly.
        fed: The machine drew it from the feeder.
        along: It stuck to the one that was fed.
        touched: A hand or another program has moved it against what the station knows.
    """

    serial: int
    place: str = FEEDER
    holder: str = ""
    half: bool = False
    faces: tuple[str, ...] = ()
    bank: str = GOOD
    mute: bool = False
    bad: bool = False
    fed: bool = False
    along: bool = False
    touched: bool = False

    @property
    def card_id(self) -> str:
        """Its AAZ501."""
        return card_id(self.serial)

    @property
    def chip(self) -> ChipData | None:
        """The data that it carries."""
        return data_of(self.holder).chip if self.holder else None

    def identity(self) -> ChipIdentity:
        """Return what can be read without a key. A broken-off write shows its 卡号 already."""
        return _identity(self.serial, self.holder, self.bank)


@functools.cache
def card_id(serial: int) -> str:
    """Return the AAZ501 of a card."""
    return f"410700{serial:026d}"


@functools.cache
def _identity(serial: int, holder: str, bank: str) -> ChipIdentity:
    return ChipIdentity(
        AAZ501=card_id(serial),
        AAZ507=f"{serial:026d}",
        AAZ508="3.00",
        AAB301="410700",
        algorithm="03",
        AAZ500=data_of(holder).chip.AAZ500 if holder else "",
        bank_number=BankNumber(f"{bank}{serial:013d}") if bank else None,
    )


class Things(NamedTuple):
    """Everything real; never changed.

    Attributes:
        cards: Every card that is not an untouched blank of the stack.
        laid: Cards that lie on top of the stack, the next one first.
        position: Where the card in the path is.
        position_elsewhere: Where the card in the other printer is.
        conditions: What a person must mend, by name.
        job: The print that was begun last: `listed`, `done`, or empty.
        counted: Prints that the counters have seen since the last settled one.
        knows_jobs: Whether this printer reports on jobs; None while nobody asked.
        unit: Which of two printers is plugged in.
        last_out: The card that was put out last.
        asked: What a machine without motors has asked a person for.
        told: Reports that the province has, in order: outcome and card.
        on_way: Reports that arrive only after the next question.
        unanswered: Reports whose last sending had no answer, and that were not asked about since.
        late: Reports that arrived although nobody waited for them any more.
        active: Whether the person's card is active.
        fed: The card that the last feed has drawn; 0 when it has drawn none.
        mark: Of the person's application: `locked` to the window's batch once the data was given
            out, `kept` when 撤销标注 was refused, and empty otherwise.
        mark_on_way: 撤销标注 that arrives only after the next question.
    """

    cards: tuple[Card, ...] = ()
    laid: tuple[int, ...] = ()
    position: CardPosition = CardPosition.CHIP_STATION
    position_elsewhere: CardPosition = CardPosition.CHIP_STATION
    conditions: frozenset[str] = frozenset()
    job: str = ""
    counted: int = 0
    knows_jobs: bool | None = None
    unit: str = "1"
    last_out: int = 0
    asked: str = ""
    told: tuple[tuple[str, int], ...] = ()
    on_way: tuple[tuple[str, int], ...] = ()
    unanswered: frozenset[tuple[str, int]] = frozenset()
    late: frozenset[tuple[str, int]] = frozenset()
    active: bool = False
    fed: int = 0
    mark: str = ""
    mark_on_way: bool = False


#: Conditions that a person can put right without touching a card in the path.
CABLE, READER, COVER, EMPTY, DOWN, UNMARKED, JAM = (
    "printer cable out",
    "reader cable out",
    "cover open",
    "feeder empty",
    "network down",
    "application not marked",
    "card jammed",
)

MUTE_ONCE: Final = "the chip is mute once"

Watch = Callable[[EffectKind, Card | None, str], None]  #: kind, card, what about
#: A command without an answer: it was not carried out, or it was.
LOST: Final = ("no answer, not carried out", "no answer, carried out")


class World:
    """The things, and how they are changed. `things` may be taken and put back at any time."""

    def __init__(self, choices: Choices, watch: Watch) -> None:
        self.choices = choices
        self.watch = watch
        self.things = Things()
        self.meanwhile: Callable[[Lane], None] = lambda lane: None  #: a lane may work now
        self.printing = "1"  #: the order whose print is under way, for the faces

    def set(self, **values: Any) -> None:  # noqa: ANN401 - any field
        """Change things."""
        self.things = self.things._replace(**values)

    # -- cards ---------------------------------------------------------------------------------

    def card(self, serial: int) -> Card:
        """Return one card."""
        return self.things.cards[serial - 1]

    def by_id(self, AAZ501: str) -> Card | None:
        """Return the card of an AAZ501."""
        return next((one for one in self.things.cards if one.card_id == AAZ501), None)

    @property
    def path(self) -> Card | None:
        """The card in the path, the one at the rollers first."""
        return next((one for one in self.things.cards if one.place == PATH), None)

    @property
    def at_desk(self) -> Card | None:
        """The card in the desk's reader."""
        return next((one for one in self.things.cards if one.place == DESK), None)

    def make(self, card: Card) -> Card:
        """Bring one more card into the world."""
        card = card._replace(serial=len(self.things.cards) + 1)
        self.set(cards=(*self.things.cards, card))
        return card

    def change(self, serial: int, **values: object) -> Card:
        """Change one card."""
        new = self.card(serial)._replace(**values)  # type: ignore[arg-type]
        self.set(
            cards=tuple(new if one.serial == serial else one for one in self.things.cards),
        )
        return new

    def has(self, condition: str) -> bool:
        """Whether something is out of order."""
        return condition in self.things.conditions

    def breaks(self, condition: str) -> None:
        """Something gets out of order."""
        self.set(conditions=self.things.conditions | {condition})
        self.choices.tell(f"    The world: {condition}.")

    def tell(self, line: str) -> None:
        """Say what a device does."""
        self.choices.tell(f"    {line}")
