"""Which card is in the path: its chip is read; its presence alone proves nothing.

The feeder can pull two blanks, a person can insert another card, and a holder's card must not go
into the reject bin. So "a card is in the path" is never taken for "this order's card is in the
path".
"""

from __future__ import annotations

import enum
from typing import Final

from station.core.cards import ChipIdentity
from station.core.changes import UpdateCard
from station.core.errors import CardMissingError, CardMuteError, StatusWordError, WrongCardError
from station.core.orders import CardFate, CardPlace, CardRecord, OrderRecord
from station.production.life.effects import ACTOR, Workbench

#: Places in the ledger of a card that was last known to be elsewhere than in the path.
NOT_SEEN: Final = frozenset({CardPlace.UNKNOWN, CardPlace.FEEDER})


class Which(enum.StrEnum):
    """What the chip of the card in the path shows."""

    THIS = "this"
    OTHER = "other"
    UNREADABLE = "unreadable"  #: mute, or there is no data of the card to compare it with


def read_card(bench: Workbench) -> ChipIdentity | None:
    """Return the identity of the card in the path; None when its chip can't be read.

    Moves the card to the chip station. Looks first: the card can be removed by hand after the
    caller's own look, and an empty path would have a blank fed, with neither intent nor ledger row.

    Raises:
        CardMissingError: The path is empty.
        DeviceError: The card can't be brought to the chip station.
        TransportError: Printer or reader can't be reached.
    """
    _refuse_empty_path(bench)
    bench.equipment.printer.bring_card_to_chip_station()
    try:
        return bench.equipment.encoder.identify()
    except (CardMuteError, StatusWordError, WrongCardError):
        return None


def _refuse_empty_path(bench: Workbench) -> None:
    if bench.equipment.printer.status().card is None:
        raise CardMissingError("the card is gone from the machine")


def which_card(bench: Workbench, order: OrderRecord, card: int | None) -> Which:
    """Compare the card in the path with the ledger's row `card`, by its chip. May move the card.

    Raises:
        CardMissingError: The path is empty.
        DeviceError: The card can't be brought to the chip station.
        TransportError: Printer or reader can't be reached.
    """
    found = read_card(bench)
    return compare(order, found, bench.journal.cards.one(card) if card is not None else None)


def note_another(bench: Workbench, order: OrderRecord) -> None:
    """Record that the card in the path is not this order's: the place of that one is unknown.

    The request that needed it is refused; the order must no longer be shown with its card here.
    """
    row = bench.card_of(order)
    if row is not None and row.fate is CardFate.IN_MACHINE and row.place not in NOT_SEEN:
        bench.apply(ACTOR, UpdateCard(row.id, place=CardPlace.UNKNOWN))


def compare(order: OrderRecord, found: ChipIdentity | None, row: CardRecord | None) -> Which:
    """Compare what a chip shows with a row of the ledger. Pure.

    The order's own card is identified by its whole chip, every other one by its 卡识别码.
    """
    if found is None:
        return Which.UNREADABLE
    if order.chip is not None and (row.id if row else None) == order.card:
        return Which.THIS if found.same_card(order.chip) else Which.OTHER
    if row is None or not row.AAZ501:
        return Which.UNREADABLE
    return Which.THIS if row.AAZ501 == found.AAZ501 else Which.OTHER
