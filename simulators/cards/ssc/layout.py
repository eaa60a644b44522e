"""Reads `layouts/<version>.toml`: the files, keys and rights of one version of the card."""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

LAYOUTS_PATH: Final = Path(__file__).with_name("layouts")
UNWRITTEN: Final = {"an": 0x00, "cn": 0xFF, "b": 0x00}
MAX_LENGTH: Final = 0xFD  # a record with its tag and length fits one answer

#: `free`, `never`, or names of keys and `PIN`: alternatives with `|`, both with `&`.
Access = Annotated[str, Field(pattern=r"^[A-Z0-9-]+([|&][A-Z0-9-]+)*$|^free$|^never$")]
Kind = Literal["an", "cn", "b"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PartLayout(_Table):
    """One data item, or one inside a compound record."""

    tag: int = Field(ge=0x01, le=0xFE)
    length: int = Field(ge=1, le=MAX_LENGTH)
    type: Kind

    def blank_value(self) -> bytes:
        """Return the value before personalisation."""
        return bytes([UNWRITTEN[self.type]]) * self.length


class RecordLayout(_Table):
    """One record of a file, or several of the same tag.

    Attributes:
        type: `tlv` for a compound one, whose value is the sequence of its `parts`.
        times: Number of consecutive records with this tag.
        carried: The blank has a value already, its maker's.
    """

    tag: int = Field(ge=0x01, le=0xFE)
    length: int = Field(ge=1, le=MAX_LENGTH)
    type: Literal["an", "cn", "b", "tlv"]
    parts: tuple[PartLayout, ...] = ()
    times: int = Field(default=1, ge=1, le=8)
    carried: bool = False

    def blank_value(self) -> bytes:
        """Return the value before personalisation."""
        if self.type != "tlv":
            return bytes([UNWRITTEN[self.type]]) * self.length
        if not self.parts:  # its inner data items are not published
            return bytes(self.length)
        pieces = [bytes([part.tag, part.length]) + part.blank_value() for part in self.parts]
        return b"".join(pieces)


class FileLayout(_Table):
    """One elementary file.

    Attributes:
        id: EF00 plus the short identifier where it is not given.
        size: Bytes of a transparent file; room of a record file, 0 for its records alone; length
            of each record of a cyclic one.
        count: Records that a cyclic file keeps.
        carried: The blank has its content already, none of it a person's.
    """

    name: str
    sfi: int = Field(ge=1, le=30)
    id: int | None = None
    structure: Literal["records", "transparent", "cyclic"]
    read: Access
    write: Access
    size: int = Field(default=0, ge=0, le=0x7FFF)
    count: int = Field(default=0, ge=0, le=0xFE)
    records: tuple[RecordLayout, ...] = ()
    carried: bool = False

    @property
    def file_id(self) -> int:
        """The identifier for SELECT."""
        return 0xEF00 + self.sfi if self.id is None else self.id


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class KeyLayout(_Table):
    """One key: its purpose, and how often it may fail.

    Attributes:
        master: Its name in `simulators/master_keys.toml` where that is different.
    """

    name: str
    use: Literal["external", "internal", "messaging"] = "external"
    tries: int = Field(default=3, ge=1, le=15)
    master: str = ""

    @property
    def master_name(self) -> str:
        """Name of the master key from which it is derived."""
        return self.master or self.name


class PinLayout(_Table):
    """The holder's PIN on a blank."""

    initial: str = Field(pattern=r"^(\d\d){2,8}$", repr=False)
    tries: int = Field(ge=1, le=15)


class DirectoryLayout(_Table):
    """The application of social security."""

    title: str
    name: str
    fci: str


class ApplicationLayout(_Table):
    """One DF below the application of social security.

    Attributes:
        aid: Hex digits.
        keys: An entry with only a name is an external key with three tries.
    """

    title: str
    id: int
    aid: str = Field(pattern=r"^([0-9A-F]{2}){5,16}$")
    keys: tuple[Annotated[KeyLayout, BeforeValidator(_named)], ...]
    file: tuple[FileLayout, ...]


class CertificateLayout(_Table):
    """The PKI directory and its certificate application.

    Attributes:
        directory_fci: Data after the name in its FCI, hex digits.
        pin_tries: Tries of each of the two PINs.
        key_tries: Tries of each of the two 主控密钥.
        admin_change_keys: Keys under which the new administrator PIN may be sent.
    """

    directory_name: str
    directory_fci: str
    application_name: str
    application_id: int
    pin_tries: int = Field(ge=1, le=15)
    key_tries: int = Field(ge=1, le=15)
    admin_change_keys: tuple[Literal["admin-pin", "master"], ...]
    file: tuple[FileLayout, ...]


class CardLayout(_Table):
    """One version of the card.

    Attributes:
        applications: Name of a file in `layouts/applications`; empty for a card without DFs.
        certificates: Name of a file in `layouts/certificates`; empty for a card without PKI.
        algorithm: Flag; not sent where the FCI has no 9F0C.
    """

    version: str
    algorithm: str
    key_version: int
    cos_version: str = Field(pattern=r"^[0-9A-F]{2}$")
    applications: str = ""
    certificates: str = ""
    pin: PinLayout
    directory: DirectoryLayout
    key: tuple[KeyLayout, ...]
    file: tuple[FileLayout, ...]


class _Applications(_Table):
    application: tuple[ApplicationLayout, ...]


def required_names(access: Access) -> frozenset[str]:
    """Return every name that `access` refers to."""
    return frozenset(re.split(r"[|&]", access)) - {"free", "never"}


def is_granted(access: Access, proven: set[str]) -> bool:
    """Whether the proofs of these names grant the access."""
    if access == "free":
        return True
    return any(set(way.split("&")) <= proven for way in access.split("|"))


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
    return CardLayout.model_validate(_read(LAYOUTS_PATH / f"{version}.toml"))


@functools.cache
def load_applications(name: str) -> tuple[ApplicationLayout, ...]:
    """Return the DFs of `layouts/applications`; none for an empty name.

    Raises:
        ValueError: The file is wrong.
    """
    if not name:
        return ()
    path = LAYOUTS_PATH / "applications" / f"{name}.toml"
    return _Applications.model_validate(_read(path)).application


@functools.cache
def load_certificates(name: str) -> CertificateLayout | None:
    """Return the certificate application of `layouts/certificates`; None for an empty name.

    Raises:
        ValueError: The file is wrong.
    """
    if not name:
        return None
    path = LAYOUTS_PATH / "certificates" / f"{name}.toml"
    return CertificateLayout.model_validate(_read(path))


@functools.cache
def file_layouts(version: str) -> dict[str, tuple[FileLayout, ...]]:
    """Return every file that a layout describes, by title of its directory.

    Raises:
        ValueError: See `load_layout`.
    """
    layout = load_layout(version)
    found = {layout.directory.title: layout.file}
    found |= {entry.title: entry.file for entry in load_applications(layout.applications)}
    certificates = load_certificates(layout.certificates)
    return found | ({"CERT": certificates.file} if certificates else {})


def _read(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
