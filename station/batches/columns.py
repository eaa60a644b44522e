"""The columns of a batch's list: headings, and which of them a file must have.

Source: documents 000 (2.3.5: 社保电脑号, 证件类型, 证件号码, 照片回执码), 001 (个人基本信息确认表)
    and 003 (4.3: 身份证号码, 姓名, 手机号码, 部门信息, 备注).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from station.core.batches import RowField
from station.core.characters import plain_text
from station.words import DEFAULT, Table

#: A file without one of these has no rows that could be used.
NEEDED: Final = (RowField.LINE, RowField.NAME, RowField.NUMBER)
REASON: Final = "reason"  #: key of the heading of the last column of a report
HEADINGS: Final = Table("batch-column", DEFAULT)
#: Other headings under which units send a column, divided by `|`.
_OTHER: Final = Table("batch-column-other", DEFAULT)
MOST_CHARACTERS: Final = 100  #: of one cell


def known_headings() -> Mapping[str, RowField]:
    """Return every heading that is understood, in its plain form."""
    found = {plain_heading(HEADINGS[column.value]): column for column in RowField}
    for column, others in _OTHER.items():
        found |= {plain_heading(one): RowField(column) for one in others.split("|")}
    return found


def plain_heading(cell: str) -> str:
    """Return a heading without blanks, stars of needed columns, and what is in brackets."""
    return "".join(plain_text(cell).partition("(")[0].replace("*", "").split())


def columns_of(cells: Sequence[str]) -> Mapping[int, RowField]:
    """Return which places of a row of headings are which columns; empty when there are none in it.

    A column that is named twice counts at its first place.
    """
    known, found = known_headings(), dict[int, RowField]()
    for place, cell in enumerate(cells):
        column = known.get(plain_heading(cell))
        if column is not None and column not in found.values():
            found[place] = column
    named = RowField.NAME in found.values() or RowField.NUMBER in found.values()
    return found if named else {}
