"""Orders are searched for: by person, day, kind and step, a page at a time.

At an address of its own, not below `/orders/`, where an order's id stands.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, StrictInt

from station.api.caller import Service
from station.api.models.orders import FoundOrders, OrderSummary
from station.api.models.sent import Sent
from station.api.routing import OperationRouter, quick
from station.core.orders import OrderKind, OrderSearch, OrderStep
from station.words import text

router = OperationRouter("orders")

ORDER_ID: Final = r"^[0-9a-f]{32}$"
MOST_ON_A_PAGE: Final = 200


_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _written_day(given: object) -> object:
    """Return a day that is written as RFC 3339 has it; pydantic also takes seconds since 1970.

    Raises:
        ValueError: It is not.
    """
    if not (isinstance(given, str) and _DAY.fullmatch(given)):
        raise ValueError("a day is written as 2031-05-04")
    return dt.date.fromisoformat(given)


Day = Annotated[dt.date, BeforeValidator(_written_day)]


class Search(Sent):
    """What orders are searched for; every field may be left out."""

    id_number: str | None = Field(
        default=None, min_length=1, max_length=40, repr=False, description=text("api.id-number")
    )
    day: Day | None = Field(
        default=None, description="Day of the acceptance, where the station is."
    )
    kind: OrderKind | None = None
    step: OrderStep | None = None
    limit: StrictInt = Field(default=50, ge=1, le=MOST_ON_A_PAGE)
    cursor: str | None = Field(
        default=None, pattern=ORDER_ID, description="`next` of the page before."
    )


@router.post("/order-search", summary=text("api.search"))
@quick
def search_orders(body: Search, service: Service) -> FoundOrders:
    """Changes nothing, and takes no `Idempotency-Key`. Every field narrows what is found.

    One page reads at most what the station holds of the person, the day, or the kind and step.
    """
    wanted = OrderSearch(body.id_number, body.day, body.kind, body.step)
    found = service.orders.recent(body.limit + 1, body.cursor, wanted)
    page = found[: body.limit]
    return FoundOrders(
        orders=tuple(OrderSummary.of(line) for line in page),
        next=page[-1].id if len(found) > body.limit else None,
    )
