"""Every text that a person reads, by code and language.

The code of the station holds codes and values; what a clerk, a supervisor or a technician reads is
looked up here. A language is a folder with the same TOML files as `zh`; the second one needs no
change of code. Templates of the pages hold their own Chinese: a template is replaced as a whole.

Example:
    >>> text("order-step.fed")
    '已进卡'
"""

from station.words.catalogue import (
    DEFAULT,
    LANGUAGES,
    MISSING,
    Catalogue,
    Table,
    catalogue,
    shown_in,
    spoken,
    text,
)
from station.words.problems import (
    UNKNOWN_CODE,
    OperatorText,
    explain,
    known,
    numbered,
    where,
    why_spoiled,
)

__all__ = (
    "DEFAULT",
    "LANGUAGES",
    "MISSING",
    "UNKNOWN_CODE",
    "Catalogue",
    "OperatorText",
    "Table",
    "catalogue",
    "explain",
    "known",
    "numbered",
    "shown_in",
    "spoken",
    "text",
    "where",
    "why_spoiled",
)
