"""The texts of one language, read from its folder of TOML files, and the look-up by code.

A file in `problems/` maps the code of an error or a printer-state-reason to its title, cause and
steps, and optionally to variants. Every other file holds tables of short texts; a table's name is
unique in its language, so a text is named `table.key`. A folder `pages` holds the texts of the
literals that stand in the pages' templates; the default language has none, because the templates
are written in it.

Placeholders are written `{name}`. A part in 〔〕 is left out when a value that it names is missing
or empty; braces inside a value are never expanded.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

from station.core.phrases import PHRASE, ROW, parse_phrase

DEFAULT: Final = "zh"
MISSING: Final = "—"  #: shown for missing or empty values
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}", re.ASCII)
#: A part of a text that is left out when a value that it names is missing or empty.
_OPTIONAL: Final = re.compile(r"〔([^〔〕]*)〕")
_PROBLEMS: Final = "problems"
_PAGES: Final = "pages"
_FOLDER: Final = resources.files(__package__)

#: The current language; each request and each thread may have its own.
_current: ContextVar[str] = ContextVar("language", default=DEFAULT)
#: A language is a folder with a catalogue.
LANGUAGES: Final = tuple(
    sorted(entry.name for entry in _FOLDER.iterdir() if entry.joinpath(_PROBLEMS).is_dir())
)


class Catalogue:
    """The texts of one language. Each part is read when it is used first.

    A command, and the daemon until something goes wrong, need the tables only; the problems are
    two fifths of the words.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._folder = _FOLDER.joinpath(language)

    @functools.cached_property
    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Name of a table -> key -> text."""
        tables: dict[str, Mapping[str, str]] = {}
        for file in _toml_files(self._folder):
            for name, table in _parsed(file).items():
                if name in tables:
                    raise LookupError(f"{self._language}: the table {name!r} is in two files")
                tables[name] = MappingProxyType(table)
        return MappingProxyType(tables)

    @functools.cached_property
    def problems(self) -> Mapping[str, tuple[str, ...]]:
        """Code -> title, cause, and the steps of the remedy."""
        return MappingProxyType({code: _parts(entry) for code, entry in self._entries.items()})

    @functools.cached_property
    def variants(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """Code and variant -> the text where the same code has another meaning."""
        return MappingProxyType(
            {
                (code, variant): _parts(entry | changed)
                for code, entry in self._entries.items()
                for variant, changed in entry.get("variants", {}).items()
            }
        )

    @functools.cached_property
    def literals(self) -> Mapping[str, str]:
        """Literal of a page's template -> its text."""
        pages = self._folder.joinpath(_PAGES)
        texts: dict[str, str] = {}
        for file in _toml_files(pages) if pages.is_dir() else ():
            texts |= _parsed(file)["literal"]
        return MappingProxyType(texts)

    @functools.cached_property
    def _entries(self) -> Mapping[str, dict[str, Any]]:
        entries: dict[str, dict[str, Any]] = {}
        for file in _toml_files(self._folder.joinpath(_PROBLEMS)):
            for code, entry in _parsed(file).items():
                if code in entries:
                    raise LookupError(f"{self._language}: the code {code!r} is in two files")
                entries[code] = entry
        return entries


class Table(Mapping[str, str]):
    """One table of short texts, in the language that is current at the time of the look-up."""

    def __init__(self, name: str, language: str | None = None) -> None:
        """Name the table of every catalogue; it must exist in the default one.

        Args:
            name: The table.
            language: The only language in which it is looked up, for words that are read and not
                only shown; None: the current one.

        Raises:
            KeyError: No catalogue has such a table.
        """
        self._name, self._language = name, language
        catalogue(DEFAULT).tables[name]

    def __getitem__(self, key: str) -> str:
        return self._texts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def _texts(self) -> Mapping[str, str]:
        return catalogue(self._language).tables[self._name]


def catalogue(language: str | None = None) -> Catalogue:
    """Return the texts of a language; None: the current one.

    Raises:
        LookupError: There is no such language.
    """
    return _read(language or _current.get())


def text(code: str, /, *, language: str | None = None, **values: object) -> str:
    """Return a short text, filled from `values`.

    Args:
        code: `table.key`.
        language: The language; None: the current one.
        values: Placeholder -> its value.

    Raises:
        KeyError: There is no such text, or it needs a value that is missing: a defect.
    """
    table, _, key = code.partition(".")
    words = catalogue(language).tables[table][key]
    told = {name: spoken(str(value), language=language) for name, value in values.items()}
    words = _OPTIONAL.sub(lambda part: part[1] if _is_known(part[1], told) else "", words)
    return _PLACEHOLDER.sub(lambda match: told[match[1]], words)


def spoken(told: str, *, language: str | None = None) -> str:
    """Return a string with every phrase in it (`station.core.phrases`) replaced by its text.

    A phrase whose text no longer exists is shown as it is stored: the journal may be older than the
    program.
    """
    return PHRASE.sub(lambda found: _told(found[0], language), told)


def _told(one: str, language: str | None) -> str:
    code, values = parse_phrase(one)
    if code == ROW:
        several = [spoken(one, language=language) for one in values.values()]
        return text("phrases.between", language=language).join(several)
    try:
        return text(code, language=language, **values)
    except KeyError:
        return one


def literals(language: str) -> Mapping[str, str]:
    """Return the texts of the literals in the pages' templates; none in the default language.

    Raises:
        LookupError: There is no such language.
    """
    return catalogue(language).literals


def chosen() -> str:
    """Return the language that is current in this thread or task."""
    return _current.get()


def choose(language: str) -> None:
    """Look texts up in this language from now on, in this thread or task only.

    Raises:
        LookupError: There is no such language.
    """
    catalogue(language)
    _current.set(language)


@contextmanager
def shown_in(language: str) -> Iterator[None]:
    """Look texts up in this language inside the block, in this thread or task only.

    Raises:
        LookupError: There is no such language.
    """
    catalogue(language)
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


def filled(words: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders replaced and its unknown optional parts left out."""
    words = _OPTIONAL.sub(lambda part: part[1] if _is_known(part[1], values) else "", words)
    return _PLACEHOLDER.sub(lambda match: values.get(match[1]) or MISSING, words)


def _is_known(part: str, values: Mapping[str, str]) -> bool:
    return all(values.get(name) for name in _PLACEHOLDER.findall(part))


@functools.cache
def _read(language: str) -> Catalogue:
    if language not in LANGUAGES:
        raise LookupError(f"no texts in the language {language!r}")
    return Catalogue(language)


def _parts(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return (entry["title"], entry["cause"], *entry["steps"])


def _toml_files(folder: Traversable) -> list[Traversable]:
    files = (file for file in folder.iterdir() if file.name.endswith(".toml"))
    return sorted(files, key=lambda file: file.name)


def _parsed(file: Traversable) -> dict[str, dict[str, Any]]:
    return tomllib.loads(file.read_text(encoding="utf-8"))
