"""Lines of our own log as they may be shown and leave the PC: nothing in them is about a person."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

from station.core.masking import MASK
from station.logs import KeptLine
from station.ui.technician import LogLine

LARGEST_NUMBER: Final = 100_000  #: a larger one may be a PIN or part of a number
ORDER: Final = "order"  #: field of a line about an order
_CODE: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")
_ORDER_ID: Final = re.compile("[0-9a-f]{32}")


def told(value: object) -> object:
    """Return a field of a log line where it can identify nobody, else a mask."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value if abs(value) < LARGEST_NUMBER else MASK
    return value if isinstance(value, str) and _CODE.fullmatch(value) else MASK


def shown_log(lines: Sequence[KeptLine]) -> tuple[LogLine, ...]:
    """Return the lines for the technician's page, oldest first."""
    return tuple(_line(line) for line in lines)


def _line(line: KeptLine) -> LogLine:
    order = str(line.fields.get(ORDER, ""))
    fields = (f"{name}={told(value)}" for name, value in line.fields.items() if name != ORDER)
    return LogLine(
        at=dt.datetime.fromisoformat(line.at),
        level=line.level,
        event=line.event,
        order=order if _ORDER_ID.fullmatch(order) else MASK if order else "",
        fields=" ".join(fields),
    )
