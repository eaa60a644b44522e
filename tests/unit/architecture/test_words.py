"""Texts for people are in `station.words` only: a Chinese literal anywhere else is reported."""

from __future__ import annotations

import ast
import io
import re
import shutil
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WORDS = "words"
#: Ideographs, their extensions A and B and compatibility forms, CJK punctuation, full-width forms.
CJK = re.compile(
    "[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
#: Python 3.12 takes f-strings apart.
LITERALS = (tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING))


def docstrings(source: str) -> set[tuple[int, int]]:
    """Return line and column of all docstrings, those of attributes included."""
    return {
        (node.value.lineno, node.value.col_offset)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def chinese_literals(package: Path) -> Iterator[str]:
    """Yield place and literal of each Chinese text outside `words`.

    Docstrings and comments may hold the terms of the field. The source counts, not the value: data
    that is made of single characters (a table of codes) is written with escapes.
    """
    for path in sorted(package.rglob("*.py")):
        if path.relative_to(package).parts[0] == WORDS:
            continue
        source = path.read_text(encoding="utf-8")
        if not CJK.search(source):
            continue
        documents = docstrings(source)
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            told = token.type in LITERALS and CJK.search(token.string)
            if told and token.start not in documents:
                yield f"{path.relative_to(package)}:{token.start[0]}: {token.string}"


def test_no_chinese_literal_is_outside_words() -> None:
    assert list(chinese_literals(ROOT / "station")) == []


@pytest.mark.parametrize(
    "line",
    [
        'TITLE = "制卡"',
        'TITLE = f"{1}张卡"',
        "TITLE = f\"{'卡'}\"",
        'print("card：")',
        "KEYS = {'照片': 1}",
        'def f() -> str:\n    """Return 卡."""\n    return "卡"',
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
        ("core/photos.py", 'MOVED = {"\\u9fb4": "\\ue81e"}'),
        ("words/photos.py", 'TITLE = "照片"'),
    ],
)
def test_comments_docstrings_escapes_and_words_are_not(
    tmp_path: Path, place: str, line: str
) -> None:
    module = tmp_path / "station" / place
    module.parent.mkdir(parents=True)
    module.write_text(f"{line}\n", encoding="utf-8")
    assert list(chinese_literals(tmp_path / "station")) == []
