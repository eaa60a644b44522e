"""Opens a unit's package: a zip whose parts are sealed to this station's key.

    package.json     canonical JSON: form, version, package, unit, title, naming, parts, station_key
    list.csv.sealed  each part: HPKE (RFC 9180, base mode; X25519, HKDF-SHA256, AES-256-GCM)
    photos-1.zip.sealed ...

The header can be read without a key and holds nothing about a person. Header and name of a part are
the part's `info`, so that a part can't be moved into another package. A unit has no key of its own:
the package says nothing about its sender, and a person at the window confirms every row.

The parts of a large package may come in several zips, each with the same header. The form was never
seen by a real unit's program: `unverified`.

Source: docs/decisions/0008-offline-reports.md (the same algorithms), document 001.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)

from station.core.batches import PhotoNaming
from station.core.errors import PackageError, PackageFault
from station.core.packages import OpenedPackage
from station.offline import form
from station.offline.key_files import package_key_in
from station.offline.sealing import SUITE, fingerprint

PACKAGE: Final = "card-station-package"
VERSION: Final = 1
HEADER: Final = "package.json"
SEALED: Final = ".sealed"
MOST_HEADER: Final = 64 * 1024
MOST_PART: Final = 12_000_000  #: bytes
MOST_PARTS: Final = 2_000
MOST_WORD: Final = 60  #: characters of a field of the header


class SealedPackages:
    """Implements `PackageOffice`."""

    def __init__(self, key_file: Path) -> None:
        """Remember the file of this station's key, which is created when it does not exist."""
        self._key_file = key_file

    def open_package(self, content: bytes) -> OpenedPackage:
        """See `PackageOffice.open_package`."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                return self._opened(packed)
        except (zipfile.BadZipFile, OSError, ValueError, EOFError, KeyError) as exc:
            raise PackageError(PackageFault.DAMAGED, "not a zip of a package") from exc
        except (RuntimeError, NotImplementedError) as exc:  # of zipfile: an encrypted zip
            raise PackageError(PackageFault.DAMAGED, "a zip with a password") from exc

    def package_key(self) -> str:
        """See `PackageOffice.package_key`."""
        public = self._key().public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def _opened(self, packed: zipfile.ZipFile) -> OpenedPackage:
        header = _header(_read(packed, HEADER, MOST_HEADER))
        key = self._key()
        if header.get("station_key") != fingerprint(key.public_key()):
            raise PackageError(PackageFault.OTHER_STATION, "sealed to another key")
        names = _names(header)
        there = set(packed.namelist())
        info = form.header_line(header)
        parts: dict[str, bytes] = {}
        for name in names:
            if name + SEALED in there:
                sealed = _read(packed, name + SEALED, MOST_PART)
                parts[name] = _open(key, sealed, f"{info}\n{name}")
        return OpenedPackage(
            id=_word(header, "package"),
            unit=_word(header, "unit"),
            title=_word(header, "title"),
            naming=PhotoNaming(_word(header, "naming")),
            parts=parts,
            missing=tuple(name for name in names if name not in parts),
        )

    def _key(self) -> X25519PrivateKey:
        return package_key_in(self._key_file)


def _read(packed: zipfile.ZipFile, name: str, most: int) -> bytes:
    with packed.open(name) as part:
        content = part.read(most + 1)
    if len(content) > most:
        raise PackageError(PackageFault.DAMAGED, "a part is too large")
    return content


def _header(content: bytes) -> Mapping[str, Any]:
    try:
        header = json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise PackageError(PackageFault.DAMAGED, "no header") from exc
    if not isinstance(header, dict) or header.get("form") != PACKAGE:
        raise PackageError(PackageFault.DAMAGED, "not a package of a unit")
    if header.get("version") != VERSION:
        raise PackageError(PackageFault.OTHER_VERSION, f"this station knows {VERSION}")
    return header


def _names(header: Mapping[str, Any]) -> list[str]:
    names = header.get("parts")
    if not isinstance(names, list) or not 0 < len(names) <= MOST_PARTS:
        raise PackageError(PackageFault.DAMAGED, "no parts are named")
    if not all(isinstance(name, str) and len(name) <= MOST_WORD for name in names):
        raise PackageError(PackageFault.DAMAGED, "a part has no name")
    return names


def _word(header: Mapping[str, Any], name: str) -> str:
    word = header.get(name)
    if not isinstance(word, str) or not 0 < len(word) <= MOST_WORD or not word.isprintable():
        raise PackageError(PackageFault.DAMAGED, f"the header has no {name}")
    return word


def _open(key: X25519PrivateKey, sealed: bytes, info: str) -> bytes:
    try:
        return SUITE.decrypt(sealed, key, info=info.encode())
    except (InvalidTag, ValueError) as exc:
        raise PackageError(PackageFault.DAMAGED, "a part does not open") from exc
