"""What two printer families have in common is in `station.drivers.kit`, and not in both of them."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from station import drivers

DRIVERS = Path(drivers.__path__[0])
MOST = 40
#: Fewer equal lines in a row than this are the language's, not the author's.
RUN = 4
NO_CODE = re.compile(r"#|\"\"\"|from |import |.?$|\w+,$")


def code_lines(path: Path) -> list[str]:
    """The lines of a file but imports, lone names of lists, comments and lone brackets."""
    stripped = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in stripped if not NO_CODE.match(line)]


def copied(one: list[str], other: list[str]) -> int:
    """How many lines of `one` stand in a run of equal lines that `other` has too."""
    runs = {tuple(other[at : at + RUN]) for at in range(len(other) - RUN + 1)}
    found: set[int] = set()
    for at in range(len(one) - RUN + 1):
        if tuple(one[at : at + RUN]) in runs:
            found.update(range(at, at + RUN))
    return len(found)


def copied_between(one: Path, other: Path) -> int:
    """The sum over all files of two families."""
    theirs = [code_lines(path) for path in sorted(other.glob("*.py"))]
    return sum(
        max(copied(code_lines(path), lines) for lines in theirs)
        for path in sorted(one.glob("*.py"))
    )


@pytest.mark.parametrize(
    ("one", "other"), list(itertools.combinations([*drivers.family_names(), drivers.KIT], 2))
)
def test_printer_families_share_by_the_kit_and_not_by_copies(one: str, other: str) -> None:
    assert copied_between(DRIVERS / one, DRIVERS / other) < MOST


def test_a_copied_family_is_counted(tmp_path: Path) -> None:
    original = DRIVERS / "hiti_cs" / "line.py"
    (tmp_path / "line.py").write_bytes(original.read_bytes())
    assert copied_between(tmp_path, DRIVERS / "hiti_cs") > MOST
