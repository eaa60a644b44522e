"""What a technician answers, and the tables of the settings file that result from it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from station.core.errors import ConfigError
from station.core.phrases import phrase
from station.settings import Settings

PASSWORD_FILE: Final = "province-password"  # noqa: S105 - the name of a file
#: State folder of an installed window.
INSTALLED_STATE: Final = Path("/var/lib/card-station")
_BANK: Final = re.compile(r"\s*(\w+)\s*,\s*([^,]+?)\s*,\s*([0-9,\s]+)")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")

Tables = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Answers:
    """What has been answered so far; an empty text is an answer that is still open.

    Attributes:
        name: Name of the window.
        family: Printer family.
        model: Model of that family.
        printer: Address of the printer.
        reader: Address of the chip reader.
        gateway: Name of the province.
        url: Address of the province's service.
        user: Login name there.
        password: Password there; empty leaves a stored one as it is.
        region: Six digits of the issuing place.
        template: Face template; empty: cards without a face.
        photo_profile: Rules for photos.
        banks: Code -> name and BINs.
    """

    name: str = ""
    family: str = ""
    model: str = ""
    printer: str = ""
    reader: str = ""
    gateway: str = ""
    url: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    region: str = ""
    template: str = ""
    photo_profile: str = ""
    banks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def answers_of(tables: Mapping[str, Any]) -> Answers:
    """Return the answers that a settings file already has."""

    def value(section: str, key: str) -> str:
        return str(tables.get(section, {}).get(key, ""))

    prints = tables.get("face", {}).get("prints", True)
    return Answers(
        name=value("station", "name"),
        family=value("printer", "family"),
        model=value("printer", "model"),
        printer=value("printer", "link"),
        reader=value("chip", "link"),
        gateway=value("province", "gateway"),
        url=value("province", "url"),
        user=value("province", "user"),
        region=value("province", "region"),
        template=value("face", "template") if prints else "",
        photo_profile=value("face", "photo_profile"),
        banks=dict(tables.get("banks", {})),
    )


def tables_of(answers: Answers, existing: Mapping[str, Any], folder: Path) -> Tables:
    """Return the tables of the settings file; what was not asked stays as it is.

    Args:
        answers: All of them.
        existing: Tables of the file that is there, or of the example.
        folder: Where the settings file is, and the password's beside it.
    """
    tables: Tables = {
        name: dict(table) for name, table in existing.items() if isinstance(table, Mapping)
    }

    def put(section: str, **values: Any) -> None:  # noqa: ANN401 - values of TOML
        tables.setdefault(section, {}).update(values)

    put("station", name=answers.name)
    if INSTALLED_STATE.is_dir() and not Path(tables["station"].get("state_dir", "")).is_absolute():
        put("station", state_dir=str(INSTALLED_STATE))
    put("printer", family=answers.family, model=answers.model, link=answers.printer)
    put("chip", link=answers.reader)
    put("province", gateway=answers.gateway, url=answers.url, user=answers.user)
    put("province", region=answers.region)
    if answers.password or (folder / PASSWORD_FILE).exists():
        tables["province"].setdefault("password_file", str(folder / PASSWORD_FILE))
    if answers.template:
        put("face", template=answers.template, photo_profile=answers.photo_profile)
        tables["face"].pop("prints", None)
    else:
        put("face", prints=False)
    tables["banks"] = {code: dict(bank) for code, bank in answers.banks.items()}
    return tables


def settings_of(tables: Mapping[str, Any], password: str) -> Settings:
    """Return the settings that a station would have, before anything is written.

    Raises:
        ConfigError: A value is wrong; it names the keys.
    """
    values = {name: dict(table) for name, table in tables.items()}
    if password:
        values["province"].pop("password_file", None)
        values["province"]["password"] = password
    try:
        return Settings(**values)  # type: ignore[arg-type]  # as from a file
    except ValidationError as exc:
        reasons = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in exc.errors())
        raise ConfigError("; ".join(reasons)) from None


def parse_bank(line: str) -> tuple[str, dict[str, Any]]:
    """Return code, name and BINs of a line such as `95533,中国建设银行,622700,621700`.

    Raises:
        ConfigError: The line has another form.
    """
    # NFKC makes the comma of a Chinese keyboard an ordinary one.
    match = _BANK.fullmatch(unicodedata.normalize("NFKC", line))
    bins = re.findall(r"[0-9]+", match[3]) if match else []
    if match is None or not bins or any(len(each) != 6 for each in bins):
        raise ConfigError(phrase("setup.bank-form", line=line.strip()))
    return match[1], {"name": match[2], "bins": bins}


def bank_line(code: str, bank: Mapping[str, Any]) -> str:
    """Return the line from which `parse_bank` makes this bank."""
    return ",".join((code, str(bank.get("name", "")), *map(str, bank.get("bins", ()))))


def to_toml(tables: Mapping[str, Any]) -> str:
    """Return the text of a settings file: each table with its values, then its sub-tables."""
    return "".join(_table((name,), table) for name, table in tables.items()).lstrip("\n")


def _table(path: tuple[str, ...], table: Mapping[str, Any]) -> str:
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    below = [(key, value) for key, value in table.items() if isinstance(value, Mapping)]
    lines = [f"{_key(key)} = {_value(value)}\n" for key, value in plain.items()]
    head = f"\n[{'.'.join(map(_key, path))}]\n" if lines or not below else ""
    return head + "".join(lines) + "".join(_table((*path, key), value) for key, value in below)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted(key)


def _value(value: object) -> str:
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return _quoted(str(value))


def _quoted(content: str) -> str:
    # JSON writes a string as TOML reads it, but for DEL.
    return json.dumps(content, ensure_ascii=False).replace("\x7f", "\\u007f")
