"""The README names every layer of the code, in the order that is checked, and every command."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: Commands of the Makefile that the README speaks of in another way, or need no word.
UNSAID = frozenset({"help", "setup", "doctor", "lock", "clean"})


def layers() -> list[set[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (found,) = [contract for contract in contracts if contract["id"] == "layers"]
    return [set(re.findall(r"\w+", row)) - {"pictures", "__main__"} for row in found["layers"]]


def test_every_layer_is_named_in_its_order() -> None:
    block = README.partition("## How the house is laid")[2].split("```")[1]
    rows = [re.match(r"\w+(?:(?:, | \| )\w+)*", row) for row in block.splitlines()]
    named = [set(re.findall(r"\w+", row[0])) for row in rows if row]
    assert named[: len(layers())] == layers()


def test_every_command_of_the_makefile_is_named() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"^([a-z0-9-]+):.*##", makefile, re.MULTILINE)) - UNSAID
    named = set(re.findall(r"make ([a-z0-9-]+)", README))
    benchmarks = {command for command in commands if command.startswith("bench")}
    assert commands - benchmarks - named == set()
