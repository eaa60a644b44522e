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


@dataclass(frozen=True, slots=True)
class ResultFile:
    """Results of a batch that leave for the data centre.

    Attributes:
        batch: Id of the batch.
        unit: 单位编号; empty for none.
        part: Number of this part: what left in one part leaves in no other.
        made_at: UTC, ISO 8601.
        contact: Name and phone of the person to be asked.
        rows: Result of each row, by the names of its fields; personal.
    """

    batch: str
    unit: str
    part: int
    made_at: str
    contact: tuple[str, str] = field(repr=False)
    rows: tuple[Mapping[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ResultReceipt:
    """What the data centre says about one part of results.

    Attributes:
        batch: Id of the batch.
        part: Number of the part.
        refused: 序号 of each row that it refuses -> the reason in its words.
    """

    batch: str
    part: int
    refused: Mapping[int, str] = field(repr=False)


class ResultOffice(Protocol):
    """Seals results for the data centre, and opens its receipts."""

    def seal_result(self, result: ResultFile) -> bytes:
        """Return a zip that only the data centre can read, signed by this station.

        Raises:
            ParcelError: The site has no data centre.
            ConfigError: A key file can't be used.
        """
        ...

    def open_result_receipt(self, text: str) -> ResultReceipt:
        """Verify sender and recipient of a receipt, and return its content.

        Raises:
            ParcelError: Damaged, forged, for another station, or of an unknown version.
            ConfigError: A key file can't be used.
        """
        ...


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
