"""Photo profiles: what a city demands of a portrait, read from `config/photos/<name>.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from station.face.card import Part
from station.face.template import read_part

Count = Annotated[int, Field(strict=True, gt=0)]


class PhotoProfile(Part):
    """Hard limits: a photo outside them is refused.

    Attributes:
        name: The file's name without `.toml`.
        title: Name for people.
        max_pixels: Refused before decoding when the header says more; guards memory.
    """

    name: str
    title: str
    width_px: Count
    height_px: Count
    min_bytes: Count
    max_bytes: Count
    max_pixels: Count


def load_photo_profile(file: Path) -> PhotoProfile:
    """Read and check one profile.

    Raises:
        ConfigError: Not readable, or an unknown or wrong key; the message names file and key.
    """
    return read_part(file, PhotoProfile, name=file.stem)
