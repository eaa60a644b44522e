"""Log lines: one JSON object each, with the values of `extra` in fields of their own."""

from __future__ import annotations

import json
import logging
from typing import Any

from station.logs import JsonLines


def line_of(**fields: object) -> dict[str, Any]:
    record = logging.makeLogRecord(
        {"name": "station.x", "levelno": 20, "levelname": "INFO", "created": 0.25, **fields}
    )
    text = JsonLines().format(record)
    assert "\n" not in text
    read: dict[str, Any] = json.loads(text)
    return read


def test_a_line_has_what_where_and_when() -> None:
    assert line_of(msg="held: %s", args=("卡",)) == {
        "event": "held: 卡",
        "level": "info",
        "logger": "station.x",
        "timestamp": "1970-01-01T00:00:00.250000Z",
    }


def test_extra_fields_stand_beside_it() -> None:
    line = line_of(msg="step", action="step", order="0a")
    assert (line["action"], line["order"]) == ("step", "0a")


def test_a_value_that_json_does_not_know_is_written_as_text() -> None:
    assert line_of(msg="x", where=ValueError("v"))["where"] == "v"


def test_an_exception_comes_with_its_trace() -> None:
    error = ValueError("broken")
    line = line_of(msg="defect", exc_info=(ValueError, error, None))
    assert line["exception"] == "ValueError: broken"
