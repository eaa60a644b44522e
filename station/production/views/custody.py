"""What is shown and printed of finished cards; numbers are masked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from station.core.custody import (
    CardCheck,
    CardOwner,
    CustodyDocument,
    FinishedCard,
)
from station.core.identity import masked_id_number
from station.core.lists import Column, ListOfRows
from station.core.slips import PaperSize, Slip
from station.production.views.card_states import masked_card_number
from station.words import Table, text

PLACE_TITLES = Table("custody-place")
ACT_TITLES = Table("custody-act")
LIST_TITLES = Table("custody-list")
CAUSE_TITLES = Table("check-cause")
VERDICT_TITLES = Table("check-verdict")
HOW_TITLES = Table("check-how")
STATE_TITLES = Table("custody-document")
COLUMN_TITLES = Table("custody-column")


def shown_owner(owner: CardOwner | None) -> tuple[str, str, str]:
    """Return name, masked number and masked card number; empty once erased."""
    if owner is None:
        return "", "", ""
    number = masked_id_number(owner.AAC002) if owner.AAC002 else ""
    return owner.AAC003, number, masked_card_number(owner.AAZ500)


def where_it_is(card: FinishedCard) -> str:
    """Return where a card is, in words: place, unit, shelf."""
    place = PLACE_TITLES[card.place.value]
    return " ".join(part for part in (place, card.unit_name or card.unit, card.shelf) if part)


def document_list(paper: CustodyDocument, cards: Sequence[FinishedCard]) -> ListOfRows:
    """Return the list that the other side signs."""
    notes = [text("custody-paper.number", number=paper.id, at=_time(paper.at), actor=paper.actor)]
    if paper.unit_name:
        notes.append(text("custody-paper.unit", unit=paper.unit_name, number=paper.unit))
    if paper.contact is not None:
        code = "custody-paper.agent" if paper.contact.agent else "custody-paper.collector"
        number = masked_id_number(paper.contact.number) if paper.contact.number else ""
        contact = paper.contact
        notes.append(text(code, name=contact.name, number=number, phone=contact.phone))
    if paper.decided_by:
        state = STATE_TITLES[paper.state.value]
        notes.append(text("custody-paper.decided", state=state, who=paper.decided_by))
    notes.append(text("custody-paper.sum", cards=len(cards)))
    notes.append(text("custody-paper.signatures"))
    rows = []
    for line, card in enumerate(cards, start=1):
        name, number, card_number = shown_owner(card.owner)
        bank = card.owner.bank if card.owner else ""
        rows.append((str(line), name, number, card_number, bank, where_it_is(card)))
    widths = (6, 14, 26, 18, 22, 30)
    titles = ("line", "name", "number", "card", "bank", "where")
    columns = [
        Column(COLUMN_TITLES[title], width) for title, width in zip(titles, widths, strict=True)
    ]
    return ListOfRows(LIST_TITLES[paper.act.value], notes, columns, rows)


def check_slip(check: CardCheck, owner: CardOwner, paper: PaperSize) -> Slip:
    """Return the receipt of a check for the holder."""
    name, number, card_number = shown_owner(owner)
    lines = (
        ("check-slip.card", card_number),
        ("check-slip.name", name),
        ("check-slip.number", number),
        ("check-slip.how", HOW_TITLES[check.how.value]),
        ("check-slip.cause", CAUSE_TITLES[check.cause.value]),
        ("check-slip.verdict", VERDICT_TITLES[check.verdict.value]),
        ("check-slip.at", _time(check.at)),
        ("check-slip.actor", check.actor),
        ("check-slip.id", str(check.id)),
    )
    return Slip(
        title=text("check-slip.title"),
        lines=tuple((text(code), value) for code, value in lines if value),
        notes=(text("check-slip.note"),),
        paper=paper,
        signatures=(text("check-slip.holder"),),
    )


def _time(moment: dt.datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
