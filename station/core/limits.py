"""Limits of one request: the same for the API, the pages and the command line."""

from __future__ import annotations

from typing import Final

LARGEST_ID: Final = 2**63 - 1  #: largest number that the journal can store
LONGEST_REQUEST: Final = 128  #: characters of the request name that a caller may give
#: Name of a person who presses, agrees or attests; · occurs in names of minorities.
PERSON_NAME: Final = r"[\w.@·-]{1,64}"
MOST_BLANKS: Final = 100_000  #: moved or counted at once; a window has a few hundred
