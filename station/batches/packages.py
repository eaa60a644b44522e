"""Takes a unit's package over: its list becomes a batch, its pictures are matched with the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from station.batches.intake import Taken
from station.batches.photos import PhotosTaken, photos_in
from station.core.packages import OpenedPackage

LIST: Final = ("list.csv", "list.xlsx")
PHOTOS: Final = "photos-"


@dataclass(frozen=True, slots=True)
class PackageTaken:
    """What a package, or some parts of it, has brought.

    Attributes:
        batch: Id of the batch; every part of a package goes into the same.
        list: What its list has changed; None when the list did not come.
        photos: What its pictures have brought.
        missing: Parts of the package that did not come in this file.
    """

    batch: str
    list: Taken | None
    photos: PhotosTaken
    missing: tuple[str, ...]


def list_of(package: OpenedPackage) -> bytes | None:
    """Return the list of a package; None when it did not come."""
    return next((package.parts[name] for name in LIST if name in package.parts), None)


def photos_of(package: OpenedPackage) -> list[tuple[str, bytes | None]]:
    """Return the pictures of a package.

    Raises:
        BatchFileError: A part is not a zip.
    """
    return [
        photo
        for name, content in sorted(package.parts.items())
        if name.startswith(PHOTOS)
        for photo in photos_in(content)
    ]
