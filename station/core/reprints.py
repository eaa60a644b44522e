"""Reasons and conditions for putting a card back into the machine or making it again."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from station.core.life import STEPS, Phase
from station.core.orders import CardFate, CardRecord, OrderStep


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
    PIN_FORGOTTEN = "pin-forgotten"


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


def step_of_card(step: OrderStep, card: CardRecord | None) -> OrderStep:
    """Return the step that counts for what may be made about an order's card. Pure.

    A card that went out and was used up by a later order about it (a face that came out torn) is
    spoiled, though the order that made it ended well, and a temporary card that came back is gone:
    no face or chip can be made again on it, and a remake must not spoil it a second time.
    """
    out = STEPS[step].phase is Phase.OUT
    gone = card is not None and card.fate in (CardFate.SPOILED, CardFate.COLLECTED)
    return OrderStep.SPOILED if out and gone else step
