"""Writes the clients from the OpenAPI document: types and calls in Python and for web pages."""

from __future__ import annotations

import functools
import json
import keyword
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Json = Mapping[str, Any]

JSON: Final = "application/json"
#: What is asked for once, and what is no header of a caller.
HEADERS: Final = {"idempotency-key": "key", "if-match": "seen"}
HOME: Final = "models."  #: where the calls find the types
PYTHON: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
SCRIPT: Final = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the clients have it.

    Attributes:
        name: `operationId`.
        method: In capitals.
        path: With the names of its parameters in braces.
        tag: Group of operations.
        summary: One line.
        in_path: Names in the path.
        in_query: Name -> schema, all optional.
        headers: Words of `HEADERS` that it takes.
        key_needed: Whether it can't be called without a key.
        body: Schema of the body; None for none.
        answer: Schema of the answer; None for what is not JSON.
        empty: Whether there is nothing in the answer.
    """

    name: str
    method: str
    path: str
    tag: str
    summary: str
    in_path: Mapping[str, Json]
    in_query: Mapping[str, Json]
    headers: tuple[str, ...]
    body: Json | None
    answer: Json | None
    empty: bool


@functools.cache
def described() -> Json:
    """Return the document, freshly made."""
    from docs.generate import openapi

    found: Json = json.loads(openapi())
    return found


def operations() -> Iterator[Operation]:
    """Yield every operation but the stream of events, which is read otherwise."""
    for path, methods in described()["paths"].items():
        for method, told in methods.items():
            parameters = told.get("parameters", ())
            status = next(one for one in told["responses"] if one.startswith("2"))
            content = told["responses"][status].get("content", {})
            if "text/event-stream" in content:
                continue
            found = {
                where: {one["name"]: one["schema"] for one in parameters if one["in"] == where}
                for where in ("path", "query", "header")
            }
            body = told.get("requestBody", {}).get("content", {}).get(JSON)
            yield Operation(
                name=told["operationId"],
                method=method.upper(),
                path=path,
                tag=told["tags"][0],
                summary=told["summary"],
                in_path=found["path"],
                in_query=found["query"],
                headers=tuple(
                    word
                    for name, word in HEADERS.items()
                    if name in {one.lower() for one in found["header"]}
                ),
                body=None if body is None else body["schema"],
                answer=content[JSON]["schema"] if JSON in content else None,
                empty=status == "204",
            )


def _named(ref: str) -> str:
    return ref.rpartition("/")[2]


def _models() -> Iterator[tuple[str, Json]]:
    yield from sorted(described()["components"]["schemas"].items())


# -- Python ------------------------------------------------------------------------------------


def python_type(schema: Json, home: str = "") -> str:  # noqa: PLR0911 - one for each form
    """Return the annotation of a schema."""
    if "$ref" in schema:
        return f"{home}{_named(schema['$ref'])}"
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(python_type(one, home) for one in schema["anyOf"]))
    words = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    if words:
        return f"Literal[{', '.join(map(_python_value, words))}]"
    kind = schema.get("type")
    if kind == "null":
        return "None"
    if kind == "array":
        return f"list[{python_type(schema['items'], home)}]" if "items" in schema else "list[Any]"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"dict[str, {python_type(inner, home) if isinstance(inner, dict) else 'Any'}]"
    return PYTHON[str(kind)]


def _python_value(value: object) -> str:
    return repr(value) if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)


def python_models() -> str:
    """Return the module of what is sent and answered."""
    lines = [
        '"""What is sent and answered; made from OpenAPI by `make docs`: do not edit."""',
        "",
        "# ruff: noqa: D101, E501, I001 - made from the document, which describes each field",
        "# fmt: off",
        "from __future__ import annotations",
        "",
        "from typing import Any, Literal, NotRequired, TypeAlias, TypedDict",
        "",
    ]
    for name, schema in _models():
        if "properties" not in schema:
            lines += [f"{name}: TypeAlias = {python_type(schema)}"]
            continue
        lines += [f"class {name}(TypedDict):"]
        needed = set(schema.get("required", ()))
        answered = schema.get("additionalProperties") is not False
        for field, told in schema["properties"].items():
            kind = python_type(told)
            if field not in needed and not answered:
                kind = f"NotRequired[{kind}]"
            lines += [f"    {field}: {kind}"]
    return "\n".join([*lines, ""])


def _arguments(one: Operation) -> list[str]:
    found = [f"{name}: {python_type(schema, HOME)}" for name, schema in one.in_path.items()]
    if one.body is not None:
        found.append(f"body: {python_type(one.body, HOME)}")
    later = [f"{_safe(name)}: {_optional(schema)} = None" for name, schema in one.in_query.items()]
    later += [f"{word}: str | None = None" for word in one.headers]
    return found + (["*", *later] if later else [])


def _safe(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def _optional(schema: Json) -> str:
    kind = python_type(schema, HOME)
    return kind if kind.endswith("None") else f"{kind} | None"


def _python_call(one: Operation) -> list[str]:
    answer = (
        "None" if one.empty else "bytes" if one.answer is None else python_type(one.answer, HOME)
    )
    path = one.path.removeprefix("/api/v1")
    for name in one.in_path:
        path = path.replace(f"{{{name}}}", f"{{quoted({name})}}")
    sent = [f'"{one.method}"', f'{"f" if one.in_path else ""}"{path}"']
    if one.in_query:
        pairs = ", ".join(f'"{name}": {_safe(name)}' for name in one.in_query)
        sent.append(f"query={{{pairs}}}")
    if one.body is not None:
        sent.append("body=body")
    sent += [f"{word}={word}" for word in one.headers]
    if one.answer is None and not one.empty:
        sent.append("raw=True")
    result = f"self.call({', '.join(sent)})"
    lines = [
        f"    def {one.name}({', '.join(['self', *_arguments(one)])}) -> {answer}:",
        f'        """{one.summary.rstrip(".")}."""',
    ]
    if one.empty:
        return [*lines, f"        {result}", ""]
    return [*lines, f"        found: {answer} = {result}", "        return found", ""]


def python_calls() -> str:
    """Return the module of one method for each operation."""
    by_tag = defaultdict(list)
    for one in operations():
        by_tag[one.tag].append(one)
    calls = [line for tag in sorted(by_tag) for line in _python_class(tag, by_tag[tag])]
    text = "\n".join(calls)
    lines = [
        '"""One method for each operation; made from OpenAPI by `make docs`: do not edit."""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Literal",
        "",
        "from station.client import models",
        "from station.client.calling import Calling, quoted",
        "",
        text,
        "",
        f"class Operations({', '.join(f'{tag.capitalize()}Calls' for tag in sorted(by_tag))}):",
        '    """Every operation of the API."""',
    ]
    return _tidy("\n".join(lines))


def _python_class(tag: str, found: list[Operation]) -> Iterator[str]:
    yield from ("", "", f"class {tag.capitalize()}Calls(Calling):")
    yield f'    """{described_tag(tag)}"""'
    yield ""
    for one in found:
        yield from _python_call(one)


def described_tag(tag: str) -> str:
    """Return what the document says of a group of operations."""
    return str(next(one["description"] for one in described()["tags"] if one["name"] == tag))


def _tidy(text: str) -> str:
    """Return the text as the formatter leaves it."""
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", "made.py", "-"],
        input=text + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


# -- web pages ---------------------------------------------------------------------------------


def script_type(schema: Json) -> str:  # noqa: PLR0911 - likewise
    """Return the TypeScript type of a schema."""
    if "$ref" in schema:
        return _named(schema["$ref"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(script_type(one) for one in schema["anyOf"]))
    words = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    if words:
        return " | ".join(json.dumps(one, ensure_ascii=False) for one in words)
    kind = str(schema.get("type"))
    if kind == "null":
        return "null"
    if kind == "array":
        return f"Array<{script_type(schema['items']) if 'items' in schema else 'unknown'}>"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"Record<string, {script_type(inner) if isinstance(inner, dict) else 'unknown'}>"
    return SCRIPT[kind]


def camel(name: str) -> str:
    """Return a name as scripts write it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def script_types() -> str:
    """Return the TypeScript declarations of the module for web pages."""
    lines = ["// Made from the OpenAPI document by `make docs`: do not edit.", ""]
    for name, schema in _models():
        if "properties" not in schema:
            lines += [f"export type {name} = {script_type(schema)};", ""]
            continue
        needed = set(schema.get("required", ()))
        answered = schema.get("additionalProperties") is not False
        lines.append(f"export interface {name} {{")
        for field, told in schema["properties"].items():
            mark = "" if field in needed or answered else "?"
            lines.append(f"  {field}{mark}: {script_type(told)};")
        lines += ["}", ""]
    lines += [SCRIPT_HEAD]
    for one in operations():
        given = [f"{name}: {script_type(schema)}" for name, schema in one.in_path.items()]
        if one.body is not None:
            given.append(f"body: {script_type(one.body)}")
        options = [f"{name}?: {script_type(schema)}" for name, schema in one.in_query.items()]
        options += [f"{word}?: string" for word in one.headers]
        if options:
            given.append(f"options?: {{ {'; '.join(options)} }}")
        answer = "void" if one.empty else "Blob" if one.answer is None else script_type(one.answer)
        lines += [f"  /** {one.summary} */"]
        lines += [f"  {camel(one.name)}({', '.join(given)}): Promise<{answer}>;"]
    return "\n".join([*lines, "}", ""])


SCRIPT_HEAD: Final = """/** A refusal of the station, or no answer at all (`status` 0). */
export class StationError extends Error {
  status: number;
  code: string;
  remedy: string;
  fields: string[];
  retryAfter: number | null;
  /** ETag of the order as it is now, of a refusal with 412. */
  seen: string | null;
}

export interface StationOptions {
  /** Address of the station, such as `http://127.0.0.1:8470`. */
  address: string;
  /** Token of this page: see `pair`. */
  token?: string;
  /** How often a request is sent again that may be; 3 unless set. */
  tries?: number;
}

export interface StreamOptions {
  /** Number of the last event that was handled. */
  after?: number;
  signal?: AbortSignal;
}

/** The station of this window. */
export class Station {
  constructor(options: StationOptions);
  token: string;
  /** ETag of each order as it was answered last: what `seen` is given. */
  seen: Map<string, string>;
  /** Ask to be paired; `show` gets the code for the clerk. Resolves once a person has confirmed. */
  pair(show: (code: string) => void, signal?: AbortSignal): Promise<string>;
  /** History as it happens; ends when `signal` does. */
  events(handle: (event: EventRecord) => void, options?: StreamOptions): Promise<void>;
"""


def script_operations() -> str:
    """Return the table of operations of the module for web pages."""
    lines = [
        "// Made from the OpenAPI document by `make docs`: do not edit.",
        "// name: [method, path, in the path, has a body, in the query, headers, answer]",
        "export const OPERATIONS = {",
    ]
    for one in operations():
        answer = "nothing" if one.empty else "file" if one.answer is None else "json"
        row = [one.method, one.path, list(one.in_path), one.body is not None, list(one.in_query)]
        lines.append(f"  {camel(one.name)}: {json.dumps([*row, list(one.headers), answer])},")
    return "\n".join([*lines, "};", ""])
