"""Reads `layouts/<version>.toml`: the files, keys and rights of one version of the card."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

LAYOUTS_PATH: Final = Path(__file__).with_name("layouts")

#: `free`, `never`, or the name of the key that must have been proven.
Access = str


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RecordLayout(_Table):
    """One data item.

    Attributes:
        unwritten: Byte that fills it before personalisation; None when the blank carries a value.
    """

    tag: int = Field(ge=0x01, le=0xFE)
    length: int = Field(ge=1, le=0xFD)
    unwritten: int | None = None


class FileLayout(_Table):
    """One elementary file. Its file id is EF00 plus the short one."""

    name: str
    sfi: int = Field(ge=1, le=30)
    structure: Literal["records", "transparent"]
    read: Access
    write: Access
    size: int
    records: tuple[RecordLayout, ...] = ()


class KeyLayout(_Table):
    """One key: its name in `simulators/test_keys.toml`, what it is for, how often it may fail."""

    name: str
    use: Literal["external", "internal", "messaging"]
    tries: int = Field(ge=1, le=15)


class PinLayout(_Table):
    """The holder's PIN on a blank."""

    initial: str = Field(pattern=r"^(\d\d){2,8}$", repr=False)
    tries: int = Field(ge=1, le=15)


class DirectoryLayout(_Table):
    """The application of social security."""

    title: str
    name: str
    fci: str


class CardLayout(_Table):
    """One version of the card."""

    version: str
    algorithm: str
    key_version: int
    pin: PinLayout
    directory: DirectoryLayout
    key: tuple[KeyLayout, ...]
    file: tuple[FileLayout, ...]


def known_versions() -> list[str]:
    """Return the versions that have a layout."""
    return sorted(path.stem for path in LAYOUTS_PATH.glob("*.toml"))


@functools.cache
def load_layout(version: str) -> CardLayout:
    """Return the layout of `version`.

    Raises:
        ValueError: There is no such version, or its file is wrong.
    """
    if version not in known_versions():
        raise ValueError(f"no layout for version {version!r}; there are {known_versions()}")
    text = (LAYOUTS_PATH / f"{version}.toml").read_text(encoding="utf-8")
    return CardLayout.model_validate(tomllib.loads(text))
