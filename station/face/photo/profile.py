"""Photo profiles: what a city demands of a portrait, read from `config/photos/<name>.toml`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from station.core.phrases import phrase
from station.face.template.card import Part, Share
from station.face.template.toml_file import read_part

Count = Annotated[int, Field(strict=True, gt=0)]
Range = Annotated[tuple[float, float], Field(strict=False)]


class SoftRules(Part):
    """Rules that a supervisor may set aside for one photo. A rule that is not given is not checked.

    Pixels are those of the profile's size; without one, none may be named, and a picture is
    measured at 720 pixels at most. They are measured by a program: an eye line is right to a few
    pixels, no better.

    Attributes:
        one_face: Exactly one face is found.
        face_width_px: Width of the face.
        head_top_px: From the picture's upper edge to the top of the hair.
        eye_centre_x_px: Middle between the eyes, from the left edge.
        eye_above_bottom_px: Height of the eyes above the lower edge.
        white_border: Share of the upper and side borders that is background.
        background_level: From this level of its darkest channel on, a pixel is background.
        most_blur: `skimage.measure.blur_effect` of the face, 0 sharp to 1 blurred.
        face_light: Mean lightness of the face, 0 to 255.
    """

    one_face: bool = True
    face_width_px: Range | None = None
    head_top_px: Range | None = None
    eye_centre_x_px: Range | None = None
    eye_above_bottom_px: Range | None = None
    white_border: Share | None = None
    background_level: Annotated[int, Field(strict=True, ge=128, le=255)] = 225
    most_blur: Share | None = None
    face_light: Range | None = None

    @property
    def names_pixels(self) -> bool:
        """Whether a rule is in pixels of the picture's size."""
        return any(
            limits is not None
            for limits in (
                self.face_width_px,
                self.head_top_px,
                self.eye_centre_x_px,
                self.eye_above_bottom_px,
            )
        )

    @model_validator(mode="after")
    def _ranges_rise(self) -> SoftRules:
        for name, value in self:
            if isinstance(value, tuple) and not 0 <= value[0] < value[1]:
                raise ValueError(f"{name}: give the lower limit, then the higher")
        return self


class PhotoProfile(Part):
    """Hard limits, and soft rules if there are any.

    Attributes:
        name: The file's name without `.toml`.
        title: Name for people.
        width_px: Exact width; None when the city names none.
        height_px: Exact height.
        min_bytes: Smallest file.
        max_bytes: Biggest file.
        max_pixels: Refused before decoding when the header says more; guards memory.
        soft: Needs scikit-image; see `SoftRules`.
        unverified: Facts without proof, one sentence each.
    """

    name: str
    title: str
    width_px: Count | None = None
    height_px: Count | None = None
    min_bytes: Count
    max_bytes: Count
    max_pixels: Annotated[int, Field(strict=True, gt=0, le=16_000_000)]
    soft: SoftRules | None = None
    unverified: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> PhotoProfile:
        if (self.width_px is None) != (self.height_px is None):
            raise ValueError("width_px and height_px go together")
        if self.width_px is None and self.soft is not None and self.soft.names_pixels:
            raise ValueError("soft: limits in pixels need width_px and height_px")
        if self.min_bytes > self.max_bytes:
            raise ValueError("min_bytes is above max_bytes")
        if (self.width_px or 0) * (self.height_px or 0) > self.max_pixels:
            raise ValueError("max_pixels is below width_px times height_px")
        return self


def unchecked_reason(profile: PhotoProfile) -> str:
    """Return why the soft rules can't be checked here, a phrase; empty when they can."""
    if profile.soft is None or importlib.util.find_spec("skimage") is not None:
        return ""
    return phrase("photo.no-skimage")


def load_photo_profile(file: Path) -> PhotoProfile:
    """Read and check one profile.

    Raises:
        ConfigError: Not readable, or an unknown or wrong key; the message names file, line and key.
    """
    return read_part(file, PhotoProfile, name=file.stem)
