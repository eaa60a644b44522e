"""Packages of a unit: its list and pictures in one zip that only this station can open.

Source: document 001 (`单位编号.zip`: an encrypted package that only one program can open).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from station.core.batches import PhotoNaming


@dataclass(frozen=True, slots=True)
class OpenedPackage:
    """A package, or those of its parts that came in one file.

    Attributes:
        id: Id of the package: every part of it has the same.
        unit: 单位编号.
        title: For people.
        naming: How its pictures are named.
        parts: Name of each part that came -> its content; personal.
        missing: Names of the parts that did not come in this file.
    """

    id: str
    unit: str
    title: str
    naming: PhotoNaming
    parts: Mapping[str, bytes] = field(repr=False)
    missing: tuple[str, ...] = ()


class PackageOffice(Protocol):
    """Opens packages that were sealed for this station."""

    def open_package(self, content: bytes) -> OpenedPackage:
        """Return the content of a package.

        Raises:
            PackageError: Damaged, for another station, or of an unknown version.
            ConfigError: The key file can't be used.
        """
        ...

    def package_key(self) -> str:
        """Return the public key (PEM) to which packages for this station are sealed.

        Raises:
            ConfigError: The key file can't be used.
        """
        ...
