"""What may be done to a card again, why, with whose approval, and what the province hears of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from station.core.orders import OrderKind


class ReprintReason(enum.StrEnum):
    """Why a card goes back into the machine, or another one is made."""

    FACE_UNCLEAR = "face-unclear"
    FACE_COLOUR_OFF = "face-colour-off"
    FACE_DAMAGED = "face-damaged"
    CHIP_DATA_DAMAGED = "chip-data-damaged"
    CHIP_DATA_WRONG = "chip-data-wrong"
    CARD_SPOILED = "card-spoiled"
    CARD_DEFECTIVE = "card-defective"
    NOT_COLLECTED = "not-collected"


@dataclass(frozen=True, slots=True)
class ReprintRule:
    """One class of reprint.

    Attributes:
        reasons: What may be given as the reason.
        needs_approver: Whether a supervisor must agree, who is not the one who asks.
        at_province: What the province hears of it.
    """

    reasons: tuple[ReprintReason, ...]
    needs_approver: bool
    at_province: str


R = ReprintReason

#: The classes; a `full` one is the remake on a new blank. A remake of a card that went out spoils
#: that card first, which always takes two people; after a spoiled one nobody is asked again.
REPRINTS: Final[Mapping[OrderKind, ReprintRule]] = {
    OrderKind.FACE_ONLY: ReprintRule(
        (R.FACE_UNCLEAR, R.FACE_COLOUR_OFF, R.FACE_DAMAGED),
        needs_approver=False,
        at_province="nothing: chip and card stay what the province knows",
    ),
    OrderKind.CHIP_ONLY: ReprintRule(
        (R.CHIP_DATA_DAMAGED, R.CHIP_DATA_WRONG),
        needs_approver=True,
        at_province="nothing: the same data go onto the same card; only the HSM is asked",
    ),
    OrderKind.FULL: ReprintRule(
        (R.CARD_SPOILED, R.CARD_DEFECTIVE, R.NOT_COLLECTED),
        needs_approver=False,
        at_province="the first card as spoiled, then, once restored there, the new one",
    ),
}
#: The card of these is the first order's own.
OWN_CARD: Final = frozenset({OrderKind.FACE_ONLY, OrderKind.CHIP_ONLY})
