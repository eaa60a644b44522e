"""What the person at the window may do while an order does not go on: wait, or come back later.

It follows from where the card is and whose turn it is, never from how the fault is worded: before a
blank is fed nothing has been done, a card in the machine is finished within minutes unless the
province does not answer, and what the province refuses is settled elsewhere. A temporary card is
written while its holder sits at the desk, and is given to nobody before its order has ended.
"""

from __future__ import annotations

import enum
from typing import Final

from station.core.errors import PersonRequest, RejectionReason
from station.core.life import AT_PROVINCE, BEFORE_FEED, IN_MACHINE, reached
from station.core.orders import EffectKind, OrderKind, OrderStep
from station.core.recipes import recipe_of


class CitizenAdvice(enum.StrEnum):
    """What the person may do; the texts are in `citizen`."""

    SETTLE_FIRST = "settle-first"  #: go and put the application right, then come back
    NOTHING_DONE = "nothing-done"  #: may leave: no card was used, and the order goes on later
    WAIT = "wait"
    MADE_LATER = "made-later"  #: may leave: the card waits for the province and is fetched later
    NOT_ACTIVE = "not-active"  #: may take the card; it can't be used before it is activated
    MADE_ANEW = "made-anew"  #: wait: this card is spoiled, another one is made


#: Refusals that only the holder can put right, at the province or the bank.
HOLDER_SETTLES: Final = frozenset(
    {
        RejectionReason.PERSON_UNKNOWN,
        RejectionReason.NOT_REPORTED_LOST,
        RejectionReason.REPLACEMENT_NOT_APPLIED,
        RejectionReason.FEE_NOT_REGISTERED,
        RejectionReason.NOT_MARKED,
        RejectionReason.DATA_WITHDRAWN,
        RejectionReason.CARD_STATE,
        RejectionReason.NO_CARD,
        RejectionReason.HAS_TEMPORARY,
    }
)


def citizen_advice(
    kind: OrderKind, step: OrderStep, code: str, effect: EffectKind | None
) -> CitizenAdvice | None:
    """Return what the holder of an order that is held with `code` may do.

    None where nobody waits: a test card, an order that was cancelled, and a request to the clerk
    that is part of the work.
    """
    recipe = recipe_of(kind)
    if recipe.judged or step is OrderStep.CANCELLED or code in set(PersonRequest):
        return None
    if step is OrderStep.SPOILED:
        return CitizenAdvice.MADE_ANEW
    if recipe.at_desk and reached(step, OrderStep.APPROVED):
        return CitizenAdvice.WAIT
    if step in BEFORE_FEED:
        settles = code in HOLDER_SETTLES
        return CitizenAdvice.SETTLE_FIRST if settles else CitizenAdvice.NOTHING_DONE
    if step in IN_MACHINE:
        return CitizenAdvice.MADE_LATER if effect in AT_PROVINCE else CitizenAdvice.WAIT
    return CitizenAdvice.NOT_ACTIVE
