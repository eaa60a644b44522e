"""What a supervisor is shown of a shift: decisions, what each person did, what waits; and papers.

Everything is read from the history, the ledger and the orders; nothing is decided here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from station.core.ledger import ClosedShift
from station.core.lists import Column, ListOfRows
from station.core.orders import CardPlace, CardRecord, EventRecord
from station.words import Table, text, where, why_spoiled
from station.words.tables import (
    ANSWER_LABELS,
    COUNTED_TITLES,
    QUESTION_TEXTS,
    REASON_TEXTS,
    REPRINT_TEXTS,
)

PHOTO_RULES: Final = Table("photo-rule")
SHIFT_COLUMNS: Final = {"item": 40, "must": 15, "counted": 15, "gap": 15}
SPOILED_COLUMNS: Final = {
    "card": 7,
    "order": 26,
    "reason": 26,
    "place": 16,
    "since": 16,
    "destroyed": 16,
    "by": 14,
    "witness": 14,
}
#: Under which name an event carries the second person.
SECOND: Final = ("approver", "supervisor", "witness")


@dataclass(frozen=True, slots=True)
class Decision:
    """A reprint, an approval or a destruction of the shift.

    Attributes:
        seq: Number of the event that records it.
        at: Wall time, UTC.
        actor: Who acted.
        second: The second person; empty where none was needed.
        order: The order; empty for none.
        what: What was decided, in words.
        why: The reason, in words; may be empty.
    """

    seq: int
    at: dt.datetime
    actor: str
    second: str
    order: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class PersonCounts:
    """What one person did in the shift.

    Attributes:
        person: Id of the operator, or name of the program.
        counts: Kind of work (`station.production.services.supervision.COUNTED`) -> how often.
    """

    person: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WaitingApproval:
    """Something that goes on only with a supervisor's agreement.

    Attributes:
        order: The order; empty for a hand-over of finished cards.
        document: Number of the hand-over's paper; 0 for none.
        since: Wall time, UTC.
        what: What is to be agreed to, in words.
    """

    order: str
    document: int
    since: dt.datetime
    what: str


def second_person(data: Mapping[str, str]) -> str:
    """Return the second person that an event names; empty for none."""
    return next((data[name] for name in SECOND if data.get(name)), "")


def decision_of(event: EventRecord) -> Decision | None:
    """Return what an event tells a supervisor; None when it is not a decision."""
    data = event.data
    match event.kind:
        case "order-accepted" if data.get("reason_code"):
            what = REPRINT_TEXTS.get(data.get("kind", ""), data.get("kind", ""))
            why = REASON_TEXTS.get(data["reason_code"], data["reason_code"])
        case "answered" if second_person(data):
            what = ANSWER_LABELS.get(data["answer"], data["answer"])
            why = QUESTION_TEXTS.get(data["question"], data["question"])
        case "photo-rules-waived":
            rules = data.get("rules", "").split(",")
            what = text("decision.photo-rules-waived")
            why = text("phrases.between").join(PHOTO_RULES.get(one, one) for one in rules)
        case "card-taken-back":
            what, why = text("decision.card-taken-back"), ""
        case "card-destroyed":
            what, why = text("decision.card-destroyed", card=data["card"]), ""
        case _:
            return None
    return Decision(
        seq=event.seq,
        at=event.at,
        actor=event.actor,
        second=second_person(data),
        order=event.order,
        what=what,
        why=why,
    )


# -- papers ----------------------------------------------------------------------------------------


def shift_list(shift: ClosedShift, window: str, now: dt.datetime) -> ListOfRows:
    """Return the report of a closed shift as a paper to sign."""
    report = shift.report
    notes = (
        text("list.note", window=window, at=moment(now), count=shift.id),
        text(
            "shift-paper.span",
            since=moment(shift.began_at),
            until=moment(shift.ended_at),
            by=shift.ended_by,
        ),
        _verdict(report["differences"]),
    )
    return ListOfRows(
        title=text("list.shift", number=shift.id),
        notes=notes,
        columns=columns_of("shift-column", SHIFT_COLUMNS),
        rows=_shift_rows(report),
        foot=(text("shift-paper.signatures"),),
    )


def _verdict(differences: Sequence[str]) -> str:
    if not differences:
        return text("shift-paper.balances")
    return text("shift-paper.differs", differences=text("phrases.between").join(differences))


def _shift_rows(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    counted = report.get("counted") or {}
    figures = report["figures"]
    rows: list[tuple[str, ...]] = [
        (title, str(figures.get(name, 0)), "", "") for name, title in COUNTED_TITLES.items()
    ]
    for name in ("drawer", "feeder"):
        rows.append(_place_row(text(f"stock-place.{name}"), report[name], counted.get(name)))
    for bank in report.get("banks") or ():
        for name in ("drawer", "feeder"):
            place = text(f"stock-place.{name}")
            title = text("stock-place.of-bank", bank=bank["name"], place=place)
            known = bank.get("counted") if name == "drawer" else None
            rows.append(_place_row(title, bank[name], known))
    ribbon = text("ledger.ribbon", planned=report["ribbon_planned"], used=report["ribbon_used"])
    rows.append((text("shift-paper.ribbon"), ribbon, "", ""))
    return rows


def _place_row(title: str, must: int, counted: int | None) -> tuple[str, ...]:
    if counted is None:
        return title, str(must), "", ""
    if counted == must:
        return title, str(must), str(counted), "0"
    if counted > must:
        return title, str(must), str(counted), text("shift-paper.more", gap=counted - must)
    return title, str(must), str(counted), text("shift-paper.fewer", gap=must - counted)


def spoiled_list(cards: Sequence[CardRecord], window: str, now: dt.datetime) -> ListOfRows:
    """Return the register of spoiled and test cards, with who destroyed each."""
    rows = [
        (
            str(card.id),
            card.order,
            why_spoiled(card.reason).title,
            place_of(card),
            moment(card.settled_at or card.updated_at),
            moment(card.destroyed_at) if card.destroyed_at else "",
            card.destroyed_by,
            card.witness,
        )
        for card in cards
    ]
    return ListOfRows(
        title=text("list.spoiled"),
        notes=(text("list.note", window=window, at=moment(now), count=len(rows)),),
        columns=columns_of("spoiled-column", SPOILED_COLUMNS),
        rows=rows,
        foot=(text("shift-paper.signatures"),),
    )


def place_of(card: CardRecord) -> str:
    """Return where a spoiled card is, in words; a lost one is said to be so."""
    return text("ledger.lost") if card.place is CardPlace.UNKNOWN else where(card.place.value)


def columns_of(table: str, widths: Mapping[str, int]) -> list[Column]:
    """Return the columns of a paper: their titles from a table of texts, and their widths."""
    titles = Table(table)
    return [Column(titles[name], width) for name, width in widths.items()]


def moment(at: dt.datetime) -> str:
    """Return a moment as a paper shows it, by the wall clock of this PC."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M")
