"""The pages in another language than the one in which their templates are written.

The templates are written in Chinese, the language of the windows. A language of its own folder in
`station.words` has the English (or other) value of each literal; the templates are translated once,
when they are read, so that a page is rendered as quickly as in Chinese and a template stays as
legible as it is. `literals_of` finds the literals for the translation and for its test.

A page is shown in the language of its browser's cookie. Papers stay Chinese: they are forms of the
office, and go to people who did not choose a language here. The API stays Chinese likewise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension

from station.words import DEFAULT, LANGUAGES, choose, chosen, literals

TEMPLATES: Final = Path(__file__).parent / "templates"
#: Name of the cookie with the language that a person has chosen.
LANGUAGE_COOKIE: Final = "station_language"
#: Ends of the addresses of papers, which stay in the default language.
PAPERS: Final = (".pdf", ".xlsx", "/paper", "/pdf", "/xlsx", "/exceptions")
_SIGN: Final = r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]"
_JINJA: Final = re.compile(r"(\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
#: Within an expression: a string. Outside: what no tag, attribute, expression or line divides.
_STRING: Final = re.compile(rf'(?<=")[^"\n]*{_SIGN}[^"\n]*(?=")')
_TEXT: Final = re.compile(r'[^<>"=\n{}\s][^<>"=\n{}]*(?<!\s)')


def literals_of(source: str) -> Iterator[str]:
    """Return the literals of a template that are to be translated, in their order."""
    found: list[str] = []

    def note(literal: str) -> str:
        found.append(literal)
        return literal

    _replaced(source, note)
    return iter(found)


def translated(source: str, texts: Mapping[str, str]) -> str:
    """Return a template's source with every literal replaced; one without a text stays as it is."""
    return _replaced(source, lambda literal: texts.get(literal, literal))


def _replaced(source: str, replace: Callable[[str], str]) -> str:
    def one(match: re.Match[str]) -> str:
        return replace(match[0]) if re.search(_SIGN, match[0]) else match[0]

    parts = _JINJA.split(source)
    for number, part in enumerate(parts):
        if not part.startswith("{#"):
            pattern = _STRING if part.startswith(("{{", "{%")) else _TEXT
            parts[number] = pattern.sub(one, part)
    return "".join(parts)


class Translated(Extension):
    """Has an environment's templates translated as they are read."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source in the environment's language."""
        del name, filename
        return translated(source, literals(getattr(self.environment, "language", DEFAULT)))


def open_templates(language: str = DEFAULT) -> Environment:
    """Return the templates: everything is escaped, and a name that nothing gives is an error."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    templates.extend(language=language)
    if language != DEFAULT:
        templates.add_extension(Translated)
    return templates


class TemplatesByLanguage:
    """The templates in every language, each opened when it is first needed."""

    def __init__(self) -> None:
        self._opened: dict[str, Environment] = {}

    def now(self) -> Environment:
        """Return the templates in the language that is current."""
        language = chosen()
        if language not in self._opened:
            self._opened[language] = open_templates(language)
        return self._opened[language]


def language_of(request: Request) -> str:
    """Return the language of the browser that asks; the default one for a paper."""
    wanted = request.cookies.get(LANGUAGE_COOKIE, DEFAULT)
    paper = request.url.path.endswith(PAPERS)
    return wanted if wanted in LANGUAGES and not paper else DEFAULT


async def in_its_language(request: Request) -> None:
    """Answer this request in its language. A dependency; not a thread's, so that it holds on."""
    choose(language_of(request))
