"""The life of one order as a table. Pure: no clock, no device, no database.

Source: design.md section 2. `docs/explanations/order-life.md` is drawn from this table by `make
    docs`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from station.core.errors import StepNotAllowedError
from station.core.orders import EffectKind, OrderStep


class OrderEvent(enum.StrEnum):
    """What can happen to an order."""

    DATA_FETCHED = "data-fetched"
    APPROVED = "approved"
    CARD_FED = "card-fed"
    CHIP_WRITTEN = "chip-written"
    REPORTED = "reported"
    FACE_PRINTED = "face-printed"
    NO_FACE = "no-face"
    CARD_RELEASED = "card-released"
    ACTIVATED = "activated"
    BLANK_REFUSED = "blank-refused"
    CANCELLED = "cancelled"
    CARD_SPOILED = "card-spoiled"


S, E = OrderStep, OrderEvent

TRANSITIONS: Final[Mapping[tuple[OrderStep, OrderEvent], OrderStep]] = {
    (S.ACCEPTED, E.DATA_FETCHED): S.DATA_READY,
    (S.ACCEPTED, E.CANCELLED): S.CANCELLED,
    (S.DATA_READY, E.APPROVED): S.APPROVED,
    (S.DATA_READY, E.CANCELLED): S.CANCELLED,
    (S.APPROVED, E.CARD_FED): S.FED,
    (S.APPROVED, E.BLANK_REFUSED): S.APPROVED,  # put aside unwritten; the next feed takes another
    (S.APPROVED, E.CANCELLED): S.CANCELLED,
    (S.FED, E.CHIP_WRITTEN): S.ENCODED,
    (S.FED, E.CARD_SPOILED): S.SPOILED,
    (S.FED, E.CANCELLED): S.CANCELLED,  # only when the chip is proven blank
    (S.ENCODED, E.REPORTED): S.REPORTED,
    (S.ENCODED, E.CARD_SPOILED): S.SPOILED,
    (S.REPORTED, E.FACE_PRINTED): S.PRINTED,
    (S.REPORTED, E.NO_FACE): S.PRINTED,  # a window that prints nothing
    (S.REPORTED, E.CARD_SPOILED): S.SPOILED,
    (S.PRINTED, E.CARD_RELEASED): S.RELEASED,
    (S.PRINTED, E.CARD_SPOILED): S.SPOILED,
    (S.RELEASED, E.ACTIVATED): S.ACTIVATED,
}

#: Nothing leads out of these; `released` is done too, but may still be activated.
FINAL: Final = frozenset({S.ACTIVATED, S.CANCELLED, S.SPOILED})
#: The order needs nothing more from the machine.
OUT_OF_MACHINE: Final = FINAL | {S.RELEASED}
#: A card of this order is inside the machine.
IN_MACHINE: Final = frozenset({S.FED, S.ENCODED, S.REPORTED, S.PRINTED})
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
#: What reaching a step does to the world; steps that are not here do nothing to it.
EFFECTS: Final[Mapping[OrderStep, EffectKind]] = {
    S.FED: EffectKind.FEED,
    S.ENCODED: EffectKind.WRITE_CHIP,
    S.REPORTED: EffectKind.REPORT,
    S.PRINTED: EffectKind.PRINT,
    S.RELEASED: EffectKind.RELEASE,
    S.ACTIVATED: EffectKind.ACTIVATE,
}
#: These move no card.
AT_PROVINCE: Final = frozenset({EffectKind.REPORT, EffectKind.ACTIVATE})
IRREVERSIBLE: Final = frozenset(
    {EffectKind.WRITE_CHIP, EffectKind.REPORT, EffectKind.PRINT, EffectKind.RELEASE}
)


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
    """Whether an order at `step` has `target` behind it (or stands on it), on the happy path."""
    return (
        step in HAPPY_PATH
        and target in HAPPY_PATH
        and HAPPY_PATH.index(step) >= HAPPY_PATH.index(target)
    )


def next_step(step: OrderStep) -> OrderStep | None:
    """Return the next step of the happy path; None when there is none."""
    if step not in HAPPY_PATH or step is HAPPY_PATH[-1]:
        return None
    return HAPPY_PATH[HAPPY_PATH.index(step) + 1]


def draw() -> str:
    """Return the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {_name(S.ACCEPTED)}"]
    for (before, event), after in TRANSITIONS.items():
        lines.append(f"    {_name(before)} --> {_name(after)}: {event.value}")
    lines += [f"    {_name(step)} --> [*]" for step in OrderStep if step in FINAL]
    return "\n".join(lines) + "\n"


def _name(step: OrderStep) -> str:
    return step.value.replace("-", "_")
