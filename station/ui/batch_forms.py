"""What the forms of the pages of batches send."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Final, TypeVar

from fastapi import Form
from pydantic import BaseModel, ConfigDict, Field

from station.batches.checks import LARGEST_LINE
from station.core.batches import RowState
from station.core.errors import InputError
from station.ui.pressed import number_from

UNIT: Final = re.compile(r"[0-9A-Za-z-]{0,32}")  #: 单位编号
MOST_MARKED: Final = 200  #: rows of one press
MOST_TYPED: Final = 5000  #: rows that are named by typing `1-20, 35`
#: Between numbers of rows that were typed; full-width ones are understood too.
_DIVIDERS: Final = str.maketrans(dict.fromkeys((",", ";", "\uff0c", "\uff1b", "\u3001"), " "))
_DASHES: Final = str.maketrans(dict.fromkeys(("\uff0d", "\u2013", "\u2014", "~", "\uff5e"), "-"))
T = TypeVar("T")


class BatchForm(BaseModel):
    """The fields of the forms about a batch; each button sends those that it needs.

    Attributes:
        lines: 序号 of the marked rows.
        typed: 序号 as they were typed; see `typed_lines`.
        act: What the button says, for one row with `:` and its 序号.
        numbers: For each row with a 15-digit number its 序号, `:` and the chosen number.
        number: 批次号 of the province.
        confirmed: `yes` once the question was answered.
    """

    model_config = ConfigDict(extra="ignore")

    lines: list[str] = Field(default_factory=list, max_length=MOST_MARKED)
    typed: str = Field(default="", max_length=2000)
    state: str = Field(default="", max_length=16)
    after: str = Field(default="0", max_length=8)
    act: str = Field(default="", max_length=24)
    numbers: list[str] = Field(default_factory=list, max_length=MOST_MARKED, repr=False)
    reason: str = Field(default="", max_length=24)
    note: str = Field(default="", max_length=100, repr=False)
    photo: str = Field(default="", max_length=20)
    contact: str = Field(default="", max_length=50, repr=False)
    phone: str = Field(default="", max_length=20, repr=False)
    request: str = Field(default="", max_length=64)
    number: str = Field(default="", max_length=32)
    unit: str = Field(default="", max_length=32)
    naming: str = Field(default="", max_length=16)
    confirmed: str = Field(default="", max_length=3)

    @property
    def marked(self) -> list[int]:
        """序号 of the marked rows, ascending.

        Raises:
            InputError: None is marked, or one is not a number.
        """
        if not self.lines:
            raise InputError("no row is marked")
        return sorted({number_from(one) for one in self.lines})

    @property
    def sure(self) -> bool:
        """Whether the question was answered."""
        return self.confirmed == "yes"

    def chosen_number(self, line: int) -> str:
        """Return the number that was chosen for a row; empty for none."""
        given = (one.partition(":") for one in self.numbers)
        return next((number for of, _, number in given if of == str(line)), "")


class UnitForm(BaseModel):
    """The fields of a unit; collectors without a name are left out."""

    model_config = ConfigDict(extra="ignore")

    number: str = Field(default="", max_length=40)
    name: str = Field(default="", max_length=100)
    bank: str = Field(default="", max_length=16)
    branch: str = Field(default="", max_length=16)
    branch_name: str = Field(default="", max_length=100)
    fixed: str = Field(default="", max_length=3)
    confirmed: str = Field(default="", max_length=3)
    collector_number: list[str] = Field(default_factory=list, max_length=2, repr=False)
    collector_name: list[str] = Field(default_factory=list, max_length=2, repr=False)
    collector_phone: list[str] = Field(default_factory=list, max_length=2, repr=False)


Sent = Annotated[BatchForm, Form()]
SentUnit = Annotated[UnitForm, Form()]


def one_of(kind: Callable[[str], T], word: str) -> T:
    """Return the word as one of an enumeration.

    Raises:
        InputError: It is none of its words.
    """
    try:
        return kind(word)
    except ValueError as exc:
        raise InputError(f"there is no {word!r}") from exc


def states_of(word: str) -> tuple[RowState, ...]:
    """Return the states that are asked for; empty for all of them."""
    return (one_of(RowState, word),) if word else ()


def typed_lines(typed: str) -> list[int]:
    """Return the rows that were typed: numbers and ranges, such as `1-20, 35`; empty for none.

    Raises:
        InputError: Something else was typed, or more than `MOST_TYPED` rows.
    """
    found: set[int] = set()
    for word in typed.translate(_DIVIDERS).translate(_DASHES).split():
        first, dash, last = word.partition("-")
        begin = number_from(first)
        end = number_from(last) if dash else begin
        if not 0 < begin <= end <= LARGEST_LINE or end - begin >= MOST_TYPED:
            raise InputError("these are not rows")
        found |= set(range(begin, end + 1))
    if len(found) > MOST_TYPED:
        raise InputError("too many rows")
    return sorted(found)
