"""Every operation of the API, as its own OpenAPI document says, with requests drawn for each."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from fastapi import FastAPI
from hypothesis import strategies as st

Schema: TypeAlias = Mapping[str, Any]

PREFIX: Final = "/api/v1"
#: Lists of a batch: good, corrected, without headings, no table.
FILES: Final = (
    "序号,姓名,证件号码\n1,张三,410701199003074534\n2,李四,410701199003074535\n",
    "序号,姓名,证件号码\n1,张三,410701199003074534\n2,李四,410701198505050011\n",
    "姓名\n王五\n",
    "\x00",
)


def base64_of(text: str) -> str:
    """Return a file as the API takes it."""
    return base64.b64encode(text.encode()).decode()


#: What would wait for real time, or has no bound that matters here.
OURS: Final[Mapping[str, st.SearchStrategy[object]]] = {
    "wait": st.just(0),
    "file": st.sampled_from(tuple(map(base64_of, FILES))),
    "batch": st.integers(0, 3),
    "check": st.just(False),
    "content": st.sampled_from(("", "{}", "no receipts")),
    "limit": st.integers(1, 5),
    "after": st.integers(0, 50),
    "last-event-id": st.integers(0, 50),
    "count": st.integers(1, 100),
    "idempotency-key": st.sampled_from(("r-1", "r-2", "r-3")),
    # Numbers among what there is; the caller puts the real one in.
    "order": st.integers(0, 3),
    "card": st.integers(0, 6),
}


@dataclasses.dataclass(frozen=True)
class Operation:
    """One operation of the document.

    Attributes:
        method: In capitals.
        path: As a template, without the prefix.
        streams: Whether its answer never ends.
        path_names: What stands in the path.
    """

    method: str
    path: str
    streams: bool
    path_names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclasses.dataclass(frozen=True)
class Call:
    """One drawn request."""

    operation: Operation
    path: Mapping[str, object]
    query: Mapping[str, object]
    headers: Mapping[str, object]
    body: object


def operations_of(app: FastAPI) -> dict[str, Operation]:
    """Return every operation of the document by its name: method and path."""
    found = (one for one, _ in _described(app.openapi()))
    return {str(one): one for one in found}


def calls_of(app: FastAPI) -> dict[str, st.SearchStrategy[Call]]:
    """Return, for every operation, requests that fit its description."""
    document = app.openapi()
    return {str(one): _calls(one, text, document) for one, text in _described(document)}


def _described(document: Schema) -> list[tuple[Operation, Schema]]:
    found = []
    for path, methods in document["paths"].items():
        assert path.startswith(PREFIX), f"an operation beside the API: {path}"
        for method, text in methods.items():
            names = tuple(one["name"] for one in text.get("parameters", ()) if one["in"] == "path")
            answers = text["responses"].get("200", {})
            streams = "text/event-stream" in answers.get("content", {})
            operation = Operation(method.upper(), path.removeprefix(PREFIX), streams, names)
            found.append((operation, text))
    return found


def _calls(operation: Operation, text: Schema, document: Schema) -> st.SearchStrategy[Call]:
    drawn: dict[str, dict[str, st.SearchStrategy[object]]] = {"path": {}, "query": {}, "header": {}}
    for one in text.get("parameters", ()):
        if one["name"] != "x-operator":
            drawn[one["in"]][one["name"]] = _named(one["name"], one["schema"], document)
    body = text.get("requestBody", {}).get("content", {}).get("application/json")
    return st.builds(
        Call,
        st.just(operation),
        st.fixed_dictionaries(drawn["path"]),
        _without_none(drawn["query"]),
        _without_none(drawn["header"]),
        st.none() if body is None else _value(body["schema"], document),
    )


def _without_none(
    drawn: Mapping[str, st.SearchStrategy[object]],
) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(dict(drawn)).map(
        lambda values: {name: one for name, one in values.items() if one is not None}
    )


def _named(name: str, schema: Schema, document: Schema) -> st.SearchStrategy[object]:
    ours = OURS.get(name.lower())
    return _value(schema, document) if ours is None else ours


def _value(schema: Schema, document: Schema) -> st.SearchStrategy[object]:
    if "$ref" in schema:
        return _value(
            document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document
        )
    if "anyOf" in schema:
        return st.one_of(*(_value(one, document) for one in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    return _of_type(schema, document)


def _of_type(schema: Schema, document: Schema) -> st.SearchStrategy[object]:
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {}).items()
        return st.fixed_dictionaries(
            {name: _named(name, one, document) for name, one in properties}
        )
    if kind == "array":
        return st.lists(_value(schema["items"], document), max_size=2)
    if kind == "string":
        if "pattern" in schema:
            return st.from_regex(schema["pattern"], fullmatch=True)
        least = schema.get("minLength", 0)
        most = min(schema.get("maxLength", 12), max(12, least))
        return st.text(
            st.characters(codec="ascii", min_codepoint=32), min_size=least, max_size=most
        )
    plain: dict[object, st.SearchStrategy[object]] = {
        "integer": st.integers(schema.get("minimum", 0), schema.get("maximum", 100)),
        "number": st.integers(schema.get("minimum", 0), schema.get("maximum", 100)),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    return plain[kind]  # a KeyError: a kind that nothing here draws yet
