"""One side as ribbon panels: dye from the photo, resin for text and thin lines, overcoat.

Source: sample and plane meaning of the `FaceSide` contract: 0 = none, 255 = most.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from PIL import Image

from station.core.faces import Panel
from station.core.gateways import ProductionData
from station.face.draw.colour import DYES, MOST, to_dyes
from station.face.photo.decoding import fit_photo
from station.face.template.grid import CardGrid, DotBox
from station.face.template.model import Colour, FaceTemplate, SideTemplate
from station.face.template.values import field_text
from station.face.text.fonts import FontChain
from station.face.text.glyph import Plane
from station.face.text.typesetting import set_field


class Stage(NamedTuple):
    """What is needed to draw the sides of one template for one printer.

    Attributes:
        grid: The printer's dots.
        fonts: Name in the template -> chain; the site's own has the empty name.
        colour: How the photo's colours become dye.
    """

    grid: CardGrid
    fonts: Mapping[str, FontChain]
    colour: Colour | None


def draw_side(
    side: SideTemplate, data: ProductionData, photo: Image.Image, stage: Stage
) -> dict[Panel, Plane]:
    """Return the side's panels in the ribbon's order.

    Raises:
        NameNotEncodableError: A text can't be set.
        InputError: A value is empty or not a date.
        ConfigError: The printer's colour profile can't be used.
    """
    grid = stage.grid
    planes = {panel: np.zeros(grid.shape, np.uint8) for panel in side.panel_order}
    if side.photo is not None:
        _lay_photo(planes, grid.box(side.photo), photo, stage.colour)
    for rule in side.rules:
        planes[Panel.RESIN_BLACK][grid.box(rule).area] = MOST
    for field in side.text:
        if text := field_text(field, data):
            set_field(planes[Panel.RESIN_BLACK], field, text, grid, stage.fonts[field.font])
    if Panel.OVERCOAT in planes:
        lay_overcoat(planes[Panel.OVERCOAT], side, grid)
    return planes


def chains(template: FaceTemplate, fonts: FontChain) -> dict[str, FontChain]:
    """Return the chains of a template's fonts, by name; the site's own has the empty name."""
    named = {name: fonts.with_first(files) for name, files in template.fonts.items()}
    return {"": fonts, **named}


def photo_area(
    planes: Mapping[Panel, Plane], side: SideTemplate, grid: CardGrid
) -> dict[Panel, Plane]:
    """Return the dye within the photo box; empty for a side without a photo."""
    if side.photo is None:
        return {}
    area = grid.box(side.photo).area
    return {dye: planes[dye][area] for dye in DYES}


def _lay_photo(
    planes: dict[Panel, Plane], box: DotBox, photo: Image.Image, colour: Colour | None
) -> None:
    for dye, plane in to_dyes(fit_photo(photo, box.size), colour).items():
        planes[dye][box.area] = plane


def lay_overcoat(plane: Plane, side: SideTemplate, grid: CardGrid) -> None:
    """Cover the side, but for the contacts and what the template leaves bare."""
    plane[:] = MOST
    for box in side.bare_of_overcoat:
        plane[grid.box(box).area] = 0
