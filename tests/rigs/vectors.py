"""Where the literal vectors are: one folder per printer family, card profile and gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Final

#: A test of what is added from outside (`tests.extending`) appends its own.
FOLDERS: Final = [Path(__file__).parents[1] / "vectors"]
