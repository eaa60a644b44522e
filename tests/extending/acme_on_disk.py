"""A pytest plugin: puts the invented family beside the real ones, as its files would lie on disk.

`pytest -p tests.extending.acme_on_disk tests/contract -k acme` then finds it everywhere.
"""

from __future__ import annotations

from pathlib import Path

import simulators.printers
import station.drivers

FOLDER = Path(__file__).parent / "printer_family"

station.drivers.__path__.append(str(FOLDER / "drivers"))
simulators.printers.__path__.append(str(FOLDER / "simulators"))


def pytest_configure() -> None:
    """Show the suites its vectors; they look for families when they are imported, so only now."""
    from tests.rigs import vectors

    vectors.FOLDERS.append(FOLDER / "vectors")
