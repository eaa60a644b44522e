"""Where Chinese text breaks on paper; widths in half-width units: a hanzi takes two."""

from __future__ import annotations

import unicodedata

import pytest

from station.paper.lines import break_text


def width(text: str) -> float:
    return sum(2.0 if unicodedata.east_asian_width(sign) in "WF" else 1.0 for sign in text)


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("请取走废卡盒里的卡。", 18, ["请取走废卡盒里的", "卡。"]),  # no full stop alone
        ("时间2026-11-28 15:30:00", 12, ["时间", "2026-11-28", "15:30:00"]),
        ("见（说明）后再办", 6, ["见（说", "明）后", "再办"]),
        ("（abcdef）", 9, ["（", "abcdef）"]),
        ("0123456789abcdef", 10, ["0123456789", "abcdef"]),  # wider than the room: cut, not lost
        ("第一行\n第二行", 20, ["第一行", "第二行"]),
        ("", 10, [""]),
        ("字", 1, ["字"]),
    ],
)
def test_lines_break_where_a_reader_expects(text: str, room: float, lines: list[str]) -> None:
    assert break_text(text, room, width) == lines


def test_nothing_is_left_out_and_no_line_is_too_wide() -> None:
    text = "省卡管没有应答：10.0.0.1:8080，已重试3次（每次5秒）。请检查网线，再按F7。" * 3
    for room in range(2, 60):
        lines = break_text(text, room, width)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(width(line) <= room for line in lines)
        if room >= 24:
            assert not any(line[0] in "，。：）" for line in lines)
