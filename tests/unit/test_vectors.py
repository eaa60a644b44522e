"""Every literal vector is read by a test: one that none reads proves nothing and ages unseen."""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parents[1]
VECTORS: Final = TESTS / "vectors"
FILES: Final = sorted(VECTORS.glob("*/*"))


@functools.cache
def words_of(module: Path) -> tuple[re.Pattern[str], ...]:
    """Return a pattern for each string of a module; a placeholder in an f-string fits anything."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return tuple(re.compile(pattern) for pattern in _patterns(tree))


def _patterns(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.escape(node.value)
        elif isinstance(node, ast.JoinedStr):
            texts = [p.value if isinstance(p, ast.Constant) else None for p in node.values]
            if "".join(str(text or "") for text in texts) not in ("", ".toml"):
                yield "".join(".*" if text is None else re.escape(str(text)) for text in texts)


def names(module: Path, text: str) -> bool:
    """Whether one of the module's strings is this text."""
    return any(pattern.fullmatch(text) for pattern in words_of(module))


def readers(file: Path, tests: Path) -> list[Path]:
    """Return the modules that name both the folder and the file, with or without its ending."""
    family, stem = file.parent.name, file.stem
    forms = (stem, file.name, f"{family}/{file.name}")
    return [
        module
        for module in tests.rglob("*.py")
        if family in module.read_text(encoding="utf-8")
        and any(names(module, form) for form in forms)
    ]


def unread(file: Path, tests: Path) -> list[str]:
    """Return the tables of a file that no module which reads the file names."""
    reading = readers(file, tests)
    if not reading:
        return [f"{file.name}: no test reads it"]
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return [
        f"{file.name}: {table}"
        for table in tables
        if not any(names(module, table) for module in reading)
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_test_reads_it(file: Path) -> None:
    assert file.suffix == ".toml"
    assert unread(file, TESTS) == []


def test_a_file_or_a_table_that_no_test_reads_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "vectors" / "acme"
    folder.mkdir(parents=True)
    file = folder / "frames.toml"
    file.write_text('[[question]]\nhex = "00"\n[[answer_2]]\n[[answer_30]]\n', encoding="utf-8")
    assert unread(file, tmp_path) == ["frames.toml: no test reads it"]
    test = tmp_path / "test_acme.py"
    test.write_text('ROWS = read("acme/frames.toml")["question"]\n', encoding="utf-8")
    assert unread(file, tmp_path) == ["frames.toml: answer_2", "frames.toml: answer_30"]
    words_of.cache_clear()
    test.write_text(
        'ROWS = read("acme/frames.toml")["question"], f"answer_{n}"\n', encoding="utf-8"
    )
    assert unread(file, tmp_path) == []
