"""How much one request may ask for: the same for the API, the pages and the command line."""

from __future__ import annotations

from typing import Final

LARGEST_ID: Final = 2**63 - 1  #: what a number in the journal can be
MOST_BLANKS: Final = 100_000  #: moved or counted at once; a window has a few hundred
