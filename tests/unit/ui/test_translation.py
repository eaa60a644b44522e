"""The pages in another language: every literal has a text, and nothing Chinese is left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.ui.translation import (
    LANGUAGE_COOKIE,
    TEMPLATES,
    Translated,
    literals_of,
    open_templates,
    translated,
)
from station.words import DEFAULT, LANGUAGES, literals, shown_in, text
from tests.unit.api.conftest import Served, serving
from tests.unit.production.doubles import ID_NUMBER

OTHERS = sorted(set(LANGUAGES) - {DEFAULT})
FILES = sorted(TEMPLATES.glob("*.html"))
CHINESE = re.compile("[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def test_literals_are_found_in_texts_attributes_and_expressions() -> None:
    source = (
        '{# 注 #}<p title="一 a">二<b> 三 {{ x if y else "四" }}，</b>{% set z = "五" %} six</p>'
    )
    assert list(literals_of(source)) == ["一 a", "二", "三", "四", "，", "五"]
    texts = {"一 a": "1 a", "二": "2", "三": "3", "四": "4", "，": ", ", "五": "5"}
    assert translated(source, texts) == (
        '{# 注 #}<p title="1 a">2<b> 3 {{ x if y else "4" }}, </b>{% set z = "5" %} six</p>'
    )


def test_there_is_another_language() -> None:
    assert OTHERS == ["en"]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_chinese_is_left_in_a_template(language: str, file: Path) -> None:
    source = translated(file.read_text(encoding="utf-8"), literals(language))
    assert CHINESE.findall(COMMENT.sub("", source)) == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_literal_has_a_text_and_no_text_is_left_over(language: str) -> None:
    there = {one for file in FILES for one in literals_of(file.read_text(encoding="utf-8"))}
    assert set(literals(language)) == there
    for literal, told in literals(language).items():
        assert not re.search(r'[<>{}=&"\n]', told), literal


@pytest.mark.parametrize("language", OTHERS)
def test_the_default_language_is_not_translated(language: str) -> None:
    assert Translated.identifier not in open_templates().extensions
    assert Translated.identifier in open_templates(language).extensions


PAGES = ("/", "/diagnostics", "/supervisor", "/batches", "/custody", "/doors", "/batches/units")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_english_for_a_browser_that_chose_it(window: Served, path: str) -> None:
    order = window.client.post("/api/v1/orders", json={"id_number": ID_NUMBER}).json()["id"]
    done = window.client.post(f"/api/v1/orders/{order}/steps/data-ready?wait=30").json()
    page = f"{path}?order={order}" if path in PAGES[:3] else path
    assert 'href="/language/en?next=' in window.client.get(page).text
    answer = window.client.get(f"/language/en?next={path}", follow_redirects=False)
    assert answer.headers["location"] == path
    assert LANGUAGE_COOKIE in answer.headers["set-cookie"]
    shown = window.client.get(page).text
    assert '<html lang="en">' in shown
    data = {done["holder"]["AAC003"], done["holder"]["bank"], "窗口一", text("language-name.zh")}
    for one in data:  # what is a person's or a site's own stays
        shown = shown.replace(one, "")
    assert sorted(set(CHINESE.findall(shown))) == []


def test_a_paper_stays_chinese(window: Served) -> None:
    window.client.get("/language/en")
    window.client.post("/actions/self-test", data={"page": "diagnostics"})
    assert "Self-test" in window.client.get("/diagnostics").text
    assert window.client.get("/diagnostics/readiness.pdf").is_success
    with shown_in("en"):
        assert text("list.readiness") != text("list.readiness", language=DEFAULT)


def test_an_unknown_language_and_a_foreign_address_change_nothing(window: Served) -> None:
    answer = window.client.get("/language/xx?next=//evil.example", follow_redirects=False)
    assert answer.headers["location"] == "/"
    assert "set-cookie" not in answer.headers
    window.client.cookies.set(LANGUAGE_COOKIE, "../../etc")
    assert '<html lang="zh-CN">' in window.client.get("/diagnostics").text


def test_the_answer_to_a_file_is_in_the_pages_language(window: Served) -> None:
    window.client.get("/language/en")
    sent = {"file": ("list.xlsx", b"this is no workbook")}
    answer = window.client.post("/batches", files=sent)
    assert not answer.is_success
    assert '<html lang="en">' in answer.text
