"""Texts for people as code and values: for details, history and reports.

Layers without texts for people (`core`, `face`, `transport`, `gateways` and others), and everything
that is stored, name a text by its code and the values to insert. The text itself is looked up when
it is shown (`station.words.spoken`, also inside a longer message), so a stored phrase is readable
in every language. A phrase is one string, because the details of an error and the data of an event
are strings: `words:photo.bytes?count=5120`. Any other string is already text: the province's own
words, or what an earlier version stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl, urlencode

PREFIX: Final = "words:"
#: A phrase inside a string: values are percent-encoded, so none of them contains a blank.
PHRASE: Final = re.compile(r"words:[a-z0-9-]+\.[\w-]+(?:\?[\w.~%+&=-]*)?", re.ASCII)
#: Code of a phrase whose values are phrases in a row.
ROW: Final = "phrases.row"


def phrase(code: str, /, **values: object) -> str:
    """Return a text by its code (`table.key`) and its values, which may be phrases."""
    told = urlencode({name: str(value) for name, value in values.items()})
    return f"{PREFIX}{code}?{told}" if told else f"{PREFIX}{code}"


def row(phrases: Iterable[str]) -> str:
    """Return several phrases as one; an empty string for none, the phrase itself for one."""
    several = list(phrases)
    if len(several) < 2:
        return "".join(several)
    return phrase(ROW, **{str(place): one for place, one in enumerate(several)})


def parse_phrase(one: str) -> tuple[str, dict[str, str]]:
    """Return code and values of a phrase."""
    code, _, told = one.removeprefix(PREFIX).partition("?")
    return code, dict(parse_qsl(told, keep_blank_values=True))
