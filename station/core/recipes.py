"""What is fixed about each kind of order: one `Recipe` per kind, and the path it takes.

No other module compares an order's kind: it looks up the recipe and reads a field. A new kind of
order is a row of `RECIPES`, with rows of the tables in `station.core.life` and functions for new
events where its path needs them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from station.core.errors import WrongCardReason
from station.core.gateways import ReportOutcome
from station.core.life import EVENTS, TRANSITIONS, OrderEvent, reached
from station.core.orders import CardFate, OrderKind, OrderStep
from station.core.reprints import ReprintReason, ReprintRule

S, E, K = OrderStep, OrderEvent, OrderKind


class CardSource(enum.Enum):
    """Which card an order is carried out on."""

    BANKS_BLANK = "banks-blank"  #: a blank that fits the holder's bank; the order is bound to it
    FIRST_ORDERS = "first-orders"  #: the card that the earlier order has produced
    ANY_BLANK = "any-blank"  #: a blank of any bank, which becomes no holder's card
    DESK_BLANK = "desk-blank"  #: a temporary card's blank, put into the desk's reader by hand
    DESK_CARD = "desk-card"  #: a temporary card that a person has read in the desk's reader
    TEST_CARD = "test-card"  #: one of the site's marked test cards, which are used again and again


class DataSource(enum.Enum):
    """Where the data of an order comes from."""

    PROVINCE = "province"
    FIRST_ORDER = "first-order"  #: exactly the data that the card was made with
    TEMPORARY = "temporary"  #: the province's, of a temporary card: no picture, no bank
    INVENTED = "invented"  #: of a person who does not exist: nothing at the province is changed
    NONE = "none"


class Face(enum.Enum):
    """What an order prints."""

    AS_WINDOW = "as-window"  #: the holder's face; nothing at a window that prints no faces
    HOLDERS = "holders"  #: the holder's face, which is the purpose of the order
    TEST_CARD = "test-card"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is fixed about one kind of order.

    Attributes:
        kind: The kind of order.
        path: The event that comes next at each step, where neither the site's policies nor two
            people's approval change it (`Way`).
        card: Which card it is carried out on.
        data: Where its data comes from.
        prints: What it prints.
        reports: Outcomes that are reported to the province.
        cancel_until: The last step at which it may be cancelled.
        fate_done: The card's fate when the order is done.
        fate_cancelled: The fate of a card that the order was bound to when it was cancelled.
        fate_spoiled: The card's fate when it was used up without a usable card.
        number_must_match: Whether the first order's card is accepted only when it carries its 卡号.
            False where that number may be the defect of the chip.
        refusal: Code for a card that does not fit and is therefore released unchanged. None: a
            blank that does not fit goes into the reject bin, with the reason that its check gave.
        at_acceptance: Events that happen when the order is created.
        judged: Whether a technician decides afterwards whether the card is usable.
        again: Kinds of order that may be made about its card, in the order in which the window
            offers them.
        reprint: The rule by which such an order is made about an earlier one; None when it is not.
        texts: Step -> code of the text that is shown there instead of the step's own.
        at_desk: Whether its card is handled in the desk's reader: the machine is not needed.
        receipt_at: The step at which the holder's receipt exists; None for no receipt.
    """

    kind: OrderKind
    path: Mapping[OrderStep, OrderEvent]
    card: CardSource
    data: DataSource
    prints: Face
    reports: frozenset[ReportOutcome]
    cancel_until: OrderStep
    fate_done: CardFate
    fate_cancelled: CardFate
    fate_spoiled: CardFate
    number_must_match: bool = True
    refusal: WrongCardReason | None = None
    at_acceptance: tuple[OrderEvent, ...] = ()
    judged: bool = False
    again: tuple[OrderKind, ...] = ()
    reprint: ReprintRule | None = None
    texts: Mapping[OrderStep, str] = field(default_factory=dict)
    at_desk: bool = False
    receipt_at: OrderStep | None = None

    @property
    def own_card(self) -> bool:
        """Whether the order is about the card that an earlier order has produced."""
        return self.card is CardSource.FIRST_ORDERS

    @property
    def binds_card(self) -> bool:
        """Whether the order is bound to a chip: each later step proves that it is the same chip."""
        return self.card is not CardSource.ANY_BLANK

    @property
    def is_rehearsal(self) -> bool:
        """Whether it is a rehearsal: no holder, and nothing is changed at the province."""
        return self.data is DataSource.INVENTED

    @property
    def takes_back(self) -> bool:
        """Whether it takes a card back that a person has read."""
        return self.card is CardSource.DESK_CARD

    @property
    def writes_at_desk(self) -> bool:
        """Whether its card is written in the desk's reader."""
        return bool({E.WRITTEN_AT_DESK, E.REWRITTEN_AT_DESK} & set(self.path.values()))

    @property
    def is_personal(self) -> bool:
        """Whether it is about a person, whose data is erased some time after its end."""
        return self.data is not DataSource.NONE or self.takes_back

    @property
    def feeds(self) -> OrderEvent:
        """The event with which its card is fed."""
        return self.path[S.APPROVED]

    @property
    def is_activated(self) -> bool:
        """Whether the order ends with 领卡启用."""
        return E.ACTIVATED in self.path.values()

    @property
    def buttons(self) -> frozenset[str]:
        """The window's buttons that the order needs."""
        pressed = set(self.path.values()) - set(self.at_acceptance)
        return frozenset(EVENTS[event].button for event in pressed)

    def may_cancel(self, step: OrderStep) -> bool:
        """Whether an order of this kind may be cancelled at `step`."""
        return reached(self.cancel_until, step) and (step, E.CANCELLED) in TRANSITIONS


R = ReprintReason

_BEGINNING: Final = {S.ACCEPTED: E.DATA_FETCHED, S.DATA_READY: E.APPROVED}
_WHOLE_PATH: Final = {
    **_BEGINNING,
    S.APPROVED: E.CARD_FED,
    S.FED: E.CHIP_WRITTEN,
    S.ENCODED: E.REPORTED,
    S.REPORTED: E.FACE_PRINTED,
    S.PRINTED_OWED: E.REPORTED,
    S.PRINTED: E.CARD_RELEASED,
    S.RELEASED_OWED: E.REPORTED,
    S.RELEASED: E.ACTIVATED,
}
_AGAIN: Final = (K.FACE_ONLY, K.CHIP_ONLY, K.FULL)

#: A remake of a card that was released spoils that card first, which always takes two people; after
#: a card that is already spoiled no approval is needed.
RECIPES: Final[Mapping[OrderKind, Recipe]] = {
    K.FULL: Recipe(
        K.FULL,
        path=_WHOLE_PATH,
        card=CardSource.BANKS_BLANK,
        data=DataSource.PROVINCE,
        prints=Face.AS_WINDOW,
        reports=frozenset({ReportOutcome.ISSUED, ReportOutcome.SPOILED, ReportOutcome.CANCELLED}),
        cancel_until=S.FED,
        fate_done=CardFate.ISSUED,
        fate_cancelled=CardFate.RETURNED,
        fate_spoiled=CardFate.SPOILED,
        again=_AGAIN,
        reprint=ReprintRule(
            (R.CARD_SPOILED, R.CARD_DEFECTIVE, R.NOT_COLLECTED),
            allowed_at=frozenset({S.SPOILED}),
            taken_back_at=frozenset({S.RELEASED, S.RELEASED_OWED}),
            offered_at=frozenset({S.SPOILED, S.RELEASED}),
            irreversible=True,
        ),
    ),
    K.FACE_ONLY: Recipe(
        K.FACE_ONLY,
        path={
            **_BEGINNING,
            S.APPROVED: E.CHIP_STAYS,
            S.REPORTED: E.FACE_PRINTED,
            S.PRINTED: E.CARD_RELEASED,
        },
        card=CardSource.FIRST_ORDERS,
        data=DataSource.FIRST_ORDER,
        prints=Face.HOLDERS,
        reports=frozenset({ReportOutcome.SPOILED}),  # chip and card stay as the province knows them
        cancel_until=S.REPORTED,
        fate_done=CardFate.ISSUED,
        fate_cancelled=CardFate.ISSUED,
        fate_spoiled=CardFate.SPOILED,
        refusal=WrongCardReason.NOT_THE_HOLDERS,
        again=_AGAIN,
        reprint=ReprintRule(
            (R.FACE_UNCLEAR, R.FACE_COLOUR_OFF, R.FACE_DAMAGED),
            allowed_at=frozenset({S.RELEASED, S.ACTIVATED}),
            offered_at=frozenset({S.RELEASED, S.ACTIVATED}),
        ),
        texts={S.APPROVED: "put-back-for-face", S.RELEASED: "face-reprinted"},
    ),
    K.CHIP_ONLY: Recipe(
        K.CHIP_ONLY,
        path={
            **_BEGINNING,
            S.APPROVED: E.CARD_FED,
            S.FED: E.CHIP_REWRITTEN,
            S.PRINTED: E.CARD_RELEASED,
        },
        card=CardSource.FIRST_ORDERS,
        data=DataSource.FIRST_ORDER,
        prints=Face.NONE,
        reports=frozenset({ReportOutcome.SPOILED}),  # the same data; only the HSM is asked
        cancel_until=S.FED,
        fate_done=CardFate.ISSUED,
        fate_cancelled=CardFate.ISSUED,
        fate_spoiled=CardFate.SPOILED,
        number_must_match=False,
        refusal=WrongCardReason.NOT_THE_HOLDERS,
        again=_AGAIN,
        reprint=ReprintRule(
            (R.CHIP_DATA_DAMAGED, R.CHIP_DATA_WRONG),
            allowed_at=frozenset({S.RELEASED, S.ACTIVATED}),
            offered_at=frozenset({S.RELEASED, S.ACTIVATED}),
            needs_approver=True,
            irreversible=True,
        ),
        texts={S.APPROVED: "put-back-for-chip", S.RELEASED: "chip-rewritten"},
    ),
    K.TEST: Recipe(
        K.TEST,
        path={
            **_BEGINNING,
            S.APPROVED: E.CHIP_STAYS,
            S.REPORTED: E.FACE_PRINTED,
            S.PRINTED: E.CARD_RELEASED,
        },
        card=CardSource.ANY_BLANK,
        data=DataSource.NONE,
        prints=Face.TEST_CARD,
        reports=frozenset(),
        cancel_until=S.REPORTED,
        fate_done=CardFate.TEST,
        fate_cancelled=CardFate.RETURNED,
        fate_spoiled=CardFate.TEST,
        refusal=WrongCardReason.ALREADY_PERSONALISED,
        at_acceptance=(E.DATA_FETCHED, E.APPROVED),
        judged=True,
        texts={S.RELEASED: "test-card-out"},
    ),
    K.TEMPORARY: Recipe(
        K.TEMPORARY,
        path={**_BEGINNING, S.APPROVED: E.WRITTEN_AT_DESK, S.RELEASED_OWED: E.REPORTED},
        card=CardSource.DESK_BLANK,
        data=DataSource.TEMPORARY,
        prints=Face.NONE,
        reports=frozenset({ReportOutcome.TEMPORARY}),
        cancel_until=S.APPROVED,
        fate_done=CardFate.TEMPORARY,
        fate_cancelled=CardFate.RETURNED,
        fate_spoiled=CardFate.SPOILED,
        again=(K.TEMPORARY_AGAIN,),
        texts={
            S.APPROVED: "lay-temporary-blank",
            S.RELEASED_OWED: "temporary-owed",
            S.RELEASED: "temporary-issued",
        },
        at_desk=True,
        receipt_at=S.RELEASED,
    ),
    K.TEMPORARY_AGAIN: Recipe(
        K.TEMPORARY_AGAIN,
        path={**_BEGINNING, S.APPROVED: E.REWRITTEN_AT_DESK},
        card=CardSource.FIRST_ORDERS,
        data=DataSource.FIRST_ORDER,
        prints=Face.NONE,
        reports=frozenset(),  # the same data; only the HSM is asked
        cancel_until=S.APPROVED,
        fate_done=CardFate.TEMPORARY,
        fate_cancelled=CardFate.TEMPORARY,
        fate_spoiled=CardFate.SPOILED,
        number_must_match=False,
        refusal=WrongCardReason.NOT_THE_HOLDERS,
        again=(K.TEMPORARY_AGAIN,),
        reprint=ReprintRule(
            (R.PIN_FORGOTTEN, R.CHIP_DATA_DAMAGED, R.CHIP_DATA_WRONG),
            allowed_at=frozenset({S.RELEASED}),
            offered_at=frozenset({S.RELEASED}),
        ),
        texts={S.APPROVED: "lay-temporary-card", S.RELEASED: "temporary-rewritten"},
        at_desk=True,
        receipt_at=S.RELEASED,
    ),
    K.TEMPORARY_BACK: Recipe(
        K.TEMPORARY_BACK,
        path={S.ACCEPTED: E.COLLECTED},
        card=CardSource.DESK_CARD,
        data=DataSource.NONE,
        prints=Face.NONE,
        reports=frozenset(),
        cancel_until=S.ACCEPTED,
        fate_done=CardFate.COLLECTED,
        fate_cancelled=CardFate.TEMPORARY,
        fate_spoiled=CardFate.COLLECTED,
        texts={S.ACCEPTED: "temporary-read", S.COLLECTED: "temporary-collected"},
        at_desk=True,
        receipt_at=S.COLLECTED,
    ),
    K.REHEARSAL: Recipe(
        K.REHEARSAL,
        path=_WHOLE_PATH,
        card=CardSource.TEST_CARD,
        data=DataSource.INVENTED,
        prints=Face.AS_WINDOW,
        reports=frozenset({ReportOutcome.ISSUED}),
        cancel_until=S.FED,
        fate_done=CardFate.TRAINING,
        fate_cancelled=CardFate.TRAINING,
        fate_spoiled=CardFate.TRAINING,
        refusal=WrongCardReason.NO_TEST_CARD,
        texts={S.APPROVED: "lay-test-card", S.RELEASED: "rehearsal-out"},
    ),
}


def recipe_of(kind: OrderKind) -> Recipe:
    """Return what is fixed about a kind of order."""
    return RECIPES[kind]


_PRINT_FIRST: Final = {S.ENCODED: E.FACE_PRINTED}
_INACTIVE: Final = {S.ENCODED: E.FACE_PRINTED, S.PRINTED_OWED: E.CARD_RELEASED}


@dataclass(frozen=True, slots=True)
class Way:
    """The path of an order where the table allows more than one.

    Attributes:
        kind: What is done to which card.
        print_first: The site prints while the report is still owed.
        inactive: Two people had the card released before the province acknowledged it.
        faceless: The window prints nothing.
    """

    kind: OrderKind = OrderKind.FULL
    print_first: bool = False
    inactive: bool = False
    faceless: bool = False

    def next_event(self, step: OrderStep) -> OrderEvent | None:
        """Return the next event of an order at `step`; None when there is none."""
        recipe = recipe_of(self.kind)
        event = recipe.path.get(step)
        if event is E.REPORTED and self.inactive:
            event = _INACTIVE.get(step, event)
        elif event is E.REPORTED and self.print_first:
            event = _PRINT_FIRST.get(step, event)
        left_out = self.faceless and recipe.prints is Face.AS_WINDOW and event is E.FACE_PRINTED
        return E.NO_FACE if left_out else event

    def next_step(self, step: OrderStep) -> OrderStep | None:
        """Return the step that follows `step`; None when there is none."""
        event = self.next_event(step)
        return None if event is None else TRANSITIONS[step, event]

    def walk(self) -> Iterator[OrderStep]:
        """Iterate over the steps from the first to the last of the path."""
        step: OrderStep | None = S.ACCEPTED
        while step is not None:
            yield step
            step = self.next_step(step)


#: The steps of a first card in the order of the window's buttons.
HAPPY_PATH: Final = tuple(Way().walk())
