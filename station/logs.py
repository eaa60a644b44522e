"""Log lines as JSON on standard error: constant text, values in fields, nothing personal."""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from typing import Any, Final

#: Attributes of every record; all others came from `extra`.
_PLAIN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


OWN_LOGGER: Final = "station"  #: parent of all our loggers


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
    logging.getLogger(OWN_LOGGER).setLevel(level.upper())
