"""The table of field cases: what happens, the right outcome, and the tests that prove it."""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"
MARKER = "field_case"


def cases() -> Mapping[str, tuple[str, str]]:
    """Return (what happens, right outcome) of each case by its id."""
    return {name: (row[0], row[1]) for name, row in _file()["cases"].items()}


def kinds() -> Mapping[str, str]:
    """Return the kinds of fault by the first letter of a case's id."""
    return dict(_file()["kinds"])


def tests_by_case() -> Mapping[str, list[str]]:
    """Return the tests that name each case, as `path::test`, in order of their files."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for name, case in _marked(ast.parse(path.read_text(encoding="utf-8"))):
            found[case].append(f"{path.relative_to(ROOT)}::{name}")
    return found


def field_cases() -> str:
    """Return the page."""
    proofs, titles = tests_by_case(), kinds()
    lines = [
        "# Cases from the field",
        "",
        "Made from `tests/field_cases.toml` and the tests' `field_case` marks; do not edit.",
    ]
    shown = ""
    for case, (what, right) in cases().items():
        if case[0] != shown:
            shown = case[0]
            lines += ["", f"## {shown}. {titles[shown]}", ""]
            lines += ["| case | what happens | right outcome | proven by |", "|---|---|---|---|"]
        tests = "<br>".join(f"`{test}`" for test in proofs.get(case, [])) or "**no test**"
        lines.append(f"| {case} | {what} | {right} | {tests} |")
    return "\n".join(lines) + "\n"


def _file() -> dict[str, Any]:
    return tomllib.loads((TESTS / "field_cases.toml").read_text(encoding="utf-8"))


def _marked(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith(f"mark.{MARKER}"):
                    yield from ((node.name, str(ast.literal_eval(arg))) for arg in mark.args)
