"""Views of orders and machine for the API and the pages. Bank numbers are masked; nothing else is.

The holder's name and number are in an order's view because its operator must compare them; they are
in no list, event, log or metric.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from station.core.errors import JournalBusyError, RejectionReason
from station.core.identity import masked_id_number
from station.core.life import OrderEvent, reached
from station.core.orders import (
    CardFate,
    CardPlace,
    Hold,
    OrderHead,
    OrderKind,
    OrderLine,
    OrderReason,
    OrderRecord,
    OrderStep,
    WriteBackRecord,
)
from station.core.printing import Capability
from station.core.reprints import step_of_card
from station.core.side_view import SideView
from station.production.intake.reception import card_put_out
from station.production.life.blank_stock import bank_name, in_feeder, wanted_bank
from station.production.life.effects import Workbench
from station.production.life.feeder_stop import StopCause, is_stopped, stop_cause
from station.production.machine.looks import MachineSnapshot, Running
from station.production.people.questions import Question, question_about
from station.production.views.messages import Problem, problem_of
from station.production.views.whereabouts import whereabouts
from station.words import Table, spoken

DEVICE_TITLES: Final = Table("device")
#: Two readings of one moment differ by less than this; the page must not change for it.
SAME_MOMENT: Final = dt.timedelta(seconds=1)
#: The durations of a printer model that make up a step.
DURATIONS: Final[Mapping[OrderStep, tuple[str, ...]]] = {
    OrderStep.PRINTED: ("to_print_station", "print_front", "print_back"),
    OrderStep.PRINTED_OWED: ("to_print_station", "print_front", "print_back"),
}
#: Key in the province's facts: why the soft photo rules can't be checked on this PC.
PHOTO_RULES_FACT: Final = "photo-rules-unchecked"


@dataclass(frozen=True, slots=True)
class HolderView:
    """The person, as the operator compares them with the preview."""

    AAC002: str
    AAC003: str
    bank: str


@dataclass(frozen=True, slots=True)
class ChipView:
    """The card that this order is bound to."""

    AAZ501: str
    AAZ507: str
    AAZ508: str
    AAZ500: str
    bank_number_masked: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order.

    Attributes:
        id: Order id.
        step: Current step.
        goal: The step up to which it runs automatically.
        running: The step that is in progress.
        reason: Why the card is made.
        created_at: UTC.
        updated_at: UTC.
        holder: None before the data has arrived.
        chip: None before the card is read.
        face_sha256: Digest of what is shown and will be printed.
        has_back: Whether the back is printed too.
        card_place: Where the ledger has its card.
        card_step: The step that decides which orders may be made about its card.
        where: Where its card is now, for people; based on the machine's last reading.
        problem: Why it does not continue.
        question: The question about its card, with the possible answers.
        kind: What is done to which card.
        previous: The order that this one replaces or is about.
        reason_code: Code of the reason for a reprint or a remake; empty for a first card.
        approver: Who approved it.
        next_event: The next event, by its kind, the site's policies and people's approvals.
        next_step: The step that this leads to.
        photo_waivers: Soft photo rules that the picture breaks: rule -> the supervisor who let it
            pass; empty while none has.
        photo_rules_unchecked: Why the soft rules are not checked on this PC; empty when they are.
        running_until: When the running step usually ends, by the printer model's own durations;
            None when it has none for the step.
        card_out: The person's earlier order whose card this station has released, when the province
            refuses this one because no card was reported lost.
        behind: Whether it is to be fed and another order's card is in the machine, which a person
            must see to first.
        load: Name of the bank whose blanks a person has to load; empty where the feeder has them,
            by the journal, and where the window uses those of one bank only.
    """

    id: str
    step: OrderStep
    goal: OrderStep | None
    running: OrderStep | None
    reason: OrderReason
    created_at: dt.datetime
    updated_at: dt.datetime
    holder: HolderView | None
    chip: ChipView | None
    face_sha256: str
    has_back: bool
    card_place: CardPlace
    card_step: OrderStep
    problem: Problem | None
    question: Question | None
    kind: OrderKind
    previous: str | None
    reason_code: str
    approver: str
    next_event: OrderEvent | None
    next_step: OrderStep | None
    photo_waivers: Mapping[str, str] = field(default_factory=dict)
    photo_rules_unchecked: str = ""
    where: str = ""
    running_until: dt.datetime | None = None
    card_out: str | None = None
    behind: bool = False
    load: str = ""


@dataclass(frozen=True, slots=True)
class Following:
    """The next event of an order, by its kind, the site's policies and people's approvals.

    Attributes:
        event: None when there is none.
        step: The step that this leads to.
    """

    event: OrderEvent | None
    step: OrderStep | None


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """One order in a list; the person's number is masked."""

    id: str
    step: OrderStep
    reason: OrderReason
    created_at: dt.datetime
    id_number_masked: str
    problem_code: str | None
    kind: OrderKind = OrderKind.FULL


@dataclass(frozen=True, slots=True)
class DeviceView:
    """The state of one device, for a traffic light.

    Attributes:
        name: `printer`, `reader`, `province` or `journal`.
        address: Its address.
        ok: Whether it can be used; None before its first reading.
        state: One word: an IPP printer-state, `present`, `absent`, `up`, `down`.
        problems: Blocking problems, worst first.
        facts: Name -> value for the technician.
        unverified: Facts never confirmed on real hardware.
        exchanges: The last exchanges, newest last.
        capabilities: What a printer can do; empty for the others.
    """

    name: str
    address: str
    ok: bool | None
    state: str
    problems: tuple[Problem, ...]
    facts: dict[str, str]
    unverified: tuple[str, ...]
    exchanges: tuple[str, ...]
    capabilities: frozenset[Capability] = frozenset()


@dataclass(frozen=True, slots=True)
class StationView:
    """The window as a whole.

    Attributes:
        ready: Whether a new card can be started now.
        version: Version of the program.
        started_at: UTC.
        recovered: Whether recovery after the start is over.
        devices: Printer, reader, province, journal.
        desk: Devices on the clerk's desk; no card needs them.
        current: The order that is being made, or the newest open one.
        owed: Reports that the province has not acknowledged.
        ribbon_cards_left: None when unknown.
        card_in_path: Where the printer detects a card; None for an empty path.
        card_left_inside: Whether that card belongs to no order.
        feeder_stopped: Whether spoiled blanks have stopped the feeder until a test card passes.
        at_work: The step that the machine is performing; None while nothing moves.
        order_inside: Whether a card of an order is in the machine.
        checked_at: Time of the machine's last reading, UTC.
        at_work_until: When that step usually ends; None where it is not known.
        at_outlet: Whether the newest card was put out, and nobody has said that it was taken.
        side_view: The machine from the side; None where there is none to draw.
        cleaning: Whether the rollers run with a cleaning card.
    """

    ready: bool
    version: str
    started_at: dt.datetime
    recovered: bool
    devices: tuple[DeviceView, ...]
    current: str | None
    owed: tuple[WriteBackRecord, ...]
    ribbon_cards_left: int | None
    card_in_path: str | None
    card_left_inside: bool
    feeder_stopped: bool
    at_work: OrderStep | None = None
    order_inside: bool = False
    checked_at: dt.datetime | None = None
    at_work_until: dt.datetime | None = None
    at_outlet: bool = False
    side_view: SideView | None = None
    desk: tuple[DeviceView, ...] = ()
    cleaning: bool = False


def order_view(
    bench: Workbench,
    order: OrderRecord,
    running: Running | None,
    look: MachineSnapshot | None = None,
) -> OrderView:
    """Return one order as the operator sees it.

    `running` is the step in progress, `look` the machine's last reading.
    """
    card, way = bench.card_of(order), bench.way(order)
    place = card.place if card else CardPlace.FEEDER
    step = running.step if running else None
    hold = _shown_hold(bench, order, step)
    data, chip = order.data, order.chip
    where = whereabouts(bench, order, look, step)
    question = _in_words(question_about(bench, order)) if running is None else None
    following = way.next_event(order.step)
    card_out = card_put_out(bench.journal, order) if _is_refused_as_not_lost(order) else None
    problem = None
    if hold is not None:
        problem = problem_of(
            order,
            replace(hold, retry_at=_retry_at(bench, hold)),
            place=where,
            look=look,
            question=question,
            following=following,
            inside=card is not None and card.fate is CardFate.IN_MACHINE,
            card_out=card_out is not None,
            feeder_stopped=_stop_cause(bench, order),
        )
    return OrderView(
        id=order.id,
        step=order.step,
        goal=order.goal,
        running=step,
        reason=order.reason,
        created_at=order.created_at,
        updated_at=order.updated_at,
        holder=HolderView(data.chip.AAC002, data.chip.AAC003, data.bank_name) if data else None,
        chip=ChipView(
            chip.AAZ501,
            chip.AAZ507,
            chip.AAZ508,
            chip.AAZ500,
            chip.bank_number.masked if chip.bank_number else "",
        )
        if chip
        else None,
        face_sha256=order.face_sha256,
        has_back="back" in bench.equipment.faces.sides,
        card_place=place,
        card_step=step_of_card(order.step, card),
        problem=problem,
        question=question,
        kind=order.kind,
        previous=order.previous,
        reason_code=order.reason_code,
        approver=order.approver,
        next_event=following,
        next_step=way.next_step(order.step),
        photo_waivers=order.waivers,
        photo_rules_unchecked=spoken(bench.equipment.faces.photo_rules_unchecked),
        where=where,
        running_until=running_until(bench, running),
        card_out=card_out,
        behind=running is None and _is_behind(bench, order),
        load=_to_load(bench, order),
    )


def _stop_cause(bench: Workbench, order: OrderRecord) -> StopCause | None:
    stopped = order.step is OrderStep.APPROVED and is_stopped(bench)
    return stop_cause(bench) if stopped else None


def _to_load(bench: Workbench, order: OrderRecord) -> str:
    """Return the bank whose blanks a person has to load; empty where the feeder has them."""
    bank = wanted_bank(order)
    waits = order.step is OrderStep.APPROVED and len(bench.equipment.blanks) > 1
    if not bank or not waits or in_feeder(bench).get(bank, 0) > 0:
        return ""
    return bank_name(bench, bank)


def _is_behind(bench: Workbench, order: OrderRecord) -> bool:
    """Whether the order waits to be fed behind a card that does not go on without a person."""
    if order.step is not OrderStep.APPROVED or order.goal is None or order.hold is not None:
        return False
    others = {card.order for card in bench.journal.cards.owned_inside()} - {order.id}
    return any(_waits_for_person(bench.journal.orders.head(other)) for other in others if other)


def _waits_for_person(order: OrderHead) -> bool:
    if order.hold is not None:
        return order.hold.due_age is None
    return order.goal is None or reached(order.step, order.goal)


def _in_words(question: Question | None) -> Question | None:
    if question is None:
        return None
    answers = tuple(
        replace(one, label=spoken(one.label), consequence=spoken(one.consequence))
        for one in question.answers
    )
    return replace(question, text=spoken(question.text), answers=answers)


def _shown_hold(bench: Workbench, order: OrderRecord, running: OrderStep | None) -> Hold | None:
    effect = bench.unwritten.get(order.id)
    if effect is not None:  # it has happened, and can't be written yet
        return Hold(JournalBusyError.code, {}, effect)
    return order.hold if running is None else None


def _retry_at(bench: Workbench, hold: Hold) -> dt.datetime | None:
    """Return the time of the next try by the present wall clock, which may have been set since."""
    if hold.due_age is None or hold.retry_at is None:
        return hold.retry_at
    left = dt.timedelta(seconds=hold.due_age - bench.journal.age())
    at = bench.clock.now() + left
    return hold.retry_at if abs(at - hold.retry_at) < SAME_MOMENT else at


def _is_refused_as_not_lost(order: OrderRecord) -> bool:
    return order.hold is not None and order.hold.code == RejectionReason.NOT_REPORTED_LOST.value


def running_until(bench: Workbench, running: Running | None) -> dt.datetime | None:
    """Return when the running step usually ends; None where the model has no times for it."""
    if running is None or running.step not in DURATIONS:
        return None
    known = bench.equipment.printer.model.device_seconds
    parts = [part for part in DURATIONS[running.step] if part != "print_back" or _has_back(bench)]
    if any(part not in known for part in parts):
        return None
    return running.since + dt.timedelta(seconds=sum(known[part] for part in parts))


def _has_back(bench: Workbench) -> bool:
    return "back" in bench.equipment.faces.sides and bench.equipment.printer.model.duplex


def order_summary(order: OrderLine) -> OrderSummary:
    """Return one order for a list."""
    return OrderSummary(
        id=order.id,
        step=order.step,
        reason=order.reason,
        created_at=order.created_at,
        id_number_masked=masked_id_number(order.id_number),
        problem_code=order.hold.code if order.hold else None,
        kind=order.kind,
    )
