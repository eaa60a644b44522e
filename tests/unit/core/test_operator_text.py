import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

import station
from station.core import errors
from station.core.errors import (
    AnswerProblem,
    ConnectionFailure,
    PersonRequest,
    RejectionReason,
    StationError,
    WrongCardReason,
)
from station.core.operator_text import MISSING, POSITION_TEXT, TEXTS, explain, where
from station.core.orders import CardPlace
from station.core.printing import CardPosition, PrinterStateReason

SOURCES = Path(station.__path__[0])
SPOKEN = re.compile(r"[一-鿿]")
PLACEHOLDERS = {
    "allowed",
    "broken",
    "character",
    "code",
    "command",
    "field_title",
    "fields",
    "capability_title",
    "found",
    "holder",
    "native_code",
    "province_text",
    "step_title",
    "reason",
    "key_file",
    "file",
    "readers",
    "program",
    "pid",
    "model",
    "room",
    "rule_title",
    "sw",
    "track",
    "tries_left",
}


def error_classes(root: type[StationError] = StationError) -> Iterator[type[StationError]]:
    yield root
    for child in root.__subclasses__():
        yield from error_classes(child)


def codes_written_at_a_raise() -> Iterator[str]:
    """Every literal `code=` given to an error anywhere in the product."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Error"):
                for keyword in node.keywords:
                    if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                        yield str(keyword.value.value)


def every_code() -> set[str]:
    enums: tuple[type[StrEnum], ...] = (
        AnswerProblem,
        ConnectionFailure,
        WrongCardReason,
        RejectionReason,
        PrinterStateReason,
        PersonRequest,
    )
    codes = {cls.code for cls in error_classes() if cls.__module__ == errors.__name__}
    codes |= {member.value for words in enums for member in words}
    codes |= {"order-conflict", "machine-busy", "person-has-open-order", "idempotency-key-reused"}
    return codes | set(codes_written_at_a_raise())


def test_the_walk_finds_classes_enums_and_literals() -> None:
    assert {"station-error", "media-jam", "batch-locked", "id-number-15-digits"} <= every_code()
    assert len(every_code()) > 65


def test_every_code_has_a_text() -> None:
    assert sorted(every_code() - set(TEXTS)) == []


def test_no_text_is_left_of_a_code_that_is_gone() -> None:
    assert sorted(set(TEXTS) - every_code()) == []


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_a_text_is_whole_short_and_chinese(code: str) -> None:
    text = explain(code)
    assert len(text.title) <= 18
    assert len(text.cause) <= 70
    for part in (text.title, text.cause, text.remedy):
        assert SPOKEN.search(part)
        assert "{" not in part
    for line in text.remedy.splitlines():
        assert len(line) <= 50
        assert line.endswith("。")


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_placeholders_are_those_that_errors_fill(code: str) -> None:
    assert set(re.findall(r"\{(.*?)\}", "".join(TEXTS[code]))) <= PLACEHOLDERS


def test_details_fill_the_text() -> None:
    text = explain("chip-refused", {"sw": "6983", "command": "EXTERNAL AUTHENTICATE"})
    assert "EXTERNAL AUTHENTICATE" in text.cause
    assert "6983" in text.cause


@pytest.mark.parametrize("details", [{}, {"sw": ""}])
def test_a_missing_detail_is_a_dash(details: dict[str, str]) -> None:
    assert explain("chip-refused", details).cause.count(MISSING) == 2


def test_braces_in_a_detail_are_not_expanded() -> None:
    text = explain("province-refused", {"province_text": "{code} {0.__class__} %s"})
    assert "{code} {0.__class__} %s" in text.cause


def test_steps_are_numbered_only_when_there_are_several() -> None:
    several = explain("station-ribbon-chip-missing").remedy.splitlines()
    assert [line[:3] for line in several] == ["1. ", "2. "]
    assert not explain("cover-open").remedy.startswith("1")


def test_a_code_nobody_knows_is_named_in_the_general_text() -> None:
    text = explain("no-such-code", {"code": "forged"})
    assert text.title == explain("station-error").title
    assert "no-such-code" in text.cause
    assert "forged" not in text.cause


@pytest.mark.parametrize("code", ["printer-not-connected", "reader-not-connected"])
def test_an_unplugged_machine_names_its_cable(code: str) -> None:
    mine, other = ("打印机", "读卡器") if code.startswith("printer") else ("读卡器", "打印机")
    text = explain(code)
    assert mine in text.title
    assert other not in text.title
    assert f"{mine}的 USB 线" in text.remedy


def test_ribbon_chip_missing_is_not_told_as_ribbon_missing() -> None:
    chip, ribbon = explain("station-ribbon-chip-missing"), explain("marker-print-ribbon-missing")
    assert chip.title == "未检测到色带芯片"
    assert chip.title != ribbon.title


def test_every_place_of_a_card_has_words() -> None:
    words: tuple[type[StrEnum], ...] = (CardPosition, CardPlace)
    expected = {member.value for places in words for member in places} | {"none"}
    assert set(POSITION_TEXT) == expected
    assert len(set(POSITION_TEXT.values())) == len(expected)


def test_where_of_a_word_nobody_knows_is_unknown() -> None:
    assert where("taken") == "已被取走"
    assert where("under-the-table") == POSITION_TEXT["unknown"]
