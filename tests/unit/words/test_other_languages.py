"""The other languages say what the default one says: same values, and names that are on a page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from station.words import DEFAULT, LANGUAGES, catalogue, shown_in, text
from station.words.catalogue import Table

OTHERS = sorted(set(LANGUAGES) - {DEFAULT})
CHINESE = re.compile("[\u3000-\u3013\u3016-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")
VALUES = re.compile(r"\{[a-z_]+\}")
OPTIONAL = re.compile("〔(.*?)〕")
#: Rules about Chinese text itself, signs that a line of settings may not have, and its own name.
ABOUT_CHINESE = {
    "line-break.never-first",
    "line-break.never-last",
    "config-check.marks",
    "language-name.zh",
}
#: Menus of the province's own system, and a sound.
ELSEWHERE = {"click", "Failed data handling", "Restore application"}


def texts(language: str) -> Iterator[tuple[str, str]]:
    """Every text of a language, with the place where it stands."""
    known = catalogue(language)
    for table, entries in known.tables.items():
        yield from ((f"{table}.{key}", told) for key, told in entries.items())
    for code, parts in known.problems.items():
        yield from ((f"{code}/{number}", part) for number, part in enumerate(parts))
    for (code, variant), parts in known.variants.items():
        yield from ((f"{code}/{variant}/{number}", part) for number, part in enumerate(parts))


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_the_texts_of_the_default_one(language: str) -> None:
    assert dict(texts(language)).keys() == dict(texts(DEFAULT)).keys()


@pytest.mark.parametrize("language", OTHERS)
def test_a_text_is_filled_with_the_same_values(language: str) -> None:
    there = dict(texts(DEFAULT))
    for place, told in texts(language):
        assert sorted(VALUES.findall(told)) == sorted(VALUES.findall(there[place])), place
        parts = [sorted(VALUES.findall(one)) for one in OPTIONAL.findall(told)]
        wanted = [sorted(VALUES.findall(one)) for one in OPTIONAL.findall(there[place])]
        assert sorted(parts) == sorted(wanted), place


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_left_in_chinese(language: str) -> None:
    left = [place for place, told in texts(language) if CHINESE.search(told)]
    assert sorted(left) == sorted(ABOUT_CHINESE)


@pytest.mark.parametrize("language", OTHERS)
def test_a_remedy_names_what_is_on_a_page(language: str) -> None:
    known = catalogue(language)
    labels = [told for table in known.tables.values() for told in table.values()]
    labels += known.literals.values()
    shown = {label.strip() for label in labels}
    for place, told in texts(language):
        if place.partition("/")[0] not in known.problems and not place.startswith("repair-step."):
            continue
        for name in re.findall("“([^“”{}]*)”", told):
            assert name in ELSEWHERE or name in shown, f"{place} names {name!r}"


def test_a_table_of_words_that_are_read_stays_in_its_language() -> None:
    fixed, current = Table("batch-sex", DEFAULT), Table("batch-sex")
    with shown_in("en"):
        assert fixed["1"] == text("batch-sex.1", language=DEFAULT)
        assert current["1"] == text("batch-sex.1", language="en") != fixed["1"]
