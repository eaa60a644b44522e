"""The OpenAPI document: what the routes do not say themselves.

Who may call and how a caller shows who it is come from the table of `station.access`; the examples
from `examples.json`, which tests hold to the schemas; the rest is the same for every operation.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from station.access.table import API, PUBLIC
from station.api.problem import MEDIA_TYPE, ProblemDetails, problem_details

Json = dict[str, Any]

EXAMPLES: Final = Path(__file__).parent / "examples.json"
METHODS: Final = frozenset({"get", "post", "put", "delete", "patch"})
#: What one does next with what was made: operation -> where its name is in the answer, the name
#: of the parameter that takes it, and the operations.
NEXT: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "create_order": ("id", "order", ("get_order", "press_step", "run_order", "cancel_order")),
    "open_order": ("id", "order", ("get_order", "get_identity", "attach_holder", "run_order")),
    "reprint": ("id", "order", ("get_order", "run_order", "cancel_order")),
    "issue_temporary_card": (
        "id",
        "order",
        ("get_order", "press_step", "write_temporary_card", "cancel_order"),
    ),
    "take_back_temporary_card": ("id", "order", ("get_order", "cancel_order")),
    "print_test_card": ("id", "order", ("get_order", "run_order", "judge_test_card")),
    "ask_for_pairing": ("id", "pairing", ("get_pairing",)),
    "add_webhook": ("webhook/name", "name", ("remove_webhook",)),
}
SCHEMES: Final[Mapping[str, Json]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A program's token (`station clients add`), the token that a paired page has"
        " collected (it works from that page's origin only), or the token of `POST /session`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "station_session",
        "description": "The station's own pages. What changes something also needs `csrf`.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "The session's token, which only the station's own pages can read.",
    },
    "certificate": {
        "type": "mutualTLS",
        "description": "The province's server, on any address but loopback"
        " (`station certificates client`).",
    },
}
WEBHOOK_HEADERS: Final[Mapping[str, str]] = {
    "webhook-id": "The event's id: whoever has seen it may answer 200 and do nothing.",
    "webhook-timestamp": "Seconds since 1970; refuse one that is more than five minutes off.",
    "webhook-signature": "`v1,` and base64 of HMAC-SHA256 over id, timestamp and body, joined by"
    " dots, with the secret's bytes (Standard Webhooks).",
}
TAGS: Final[Mapping[str, str]] = {
    "orders": "One order is one card for one person.",
    "ledger": "Every blank: stock, shifts, spoiled cards, cards not taken, test cards.",
    "batches": "The cards of many people, applied for by a unit.",
    "lists": "Lists that the province has of a batch, and what banks say about its people.",
    "cards": "The state of a person's card at the province.",
    "custody": "Finished cards: where each is, who gave it to whom, and checks.",
    "station": "The window itself, and the reports that the province is owed.",
    "desk": "ID cards, cards in the desk's reader, the holder's PIN.",
    "events": "History as it happens.",
    "webhooks": "Programs that are told of the history.",
    "doors": "People log in, web pages are paired.",
}


def operation_name(route: APIRoute) -> str:
    """Return the name of an operation: that of its function, which clients use too."""
    return route.name


def document(app: FastAPI) -> None:
    """Have the application's document completed; see the module."""
    described = app.openapi

    @functools.cache
    def completed() -> Json:
        found = described()
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault(ProblemDetails.__name__, ProblemDetails.model_json_schema())
        _complete(found)
        return found

    app.openapi = completed  # type: ignore[method-assign]


def operations(found: Json) -> Iterator[tuple[str, Json]]:
    """Yield method with path, and the description, of every operation of a document."""
    for path, methods in found["paths"].items():
        for method, described in methods.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", described


def _complete(found: Json) -> None:
    found["components"]["securitySchemes"] = dict(SCHEMES)
    found["servers"] = [{"url": "http://127.0.0.1:8470", "description": "The PC of the window."}]
    found["webhooks"] = _webhooks(found["components"]["schemas"])
    found["tags"] = [{"name": name, "description": told} for name, told in TAGS.items()]
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    for operation, described in operations(found):
        described["security"] = _security(operation)
        roles = sorted(API.get(operation, ()))
        described["x-roles"] = ["everybody"] if operation in PUBLIC else roles
        _show(described, examples.get(described["operationId"], {}), examples)
        if described["operationId"] in NEXT:
            where, parameter, names = NEXT[described["operationId"]]
            value = {parameter: f"$response.body#/{where}"}
            links = {name: {"operationId": name, "parameters": value} for name in names}
            made = "201" if "201" in described["responses"] else "200"
            described["responses"][made]["links"] = links


def _webhooks(schemas: Json) -> Json:
    """Describe the request that a receiver gets: see `station.webhooks.message`."""
    event = {
        "type": "object",
        "description": "CloudEvents 1.0, JSON format. Holds nothing personal: ask for the order.",
        "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "description": "The same for every attempt."},
            "source": {"type": "string"},
            "type": {"type": "string", "description": "`station.order.` and the kind of event."},
            "subject": {"type": "string", "description": "Order id."},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "data": {
                "type": "object",
                "required": ["seq", "order", "kind", "actor", "data"],
                "properties": {
                    "seq": {"type": "integer"},
                    "order": {"type": "string"},
                    "kind": {"type": "string"},
                    "actor": {"type": "string"},
                    "data": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            },
        },
    }
    schemas["ToldEvent"] = event
    headers = [
        {
            "name": name,
            "in": "header",
            "required": True,
            "schema": {"type": "string"},
            "description": told,
        }
        for name, told in WEBHOOK_HEADERS.items()
    ]
    return {
        "order": {
            "post": {
                "operationId": "order_event",
                "summary": "An order has changed",
                "description": "In order, at least once, until it is answered 2xx; 410 ends it."
                " Sent again after 5 s, 1 min, 5 min, 30 min, 2 h, 5 h and every 10 h; after 3 days"
                " it becomes a dead letter.",
                "parameters": headers,
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/cloudevents+json": {
                            "schema": {"$ref": "#/components/schemas/ToldEvent"}
                        }
                    },
                },
                "responses": {"2XX": {"description": "Taken."}},
            }
        }
    }


def _security(operation: str) -> list[Json]:
    if operation in PUBLIC:
        return []
    session: Json = {"session": []} if operation.startswith("GET ") else {"session": [], "csrf": []}
    return [{"bearer": []}, session, {"certificate": []}]


def _show(described: Json, shown: Json, examples: Json) -> None:
    for parameter in described.get("parameters", ()):
        name = parameter["name"].lower()
        values = {**examples["parameters"], **shown.get("parameters", {})}
        if name in values:
            parameter["example"] = values[name]
    if "request" in shown:
        described["requestBody"]["content"]["application/json"]["example"] = shown["request"]
    for status, answer in described["responses"].items():
        for kind, content in answer.get("content", {}).items():
            if kind == MEDIA_TYPE:
                code, number = examples["problems"][status]
                content["example"] = problem_details(code, number).model_dump()
            elif "response" in shown:
                content["example"] = _with_shared(shown["response"], examples["shared"])


def _with_shared(example: Any, shared: Json) -> Any:  # noqa: ANN401 - JSON
    """Return an example with what several of them have in common put in: `@name` stands for it."""
    if isinstance(example, str) and example.startswith("@"):
        return shared[example[1:]]
    if isinstance(example, list):
        return [_with_shared(one, shared) for one in example]
    if isinstance(example, dict):
        return {name: _with_shared(one, shared) for name, one in example.items()}
    return example
