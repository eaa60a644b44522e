"""Artwork of the blank stock for previews: a neutral drawing without an issuer's design or emblem.

Everything is computed in millimetres, so that it looks the same on every printer's canvas.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from station.face.template.card import CARD_HEIGHT_MM, CARD_WIDTH_MM, CORNER_RADIUS_MM, Box
from station.face.template.grid import CardGrid
from station.face.template.model import Artwork, SideTemplate
from station.face.text.fonts import FontChain
from station.face.text.lettering import title_mask

Picture = NDArray[np.floating[Any]]
_WHITE: Final = 255
_GOLD: Final = (206.0, 178.0, 112.0)
_GOLD_LINE: Final = (132.0, 104.0, 52.0)
#: ISO/IEC 7816-2 leaves the plate to the maker; this is the usual size, and C1-C8 lie inside it.
_PLATE_MM: Final = (13.0, 11.8)
_OPAQUE: Final = 255.0
_BAND_ROWS: Final = 64


def draw_stock(side: SideTemplate, grid: CardGrid, fonts: FontChain) -> NDArray[np.uint8]:
    """Return the unprinted side as RGBA pixels with the card's rounded corners."""
    title = title_mask(side.artwork.title, grid, fonts)
    stock = np.empty((*grid.shape, 4), np.uint8)
    for top in range(0, grid.shape[0], _BAND_ROWS):
        rows = slice(top, min(top + _BAND_ROWS, grid.shape[0]))
        stock[rows] = _draw_band(side, grid, rows, title[rows])
    if side.photo is not None and side.photo_window:
        stock[grid.box(side.photo).area] = _WHITE
    return stock


def _draw_band(
    side: SideTemplate, grid: CardGrid, rows: slice, title: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return some rows; a whole side at once would take 50 MB for its intermediate pictures."""
    x_mm, y_mm = _millimetres(grid, rows)
    picture = _background(side.artwork, x_mm, y_mm)
    accent = _rgb(side.artwork.accent)
    _engrave(picture, accent, x_mm, y_mm)
    _tint(picture, accent, title / _OPAQUE)
    for strip in side.no_overcoat:
        _draw_signature_strip(picture, strip, x_mm, y_mm)
    if side.contacts is not None:
        _draw_contacts(picture, side.contacts.area, x_mm, y_mm)
    opacity = _OPAQUE * _coverage(_card_distance_mm(x_mm, y_mm), grid.dots_per_mm)
    # Even values only: nobody sees the step, and the preview's PNG is written a third faster.
    shades = (picture / 2).round() * 2
    return np.dstack([shades, opacity]).clip(0, _OPAQUE).astype(np.uint8)


def _millimetres(grid: CardGrid, rows: slice) -> tuple[Picture, Picture]:
    columns = np.arange(grid.shape[1], dtype=np.float32) + 0.5
    lines = np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5
    x_mm = (columns - grid.left_dots) / grid.dots_per_mm
    y_mm = (lines - grid.top_dots) / grid.dots_per_mm
    return x_mm[np.newaxis, :], y_mm[:, np.newaxis]


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(colour[1:])
    return float(red), float(green), float(blue)


def _background(artwork: Artwork, x_mm: Picture, y_mm: Picture) -> Picture:
    fall = (0.8 * y_mm / CARD_HEIGHT_MM + 0.2 * x_mm / CARD_WIDTH_MM).clip(0, 1)[..., np.newaxis]
    top, bottom = np.array(_rgb(artwork.top)), np.array(_rgb(artwork.bottom))
    shades: Picture = ((1 - fall) * top + fall * bottom).astype(np.float32)
    return shades


def _engrave(picture: Picture, colour: tuple[float, ...], x_mm: Picture, y_mm: Picture) -> None:
    """Lay fine security-style lines and a range of hills over the background."""
    waves = y_mm + 2.4 * np.sin(x_mm * 0.085 + 0.9) + 1.1 * np.sin(x_mm * 0.21 - y_mm * 0.06)
    _tint(picture, colour, 0.10 * _lines(waves, pitch_mm=1.35, width=0.11))
    x_from, y_from = x_mm - 62.0, y_mm - 20.0
    radius, angle = np.hypot(x_from, y_from), np.arctan2(y_from, x_from)
    petals = radius + 1.5 * np.sin(12 * angle) * np.minimum(radius / 9, 1)
    fade = (1 - radius / 25).clip(0, 1) ** 0.6
    _tint(picture, colour, 0.13 * fade * _lines(petals, pitch_mm=1.6, width=0.12))
    for base_mm, height_mm, phase, depth in _HILLS:
        crest = base_mm - height_mm * (
            np.sin(x_mm * 0.061 + phase) + 0.45 * np.sin(x_mm * 0.17 + 2.3 * phase)
        )
        below = ((y_mm - crest) / 0.15).clip(0, 1)
        _tint(picture, colour, depth * below * (1 - (y_mm - crest) / 26).clip(0.25, 1))


#: Base line, height, phase and depth of colour of each range, far to near.
_HILLS: Final = ((43.5, 2.2, 0.4, 0.07), (46.8, 1.9, 2.1, 0.08), (49.8, 1.5, 4.0, 0.10))


def _lines(height: Picture, *, pitch_mm: float, width: float) -> Picture:
    """Return 1 on the contour lines of `height` and 0 between; `width` is a share of the pitch."""
    from_line = np.abs(height / pitch_mm - np.round(height / pitch_mm))
    on_line: Picture = ((width - from_line) / 0.06 + 0.5).clip(0, 1)
    return on_line


def _tint(picture: Picture, colour: tuple[float, ...], opacity: Picture) -> None:
    share = opacity[..., np.newaxis].astype(np.float32)
    picture += share * (np.array(colour, np.float32) - picture)


def _rounded_distance_mm(
    x_mm: Picture,
    y_mm: Picture,
    centre: tuple[float, float],
    size: tuple[float, float],
    radius: float,
) -> Picture:
    """Return the distance from the edge of a rounded rectangle, negative inside."""
    x_over = np.abs(x_mm - centre[0]) - size[0] / 2 + radius
    y_over = np.abs(y_mm - centre[1]) - size[1] / 2 + radius
    outside = np.hypot(x_over.clip(0), y_over.clip(0))
    inside = np.minimum(np.maximum(x_over, y_over), 0)
    distance: Picture = outside + inside - radius
    return distance


def _card_distance_mm(x_mm: Picture, y_mm: Picture) -> Picture:
    size = (CARD_WIDTH_MM, CARD_HEIGHT_MM)
    return _rounded_distance_mm(x_mm, y_mm, (size[0] / 2, size[1] / 2), size, CORNER_RADIUS_MM)


def _coverage(distance_mm: Picture, dots_per_mm: float) -> Picture:
    """Return how much of each dot lies inside an edge."""
    inside: Picture = (0.5 - distance_mm * dots_per_mm).clip(0, 1)
    return inside


def _draw_signature_strip(picture: Picture, strip: Box, x_mm: Picture, y_mm: Picture) -> None:
    centre = (strip.x_mm + strip.width_mm / 2, strip.y_mm + strip.height_mm / 2)
    size = (strip.width_mm, strip.height_mm)
    inside = (-_rounded_distance_mm(x_mm, y_mm, centre, size, 0.6) / 0.08).clip(0, 1)
    _tint(picture, (250.0, 250.0, 247.0), inside)
    slant = _lines(x_mm * 0.8 + y_mm, pitch_mm=1.1, width=0.1)
    _tint(picture, (120.0, 130.0, 140.0), 0.16 * inside * slant)


def _draw_contacts(picture: Picture, area: Box, x_mm: Picture, y_mm: Picture) -> None:
    """Draw the module's plate with its eight fields so that a person sees where the chip is."""
    centre = (area.x_mm + area.width_mm / 2, area.y_mm + area.height_mm / 2)
    edge = _rounded_distance_mm(x_mm, y_mm, centre, _PLATE_MM, 1.6)
    shine = 1 + 0.10 * np.sin((x_mm - centre[0]) * 0.5 + (y_mm - centre[1]) * 0.35)
    inside = (-edge / 0.06).clip(0, 1)
    gold = np.array(_GOLD, np.float32) * shine[..., np.newaxis]
    picture += inside[..., np.newaxis] * (gold - picture)
    core = _rounded_distance_mm(x_mm, y_mm, centre, (4.4, 7.6), 1.3)
    lines = np.minimum(np.abs(core), np.abs(edge + 0.05))
    beside = core > 0
    for offset_mm in (-2.95, 0.0, 2.95):
        lines = np.where(beside, np.minimum(lines, np.abs(y_mm - centre[1] - offset_mm)), lines)
    above = np.abs(y_mm - centre[1]) > 3.8
    lines = np.where(above, np.minimum(lines, np.abs(x_mm - centre[0])), lines)
    _tint(picture, _GOLD_LINE, 0.8 * inside * ((0.14 - lines) / 0.08).clip(0, 1))
