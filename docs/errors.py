"""Writes the list of every error that an answer of the API can have."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import station.core.errors as errors
from station.core.errors import StationError
from station.words import explain
from station.words.problems import known

API: Final = Path(errors.__file__).parents[2] / "api"


def _classes(root: type[StationError]) -> Iterator[type[StationError]]:
    yield root
    for one in root.__subclasses__():
        yield from _classes(one)


def _of_the_server() -> Iterator[tuple[str, int]]:
    """Yield code and status of what the server refuses before an operation is reached."""
    for path in sorted(API.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "problem_response":
                told = [arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant)]
                if len(told) == 2 and isinstance(told[0], str) and isinstance(told[1], int):
                    yield told[0], told[1]


def _rows() -> dict[str, tuple[int, int | None]]:
    for module in pkgutil.iter_modules(errors.__path__):
        importlib.import_module(f"{errors.__name__}.{module.name}")
    found: dict[str, tuple[int, int | None]] = {}
    for one in _classes(StationError):
        if one.__module__.startswith(errors.__name__):
            found.setdefault(one.code, (one.http_status, one.retry_after))
    for code, status in _of_the_server():
        found[code] = status, None
    found |= {"route-not-found": (404, None), "method-not-allowed": (405, None)}
    return found


def api_errors() -> str:
    """Return the page."""
    rows = [
        f"| `{code}` | {status} | {'' if after is None else f'{after} s'} |"
        f" {explain(code).title if known(code) else ''} |"
        for code, (status, after) in sorted(_rows().items())
    ]
    return "\n".join(
        [
            "# Errors of the API",
            "",
            "Made from `station/core/errors` and `station/api`; do not edit. What to do after each"
            " kind:",
            "[how to integrate](../how-to/integrate.md#after-an-error). A class of errors may have"
            " further",
            "codes for single causes (`person-has-open-order`, the province's own reasons): handle"
            " what is",
            "not listed by its status.",
            "",
            "| code | status | `Retry-After` | what the clerk reads |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )
