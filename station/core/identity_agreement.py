"""Whether an ID card that was read belongs to an order: validity, number, name. Pure.

Names are compared character by character after three irrelevant differences were removed: blanks,
the kinds of dots in minority names, and the private-use codes that older systems used for
characters that GB 18030-2022 has. A foreigner's name may be the Chinese or the Latin one.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Final

from station.core.attendance import NameAgreement
from station.core.characters import is_private_use, standard_text
from station.core.errors import IdentityMismatch, IdentityMismatchError
from station.core.identity_cards import IdentityCard

#: The dots that systems put between the parts of a name; U+00B7 is the one of GB 18030 A1A4.
_DOT: Final = "\u00b7"
_DOTS: Final = {
    ord(dot): _DOT
    for dot in ("\u2022", "\u2027", "\u2219", "\u22c5", "\u30fb", "\uff65", ".", "\uff0e")
}
MOST_SHOWN: Final = 5  #: differing characters that a message lists at most


@dataclass(frozen=True, slots=True)
class Comparison:
    """Result of comparing two names.

    Attributes:
        agreement: None when they differ, or when only a person can decide.
        mismatch: Why they do not agree.
        characters: Positions (from 1) and characters that differ, for the person at the window.
    """

    agreement: NameAgreement | None
    mismatch: IdentityMismatch | None = None
    characters: str = ""


def require_valid(card: IdentityCard, today: dt.date) -> None:
    """Check that the card is valid on this day.

    Raises:
        IdentityMismatchError: It has expired, or is not valid yet.
    """
    if card.valid_until is not None and today > card.valid_until:
        details = {"valid_until": card.valid_until.isoformat()}
        raise IdentityMismatchError(IdentityMismatch.EXPIRED, details=details)
    if card.valid_from is not None and today < card.valid_from:
        details = {"valid_from": card.valid_from.isoformat()}
        raise IdentityMismatchError(IdentityMismatch.NOT_VALID_YET, details=details)


def require_person(card: IdentityCard, number: str) -> None:
    """Check that the card belongs to the person with this number.

    Raises:
        IdentityMismatchError: It belongs to another person.
    """
    if card.number != number:
        raise IdentityMismatchError(IdentityMismatch.OTHER_PERSON)


def compare_names(card: IdentityCard, province: str) -> Comparison:
    """Compare the card's name with the province's."""
    names = [card.name, card.latin_name] if card.latin_name else [card.name]
    found = [_compare(name, province, fills_field=card.name_fills_field) for name in names]
    return next((one for one in found if one.agreement is not None), found[0])


def _compare(name: str, province: str, *, fills_field: bool) -> Comparison:
    here, there = _plain(name), _plain(province)
    is_prefix = fills_field and len(there) > len(here) > 0
    compared = there[: len(here)] if is_prefix else there
    differing = [
        (place, mine, other)
        for place, (mine, other) in enumerate(
            itertools.zip_longest(here, compared, fillvalue="∅"), start=1
        )
        if mine != other
    ]
    if not differing:
        return Comparison(NameAgreement.BEGINS if is_prefix else NameAgreement.SAME)
    only_private = all(is_private_use(mine) and other != "∅" for _, mine, other in differing)
    mismatch = IdentityMismatch.NAME_UNREADABLE if only_private else IdentityMismatch.OTHER_NAME
    shown = [
        f"{place}:{'□' if is_private_use(mine) else mine}≠{other}"
        for place, mine, other in differing[:MOST_SHOWN]
    ]
    return Comparison(None, mismatch, " ".join(shown))


def _plain(name: str) -> str:
    text = standard_text(name)
    # Latin names are written in either case, with or without a comma after the family name.
    if text.isascii():
        return "".join(char for char in text.upper() if char.isalnum())
    return "".join(text.translate(_DOTS).split())
