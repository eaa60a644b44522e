"""Texts for people are in `station.words` only: a Chinese literal anywhere else is reported."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WORDS = "words"
#: Ideographs, their extensions A and B and compatibility forms, CJK punctuation, full-width forms.
CJK = re.compile(
    "[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)


def documents(tree: ast.AST) -> set[ast.AST]:
    """Return the nodes of all docstrings, those of attributes included."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def is_text(value: str, written: str) -> bool:
    """Whether a constant with a Chinese character is text, however it is written.

    A table of single characters (codes of a character set) is data as long as each of them is
    written as an escape.
    """
    return len(value) > 1 or CJK.search(written) is not None


def chinese_literals(package: Path) -> Iterator[str]:
    """Yield place and value of each Chinese text outside `words`, parts of f-strings included.

    Docstrings and comments may hold the terms of the field.
    """
    for path in sorted(package.rglob("*.py")):
        if path.relative_to(package).parts[0] == WORDS:
            continue
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        excluded = documents(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or node in excluded:
                continue
            if isinstance(node.value, str) and CJK.search(node.value):
                written = ast.get_source_segment(source, node) or ""
                if is_text(node.value, written):
                    yield f"{path.relative_to(package)}:{node.lineno}: {node.value}"


def test_no_chinese_literal_is_outside_words() -> None:
    assert list(chinese_literals(ROOT / "station")) == []


@pytest.mark.parametrize(
    "line",
    [
        'TITLE = "制卡"',
        'TITLE = "卡"',
        'TITLE = f"{1}张卡"',
        "TITLE = f\"{'卡'}\"",
        'print("card：")',
        "KEYS = {'照片': 1}",
        'def f() -> str:\n    """Return 卡."""\n    return "卡"',
        'TITLE = "\\u5236\\u5361"',
        'TITLE = "\\N{CJK UNIFIED IDEOGRAPH-5236}" "\\u5361"',
        'TITLE: str = (\n    "made of "\n    "\\U00005236 parts"\n)',
    ],
)
@pytest.mark.parametrize("place", ["core/photos.py", "journal/store.py", "newcomer.py"])
def test_a_chinese_literal_is_reported(tmp_path: Path, place: str, line: str) -> None:
    module = tmp_path / "station" / place
    module.parent.mkdir(parents=True, exist_ok=True)
    kept = ROOT / "station" / place
    if kept.exists():
        shutil.copy(kept, module)
    with module.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    (reported,) = chinese_literals(tmp_path / "station")
    assert reported.startswith(f"{place}:")


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("core/photos.py", '"""照片."""\n#: 照片\nNAME = "photo"  # 照片'),
        ("core/photos.py", 'NAME = "photo"\n"""照片."""'),
        ("core/photos.py", 'MOVED = {"\\u9fb4": "\\ue81e"}'),
        ("words/photos.py", 'TITLE = "照片"'),
    ],
)
def test_comments_docstrings_tables_of_characters_and_words_are_not(
    tmp_path: Path, place: str, line: str
) -> None:
    module = tmp_path / "station" / place
    module.parent.mkdir(parents=True)
    module.write_text(f"{line}\n", encoding="utf-8")
    assert list(chinese_literals(tmp_path / "station")) == []
