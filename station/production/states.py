"""The life of one order as a table. Pure: no clock, no device, no database.

Source: design.md section 2. `docs/explanations/order-life.md` is drawn from this table by `make
    docs`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from station.core.errors import StepNotAllowedError
from station.core.orders import EffectKind, OrderKind, OrderStep


class OrderEvent(enum.StrEnum):
    """What can happen to an order."""

    DATA_FETCHED = "data-fetched"
    APPROVED = "approved"
    CARD_FED = "card-fed"
    CHIP_STAYS = "chip-stays"
    CHIP_WRITTEN = "chip-written"
    CHIP_REWRITTEN = "chip-rewritten"
    REPORTED = "reported"
    FACE_PRINTED = "face-printed"
    NO_FACE = "no-face"
    CARD_RELEASED = "card-released"
    ACTIVATED = "activated"
    BLANK_REFUSED = "blank-refused"
    CANCELLED = "cancelled"
    CARD_SPOILED = "card-spoiled"


S, E, K = OrderStep, OrderEvent, OrderKind

TRANSITIONS: Final[Mapping[tuple[OrderStep, OrderEvent], OrderStep]] = {
    (S.ACCEPTED, E.DATA_FETCHED): S.DATA_READY,
    (S.ACCEPTED, E.CANCELLED): S.CANCELLED,
    (S.DATA_READY, E.APPROVED): S.APPROVED,
    (S.DATA_READY, E.CANCELLED): S.CANCELLED,
    (S.APPROVED, E.CARD_FED): S.FED,
    (S.APPROVED, E.CHIP_STAYS): S.REPORTED,  # 补打卡面, test card: nothing to write or to report
    (S.APPROVED, E.BLANK_REFUSED): S.APPROVED,  # put aside unwritten; the next feed takes another
    (S.APPROVED, E.CANCELLED): S.CANCELLED,
    (S.FED, E.CHIP_WRITTEN): S.ENCODED,
    (S.FED, E.CHIP_REWRITTEN): S.PRINTED,  # 重写芯片: its face and the province's data stay
    (S.FED, E.CARD_SPOILED): S.SPOILED,
    (S.FED, E.CANCELLED): S.CANCELLED,  # only when the chip is proven untouched
    (S.ENCODED, E.REPORTED): S.REPORTED,
    (S.ENCODED, E.FACE_PRINTED): S.PRINTED_OWED,  # where the policy prints first
    (S.ENCODED, E.CARD_SPOILED): S.SPOILED,
    (S.REPORTED, E.FACE_PRINTED): S.PRINTED,
    (S.REPORTED, E.NO_FACE): S.PRINTED,  # a window that prints nothing
    (S.ENCODED, E.NO_FACE): S.PRINTED_OWED,
    (S.REPORTED, E.CANCELLED): S.CANCELLED,  # only a reprint's card, which goes out as it came
    (S.REPORTED, E.CARD_SPOILED): S.SPOILED,
    (S.PRINTED_OWED, E.REPORTED): S.PRINTED,
    (S.PRINTED_OWED, E.CARD_RELEASED): S.RELEASED_OWED,  # inactive: two people's word, with a slip
    (S.PRINTED_OWED, E.CARD_SPOILED): S.SPOILED,
    (S.PRINTED, E.CARD_RELEASED): S.RELEASED,
    (S.PRINTED, E.CARD_SPOILED): S.SPOILED,
    (S.RELEASED_OWED, E.REPORTED): S.RELEASED,
    (S.RELEASED_OWED, E.CARD_SPOILED): S.SPOILED,  # taken back before it was activated
    (S.RELEASED, E.CARD_SPOILED): S.SPOILED,
    (S.RELEASED, E.ACTIVATED): S.ACTIVATED,
}

#: Nothing leads out of these; `released` is done too, but may still be activated.
FINAL: Final = frozenset({S.ACTIVATED, S.CANCELLED, S.SPOILED})
#: The order needs nothing more from the machine.
OUT_OF_MACHINE: Final = FINAL | {S.RELEASED, S.RELEASED_OWED}
#: A card of this order is inside the machine.
IN_MACHINE: Final = frozenset({S.FED, S.ENCODED, S.REPORTED, S.PRINTED_OWED, S.PRINTED})
#: The steps that are taken with a card in the machine's hands.
MOVES_A_CARD: Final = IN_MACHINE - {S.REPORTED} | {S.RELEASED, S.RELEASED_OWED}
#: The steps in the order of the window's buttons.
HAPPY_PATH: Final = (
    S.ACCEPTED,
    S.DATA_READY,
    S.APPROVED,
    S.FED,
    S.ENCODED,
    S.REPORTED,
    S.PRINTED,
    S.RELEASED,
    S.ACTIVATED,
)
#: What an order has behind it, itself included. On the side paths the report is still owed.
_BEHIND: Final[Mapping[OrderStep, frozenset[OrderStep]]] = {
    **{step: frozenset(HAPPY_PATH[:place]) for place, step in enumerate(HAPPY_PATH[:6], start=1)},
    S.PRINTED_OWED: frozenset(HAPPY_PATH[:5]) | {S.PRINTED_OWED},
    S.PRINTED: frozenset(HAPPY_PATH[:7]) | {S.PRINTED_OWED},
    S.RELEASED_OWED: frozenset(HAPPY_PATH[:5]) | {S.PRINTED_OWED, S.RELEASED_OWED},
    S.RELEASED: frozenset(HAPPY_PATH[:8]) | {S.PRINTED_OWED, S.RELEASED_OWED},
    S.ACTIVATED: frozenset(HAPPY_PATH) | {S.PRINTED_OWED, S.RELEASED_OWED},
}
#: What an event does to the world; events that are not here do nothing to it.
EFFECTS: Final[Mapping[OrderEvent, EffectKind]] = {
    E.CARD_FED: EffectKind.FEED,
    E.CHIP_STAYS: EffectKind.FEED,
    E.CHIP_WRITTEN: EffectKind.WRITE_CHIP,
    E.CHIP_REWRITTEN: EffectKind.WRITE_CHIP,
    E.REPORTED: EffectKind.REPORT,
    E.FACE_PRINTED: EffectKind.PRINT,
    E.CARD_RELEASED: EffectKind.RELEASE,
    E.ACTIVATED: EffectKind.ACTIVATE,
    E.CARD_SPOILED: EffectKind.REJECT,
}
#: These move no card.
AT_PROVINCE: Final = frozenset({EffectKind.REPORT, EffectKind.ACTIVATE})
IRREVERSIBLE: Final = frozenset(
    {
        EffectKind.WRITE_CHIP,
        EffectKind.REPORT,
        EffectKind.PRINT,
        EffectKind.RELEASE,
        EffectKind.REJECT,
    }
)

_FULL: Final[Mapping[OrderStep, OrderEvent]] = {
    S.ACCEPTED: E.DATA_FETCHED,
    S.DATA_READY: E.APPROVED,
    S.APPROVED: E.CARD_FED,
    S.FED: E.CHIP_WRITTEN,
    S.ENCODED: E.REPORTED,
    S.REPORTED: E.FACE_PRINTED,
    S.PRINTED_OWED: E.REPORTED,
    S.PRINTED: E.CARD_RELEASED,
    S.RELEASED_OWED: E.REPORTED,
    S.RELEASED: E.ACTIVATED,
}
#: What a kind of order does otherwise than a full one; None: it ends there.
_OTHERWISE: Final[Mapping[OrderKind, Mapping[OrderStep, OrderEvent | None]]] = {
    K.FULL: {},
    K.FACE_ONLY: {S.APPROVED: E.CHIP_STAYS, S.RELEASED: None},
    K.CHIP_ONLY: {S.FED: E.CHIP_REWRITTEN, S.RELEASED: None},
    K.TEST: {S.APPROVED: E.CHIP_STAYS, S.RELEASED: None},
}
_PRINT_FIRST: Final = {S.ENCODED: E.FACE_PRINTED}
_INACTIVE: Final = {S.ENCODED: E.FACE_PRINTED, S.PRINTED_OWED: E.CARD_RELEASED}


@dataclass(frozen=True, slots=True)
class Way:
    """Which way an order goes where the table allows more than one.

    Attributes:
        kind: What is done to which card.
        print_first: The site prints while the report is still owed.
        inactive: Two people had the card released before the province has acknowledged.
        faceless: The window prints nothing.
    """

    kind: OrderKind = OrderKind.FULL
    print_first: bool = False
    inactive: bool = False
    faceless: bool = False

    def next_event(self, step: OrderStep) -> OrderEvent | None:
        """Return what is to happen next to an order at `step`; None when there is nothing."""
        event = self._next_event(step)
        left_out = self.faceless and self.kind is K.FULL and event is E.FACE_PRINTED
        return E.NO_FACE if left_out else event

    def _next_event(self, step: OrderStep) -> OrderEvent | None:
        otherwise = _OTHERWISE[self.kind]
        if step in otherwise:
            return otherwise[step]
        if self.inactive and step in _INACTIVE:
            return _INACTIVE[step]
        if self.print_first and step in _PRINT_FIRST:
            return _PRINT_FIRST[step]
        return _FULL.get(step)

    def next_step(self, step: OrderStep) -> OrderStep | None:
        """Return the step that this leads to; None when there is none."""
        event = self.next_event(step)
        return None if event is None else TRANSITIONS[step, event]


def advance(step: OrderStep, event: OrderEvent) -> OrderStep:
    """Return the step that follows.

    Raises:
        StepNotAllowedError: The event is not allowed in this step.
    """
    try:
        return TRANSITIONS[step, event]
    except KeyError:
        raise StepNotAllowedError(
            f"{event.value} is not allowed in {step.value}", details={"step": step.value}
        ) from None


def reached(step: OrderStep, target: OrderStep) -> bool:
    """Whether an order at `step` has `target` behind it (or stands on it)."""
    return target in _BEHIND.get(step, ())


def draw() -> str:
    """Return the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {_name(S.ACCEPTED)}"]
    for (before, event), after in TRANSITIONS.items():
        lines.append(f"    {_name(before)} --> {_name(after)}: {event.value}")
    lines += [f"    {_name(step)} --> [*]" for step in OrderStep if step in FINAL]
    return "\n".join(lines) + "\n"


def _name(step: OrderStep) -> str:
    return step.value.replace("-", "_")
