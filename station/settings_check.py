"""Every error of a settings file at once, each with its line, its key and what would be right.

Starting the station stops at the first error, which is right for a daemon and slow for a person
with an editor. This checks the file alone (not the environment), continues after an error where
possible, and checks what only a start would find: names of families, models, gateways and files.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from station.core.errors import ConfigError
from station.desk.pin_pad import load_pad_facts
from station.drivers import family_names, load_family
from station.encoder import load_profile
from station.face.template.model import load_template
from station.gateways import load_gateway
from station.settings import Settings
from station.settings_tables import BankSection, ServerSection
from station.text_file import read_text_file
from station.transport.desk_link import check_desk_address
from station.words import text

MOST_SYNTAX_ERRORS: Final = 20
_BOM: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_AT_LINE: Final = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_FILE_AND_LINE: Final = re.compile(r"^.*?:(\d+): ")
_HEADER: Final = re.compile(r"^\s*\[\[?\s*([^\]\n]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART: Final = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_LONG: Final = re.compile(r'"""|' + "'''")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One error of the file.

    Attributes:
        line: Where it is, from 1; 0 for the file as a whole.
        key: Dotted name of the setting; empty where there is none.
        problem: What is wrong, for a person. Never the value of a secret.
        right: What would be right.
    """

    line: int
    key: str
    problem: str
    right: str


class _FileAlone(Settings):
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def check_settings_file(file: Path) -> list[Finding]:
    """Return every error of a settings file, in the order of its lines; empty when it is right."""
    try:
        content = read_text_file(file)
    except ConfigError as exc:
        return [_unreadable(file, str(exc))]
    values, findings = _parse(content)
    if findings:
        return findings
    lines = locate_keys(content)

    def at(*key: str) -> int:
        return next((lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in lines), 0)

    return _found_in(values, at)


def new_problems(own: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Finding]:
    """Return what is wrong with values of settings, and was not wrong with a window's own."""

    def nowhere(*key: str) -> int:
        del key
        return 0

    known = set(_found_in(own, nowhere))
    return [one for one in _found_in(wanted, nowhere) if one not in known]


def _found_in(values: Mapping[str, Any], at: Callable[..., int]) -> list[Finding]:
    findings = []
    section = values.get("province")
    if isinstance(section, dict) and "password" in section:
        key = ("province", "password")
        right = text("config-check.password-right")
        findings.append(Finding(at(*key), ".".join(key), text("config-check.password"), right))
    try:
        settings = _FileAlone(**values)
    except ValidationError as exc:
        findings += [_explained(error, at) for error in exc.errors()]
    else:
        findings += [
            Finding(at(*key), ".".join(key), problem, right)
            for key, problem, right in _beyond_the_form(settings)
        ]
    return sorted(set(findings))


def has_mark(file: Path) -> bool:
    """Whether a file begins with a byte order mark: it is accepted, and worth a word."""
    with file.open("rb") as opened:
        return opened.read(3).startswith(_BOM)


# -- the text ----------------------------------------------------------------------------------


def _unreadable(file: Path, message: str) -> Finding:
    found = _FILE_AND_LINE.match(message)
    if found:
        right = text("config-check.encoding-right")
        return Finding(int(found[1]), "", text("config-check.encoding"), right)
    reason = message.removeprefix(f"{file}: ")
    return Finding(
        0, "", text("config-check.unreadable", reason=reason), text("config-check.unreadable-right")
    )


def _parse(content: str) -> tuple[dict[str, Any], list[Finding]]:
    # A line that is no TOML is left out and the rest read again, so that the next one is found too.
    lines, findings = content.splitlines(), list[Finding]()
    while True:
        try:
            return tomllib.loads("\n".join(lines)), findings
        except tomllib.TOMLDecodeError as exc:
            message = str(exc)
        found = _AT_LINE.search(message)
        number = int(found[1]) if found and found[1] else len(lines)
        known = {finding.line for finding in findings}
        if not 0 < number <= len(lines) or number in known or len(known) >= MOST_SYNTAX_ERRORS:
            return {}, findings or [Finding(number, "", *_syntax(message, ""))]
        findings.append(Finding(number, "", *_syntax(message, lines[number - 1])))
        lines[number - 1] = ""


def _syntax(message: str, line: str) -> tuple[str, str]:
    reason = _AT_LINE.sub("", message).strip()
    if any(char in line for char in text("config-check.marks")):
        return text("config-check.punctuation"), text("config-check.punctuation-right")
    if "Cannot overwrite" in reason or "twice" in reason or "Cannot declare" in reason:
        return text("config-check.twice"), text("config-check.twice-right")
    if "\\" in line and "escape" in reason:
        return text("config-check.backslash"), text("config-check.backslash-right")
    if "Invalid value" in reason:
        return text("config-check.value"), text("config-check.value-right")
    return text("config-check.syntax", reason=reason), text("config-check.syntax-right")


def locate_keys(content: str) -> dict[tuple[str, ...], int]:
    """Return the line of each table and key of a TOML text, by its dotted name."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    until: str | None = None  # the quotes that end a text of several lines
    for number, line in enumerate(content.splitlines(), start=1):
        if until is not None:
            until = None if until in line else until
            continue
        header, key = _HEADER.match(line), _KEY.match(line)
        if key:
            found.setdefault((*table, *_parts(key[1])), number)
        elif header:
            table = _parts(header[1])
            found.setdefault(table, number)
        quotes = _LONG.findall(line)
        until = quotes[0] if len(quotes) % 2 else None
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


# -- the form ----------------------------------------------------------------------------------

#: Kind of pydantic's error -> code of what is wrong, and of what would be right.
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "bool_type": ("config-check.bool-type", "config-check.bool-type-right"),
    "bool_parsing": ("config-check.bool-type", "config-check.bool-type-right"),
    "int_type": ("config-check.int-type", "config-check.int-type-right"),
    "int_parsing": ("config-check.int-type", "config-check.int-type-right"),
    "int_from_float": ("config-check.int-from-float", "config-check.int-from-float-right"),
    "float_type": ("config-check.float-type", "config-check.float-type-right"),
    "float_parsing": ("config-check.float-type", "config-check.float-type-right"),
    "string_type": ("config-check.string-type", "config-check.string-type-right"),
    "path_type": ("config-check.path-type", "config-check.path-type-right"),
    "greater_than": ("config-check.greater-than", "config-check.greater-than-right"),
    "greater_than_equal": (
        "config-check.at-least",
        "config-check.at-least-right",
    ),
    "less_than": ("config-check.less-than", "config-check.less-than-right"),
    "less_than_equal": ("config-check.at-most", "config-check.at-most-right"),
    "enum": ("config-check.enum", "config-check.enum-right"),
    "literal_error": ("config-check.enum", "config-check.enum-right"),
    "string_pattern_mismatch": (
        "config-check.form",
        "config-check.form-right",
    ),
    "tuple_type": ("config-check.tuple-type", "config-check.tuple-type-right"),
    "list_type": ("config-check.tuple-type", "config-check.tuple-type-right"),
    "frozen_set_type": ("config-check.tuple-type", "config-check.tuple-type-right"),
    "model_type": ("config-check.model-type", "config-check.model-type-right"),
    "model_attributes_type": ("config-check.model-type", "config-check.model-type-right"),
    "dict_type": ("config-check.model-type", "config-check.model-type-right"),
}


def _explained(error: ErrorDetails, at: Callable[..., int]) -> Finding:
    key = tuple(str(part) for part in error["loc"] if not isinstance(part, int))
    name, kind = ".".join(key), error["type"]
    if kind == "extra_forbidden":
        return Finding(at(*key), name, text("config-check.unknown"), _nearest(key))
    if kind == "missing":
        field = _fields(key[:-1]).get(key[-1])
        what = (field.description or "") if field else ""
        return Finding(
            at(*key[:-1]),
            name,
            text("config-check.missing"),
            text("config-check.missing-right", key=key[-1], what=what),
        )
    if kind in _WORDS:
        told = {"name": name, **error.get("ctx", {})}
        problem, right = _WORDS[kind]
        return Finding(at(*key), name, text(problem), text(right, **told))
    return Finding(at(*key), name, error["msg"].removeprefix("Value error, "), _described(key))


def _fields(section: tuple[str, ...]) -> Mapping[str, Any]:
    if not section:
        return Settings.model_fields
    if section[0] == "banks":
        return BankSection.model_fields
    model = (
        Settings.model_fields[section[0]].annotation
        if section[0] in Settings.model_fields
        else None
    )
    return model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}


def _described(key: tuple[str, ...]) -> str:
    field = _fields(key[:-1]).get(key[-1])
    return (field.description or "") if field else text("config-check.reference")


def _nearest(key: tuple[str, ...]) -> str:
    known = list(_fields(key[:-1]))
    near = difflib.get_close_matches(key[-1], known, n=1, cutoff=0.6)
    if near:
        return text("config-check.nearest", key=near[0])
    elsewhere = [name for name in Settings.model_fields if key[-1] in _fields((name,))]
    if elsewhere:
        return text("config-check.elsewhere", section=elsewhere[0])
    return (
        text("config-check.remove-known", known=text("command.and").join(known))
        if known
        else text("config-check.remove")
    )


# -- what only a start would find ------------------------------------------------------------------

Found = tuple[tuple[str, str], str, str]


def _beyond_the_form(settings: Settings) -> Iterator[Found]:
    yield from _printer(settings)
    for key, load in (
        (("chip", "profile"), lambda: load_profile(settings.chip.profile)),
        (("province", "gateway"), lambda: load_gateway(settings.province.gateway)),
        (("pin_pad", "model"), lambda: load_pad_facts(settings.pin_pad.model)),
    ):
        try:
            load()
        except ConfigError as exc:
            problem, _, known = str(exc).partition("; known: ")
            yield (
                key,
                text("config-check.nothing-such", reason=problem),
                text("config-check.one-of", known=known),
            )
    if not re.fullmatch(r"[0-9]{6}", settings.province.region):
        yield ("province", "region"), text("config-check.region"), text("config-check.region-right")
    if not re.match(r"https?://[^/\s]+", settings.province.url):
        yield ("province", "url"), text("config-check.url"), text("config-check.url-right")
    yield from _server(settings.server)
    yield from _desk(settings)
    yield from _files(settings)


def _printer(settings: Settings) -> Iterator[Found]:
    chosen = settings.printer
    if chosen.family not in family_names():
        yield (
            ("printer", "family"),
            text("config-check.family", family=chosen.family),
            text("config-check.one-of", known=text("command.and").join(family_names())),
        )
        return
    family = load_family(chosen.family)
    if chosen.model not in family.models:
        known = text("command.and").join(sorted(family.models))
        yield (
            ("printer", "model"),
            text("config-check.model", family=chosen.family, model=chosen.model),
            text("config-check.one-of", known=known),
        )
        return
    kinds = family.models[chosen.model].links
    if family.link_address(chosen.link).partition(":")[0] not in kinds:
        right = text("command.and").join(f"{kind}:" for kind in kinds)
        yield (
            ("printer", "link"),
            text("config-check.link"),
            text("config-check.link-right", kinds=right),
        )


def _server(server: ServerSection) -> Iterator[Found]:
    try:
        server.require_closed()
    except ConfigError:
        if server.is_loopback:
            yield (
                ("server", "certificate"),
                text("config-check.half-closed"),
                text("config-check.half-closed-right"),
            )
        else:
            yield ("server", "host"), text("config-check.open"), text("config-check.open-right")
        return
    files = (server.certificate, server.key, server.client_ca)
    if not all(file is None or file.is_file() for file in files):
        return  # named with the other files
    try:
        server.require_usable_certificates()
    except ConfigError as exc:
        yield (
            ("server", exc.details["setting"]),
            text("config-check.certificate", reason=exc),
            text("config-check.certificate-right"),
        )


def _desk(settings: Settings) -> Iterator[Found]:
    for section, link in (
        ("id_reader", settings.id_reader.link),
        ("pin_pad", settings.pin_pad.link),
    ):
        try:
            if link:
                check_desk_address(link, f"{section}.link")
        except ConfigError:
            yield (
                (section, "link"),
                text("config-check.desk-link"),
                text("config-check.desk-link-right"),
            )
    for section, key, link in (
        ("desk_reader", "link", settings.desk_reader.link),
        ("access", "card_reader", settings.access.card_reader),
    ):
        if link and link == settings.chip.link:
            yield (
                (section, key),
                text("config-check.same-reader"),
                text("config-check.same-reader-right"),
            )


def _files(settings: Settings) -> Iterator[Found]:
    for section, name in _FILE_KEYS:
        given = getattr(getattr(settings, section), name)
        files = given if isinstance(given, tuple) else (given,)
        if section == "face" and not settings.face.prints:
            continue
        for file in files:
            if file is not None and not file.is_file():
                yield (
                    (section, name),
                    text("config-check.no-file", file=file),
                    text("config-check.no-file-right"),
                )
    if settings.face.prints and settings.face.template.is_file():
        try:
            load_template(settings.face.template)
        except ConfigError as exc:
            yield (
                ("face", "template"),
                text("config-check.template", reason=exc),
                text("config-check.template-right"),
            )


_FILE_KEYS: Final = (
    ("server", "certificate"),
    ("server", "key"),
    ("server", "client_ca"),
    ("chip", "transport_file"),
    ("province", "password_file"),
    ("province", "ca_file"),
    ("data_centre", "keys"),
    ("face", "template"),
    ("face", "photo_profile"),
    ("face", "test_card"),
    ("face", "fonts"),
)
