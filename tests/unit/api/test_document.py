"""The OpenAPI document: complete, with examples that fit, and shown offline at `/docs`."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any, Final
from unittest import mock

import jsonschema
import pytest

from station.access import Doors
from station.access.table import API, PUBLIC, READING_POSTS
from station.api import create_app
from station.api.document import SCHEMES, operations
from station.api.reference import FOLDER, TYPES
from station.batches.service import BatchService
from station.production.services.service import ProductionService
from tests.unit.api.conftest import Served

Json = dict[str, Any]

DOCUMENT: Final[Json] = create_app(
    mock.create_autospec(ProductionService),
    doors=mock.create_autospec(Doors, instance=True),
    batch_service=mock.create_autospec(BatchService),
    bundle=bytes,
    allowed_hosts=[],
).openapi()
OPERATIONS: Final = dict(operations(DOCUMENT))
JSON: Final = "application/json"


def fits(example: object, schema: Json) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    checker = jsonschema.FormatChecker()
    jsonschema.Draft202012Validator(whole, format_checker=checker).validate(example)


def contents(described: Json) -> dict[str, Json]:
    """Return status and media type -> content, of the answers that have one."""
    return {
        f"{status} {kind}": content
        for status, answer in described["responses"].items()
        for kind, content in answer.get("content", {}).items()
    }


def test_the_document_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")


def test_every_guarded_operation_is_described_and_every_description_is_guarded() -> None:
    public = {one for one in PUBLIC if one.split()[1].startswith("/api/")}
    public.discard("GET /api/v1/openapi.json")
    assert set(OPERATIONS) == set(API) | public


def test_operations_have_names_that_clients_can_use() -> None:
    names = [described["operationId"] for described in OPERATIONS.values()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_operation_has_examples_that_fit_its_schemas(operation: str) -> None:
    described = OPERATIONS[operation]
    for parameter in described.get("parameters", ()):
        assert "example" in parameter or not parameter["required"], parameter["name"]
        if "example" in parameter:
            fits(parameter["example"], parameter["schema"])
    if "requestBody" in described:
        body = described["requestBody"]["content"][JSON]
        fits(body["example"], body["schema"])
    found = contents(described)
    assert found or "204" in described["responses"]
    for kind, content in found.items():
        assert "example" in content, kind
        if "json" in kind:
            fits(content["example"], content["schema"])


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_operation_says_who_may_call_it_and_how_a_caller_is_known(operation: str) -> None:
    described = OPERATIONS[operation]
    used = {name for one in described["security"] for name in one}
    assert used <= set(SCHEMES)
    assert set(SCHEMES) == set(DOCUMENT["components"]["securitySchemes"])
    if operation in PUBLIC:
        assert (used, described["x-roles"]) == (set(), ["everybody"])
    else:
        assert described["x-roles"] == sorted(API[operation])
        assert ("csrf" in used) == (not operation.startswith("GET "))


def test_a_reading_post_is_a_post_of_the_api() -> None:
    assert set(API) >= READING_POSTS


@pytest.mark.field_case("E17")
def test_an_unknown_url_is_not_an_unknown_order(served: Served) -> None:
    for path in ("/api/v1/orders/nothing/at/all", "/api/v1/order", "/api/v2/orders", "/docs/x/y"):
        answer = served.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "route-not-found")
    answer = served.client.get(f"/api/v1/orders/{'0' * 32}")
    assert (answer.status_code, answer.json()["code"]) == (404, "order-not-found")


def test_the_reference_page_loads_nothing_from_elsewhere(served: Served) -> None:
    page = served.client.get("/docs")
    assert page.status_code == 200
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert [one for one in addresses if not one.startswith(("/docs/", "data:"))] == []
    for name in set(TYPES) - {"index.html"}:
        answer = served.client.get(f"/docs/{name}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, TYPES[name])
        assert "'unsafe-eval'" not in answer.headers["Content-Security-Policy"]
        assert f'"/docs/{name}"' in page.text
    assert served.client.get("/docs/VENDORED.md").status_code == 422


def test_what_is_vendored_is_what_its_list_says() -> None:
    told = (FOLDER / "VENDORED.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", told, re.MULTILINE)
    assert {name for name, _ in rows} == {"swagger-ui-bundle.js", "swagger-ui.css"}
    for name, digest in rows:
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest
    assert "Apache License" in (FOLDER / "LICENSE").read_text(encoding="utf-8")


def test_the_document_in_the_docs_is_the_one_that_is_served(served: Served) -> None:
    kept = Path(__file__).parents[3] / "docs/reference/openapi.json"
    found = served.client.get("/api/v1/openapi.json").json()
    assert found == json.loads(kept.read_text(encoding="utf-8"))


#: Nobody is known yet, and what they make is nothing durable about a card.
WITHOUT_KEY: Final = PUBLIC | READING_POSTS


def test_every_post_takes_an_idempotency_key_and_every_act_on_an_order_a_precondition() -> None:
    for operation, described in OPERATIONS.items():
        if not operation.startswith("POST "):
            continue
        parameters = described.get("parameters", ())
        headers = {one["name"].lower() for one in parameters if one["in"] == "header"}
        assert ("idempotency-key" in headers) == (operation not in WITHOUT_KEY), operation
        acts = operation.startswith("POST /api/v1/orders/{order}/")
        assert ("if-match" in headers) == acts, operation
