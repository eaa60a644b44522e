"""One side as ribbon panels: dye from the photo, resin for text and thin lines, overcoat.

Source: sample and plane meaning of the `FaceSide` contract: 0 = none, 255 = most.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from PIL import Image

from station.core.faces import Panel
from station.core.gateways import ProductionData
from station.face.fonts import FontChain
from station.face.glyph import Plane
from station.face.grid import CardGrid, DotBox
from station.face.photo import fit_photo
from station.face.template import SideTemplate
from station.face.typesetting import set_field
from station.face.values import field_text

MOST: Final = 255
#: Each dye takes away one light: yellow blue, magenta green, cyan red. Index into RGB.
DYES: Final = {Panel.YELLOW: 2, Panel.MAGENTA: 1, Panel.CYAN: 0}


def draw_side(
    side: SideTemplate, data: ProductionData, photo: Image.Image, grid: CardGrid, fonts: FontChain
) -> dict[Panel, Plane]:
    """Return the side's panels in the ribbon's order.

    Raises:
        NameNotEncodableError: A text can't be set.
        InputError: A value is empty or no date.
    """
    planes = {panel: np.zeros(grid.shape, np.uint8) for panel in side.panel_order}
    if side.photo is not None:
        _lay_photo(planes, grid.box(side.photo), photo)
    for rule in side.rules:
        planes[Panel.RESIN_BLACK][grid.box(rule).area] = MOST
    for field in side.text:
        if text := field_text(field, data):
            set_field(planes[Panel.RESIN_BLACK], field, text, grid, fonts)
    if Panel.OVERCOAT in planes:
        _lay_overcoat(planes[Panel.OVERCOAT], side, grid)
    return planes


def photo_area(
    planes: Mapping[Panel, Plane], side: SideTemplate, grid: CardGrid
) -> dict[Panel, Plane]:
    """Return the dye within the photo box; empty for a side without a photo."""
    if side.photo is None:
        return {}
    area = grid.box(side.photo).area
    return {dye: planes[dye][area] for dye in DYES}


def _lay_photo(planes: dict[Panel, Plane], box: DotBox, photo: Image.Image) -> None:
    pixels = fit_photo(photo, box.size)
    for dye, light in DYES.items():
        planes[dye][box.area] = MOST - pixels[:, :, light]


def _lay_overcoat(plane: Plane, side: SideTemplate, grid: CardGrid) -> None:
    plane[:] = MOST
    bare = [*side.no_overcoat]
    if side.contacts is not None:
        bare.append(side.contacts.keep_out)
    for box in bare:
        plane[grid.box(box).area] = 0
