"""Log lines: one JSON object each, with the values of `extra` in fields of their own."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import Any

import pytest

from station.logs import JsonLines, set_up_logging


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


@pytest.mark.field_case("E13")
@pytest.mark.parametrize("level", ["debug", "info"])
def test_libraries_are_heard_from_warning_on_whatever_the_level(
    level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root, ours = logging.getLogger(), logging.getLogger("station")
    before = root.handlers[:], root.level, ours.level
    try:
        set_up_logging(level)
        for name in ("sqlalchemy.engine", "python_multipart.multipart", "httpx", "any.library"):
            logging.getLogger(name).debug("INSERT ('410701199003074512')")
            logging.getLogger(name).info("INSERT ('410701199003074512')")
            logging.getLogger(name).warning("pool exhausted")
        logging.getLogger("station.x").debug("step")
    finally:
        root.handlers[:], root.level = before[0], before[1]
        ours.setLevel(before[2])
    text = stream.getvalue()
    assert "410701199003074512" not in text
    assert text.count("pool exhausted") == 4
    assert ("step" in text) is (level == "debug")
