"""What may be shown of a message: the names of its elements, and how long each value is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from typing import Final

MOST_ELEMENTS: Final = 60
_VALUE: Final = re.compile(rb"<([^\s<>/?!]+)(?:\s[^<>]*)?>([^<]+)")
#: A name of an element; what looks otherwise may be data.
_NAME: Final = re.compile(r"(?:[A-Za-z]+:)?([A-Za-z_]{1,32}[0-9]{0,4})", re.ASCII)


def outline(body: bytes, known: Collection[str] = ()) -> str:
    """Return the elements with a text, each as `name[characters]`, also of XML inside a text.

    No value is in it, no attribute, and no name that is neither ASCII nor `known`: the tags of the
    dialect.
    """
    plain = body.replace(b"&lt;", b"<").replace(b"&gt;", b">")
    found = [
        f"{_name(_text(match[1]), known)}[{len(_text(match[2]))}]"
        for match in itertools.islice(_VALUE.finditer(plain), MOST_ELEMENTS)
        if match[2].strip()
    ]
    return " ".join(found)


def _name(tag: str, known: Collection[str]) -> str:
    if tag in known:
        return tag
    match = _NAME.fullmatch(tag)
    return match[1] if match else "?"


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")  # what provinces declare, and what they send
