"""What two printer families have in common is in `station.drivers.kit`, and not in both of them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from station import drivers
from tests.gates import copied_between

DRIVERS = Path(drivers.__path__[0])
MOST = 40


@pytest.mark.parametrize(
    ("one", "other"), list(itertools.combinations([*drivers.family_names(), drivers.KIT], 2))
)
def test_printer_families_share_by_the_kit_and_not_by_copies(one: str, other: str) -> None:
    assert copied_between(DRIVERS / one, DRIVERS / other) < MOST


def test_a_copied_family_is_counted(tmp_path: Path) -> None:
    original = DRIVERS / "hiti_cs" / "line.py"
    (tmp_path / "line.py").write_bytes(original.read_bytes())
    assert copied_between(tmp_path, DRIVERS / "hiti_cs") > MOST
