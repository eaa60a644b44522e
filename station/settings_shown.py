"""Every setting of the running station for the technician: value, default, source, meaning.

A secret is never shown: the kinds of value that may hold one are masked, and an address is shown
without a login in it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from station.core.masking import MASK
from station.settings import Settings
from station.ui.technician import ShownSettings
from station.ui.technician_contents import SettingRow, SettingSection

NO_VALUE: Final = "—"
#: A login in an address: `postgresql://user:password@host/journal`, and what follows a `?`.
_LOGIN: Final = re.compile(r"(?<=://)[^/@\s]*@")
_QUERY: Final = re.compile(r"(?<=\?)\S+")


def shown_settings(settings: Settings) -> ShownSettings:
    """Return every setting, in the order of the reference."""
    sections = tuple(_sections(settings))
    return ShownSettings(str(settings.source_file or NO_VALUE), sections)


def _sections(settings: Settings) -> Iterator[SettingSection]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        parts: Iterable[tuple[str, BaseModel]] = (
            ((f"{name}.{key}", one) for key, one in sorted(value.items()))
            if isinstance(value, Mapping)
            else ((name, value),)
        )
        for place, section in parts:
            about = (type(section).__doc__ or "").strip().partition("\n")[0]
            yield SettingSection(place, about, tuple(_rows(settings, place, section)))


def _rows(settings: Settings, place: str, section: BaseModel) -> Iterator[SettingRow]:
    for name, field in type(section).model_fields.items():
        value, default = getattr(section, name), _default(field)
        yield SettingRow(
            key=name,
            value=_shown(value),
            default=NO_VALUE if default is PydanticUndefined else _shown(default),
            changed=default is PydanticUndefined or value != default,
            source=settings.source_of((*place.split("."), name)),
            about=field.description or "",
        )


def _default(field: FieldInfo) -> object:
    return field.get_default(call_default_factory=True, validated_data={})


def _shown(value: object) -> str:
    match value:
        case SecretStr():
            shown = MASK if value.get_secret_value() else ""
        case None:
            shown = ""
        case enum.Enum():
            shown = str(value.value)
        case str() | Path():
            shown = _QUERY.sub(MASK, _LOGIN.sub(f"{MASK}@", str(value)))
        case Mapping():
            shown = ", ".join(f"{key}: {_shown(one)}" for key, one in value.items())
        case tuple() | list():
            shown = ", ".join(map(_shown, value))
        case set() | frozenset():
            shown = ", ".join(sorted(map(_shown, value)))
        case _:
            shown = str(value).lower()  # numbers, and true or false as the file has them
    return shown or NO_VALUE
