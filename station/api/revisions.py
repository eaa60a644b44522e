"""Revisions of orders: `ETag` on every answer with one order, `If-Match` on every act on one.

The number grows when the order changes in a way that whoever looks at it must see, or when somebody
wishes it to go on; what the station tries again automatically, and how far a running step has come,
leave it as it is. So it is no reason to keep an answer: there is no `If-None-Match`.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Depends, Header, Response

from station.api.models.orders import OrderView
from station.core.errors import InputError
from station.production.services.service import ProductionService

FORM: Final = r'^(\*|"[0-9]{1,18}")$'
ANY: Final = "*"


async def _revision(
    if_match: Annotated[
        str | None,
        Header(
            pattern=FORM,
            description="The `ETag` of the order as your person saw it; when the order has changed"
            " since: 412, with its `ETag` now, and nothing is done.",
        ),
    ] = None,
) -> int | None:
    """Return the revision that a caller rests on; None for whatever it is now."""
    if if_match is None or if_match == ANY:
        return None
    found = re.fullmatch(FORM, if_match)
    if found is None:  # the framework has refused it already
        raise InputError("this is no ETag of an order")
    return int(if_match.strip('"'))


Seen = Annotated[int | None, Depends(_revision)]


def etag(revision: int) -> str:
    """Return the revision as the header has it."""
    return f'"{revision}"'


def shown(service: ProductionService, order: str, response: Response) -> OrderView:
    """Return an order as it is now, and set its `ETag`.

    The revision is read first: an order that changes in between is newer than its ETag, and an act
    that rests on it is refused rather than allowed.
    """
    revision = service.stepping.revision(order)
    view = OrderView.of(service.orders.one(order))
    response.headers["ETag"] = etag(revision)
    return view
