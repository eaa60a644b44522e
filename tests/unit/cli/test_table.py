"""Tables on a terminal: one line a row, columns that stand under each other."""

from __future__ import annotations

import unicodedata

import pytest

from station.cli.table import print_table, show

ROWS = [
    {"order": "0193", "name": "欧阳测试", "state": "已出卡"},
    {"order": "[red]12[/red]", "name": "𠮷 [bold]", "state": "printed"},
]


def places(text: str) -> int:
    """Return how many places a terminal gives a text, counted without the library under test."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def test_a_hanzi_takes_two_places(capsys: pytest.CaptureFixture[str]) -> None:
    show(ROWS, as_json=False)
    head, *lines = capsys.readouterr().out.splitlines()
    begins = {places(head[: head.index("state")])}
    begins |= {
        places(line[: line.index(row["state"])]) for line, row in zip(lines, ROWS, strict=True)
    }
    assert len(begins) == 1


def test_what_looks_like_markup_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    show(ROWS, as_json=False)
    shown = capsys.readouterr().out
    assert "[red]12[/red]" in shown
    assert "[bold]" in shown
    assert "\x1b" not in shown


def test_a_row_is_one_line_however_long_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([("a" * 300, "b"), ("c", "d" * 700)])
    lines = capsys.readouterr().out.splitlines()
    assert [len(line) for line in lines] == [300 + 2 + 1, 300 + 2 + 700]
