"""What a step makes durable is a value that it returns: no function is made to be run later."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

STEPS = Path("station/production/life/steps")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def functions_inside(source: str) -> list[int]:
    """Return the lines of functions that are made inside another one."""
    outer = [one for one in ast.walk(ast.parse(source)) if isinstance(one, FUNCTIONS)]
    inside = {one for each in outer for one in ast.walk(each) if one is not each}
    return [one.lineno for one in outer if one in inside]


@pytest.mark.parametrize("file", sorted(STEPS.glob("*.py")), ids=lambda file: file.stem)
def test_a_step_makes_no_function_to_be_run_later(file: Path) -> None:
    assert functions_inside(file.read_text()) == []


def test_a_closure_is_found() -> None:
    assert functions_inside("def step():\n    def change_all():\n        pass\n") == [2]
    assert functions_inside("def step():\n    return lambda: 1\n") == [2]
