"""What can be done now with an order and its card: for the list of a person's orders."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from station.core.life import CLOSED, OrderEvent
from station.core.orders import AnyOrder
from station.core.recipes import recipe_of
from station.core.reprints import ReprintReason, step_of_card
from station.production.life.effects import Workbench


class Offered(enum.StrEnum):
    """What a person may ask for; the last four are kinds of order about the card."""

    GO_ON = "go-on"  #: the order has not ended: open it and go on
    ACTIVATE = "activate"  #: 领卡启用
    FACE_ONLY = "face-only"  #: 补打卡面
    CHIP_ONLY = "chip-only"  #: 重写芯片
    FULL = "full"  #: 重制
    TEMPORARY_AGAIN = "temporary-again"  #: 临时卡重写


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be done.

    Attributes:
        what: The act.
        reasons: Reasons that the act accepts; empty where it needs none.
        needs_approver: Whether a second person must agree.
    """

    what: Offered
    reasons: tuple[ReprintReason, ...] = ()
    needs_approver: bool = False


def offers_of(bench: Workbench, order: AnyOrder) -> tuple[Offer, ...]:
    """Return what can be done with one order now; looking at it is always possible."""
    if order.step not in CLOSED:
        return (Offer(Offered.GO_ON),)
    found: tuple[Offer, ...] = ()
    if bench.way(order).next_event(order.step) is OrderEvent.ACTIVATED:
        found = (Offer(Offered.ACTIVATE),)
    return found + _again(bench, order)


def _again(bench: Workbench, order: AnyOrder) -> tuple[Offer, ...]:
    step = step_of_card(order.step, bench.card_of(order))
    rules = [(kind, recipe_of(kind).reprint) for kind in recipe_of(order.kind).again]
    return tuple(
        Offer(Offered(kind), rule.reasons, rule.needs_approver or step in rule.taken_back_at)
        for kind, rule in rules
        if rule is not None and step in rule.offered_at
    )
