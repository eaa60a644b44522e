"""Reasons and conditions for putting a card back into the machine or making it again."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from station.core.orders import OrderStep


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
    """When an order of one kind may be made about an earlier one. Steps are the earlier order's.

    Attributes:
        reasons: Accepted reasons.
        allowed_at: Steps at which it may be made.
        taken_back_at: Steps at which it may be made once the earlier card has been taken back and
            spoiled; a supervisor must always agree to that.
        offered_at: Steps at which the window offers it.
        needs_approver: Whether a supervisor other than the requester must agree.
        irreversible: Whether the card's earlier content can't be restored: the window asks for
            confirmation.
    """

    reasons: tuple[ReprintReason, ...]
    allowed_at: frozenset[OrderStep]
    offered_at: frozenset[OrderStep]
    taken_back_at: frozenset[OrderStep] = frozenset()
    needs_approver: bool = False
    irreversible: bool = False
