"""How much one request may ask for: the same for the API, the pages and the command line."""

from __future__ import annotations

from typing import Final

LARGEST_ID: Final = 2**63 - 1  #: what a number in the journal can be
LONGEST_REQUEST: Final = 128  #: characters of the name that a caller gives to its request
#: A person who presses, agrees or attests; · as in names of minorities.
PERSON_NAME: Final = r"[\w.@·-]{1,64}"
MOST_BLANKS: Final = 100_000  #: moved or counted at once; a window has a few hundred
