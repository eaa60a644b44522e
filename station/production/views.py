"""What the API and the pages show of orders and machine. Bank numbers are masked; nothing else is.

The holder's name and number are in an order's view because its operator must compare them; they
are in no list, event, log or metric.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from station.core.errors import JournalBusyError
from station.core.identity import masked_id_number
from station.core.life import OrderEvent
from station.core.operator_text import explain, where
from station.core.orders import (
    CardPlace,
    Hold,
    OrderKind,
    OrderLine,
    OrderReason,
    OrderRecord,
    OrderStep,
    WriteBackRecord,
)
from station.core.printing import Capability, PrinterStatus, Severity
from station.production.effects import Workbench
from station.production.questions import Question, question_about

DEVICE_TITLES: Final[Mapping[str, str]] = {
    "printer": "制卡机",
    "reader": "读卡器",
    "province": "省卡管",
    "journal": "流水库",
}
#: Two readings of one moment differ by less than this; a page must not change for it.
SAME_MOMENT: Final = dt.timedelta(seconds=1)
#: In the province's facts, when the soft photo rules can't be checked on this PC: why.
PHOTO_RULES_FACT: Final = "照片软规则未检查"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that stands in the way, in the operator's words.

    Attributes:
        code: Stable, kebab-case.
        title: What happened.
        cause: 原因.
        where: Where the card is now.
        remedy: 怎么办.
        retry_at: When the station tries again by itself.
        effect: The effect whose outcome is not known.
        native: The device's own number, for the technician.
    """

    code: str
    title: str
    cause: str
    where: str
    remedy: str
    retry_at: dt.datetime | None = None
    effect: str | None = None
    native: str = ""


@dataclass(frozen=True, slots=True)
class HolderView:
    """The person, as the operator compares them with the preview."""

    AAC002: str
    AAC003: str
    bank: str


@dataclass(frozen=True, slots=True)
class ChipView:
    """The card this order is bound to."""

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
        step: Where it stands.
        goal: Up to which step it runs by itself.
        running: The step it is being taken to right now.
        reason: Why the card is made.
        created_at: UTC.
        updated_at: UTC.
        holder: None before the data is here.
        chip: None before the card is read.
        face_sha256: Digest of what is shown and will be printed.
        has_back: Whether the back is printed too.
        card_place: Where its card is believed to be.
        problem: Why it does not go on.
        question: What a person is asked about its card, with the possible answers.
        kind: What is done to which card.
        previous: The order this one replaces or is about.
        reason_code: Why it is a reprint or a remake; empty for a first card.
        approver: Who agreed to that.
        next_event: What happens to it next, by its kind, the site's policies and people's word.
        next_step: The step that this leads to.
        photo_waivers: Soft photo rules that the picture breaks: rule -> the supervisor who let it
            pass; empty while nobody has.
        photo_rules_unchecked: Why the soft rules are not checked on this PC; empty when they are.
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


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """One order in a list; the person's number is masked."""

    id: str
    step: OrderStep
    reason: OrderReason
    created_at: dt.datetime
    id_number_masked: str
    problem_code: str | None


@dataclass(frozen=True, slots=True)
class DeviceView:
    """One device as a traffic light.

    Attributes:
        name: `printer`, `reader`, `province` or `journal`.
        address: Where it is reached.
        ok: Whether work can go on with it; None while not yet asked.
        state: One word: an IPP printer-state, `present`, `absent`, `up`, `down`.
        problems: What stands in the way, worst first.
        facts: Name -> value for the technician.
        unverified: What was never seen on real hardware.
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
        version: Of the program.
        started_at: UTC.
        recovered: Whether recovery after the start is over.
        devices: Printer, reader, province, journal.
        current: The order that is being made, or the newest open one.
        owed: Reports that the province has not acknowledged.
        ribbon_cards_left: None when unknown.
        card_in_path: Where the printer sees a card; None for an empty path.
        card_left_inside: Whether that card belongs to no order.
        feeder_stopped: Whether spoiled blanks have stopped the feeder until a test card passes.
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


def problem_of(hold: Hold, place: str, retry_at: dt.datetime | None = None) -> Problem:
    """Return a hold in the operator's words; `retry_at` is when its next try really is."""
    text = explain(hold.code, hold.details)
    return Problem(
        code=hold.code,
        title=text.title,
        cause=text.cause,
        where=where(place),
        remedy=text.remedy,
        retry_at=retry_at or hold.retry_at,
        effect=hold.effect.value if hold.effect else None,
        native=hold.details.get("native_code", ""),
    )


def order_view(bench: Workbench, order: OrderRecord, running: OrderStep | None) -> OrderView:
    """Return one order as the operator sees it; `running` is the step it is being taken to."""
    card, way = bench.card_of(order), bench.way(order)
    place = card.place if card else CardPlace.FEEDER
    hold = _shown_hold(bench, order, running)
    data, chip = order.data, order.chip
    return OrderView(
        id=order.id,
        step=order.step,
        goal=order.goal,
        running=running,
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
        problem=problem_of(hold, place, _retry_at(bench, hold)) if hold else None,
        question=question_about(bench, order) if running is None else None,
        kind=order.kind,
        previous=order.previous,
        reason_code=order.reason_code,
        approver=order.approver,
        next_event=way.next_event(order.step),
        next_step=way.next_step(order.step),
        photo_waivers=order.waivers,
        photo_rules_unchecked=bench.equipment.faces.photo_rules_unchecked,
    )


def _shown_hold(bench: Workbench, order: OrderRecord, running: OrderStep | None) -> Hold | None:
    effect = bench.unwritten.get(order.id)
    if effect is not None:  # it has happened, and can't be written yet
        return Hold(JournalBusyError.code, {}, effect)
    return order.hold if running is None else None


def _retry_at(bench: Workbench, hold: Hold) -> dt.datetime | None:
    """Return when the next try is by the present wall clock, which may have been set since."""
    if hold.due_age is None or hold.retry_at is None:
        return hold.retry_at
    left = dt.timedelta(seconds=hold.due_age - bench.journal.age())
    at = bench.clock.now() + left
    return hold.retry_at if abs(at - hold.retry_at) < SAME_MOMENT else at


def order_summary(order: OrderLine) -> OrderSummary:
    """Return one order for a list."""
    return OrderSummary(
        id=order.id,
        step=order.step,
        reason=order.reason,
        created_at=order.created_at,
        id_number_masked=masked_id_number(order.id_number),
        problem_code=order.hold.code if order.hold else None,
    )


def printer_problems(status: PrinterStatus) -> tuple[Problem, ...]:
    """Return what the printer complains of, errors first."""
    place = status.card.value if status.card else "none"
    ranked = sorted(status.reasons, key=lambda reason: reason.severity is not Severity.ERROR)
    problems = []
    for reason in ranked:
        text = explain(reason.keyword.value, {"native_code": reason.native})
        problems.append(
            Problem(
                code=reason.keyword.value,
                title=text.title,
                cause=text.cause,
                where=where(place),
                remedy=text.remedy,
                native=reason.native,
            )
        )
    return tuple(problems)


def connection_problem(code: str, details: Mapping[str, str] = MappingProxyType({})) -> Problem:
    """Return a device that can't be asked at all, or can't do its part, in the operator's words."""
    text = explain(code, details)
    return Problem(code, text.title, text.cause, where("unknown"), text.remedy)
