"""Views of a card's state at the province, and the receipt of a service on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from station.core.card_states import CardState, ProvinceCard, ServiceRecord, StateService
from station.core.identity import masked_id_number
from station.core.slips import Slip
from station.words import Table, text

STATE_TITLES: Final = Table("card-state")
SERVICE_TITLES: Final = Table("state-service")
SHOWN_TAIL: Final = 3


@dataclass(frozen=True, slots=True)
class StateView:
    """A person's present card at the province.

    Attributes:
        token: Identifies the card that was looked at in other calls; expires after a while.
        name: The holder's name.
        number_masked: The holder's 社会保障号码.
        card_number_masked: 卡号.
        state: Its state.
        bank: The bank's name; empty when the province does not say.
        offered: Services that the state allows and the site has left on.
    """

    token: str
    name: str = field(repr=False)
    number_masked: str
    card_number_masked: str
    state: CardState
    bank: str
    offered: tuple[StateService, ...]


def state_view(token: str, card: ProvinceCard, offered: tuple[StateService, ...]) -> StateView:
    """Return a card for the window, its numbers masked."""
    return StateView(
        token=token,
        name=card.AAC003,
        number_masked=masked_id_number(card.AAC002),
        card_number_masked=masked_card_number(card.AAZ500),
        state=card.state,
        bank=card.bank_name,
        offered=offered,
    )


def masked_card_number(number: str) -> str:
    """Return a 卡号 with its middle hidden: `X*****019`."""
    hidden = max(0, len(number) - 1 - SHOWN_TAIL)
    return f"{number[:1]}{'*' * hidden}{number[1 + hidden :]}"


def receipt_of(done: ServiceRecord) -> Slip:
    """Return the receipt of a service that was carried out; its personal data must be there."""
    card, service = done.card, SERVICE_TITLES[done.service]
    name = card.AAC003 if card else ""
    after = STATE_TITLES[done.after] if done.after else ""
    lines = (
        ("service", service),
        ("name", name),
        ("number", masked_id_number(card.AAC002) if card else ""),
        ("card", masked_card_number(card.AAZ500) if card else ""),
        ("before", STATE_TITLES[done.before]),
        ("after", after),
        ("identity", text("state-receipt.read" if done.proven else "state-receipt.seen")),
        ("at", done.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")),
        ("actor", done.actor),
        ("id", str(done.id)),
    )
    return Slip(
        title=text("state-receipt.title", service=service),
        lines=tuple((LABELS[label], value) for label, value in lines),
        notes=(NOTES[done.service],),
        signatures=(text("state-receipt.holder"), text("state-receipt.clerk")),
    )


LABELS: Final = Table("state-receipt-line")
NOTES: Final = Table("state-receipt-note")
