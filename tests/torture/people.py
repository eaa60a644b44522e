"""Invented people of the torture."""

from __future__ import annotations

from typing import Final

from station.core.identity import check_digit

NAME: Final = "欧阳震"  #: of everybody; in no other text of the station


def _number(serial: int) -> str:
    stem = f"41070119{60 + serial:02d}0307{serial:02d}{serial}"
    return stem + check_digit(stem)


PEOPLE: Final = tuple(_number(serial) for serial in range(1, 9))  #: ID numbers
