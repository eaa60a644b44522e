"""What may be shown of a message: the names of its elements, and how long each value is."""

from __future__ import annotations

import itertools
import re
from typing import Final

MOST_ELEMENTS: Final = 60
_VALUE: Final = re.compile(rb"<([^\s<>/?!]+)(?:\s[^<>]*)?>([^<]+)")
#: A name of an element; what looks otherwise may be data.
_NAME: Final = re.compile(r"(?:[A-Za-z]+:)?([A-Za-z_]{1,32}[0-9]{0,4})", re.ASCII)


def outline(body: bytes) -> str:
    """Return the elements with a text, each as `name[characters]`, also of XML inside a text.

    No value is in it, and no attribute.
    """
    plain = body.replace(b"&lt;", b"<").replace(b"&gt;", b">")
    found = [
        f"{_name(match[1])}[{len(match[2].decode('utf-8', 'replace'))}]"
        for match in itertools.islice(_VALUE.finditer(plain), MOST_ELEMENTS)
        if match[2].strip()
    ]
    return " ".join(found)


def _name(raw: bytes) -> str:
    match = _NAME.fullmatch(raw.decode("ascii", "replace"))
    return match[1] if match else "?"
