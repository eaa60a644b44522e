"""Chinese characters in bytes, on the chip, on the face and from the province: one table.

Python's codec for GB 18030 follows the edition of 2000: it maps 19 two-byte codes to private-use
characters. Later editions gave these codes to standard characters, which had four-byte codes
before. A card that encodes 龴 in four bytes can't be shown by readers that know two-byte codes
only, and a private-use character has no glyph in any font. GBK has the same codes (FE59 and
others), and a province that converts its GBK data with such a codec sends the private-use
characters in UTF-8.

Source: GB 18030-2022, annex on changes (18 codes); GB 18030-2005 (A8BC).
"""

from __future__ import annotations

import unicodedata
from typing import Final

_CODEC: Final = "gb18030"
#: Character of GB 18030-2022 -> the private-use character to which Python maps its two-byte code.
_MOVED: Final = {
    "\u1e3f": "\ue7c7",  # A8BC
    "\ufe10": "\ue78d",  # A6D9
    "\ufe12": "\ue78e",
    "\ufe11": "\ue78f",
    "\ufe13": "\ue790",
    "\ufe14": "\ue791",
    "\ufe15": "\ue792",
    "\ufe16": "\ue793",  # A6DF
    "\ufe17": "\ue794",  # A6EC
    "\ufe18": "\ue795",
    "\ufe19": "\ue796",  # A6F3
    "\u9fb4": "\ue81e",  # FE59
    "\u9fb5": "\ue826",  # FE61
    "\u9fb6": "\ue82b",  # FE66
    "\u9fb7": "\ue82c",  # FE67
    "\u9fb8": "\ue832",  # FE6D
    "\u9fb9": "\ue843",  # FE7E
    "\u9fba": "\ue854",  # FE90
    "\u9fbb": "\ue864",  # FEA0
}
#: Unicode categories: control, format (bidirectional controls, zero-width characters), surrogate,
#: line and paragraph separator. They are invisible, or change how their neighbours are displayed.
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
#: Full-width forms, U+FF01 to U+FF5E, and the ideographic space.
_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_TO_CODEC: Final = str.maketrans(_MOVED)
_FROM_CODEC: Final = str.maketrans({there: here for here, there in _MOVED.items()})


def encode_text(text: str) -> bytes:
    """Return the codes of `text`, one, two or four bytes a character.

    Raises:
        UnicodeEncodeError: A lone surrogate; every other character has a code.
    """
    return text.translate(_TO_CODEC).encode(_CODEC)


def decode_text(data: bytes) -> str:
    """Return the text of `data`; an invalid code becomes U+FFFD.

    The old four-byte codes of the remapped characters are accepted too: cards that use them exist.
    """
    return data.decode(_CODEC, errors="replace").translate(_FROM_CODEC)


def standard_text(text: str) -> str:
    """Return `text` with the private-use characters of old codecs replaced by the standard ones."""
    return text.translate(_FROM_CODEC)


def is_private_use(character: str) -> bool:
    """Return whether a character is private-use: only its issuer's own fonts show it."""
    return unicodedata.category(character) == "Co"


def plain_text(text: str) -> str:
    """Return `text` trimmed, with full-width digits, letters, signs and spaces made half-width.

    Input methods and servers produce both forms.
    """
    return text.translate(_FULL_WIDTH).strip()


def has_hidden_characters(text: str) -> bool:
    """Return whether `text` holds a character that a person comparing it could not see.

    U+202E, for example, shows 张三 as 三张: two names that differ would look the same.
    """
    return any(unicodedata.category(character) in _HIDDEN_CATEGORIES for character in text)


def without_hidden_characters(text: str) -> str:
    """Return `text` with every hidden character replaced by a space."""
    return "".join(
        " " if unicodedata.category(character) in _HIDDEN_CATEGORIES else character
        for character in text
    )
