"""Reads a TOML file into a checked model; errors name file, line, key and reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from station.core.errors import ConfigError
from station.text_file import read_text_file

_Model = TypeVar("_Model", bound=BaseModel)
_HEADER: Final = re.compile(r"^\s*(\[\[?)\s*([\w.\-]+)\s*\]")
_KEY: Final = re.compile(r"^\s*([\w\-]+)\s*=")
#: What pydantic puts before the text of our own validators.
_OWN: Final = "Value error, "


def read_part(file: Path, model: type[_Model], *, name: str) -> _Model:
    """Read a TOML file into a model whose `name` is not in the file.

    Raises:
        ConfigError: Not readable, not TOML, an unknown key or a wrong value.
    """
    try:
        text = read_text_file(file)
        return model.model_validate({"name": name, **tomllib.loads(text)})
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{file}: can't be read: {exc}") from exc
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        path = tuple(part for part in first["loc"])
        raise refused(file, path, first["msg"].removeprefix(_OWN)) from exc


def refused(file: Path, path: Sequence[int | str], reason: str) -> ConfigError:
    """Return the error that names file, line, key and reason."""
    key = ".".join(str(part) for part in path) or "(whole file)"
    line = line_of(read_text_file(file), path)
    return ConfigError(f"{file}:{line}: {key}: {reason}")


def line_of(text: str, path: Sequence[int | str]) -> int:
    """Return the line of a key, or of the nearest enclosing table; 1 for the whole file.

    Knows what these files use: `[table]`, `[[array of tables]]` and `key = value`.
    """
    best = (0, 1)
    for number, (place, end) in enumerate(_places(text), start=1):
        shared = _shared(place, path)
        # A line counts when it opens the key, or a table on the way to it.
        if end and shared == len(place) and shared > best[0]:
            best = (shared, number)
    return best[1]


def _places(text: str) -> list[tuple[tuple[int | str, ...], bool]]:
    """Return for every line the key path it belongs to, and whether it opens a table or key."""
    table: tuple[int | str, ...] = ()
    counts: dict[str, int] = {}
    places: list[tuple[tuple[int | str, ...], bool]] = []
    for line in text.splitlines():
        if header := _HEADER.match(line):
            words = header[2]
            table = tuple(words.split("."))
            if header[1] == "[[":
                counts[words] = counts.get(words, -1) + 1
                table = (*table, counts[words])
            places.append((table, True))
        elif key := _KEY.match(line):
            places.append(((*table, key[1]), True))
        else:
            places.append(((), False))
    return places


def _shared(place: tuple[int | str, ...], path: Sequence[int | str]) -> int:
    count = 0
    for ours, theirs in zip(place, path, strict=False):
        if ours != theirs:
            break
        count += 1
    return count
