"""Views of the desk for API and pages. Numbers are masked unless a person must compare them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from station.core.attendance import AttendanceRecord, AttendanceRole, How, NameAgreement
from station.core.card_services import BasicInformation, CardVerdict
from station.core.identity import masked_id_number
from station.core.identity_cards import IdCardKind, OnReader
from station.core.orders import EventRecord
from station.core.slips import Slip
from station.production.desk.readings import Reading
from station.production.views.card_states import masked_card_number
from station.production.views.messages import Problem
from station.words import Table, text

#: Names of the PIN services.
PIN_TITLES: Final = Table("pin-service")


@dataclass(frozen=True, slots=True)
class IdCardView:
    """An ID card as it was read, for the clerk to compare with the person.

    Attributes:
        token: Identifies the reading in other calls; expires after a while.
        kind: Kind of the card.
        number: Its number.
        name: The holder's name.
        valid_until: Last day; None for 长期.
        module: Id of the security module that read it.
        read_at: UTC.
        problem: Why it can't be used, such as that it has expired.
    """

    token: str
    kind: IdCardKind
    number: str = field(repr=False)
    name: str = field(repr=False)
    valid_until: dt.date | None
    module: str
    read_at: dt.datetime
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class IdReaderView:
    """The ID-card reader and the last card.

    Attributes:
        configured: Whether the desk has one.
        ok: Whether it answers; None before the first poll.
        on_reader: Result of the last poll.
        card: The last card that was read, while the reading is valid.
        problem: Why the reader, or the card on it, can't be read.
    """

    configured: bool
    ok: bool | None
    on_reader: OnReader | None
    card: IdCardView | None
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class AttendanceView:
    """One person who was at the window for an order.

    Attributes:
        role: Holder or agent.
        how: Read from a card, or typed.
        module: Id of the security module that read the card.
        name: The agent's name.
        number_masked: The agent's number.
        agreement: Whether the holder's name agrees with the province's.
        at: UTC.
        actor: The clerk who entered it.
    """

    role: AttendanceRole
    how: How
    module: str
    name: str = field(repr=False)
    number_masked: str
    agreement: NameAgreement
    at: dt.datetime
    actor: str


@dataclass(frozen=True, slots=True)
class IdentityView:
    """The people of one order, and the problem that blocks it, if any."""

    people: tuple[AttendanceView, ...]
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class DeskCardView:
    """A card in the desk's reader.

    Attributes:
        AAZ501: 卡识别码: identifies the card in the PIN services.
        AAZ508: 规范版本.
        name: The holder's name.
        number_masked: The holder's 社会保障号码.
        card_number_masked: 卡号.
        is_good: Whether 验卡 found no problem.
        problems: Codes of problems, such as `birth-date-differs`.
        warnings: Codes of unusual findings that also occur on usable cards.
        pin_tries: Tries that the PIN has left; 0 when it is locked.
    """

    AAZ501: str
    AAZ508: str
    name: str = field(repr=False)
    number_masked: str
    card_number_masked: str
    is_good: bool
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    pin_tries: int


@dataclass(frozen=True, slots=True)
class PinDone:
    """A completed PIN service.

    Attributes:
        service: The service.
        AAZ501: 卡识别码.
        at: UTC.
        event: Number of its event; identifies the receipt.
    """

    service: str
    AAZ501: str
    at: dt.datetime
    event: int


@dataclass(frozen=True, slots=True)
class PinProgress:
    """The last PIN service that a page has started.

    Attributes:
        service: The service.
        running: Whether it is in progress: entry by the holder, or work of the card.
        done: The outcome, when it was completed.
        problem: Why it was not completed.
    """

    service: str
    running: bool
    done: PinDone | None = None
    problem: Problem | None = None


def id_card_view(reading: Reading, problem: Problem | None) -> IdCardView:
    """Return a reading for the person at the window."""
    card = reading.card
    return IdCardView(
        token=reading.token,
        kind=card.kind,
        number=card.number,
        name=card.name,
        valid_until=card.valid_until,
        module=reading.module,
        read_at=reading.at,
        problem=problem,
    )


def attendance_view(record: AttendanceRecord) -> AttendanceView:
    """Return one person with a masked number."""
    return AttendanceView(
        role=record.role,
        how=record.how,
        module=record.module,
        name=record.name,
        number_masked=masked_id_number(record.number) if record.number else "",
        agreement=record.agreement,
        at=record.at,
        actor=record.actor,
    )


def card_view(found: BasicInformation, verdict: CardVerdict, tries: int) -> DeskCardView:
    """Return a card that was read, numbers masked."""
    return DeskCardView(
        AAZ501=found.AAZ501,
        AAZ508=found.AAZ508,
        name=found.AAC003,
        number_masked=masked_id_number(found.AAC002),
        card_number_masked=masked_card_number(found.AAZ500),
        is_good=verdict.is_good,
        problems=verdict.problems,
        warnings=verdict.warnings,
        pin_tries=tries,
    )


def pin_slip(event: EventRecord) -> Slip:
    """Return the receipt for the holder; it contains neither name nor PIN."""
    service, card = PIN_TITLES[event.data["service"]], event.data["AAZ501"]
    return Slip(
        title=text("pin-receipt.title", service=service),
        lines=(
            (text("pin-receipt.service"), service),
            (text("pin-receipt.card"), f"{card[:6]}...{card[-8:]}"),
            (text("pin-receipt.result"), text("pin-receipt.done")),
            (text("pin-receipt.at"), event.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")),
            (text("pin-receipt.actor"), event.actor),
            (text("pin-receipt.number"), str(event.seq)),
        ),
        notes=(text("pin-receipt.note"),),
    )
