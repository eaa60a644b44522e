"""The life of a card as data. Pure: no clock, no device, no database.

Three tables define what is fixed about every order and its card:

* `STEPS`: one row per step at which an order can be (where its card is, which steps precede it).
* `EVENTS` and `TRANSITIONS`: what can happen, its effect on the world, and the step that follows.
* `EFFECTS`: one row per kind of effect (which device performs it, what it does to the card).

Lanes carry orders on, and each event belongs to one of them (`EventFacts.lane`). The machine's lane
owns printer and chip, including what the HSM is asked while the chip is powered. Everything else
that the province is asked for has two lanes of its own: reports, for which cards wait, and requests
of people at the window. `lane_event` returns what an order has to do in a lane. Two lanes can work
on one order at the same time: where the site prints first, a report may be sent while the card is
printed. Each outcome is then applied to the step to which the other lane has moved the order, and
both orders of events lead to the same step.

The differences between kinds of orders are in `station.core.recipes`. No other module repeats one
of these lists: it reads a field of a row, or one of the sets that are computed from them.

Why some steps exist twice, as `printed` and `printed-owed`: the province's acknowledgement and the
work on the card do not wait for each other at every site, so an order's card can be ahead of its
report. Such an order is at an `-owed` step; `StepFacts.owed_form_of` names the step that it becomes
once the report has been acknowledged.

Why a goal is not a step: a goal states how far an order runs automatically. It is one of the plain
steps, so it is not reached while the report is owed, although the work on the card may be done. The
one exception is a card that two people released inactive: its goal is `released-owed`.
`docs/explanations/steps-and-goals.md` has examples of both.

`docs/explanations/order-life.md` is drawn from these tables by `make docs`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from station.core.errors import Party, StepNotAllowedError
from station.core.orders import EffectKind, OrderStep


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
    WRITTEN_AT_DESK = "written-at-desk"
    REWRITTEN_AT_DESK = "rewritten-at-desk"
    COLLECTED = "collected"
    BLANK_REFUSED = "blank-refused"
    CANCELLED = "cancelled"
    CARD_SPOILED = "card-spoiled"


S, E = OrderStep, OrderEvent


# -- steps -----------------------------------------------------------------------------------------


class Phase(enum.Enum):
    """Where an order's card is, as far as its step determines it."""

    BEFORE = "before"  #: no card has been fed
    INSIDE = "inside"  #: a card of this order is in the machine
    OUT = "out"  #: the card is out and finished, or is processed further outside
    VOID = "void"  #: the order will produce no card


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What is fixed about one step.

    Attributes:
        phase: Where the card is.
        after: The possible direct predecessors. None: the order has ended in another way, and no
            step counts as reached.
        moves_card: Whether the work that leads to it is done with a card in the machine.
        closed: Whether the same person may have another order from here on.
        owes_report: Whether the order waits for the province to acknowledge the card.
        owed_form_of: The step that it becomes with that acknowledgement, where the work on the card
            is the same.
    """

    phase: Phase
    after: tuple[OrderStep, ...] | None
    moves_card: bool = False
    closed: bool = False
    owes_report: bool = False
    owed_form_of: OrderStep | None = None


STEPS: Final[Mapping[OrderStep, StepFacts]] = {
    S.ACCEPTED: StepFacts(Phase.BEFORE, ()),
    S.DATA_READY: StepFacts(Phase.BEFORE, (S.ACCEPTED,)),
    S.APPROVED: StepFacts(Phase.BEFORE, (S.DATA_READY,)),
    S.FED: StepFacts(Phase.INSIDE, (S.APPROVED,), moves_card=True),
    S.ENCODED: StepFacts(Phase.INSIDE, (S.FED,), moves_card=True, owes_report=True),
    S.REPORTED: StepFacts(Phase.INSIDE, (S.ENCODED,)),
    S.PRINTED: StepFacts(Phase.INSIDE, (S.REPORTED, S.PRINTED_OWED), moves_card=True),
    S.PRINTED_OWED: StepFacts(
        Phase.INSIDE, (S.ENCODED,), moves_card=True, owes_report=True, owed_form_of=S.PRINTED
    ),
    S.RELEASED: StepFacts(Phase.OUT, (S.PRINTED, S.RELEASED_OWED), moves_card=True, closed=True),
    S.RELEASED_OWED: StepFacts(
        Phase.OUT, (S.PRINTED_OWED,), moves_card=True, owes_report=True, owed_form_of=S.RELEASED
    ),
    S.ACTIVATED: StepFacts(Phase.OUT, (S.RELEASED,), closed=True),
    S.COLLECTED: StepFacts(Phase.OUT, (S.ACCEPTED,), closed=True),
    S.CANCELLED: StepFacts(Phase.VOID, None, closed=True),
    S.SPOILED: StepFacts(Phase.VOID, None, closed=True),
}


def _in(*phases: Phase) -> frozenset[OrderStep]:
    return frozenset(step for step, facts in STEPS.items() if facts.phase in phases)


#: No card has been fed for an order here.
BEFORE_FEED: Final = _in(Phase.BEFORE)
#: A card of this order is inside the machine.
IN_MACHINE: Final = _in(Phase.INSIDE)
#: The order does not need the machine any more.
OUT_OF_MACHINE: Final = _in(Phase.OUT, Phase.VOID)
#: No card comes of the order any more; at most a report is left to do.
VOID: Final = _in(Phase.VOID)
#: The work that leads to these needs the card in the machine: it moves, or its chip is written.
MOVES_A_CARD: Final = frozenset(step for step, facts in STEPS.items() if facts.moves_card)
#: An order at one of these does not prevent the same person's next order.
CLOSED: Final = frozenset(step for step, facts in STEPS.items() if facts.closed)


def _behind(step: OrderStep) -> frozenset[OrderStep]:
    before = STEPS[step].after
    if before is None:
        return frozenset()
    return frozenset({step}).union(*(_behind(one) for one in before))


_BEHIND: Final[Mapping[OrderStep, frozenset[OrderStep]]] = {step: _behind(step) for step in STEPS}


def reached(step: OrderStep, target: OrderStep) -> bool:
    """Whether an order at `step` has reached `target`, or is exactly there."""
    return target in _BEHIND[step]


def done(step: OrderStep, target: OrderStep) -> bool:
    """Whether the work on the card that leads to `target` is done; its report may still be owed."""
    owed = {STEPS[one].owed_form_of for one in _BEHIND[step]}
    return target in _BEHIND[step] or target in owed


def is_at(step: OrderStep, target: OrderStep) -> bool:
    """Whether `step` is `target`, or its form with the report still owed."""
    return target in (step, STEPS[step].owed_form_of)


# -- lanes -----------------------------------------------------------------------------------------


class Lane(enum.Enum):
    """Which part of the station does a piece of work. One lane does one thing at a time."""

    MACHINE = "machine"  #: printer and chip, and the HSM while the chip is powered
    REPORTS = "reports"  #: what cards wait for at the province
    REQUESTS = "requests"  #: what people at the window wait for there: data, activation


# -- effects ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EffectFacts:
    """What is fixed about one kind of effect.

    Attributes:
        party: The device or partner that performs it. An error proves that the effect did not begin
            only when it lists this party (`StationError.untouched`).
        leaves_machine: Whether the card may be outside the path once it has begun.
        uses_up: Whether it uses up a blank, even when it fails.
        at_desk: Whether the card is in the desk's reader, where only a person moves it.
    """

    party: Party
    leaves_machine: bool = False
    uses_up: bool = False
    at_desk: bool = False


EFFECTS: Final[Mapping[EffectKind, EffectFacts]] = {
    EffectKind.FEED: EffectFacts(Party.PRINTER),
    EffectKind.WRITE_CHIP: EffectFacts(Party.CHIP, uses_up=True),
    EffectKind.REPORT: EffectFacts(Party.PROVINCE),
    EffectKind.PRINT: EffectFacts(Party.PRINTER, uses_up=True),
    EffectKind.RELEASE: EffectFacts(Party.PRINTER, leaves_machine=True),
    EffectKind.REJECT: EffectFacts(Party.PRINTER, leaves_machine=True),
    EffectKind.ACTIVATE: EffectFacts(Party.PROVINCE),
    EffectKind.RETRACT: EffectFacts(Party.PRINTER),
    EffectKind.WRITE_AT_DESK: EffectFacts(Party.CHIP, uses_up=True, at_desk=True),
    EffectKind.COLLECT: EffectFacts(Party.PROVINCE),
}


def _by(party: Party) -> frozenset[EffectKind]:
    return frozenset(kind for kind, facts in EFFECTS.items() if facts.party is party)


#: Effects at the province: they move no card.
AT_PROVINCE: Final = _by(Party.PROVINCE)
#: Effects of the printer. They begin only in the printer that holds the order's card.
IN_PRINTER: Final = _by(Party.PRINTER)
#: Effects on a card in the desk's reader: no lane begins or inspects them, a person does.
AT_DESK: Final = frozenset(kind for kind, facts in EFFECTS.items() if facts.at_desk)


# -- events ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What is fixed about one event.

    Attributes:
        effect: The effect that it performs; None for none.
        button: The window's button that triggers it; empty for none.
        lane: The lane that makes it happen; None for what a person does.
    """

    effect: EffectKind | None = None
    button: str = ""
    lane: Lane | None = None


_MACHINE = Lane.MACHINE

EVENTS: Final[Mapping[OrderEvent, EventFacts]] = {
    E.DATA_FETCHED: EventFacts(button="fetch", lane=Lane.REQUESTS),
    E.APPROVED: EventFacts(button="approve"),
    E.CARD_FED: EventFacts(EffectKind.FEED, "feed", _MACHINE),
    E.CHIP_STAYS: EventFacts(EffectKind.FEED, "feed", _MACHINE),
    E.CHIP_WRITTEN: EventFacts(EffectKind.WRITE_CHIP, "write", _MACHINE),
    E.CHIP_REWRITTEN: EventFacts(EffectKind.WRITE_CHIP, "write", _MACHINE),
    E.REPORTED: EventFacts(EffectKind.REPORT, "report", Lane.REPORTS),
    E.FACE_PRINTED: EventFacts(EffectKind.PRINT, "print", _MACHINE),
    E.NO_FACE: EventFacts(button="print", lane=_MACHINE),
    E.CARD_RELEASED: EventFacts(EffectKind.RELEASE, "release", _MACHINE),
    E.ACTIVATED: EventFacts(EffectKind.ACTIVATE, "activate", Lane.REQUESTS),
    E.WRITTEN_AT_DESK: EventFacts(EffectKind.WRITE_AT_DESK, "write-temporary"),
    E.REWRITTEN_AT_DESK: EventFacts(EffectKind.WRITE_AT_DESK, "write-temporary"),
    E.COLLECTED: EventFacts(EffectKind.COLLECT, "take-back-temporary", Lane.REQUESTS),
    E.BLANK_REFUSED: EventFacts(lane=_MACHINE),
    E.CANCELLED: EventFacts(),
    E.CARD_SPOILED: EventFacts(EffectKind.REJECT, lane=_MACHINE),
}

TRANSITIONS: Final[Mapping[tuple[OrderStep, OrderEvent], OrderStep]] = {
    (S.ACCEPTED, E.DATA_FETCHED): S.DATA_READY,
    (S.ACCEPTED, E.CANCELLED): S.CANCELLED,
    (S.ACCEPTED, E.COLLECTED): S.COLLECTED,  # 收回: the card was read at the desk
    (S.DATA_READY, E.APPROVED): S.APPROVED,
    (S.DATA_READY, E.CANCELLED): S.CANCELLED,
    (S.APPROVED, E.CARD_FED): S.FED,
    (S.APPROVED, E.CHIP_STAYS): S.REPORTED,  # nothing to write or to report
    # Put aside unwritten; the next feed takes another one.
    (S.APPROVED, E.BLANK_REFUSED): S.APPROVED,
    (S.APPROVED, E.CANCELLED): S.CANCELLED,
    (S.APPROVED, E.WRITTEN_AT_DESK): S.RELEASED_OWED,  # at the desk; no machine puts it out
    (S.APPROVED, E.REWRITTEN_AT_DESK): S.RELEASED,  # the same data: nothing is reported
    (S.APPROVED, E.CARD_SPOILED): S.SPOILED,  # the holder's card can't be written again: it is back
    (S.FED, E.CHIP_WRITTEN): S.ENCODED,
    (S.FED, E.CHIP_REWRITTEN): S.PRINTED,  # its face and the province's data remain valid
    (S.FED, E.CARD_SPOILED): S.SPOILED,
    (S.FED, E.CANCELLED): S.CANCELLED,  # only when the chip is proven unwritten
    (S.ENCODED, E.REPORTED): S.REPORTED,
    (S.ENCODED, E.FACE_PRINTED): S.PRINTED_OWED,  # where the policy prints first
    (S.ENCODED, E.CARD_SPOILED): S.SPOILED,
    (S.REPORTED, E.FACE_PRINTED): S.PRINTED,
    (S.REPORTED, E.NO_FACE): S.PRINTED,  # a window that prints nothing
    (S.ENCODED, E.NO_FACE): S.PRINTED_OWED,
    (S.REPORTED, E.CANCELLED): S.CANCELLED,  # only a card that is released unchanged
    (S.REPORTED, E.CARD_SPOILED): S.SPOILED,
    (S.PRINTED_OWED, E.REPORTED): S.PRINTED,
    # Inactive: approved by two people, with a slip.
    (S.PRINTED_OWED, E.CARD_RELEASED): S.RELEASED_OWED,
    (S.PRINTED_OWED, E.CARD_SPOILED): S.SPOILED,
    (S.PRINTED, E.CARD_RELEASED): S.RELEASED,
    (S.PRINTED, E.CARD_SPOILED): S.SPOILED,
    (S.RELEASED_OWED, E.REPORTED): S.RELEASED,
    (S.RELEASED_OWED, E.CARD_SPOILED): S.SPOILED,  # taken back before it was activated
    (S.RELEASED, E.CARD_SPOILED): S.SPOILED,
    (S.RELEASED, E.ACTIVATED): S.ACTIVATED,
}

#: No transition leads out of these; `released` is done too, but may still be activated.
FINAL: Final = frozenset(STEPS) - {before for before, _ in TRANSITIONS}


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


def lane_event(
    step: OrderStep, following: OrderEvent | None, lane: Lane, goal: OrderStep | None
) -> OrderEvent | None:
    """Return what an order at `step` has to do in a lane; None when there is nothing.

    A spoiled or cancelled order has no event any more. Its report is owed all the same, which is
    called `OrderEvent.REPORTED` here.

    Args:
        step: Where it is.
        following: What comes next on its way (`Way.next_event`).
        lane: Which lane asks.
        goal: Up to where it runs. A report is sent ahead of what follows only towards a goal that
            needs it.
    """
    if lane is Lane.REPORTS and (step in VOID or _may_report_ahead(step, goal)):
        return E.REPORTED
    if following is None or EVENTS[following].lane is not lane:
        return None
    return following


def _may_report_ahead(step: OrderStep, goal: OrderStep | None) -> bool:
    owed = STEPS[step].owes_report and (step, E.REPORTED) in TRANSITIONS
    return owed and goal is not None and reached(goal, S.REPORTED)


def draw() -> str:
    """Return the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {_name(S.ACCEPTED)}"]
    for (before, event), after in TRANSITIONS.items():
        lines.append(f"    {_name(before)} --> {_name(after)}: {event.value}")
    lines += [f"    {_name(step)} --> [*]" for step in OrderStep if step in FINAL]
    return "\n".join(lines) + "\n"


def _name(step: OrderStep) -> str:
    return step.value.replace("-", "_")
