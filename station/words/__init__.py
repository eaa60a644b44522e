"""Every text that a person reads, by code and language.

The code of the station holds codes and values; what a clerk, a supervisor or a technician reads is
looked up here. A language is a folder with the same TOML files as `zh`, and a folder `pages` with
the texts of the literals in the pages' templates, which are written in Chinese; another language
needs no change of code.

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
    choose,
    chosen,
    literals,
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
    "choose",
    "chosen",
    "explain",
    "known",
    "literals",
    "numbered",
    "shown_in",
    "spoken",
    "text",
    "where",
    "why_spoiled",
)
