from __future__ import annotations

import ast
import importlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import station
from station.core.phrases import PREFIX, parse_phrase, phrase, row
from station.words import DEFAULT, LANGUAGES, Table, catalogue, shown_in, spoken, text

module = importlib.import_module("station.words.catalogue")  # the package has a function so named
SOURCES = Path(station.__path__[0])
NAMED = re.compile(r"\{([a-z_]+)\}")
#: Functions whose first argument names a text.
LOOKS_UP = ("text", "words.text", "phrase")


def looked_up() -> set[str]:
    """Every literal code that the product looks up."""
    codes = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in LOOKS_UP and node.args:
                codes |= literals(node.args[0])
    return codes


def literals(node: ast.expr) -> set[str]:
    found = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    return {str(one.value) for one in found if isinstance(one, ast.Constant)}


def test_the_default_language_is_one_of_the_folders() -> None:
    assert DEFAULT in LANGUAGES


def test_the_walk_finds_codes() -> None:
    assert {"step.again", "message.stays-inside"} <= looked_up()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_is_looked_up_has_a_text_in_every_language(language: str) -> None:
    tables = catalogue(language).tables
    there = {f"{table}.{key}" for table, texts in tables.items() for key in texts}
    assert sorted(looked_up() - there) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_codes_with_the_same_placeholders(language: str) -> None:
    def shape(of: str) -> dict[str, dict[str, set[str]]]:
        tables = catalogue(of).tables
        return {
            name: {key: set(NAMED.findall(told)) for key, told in texts.items()}
            for name, texts in tables.items()
        }

    assert shape(language) == shape(DEFAULT)
    assert set(catalogue(language).problems) == set(catalogue(DEFAULT).problems)
    assert set(catalogue(language).variants) == set(catalogue(DEFAULT).variants)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: str) -> None:
    tables = catalogue(language).tables
    assert [name for name, texts in tables.items() if not all(texts.values())] == []


def test_a_text_without_a_value_it_needs_is_a_defect() -> None:
    with pytest.raises(KeyError):
        text("again.button")


def test_a_code_nobody_wrote_is_a_defect() -> None:
    with pytest.raises(KeyError):
        text("again.no-such-text")
    with pytest.raises(KeyError):
        Table("no-such-table")


def test_a_language_without_a_folder_is_refused() -> None:
    with pytest.raises(LookupError), shown_in("xx"):
        pass


@pytest.fixture
def second_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A copy of the texts in a folder beside them, with one text in another language."""
    shutil.copytree(SOURCES / "words" / DEFAULT, tmp_path / "en")
    file = tmp_path / "en" / "orders.toml"
    told = file.read_text(encoding="utf-8").replace("点“{button}”。", "Press “{button}”.")
    file.write_text(told, encoding="utf-8")
    monkeypatch.setattr(module, "_FOLDER", tmp_path)
    monkeypatch.setattr(module, "LANGUAGES", (*LANGUAGES, "en"))
    yield "en"
    module._read.cache_clear()


def test_a_second_language_is_a_second_folder(second_language: str) -> None:
    again = Table("again")
    assert (again["button"], text("again.button", button="x")) == ("点“{button}”。", "点“x”。")
    with shown_in(second_language):
        assert again["button"] == "Press “{button}”."
        assert spoken(phrase("again.button", button="Print")) == "Press “Print”."
    assert text("again.button", language=second_language, button="x") == "Press “x”."
    assert again["button"] == "点“{button}”。"


def test_braces_in_a_value_are_not_expanded() -> None:
    assert text("again.button", button="{button}{0.__class__}") == "点“{button}{0.__class__}”。"


def test_a_phrase_is_read_back() -> None:
    told = phrase("stock.place", name="张 & 李=？", count=3)
    assert told.startswith(PREFIX)
    assert parse_phrase(told) == ("stock.place", {"name": "张 & 李=？", "count": "3"})


@pytest.mark.parametrize("told", ["", "省卡管答复", "again.button", "https://x/?a=b"])
def test_what_is_no_phrase_is_shown_as_it_is(told: str) -> None:
    assert spoken(told) == told


def test_phrases_inside_a_phrase_are_told_too() -> None:
    assert spoken(phrase("again.button", button=phrase("button.approved"))) == "点“预览”。"


@pytest.mark.parametrize("told", ["words:gone.text", "words:again.gone", "words:again.button"])
def test_a_stored_phrase_whose_text_is_gone_is_shown_as_it_is_stored(told: str) -> None:
    assert spoken(told) == told


def test_a_phrase_inside_a_message_is_told_where_it_is() -> None:
    one = phrase("again.button", button=phrase("button.approved"))
    assert spoken(f"found {one}, not {phrase('step-note.spared')}: x") == (
        "found 点“预览”。, not 不需要: x"
    )


def test_phrases_in_a_row_are_told_one_after_the_other() -> None:
    one, two = phrase("stock-place.drawer"), phrase("stock-place.feeder")
    assert (row([]), row([one])) == ("", one)
    assert spoken(row([one, two])) == "抽屉；进卡槽"
