"""Removal of personal data from a text that came from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from station.core.characters import without_hidden_characters

MASK: Final = "***"
SHORTEST_NUMBER: Final = 4  # characters of a PIN
MAX_TEXT: Final = 120  # characters of the text that a clerk is shown
#: A number of a person, a card or an account; words without digits, such as `available`, are kept.
_LONG_RUN: Final = re.compile(r"(?=[A-Za-z]*[0-9*])[0-9A-Za-z*]{9,}", re.ASCII)


def without_personal_data(text: str, sent: Iterable[str]) -> str:
    """Return a text with the values that were sent and long numbers replaced by stars, truncated.

    A text of the province or the data centre may repeat the name, the number or the password that
    it complains about. The result may still be personal (a name that was not sent, a number in
    groups): show it, store it sealed, and never log it.
    """
    for value in sorted(filter(_is_telling, sent), key=len, reverse=True):
        text = text.replace(value, MASK)
    text = without_hidden_characters(_LONG_RUN.sub(MASK, text)).strip()
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


def _is_telling(value: str) -> bool:
    """Whether a sent value identifies anything: a name does, a code of two digits does not."""
    return len(value) > 1 and (not re.search("[0-9]", value) or len(value) >= SHORTEST_NUMBER)
