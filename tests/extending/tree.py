"""A copy of the repository into which a page's folders were put, and nothing else was changed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from simulators.child import ROOT

COPIED: Final = ("station", "simulators", "tests", "docs", "config")
UNWANTED: Final = shutil.ignore_patterns("__pycache__", ".*_cache", "*.png")


def tree_with(tree: Path, folder: Path, places: Mapping[str, str]) -> Path:
    """Copy the repository into `tree`, then add what a page has its reader write.

    Args:
        tree: An empty folder.
        folder: Of `tests/extending`, with what is added.
        places: Sub-folder of `folder` -> where it goes in the repository.

    Raises:
        FileExistsError: Something of it would replace a file that is there.
    """
    for name in COPIED:
        shutil.copytree(ROOT / name, tree / name, ignore=UNWANTED)
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tree / name)
    for name, place in places.items():
        for added in (folder / name).iterdir():
            target = tree / place / added.name
            if target.exists():
                raise FileExistsError(target)
            (shutil.copytree if added.is_dir() else shutil.copy)(added, target)
    return tree


def run_in(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a Python module in the tree, as somebody who works there does."""
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tree,
        env={**environment, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )


def counted(output: str, word: str) -> int:
    """Return how many tests pytest counts as `passed`, `skipped` ..."""
    found = re.search(rf"(\d+) {word}", output)
    return int(found[1]) if found else 0


def missing_names(page: str, places: list[Path]) -> list[str]:
    """Return the files that a page names in backquotes and that are in none of the places."""
    named = set(re.findall(r"`([a-z_./]+\.(?:py|toml|md))`", page))
    return sorted(name for name in named if not any((place / name).exists() for place in places))


def missing_code(page: str, folder: Path) -> list[str]:
    """Return the lines of the page's Python that no file of the example holds."""
    texts = [file.read_text(encoding="utf-8") for file in folder.rglob("*.py")]
    lines = [
        line
        for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL)
        for line in code.splitlines()
    ]
    return [line for line in lines if line.strip() and not any(line in text for text in texts)]
