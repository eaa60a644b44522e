"""Finished cards as the API shows them; numbers are masked."""

from __future__ import annotations

import datetime as dt

from station.api.models.shown import Shown
from station.core import custody
from station.core.custody import (
    CheckCause,
    CheckHow,
    CheckVerdict,
    CustodyAct,
    CustodyPlace,
    DocumentState,
)
from station.core.identity import masked_id_number
from station.production.views.custody import shown_owner


class FinishedCard(Shown):
    """One finished card in custody.

    Attributes:
        id: Number in the ledger of custody.
        name: The holder's; empty once erased.
        number_masked: The holder's 社会保障号码.
        card_number_masked: 卡号.
        bank: Name of the bank.
        place: Where it is.
        unit: Number of the unit or office that has it, or is to have it.
        unit_name: Its name.
        shelf: 存放位置 in the store.
        returned: Whether it has come back before.
        order: The order that made it; None for a card made elsewhere.
        document: The paper of the last act.
        updated_at: UTC.
    """

    id: int
    name: str
    number_masked: str
    card_number_masked: str
    bank: str
    place: CustodyPlace
    unit: str
    unit_name: str
    shelf: str
    returned: bool
    order: str | None
    document: int | None
    updated_at: dt.datetime

    @classmethod
    def shown(cls, card: custody.FinishedCard) -> FinishedCard:
        """Return a card with masked numbers."""
        name, number, card_number = shown_owner(card.owner)
        return cls(
            id=card.id,
            name=name,
            number_masked=number,
            card_number_masked=card_number,
            bank=card.owner.bank if card.owner else "",
            place=card.place,
            unit=card.unit,
            unit_name=card.unit_name,
            shelf=card.shelf,
            returned=card.returned,
            order=card.order,
            document=card.document,
            updated_at=card.updated_at,
        )


class CustodyMove(Shown):
    """One row of a card's ledger.

    Attributes:
        id: Number of the row.
        act: What was done.
        before: Where the card was; None when it came in.
        after: Where it was afterwards.
        unit: Number of the unit or office.
        shelf: 存放位置.
        document: The paper of the act.
        at: UTC.
        actor: Who did it.
        undone: Whether it was taken back.
    """

    id: int
    act: CustodyAct
    before: CustodyPlace | None
    after: CustodyPlace
    unit: str
    shelf: str
    document: int | None
    at: dt.datetime
    actor: str
    undone: bool


class CustodyDocument(Shown):
    """The paper of one act.

    Attributes:
        id: Number of the paper.
        act: What was done.
        state: `requested` until somebody else has decided.
        unit: Number of the unit or office; empty for people.
        unit_name: Its name.
        contact_name: Who takes the cards; empty once erased.
        contact_number_masked: Number of that person's identity document.
        contact_agent: Whether it is not the holder.
        at: UTC.
        actor: Who made it.
        decided_at: When it was approved or refused.
        decided_by: Who did; empty before.
        receipt_at: When the receipt of the unit was entered.
        receipt_by: Who entered it.
        distributed: Cards that the unit has given to their holders.
        came_back: Cards that the unit has brought back.
    """

    id: int
    act: CustodyAct
    state: DocumentState
    unit: str
    unit_name: str
    contact_name: str
    contact_number_masked: str
    contact_agent: bool
    at: dt.datetime
    actor: str
    decided_at: dt.datetime | None
    decided_by: str
    receipt_at: dt.datetime | None
    receipt_by: str
    distributed: int | None
    came_back: int | None

    @classmethod
    def shown(cls, paper: custody.CustodyDocument) -> CustodyDocument:
        """Return a paper with masked numbers."""
        contact = paper.contact
        number = contact.number if contact else ""
        same = ("id", "act", "state", "unit", "unit_name", "at", "actor", "decided_at",
                "decided_by", "receipt_at", "receipt_by", "distributed", "came_back")  # fmt: skip
        return cls.model_validate(
            {name: getattr(paper, name) for name in same}
            | {
                "contact_name": contact.name if contact else "",
                "contact_number_masked": masked_id_number(number) if number else "",
                "contact_agent": contact.agent if contact else False,
            }
        )


class CardCheck(Shown):
    """One check of a card that was brought back.

    Attributes:
        id: Number of the check; its receipt has it.
        name: The holder's, where it is known.
        number_masked: The holder's 社会保障号码.
        card_number_masked: 卡号; empty once erased.
        how: Read at the desk, or by hand.
        cause: 回执原因.
        verdict: 验卡结果.
        at: UTC.
        actor: Who checked it.
    """

    id: int
    name: str
    number_masked: str
    card_number_masked: str
    how: CheckHow
    cause: CheckCause
    verdict: CheckVerdict
    at: dt.datetime
    actor: str

    @classmethod
    def shown(cls, check: custody.CardCheck) -> CardCheck:
        """Return a check with masked numbers."""
        name, number, card_number = shown_owner(check.owner)
        return cls(
            id=check.id,
            name=name,
            number_masked=number,
            card_number_masked=card_number,
            how=check.how,
            cause=check.cause,
            verdict=check.verdict,
            at=check.at,
            actor=check.actor,
        )
