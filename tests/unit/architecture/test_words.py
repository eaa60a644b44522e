"""Texts for people are in `station.words` only: a Chinese literal anywhere else is reported."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.gates import ROOT, chinese_literals


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
    assert reported.startswith(f"station/{place}:")


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
