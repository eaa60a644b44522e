"""Narrowed types of orders: the facts that a step may rely on.

A step is reached only by orders that have what it needs; the type states this. A missing value is
then a defect of the station, and never the fault of a device or of the network.
"""

from __future__ import annotations

from dataclasses import dataclass

from station.core.cards import ChipIdentity
from station.core.errors import DefectError
from station.core.gateways import ProductionData
from station.core.orders import OrderRecord


@dataclass(frozen=True, slots=True)
class PreparedOrder:
    """An order that has its data from the province."""

    order: OrderRecord
    data: ProductionData


@dataclass(frozen=True, slots=True)
class FedOrder:
    """An order that has its data and is bound to the chip of a card."""

    order: OrderRecord
    data: ProductionData
    chip: ChipIdentity


def prepared(order: OrderRecord) -> PreparedOrder:
    """Narrow an order that has its data.

    Raises:
        DefectError: It has none.
    """
    if order.data is None:
        raise DefectError(f"order {order.id} has no data at {order.step.value}")
    return PreparedOrder(order, order.data)


def fed(order: OrderRecord) -> FedOrder:
    """Narrow an order that has its data and a card whose chip was read.

    Raises:
        DefectError: It has no data, or no such card.
    """
    if order.chip is None:
        raise DefectError(f"order {order.id} is bound to no chip at {order.step.value}")
    return FedOrder(order, prepared(order).data, order.chip)


def card_of(order: OrderRecord) -> int:
    """Return the ledger id of the card of an order that has one.

    Raises:
        DefectError: It has none.
    """
    if order.card is None:
        raise DefectError(f"order {order.id} has no card at {order.step.value}")
    return order.card
