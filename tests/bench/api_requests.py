"""The requests of `make bench-api`: what clerks and the province's server ask all day."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.bench import journal_million

ORDERS: Final = "/api/v1/orders"
SEARCH: Final = "/api/v1/order-search"
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def requests_of(folder: Path, count: int, name: str) -> dict[str, list[Request]]:
    """Return `count` requests of each kind; another `name` accepts orders of other people."""
    orders = int((folder / "orders").read_text(encoding="utf-8"))
    chance = random.Random(name)
    first_new = orders + sorted(PEOPLE).index(name) * NEW_PEOPLE

    def anywhere() -> int:
        return chance.randrange(orders)

    def whole() -> int:
        return chance.randrange(orders // journal_million.WHOLE) * journal_million.WHOLE

    def create(number: int) -> Request:
        person = journal_million.person_number(first_new + number)
        key = {"Idempotency-Key": f"{name}-{number}"}
        return Request("POST", ORDERS, {"id_number": person}, key)

    def detail(_: int) -> Request:
        return Request("GET", f"{ORDERS}/{journal_million.order_id(whole())}")

    def search(number: int) -> Request:
        if number % 2:
            person = journal_million.person_number(anywhere())
            return Request("POST", SEARCH, {"id_number": person, "limit": PAGE})
        day = journal_million.day(anywhere()).isoformat()
        return Request("POST", SEARCH, {"day": day, "step": "activated", "limit": PAGE})

    def listed(number: int) -> Request:
        before = f"&before={journal_million.order_id(anywhere())}" if number % 2 else ""
        return Request("GET", f"{ORDERS}?limit={PAGE}{before}")

    kinds = {"create": create, "detail": detail, "search": search, "list": listed}
    return {kind: [make(number) for number in range(count)] for kind, make in kinds.items()}


#: Who accepts orders, and how many people each of them has at most.
PEOPLE: Final[Sequence[str]] = ("measured", "recorded")
NEW_PEOPLE: Final = 20_000


def as_bytes(request: Request, headers: Mapping[str, str]) -> bytes:
    """Return a request as it is sent over a kept connection."""
    body = b"" if request.body is None else json.dumps(request.body).encode()
    told = {"Host": "127.0.0.1", **headers, **request.headers, "Content-Length": str(len(body))}
    if body:
        told["Content-Type"] = "application/json"
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"{request.method} {request.path} HTTP/1.1\r\n{head}\r\n".encode() + body
