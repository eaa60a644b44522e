"""Names of clerks, supervisors and witnesses in requests.

The length is a limit of its own and not part of the pattern: pydantic's regular expressions make a
copy of the class of all letters for each character that a count allows, 5 MB for 64.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from station.core.limits import LONGEST_PERSON_NAME, PERSON_NAME_CHARACTER

PersonName = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_PERSON_NAME, pattern=f"^{PERSON_NAME_CHARACTER}+$"),
]
#: Empty where nobody is named.
PersonNameOrNone = Annotated[
    str, Field(max_length=LONGEST_PERSON_NAME, pattern=f"^{PERSON_NAME_CHARACTER}*$")
]
