"""From the photo's colours to dye: the printer's ICC profile, curves and density, if configured.

The photo is taken as sRGB, as cities ask for no other; a profile inside the photo is not used.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageCms

from station.core.errors import ConfigError
from station.core.faces import Panel
from station.face.template.model import Colour
from station.face.text.glyph import Plane

MOST: Final = 255
#: Each dye takes away one light: yellow blue, magenta green, cyan red. Index into RGB.
DYES: Final = {Panel.YELLOW: 2, Panel.MAGENTA: 1, Panel.CYAN: 0}


def to_dyes(photo: Image.Image, colour: Colour | None) -> dict[Panel, Plane]:
    """Return the dye of each colour panel for a photo of the right size.

    Raises:
        ConfigError: The profile can't be read, or is not one of an RGB printer.
    """
    if colour is not None and colour.icc_profile is not None:
        photo = _transform(colour.icc_profile).apply(photo)
    pixels = np.asarray(photo)
    dyes = {dye: MOST - pixels[:, :, light] for dye, light in DYES.items()}
    if colour is None:
        return dyes
    tables = _tables(colour)
    return {dye: tables[dye][plane] for dye, plane in dyes.items()}


@functools.lru_cache(maxsize=4)
def _transform(profile: Path) -> ImageCms.ImageCmsTransform:
    try:
        printer = ImageCms.getOpenProfile(str(profile))
        if printer.profile.xcolor_space.strip() != "RGB":
            raise ConfigError(f"{profile}: the printer takes an RGB profile")
        return ImageCms.buildTransform(
            ImageCms.createProfile("sRGB"),
            printer,
            "RGB",
            "RGB",
            renderingIntent=ImageCms.Intent.PERCEPTUAL,
        )
    except (OSError, ImageCms.PyCMSError) as exc:
        raise ConfigError(f"{profile}: not a usable ICC profile: {exc}") from exc


def _tables(colour: Colour) -> Mapping[Panel, Plane]:
    steps = np.arange(MOST + 1)
    tables = {}
    for dye in DYES:
        curve = np.array(colour.curves.get(dye, ((0, 0), (MOST, MOST))), float)
        dosed = np.interp(steps, curve[:, 0], curve[:, 1]) * colour.density.get(dye, 1.0)
        tables[dye] = dosed.round().clip(0, MOST).astype(np.uint8)
    return tables
