"""A document that is cited is in the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PLACES: Final = ("station", "simulators", "tests", "docs", "config")
ENDINGS: Final = (".py", ".md", ".toml", ".html")
_CITED: Final = re.compile(r"(?<![\w/.-])((?:[\w.-]+/)*[\w-]+\.md)\b")


def files(root: Path) -> Iterator[Path]:
    """Yield whatever may cite a document."""
    yield from root.glob("*.md")
    for place in PLACES:
        yield from (file for file in (root / place).rglob("*") if file.suffix in ENDINGS)


def documents(root: Path) -> set[str]:
    """Return the names of all documents in the repository."""
    known = {document.name for place in PLACES for document in (root / place).rglob("*.md")}
    return known | {document.name for document in root.glob("*.md")}


def dead_citations(file: Path, root: Path, known: set[str]) -> list[str]:
    """Return the documents that a file names and that are neither `known` nor where it says."""
    text = file.read_text(encoding="utf-8")
    # What writes a generated document cites as that document does.
    bases = (file.parent, root, root / "docs", root / "docs" / "reference")
    return [
        cited
        for cited in sorted(set(_CITED.findall(text)))
        if cited not in known and not any((base / cited).exists() for base in bases)
    ]


def test_every_document_that_is_cited_is_there() -> None:
    known = documents(ROOT)
    dead = {str(file.relative_to(ROOT)): dead_citations(file, ROOT, known) for file in files(ROOT)}
    dead.pop(str(Path(__file__).relative_to(ROOT)))
    assert {name: cited for name, cited in dead.items() if cited} == {}


@pytest.mark.parametrize("cited", ["design.md", "docs/process.md"])
def test_a_document_that_is_not_there_is_found(tmp_path: Path, cited: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "life.md").write_text("", encoding="utf-8")
    file = tmp_path / "station.py"
    file.write_text(f"Source: docs/life.md and life.md; {cited}, section 4.", encoding="utf-8")
    assert dead_citations(file, tmp_path, documents(tmp_path)) == [cited]
