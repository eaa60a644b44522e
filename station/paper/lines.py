"""Line breaks of Chinese text on paper.

Source: GB/T 15834-2011, 5.1.10 and 5.2: no closing punctuation at a line's start, no opening
    punctuation at its end; numbers and Latin words are not divided.

fpdf2 breaks at spaces or anywhere; neither prevents a full stop alone on a line, or a time that is
cut in two.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from station.words import Table

#: Punctuation that may not begin a line, and that may not end one.
_BREAKS: Final = Table("line-break")
#: Indivisible pieces: a Latin word, number, date or time with its marks; else one character.
_PIECES: Final = re.compile(r"[0-9A-Za-z*#_+./:@-]+|\s+|.", re.DOTALL)

Width = Callable[[str], float]


def break_text(text: str, room: float, width: Width) -> list[str]:
    """Return the lines of a text; `width` measures in the unit of `room`.

    A piece that is wider than the room is cut nevertheless: nothing is left out.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _break_paragraph(_groups(paragraph, room, width), room, width)
    return lines


def _groups(paragraph: str, room: float, width: Width) -> list[str]:
    """Return pieces joined with the punctuation that must not be separated from them."""
    never_first, never_last = _BREAKS["never-first"], _BREAKS["never-last"]
    groups: list[list[str]] = []
    for piece in _PIECES.findall(paragraph):
        sticks = groups and (piece[0] in never_first or groups[-1][-1] in never_last)
        if not sticks:
            groups += [[part] for part in _cut(piece, room, width)]
        elif width("".join(groups[-1]) + piece) <= room:
            groups[-1].append(piece)
        else:
            groups.append(_with_company(groups[-1], piece, room, width))
    return ["".join(group) for group in groups if group]


def _with_company(group: list[str], mark: str, room: float, width: Width) -> list[str]:
    """Return closing punctuation with the last pieces of a full group, so that it is not alone."""
    last = group[-1]
    if mark[0] not in _BREAKS["never-first"]:
        return [mark]
    if len(group) > 1 and width(last + mark) <= room:
        return [group.pop(), mark]
    if len(last) > 1 and width(last[-1] + mark) <= room:
        group[-1] = last[:-1]
        return [last[-1], mark]
    return [mark]


def _cut(piece: str, room: float, width: Width) -> list[str]:
    if width(piece) <= room:
        return [piece]
    parts = [""]
    for character in piece:
        if parts[-1] and width(parts[-1] + character) > room:
            parts.append("")
        parts[-1] += character
    return parts


def _break_paragraph(groups: list[str], room: float, width: Width) -> list[str]:
    lines = [""]
    for group in groups:
        if lines[-1] and width((lines[-1] + group).rstrip()) > room:
            lines.append("")
        lines[-1] += group if lines[-1] or not group.isspace() else ""
    return [line.rstrip() for line in lines]
