"""Final checks of the planes before printing."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Final

import numpy as np

from station.core.errors import ConfigError, LocalProtocolError
from station.core.faces import Panel, PrintGeometry
from station.core.photos import PhotoFinding, PhotoRule
from station.core.phrases import phrase
from station.face.draw.colour import DYES, MOST
from station.face.draw.planes import photo_area
from station.face.template.grid import CardGrid
from station.face.template.model import Limits, SideTemplate
from station.face.text.glyph import Plane

#: A picture whose dyes vary less than this (standard deviation of 0..255) shows nobody.
_LEAST_CONTRAST: Final = 4.0


def check_planes(
    planes: Mapping[Panel, Plane], side: SideTemplate, limits: Limits, grid: CardGrid
) -> None:
    """Refuse planes that would waste a card or damage the ribbon.

    Raises:
        LocalProtocolError: A plane is not the printer's size, the resin is not binary, or there is
            ink where the template prints nothing (rotated, mirrored, shifted, or on the contacts).
        PhotoError: The picture shows nothing, or needs more dye than the limit.
        ConfigError: The template's text or lines make a solid of resin, or there is none.
    """
    for panel, plane in planes.items():
        if plane.shape != grid.shape:
            raise LocalProtocolError(f"panel {panel.value} is {plane.shape}, not {grid.shape}")
    _check_photo(photo_area(planes, side, grid), limits)
    if Panel.RESIN_BLACK in planes:
        check_resin(planes[Panel.RESIN_BLACK], limits)
    ink = np.empty(grid.shape, np.uint8)
    for panel, plane in planes.items():
        if np.bitwise_and(plane, _bare(panel, side, grid.geometry), out=ink).any():
            raise LocalProtocolError(f"panel {panel.value} has ink where the template has none")


@functools.lru_cache(maxsize=32)
def _bare(panel: Panel, side: SideTemplate, geometry: PrintGeometry) -> Plane:
    """Return 255 wherever a panel must be bare."""
    grid = CardGrid(geometry)
    if panel is Panel.OVERCOAT:
        mask = np.zeros(grid.shape, np.uint8)
        for box in side.bare_of_overcoat:
            mask[grid.box(box).area] = MOST
        return mask
    mask = np.full(grid.shape, MOST, np.uint8)
    if panel in DYES and side.photo is not None:
        mask[grid.box(side.photo).area] = 0
    elif panel is Panel.RESIN_BLACK:
        for box in side.resin_rooms():
            room = grid.box(box)
            mask[max(room.top, 0) : room.bottom, max(room.left, 0) : room.right] = 0
        for kept in (side.photo, side.contacts.keep_out if side.contacts else None):
            if kept is not None:
                mask[grid.box(kept).area] = MOST
    return mask


def _check_photo(dyes: Mapping[Panel, Plane], limits: Limits) -> None:
    spreads = [0.0]
    for dye in dyes.values():
        spreads.append(float(dye.std()))
        if spreads[-1] >= _LEAST_CONTRAST:
            break
    if dyes and max(spreads) < _LEAST_CONTRAST:
        found = phrase("photo.contrast", contrast=f"{max(spreads):.1f}")
        allowed = phrase("photo.at-least", least=f"{_LEAST_CONTRAST:.1f}")
        raise PhotoFinding(PhotoRule.BLANK, found, allowed).as_error()
    for panel, dye in dyes.items():
        share = float(dye.mean()) / MOST
        if share > limits.photo_dye:
            found = phrase("photo.dye", dye=panel.value, share=f"{share:.0%}")
            allowed = phrase("photo.at-most", most=f"{limits.photo_dye:.0%}")
            raise PhotoFinding(PhotoRule.INK, found, allowed).as_error()


def check_resin(resin: Plane, limits: Limits) -> None:
    """Refuse resin areas so large that the ribbon's film would tear.

    Raises:
        LocalProtocolError: It is not binary.
        ConfigError: There is none, or a solid of it.
    """
    inked = np.count_nonzero(resin)
    rows = resin.sum(axis=1, dtype=np.uint32)
    if rows.sum(dtype=np.uint64) != inked * MOST:
        raise LocalProtocolError("the resin panel has grey dots")
    if not inked:
        raise ConfigError("the template prints no text on a side that has a resin panel")
    densest = int(rows.max()) // MOST
    if inked > limits.resin_side * resin.size or densest > limits.resin_row * resin.shape[1]:
        raise ConfigError("the template makes a solid of resin: see its [limits]")
