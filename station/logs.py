"""Log lines as JSON on standard error: constant text, values in fields, nothing personal."""

from __future__ import annotations

import collections
import datetime as dt
import json
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

#: Attributes of every record; all others came from `extra`.
_PLAIN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


OWN_LOGGER: Final = "station"  #: parent of all our loggers
KEPT_LINES: Final = 500  #: of our own loggers, for the support bundle


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One line of our own loggers.

    Attributes:
        at: Wall time, UTC, ISO 8601.
        level: In small letters.
        event: The constant text; the type of an exception follows it.
        fields: What came with it.
    """

    at: str
    level: str
    event: str
    fields: Mapping[str, object]


class LastLines(logging.Handler):
    """Keeps the last lines of our own loggers in memory. Thread-safe."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: collections.deque[KeptLine] = collections.deque(maxlen=KEPT_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line; values that are formatted into its text are left out."""
        failed = record.exc_info[0] if record.exc_info else None
        event = f"{record.msg} ({failed.__name__})" if failed else str(record.msg)
        fields = {name: value for name, value in vars(record).items() if name not in _PLAIN}
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        self._kept.append(KeptLine(at, record.levelname.lower(), event, fields))

    def lines(self) -> tuple[KeptLine, ...]:
        """Return the kept lines, oldest first."""
        return tuple(self._kept)


LAST_LINES: Final = LastLines()


class JsonLines(logging.Formatter):
    """One record, one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC)
        fields: dict[str, Any] = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        fields |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False, default=str)


def set_up_logging(level: str = "INFO") -> None:
    """Have every logger write JSON lines to standard error.

    Args:
        level: Level of the station's own lines; libraries log from warning on.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Below warning, libraries log the data that they process: addresses with people's numbers,
    # statements with their parameters, form fields. So other loggers stay at warning; ours never
    # put anything personal into a line.
    root.setLevel(logging.WARNING)
    own = logging.getLogger(OWN_LOGGER)
    own.setLevel(level.upper())
    own.addHandler(LAST_LINES)  # adding the same one again changes nothing
