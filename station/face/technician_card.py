"""The technician's test print, which shows a dirty head, a wrong colour or a shifted card.

Colour bars, a grey wedge, fine lines both ways, edges and the chip window, under a watermark; the
words and text sizes come from its template. It has no photo and no personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from station.core.errors import ConfigError
from station.core.faces import Panel, PrintGeometry, RenderedFace
from station.face.draw.artwork import draw_stock
from station.face.draw.colour import DYES, MOST
from station.face.draw.drawn_side import DrawnSide
from station.face.draw.guards import check_resin
from station.face.draw.planes import chains, lay_overcoat
from station.face.draw.preview import draw_preview, to_png
from station.face.draw.resolution import drawn_geometry, lay_together, spread_apart
from station.face.renderer import digest_of
from station.face.template.card import CARD_HEIGHT_MM, CARD_WIDTH_MM, Box
from station.face.template.grid import CardGrid
from station.face.template.model import TEST_WORD, FaceTemplate
from station.face.text.fonts import FontChain
from station.face.text.glyph import Plane
from station.face.text.typesetting import set_field

_Rgb = tuple[int, int, int]
_BARS: Final[tuple[_Rgb, ...]] = (
    (255, 255, 0), (255, 0, 255), (0, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0),
)  # fmt: skip
_WEDGE_STEPS: Final = 12
_BARS_BOX: Final = Box(x_mm=4.0, y_mm=10.5, width_mm=56.0, height_mm=6.0)
_WEDGE_BOX: Final = Box(x_mm=4.0, y_mm=17.5, width_mm=56.0, height_mm=6.0)
_LINES_BOX: Final = Box(x_mm=4.0, y_mm=25.0, width_mm=56.0, height_mm=10.0)
_LINE_DOTS: Final = (1, 2, 3, 4)
_EDGE_MM: Final = 1.0
_CROSS_MM: Final = 3.0
_WATERMARK: Final = (206, 206, 206)
_WATERMARK_PT: Final = 58.0


def draw_test_card(
    template: FaceTemplate, geometry: PrintGeometry, fonts: FontChain
) -> RenderedFace:
    """Render the test card's front for a printer.

    Raises:
        ConfigError: The template is not a test card's, its scales are denser than its limits, or
            the geometry is not a card's.
    """
    if not template.is_test_card:
        raise ConfigError(f"template {template.name} is not a test card's")
    grid = CardGrid(drawn_geometry(geometry))
    planes = _planes(template, grid, chains(template, fonts))
    check_resin(planes[Panel.RESIN_BLACK], template.limits)
    drawn = lay_together(planes, geometry)
    printed = MappingProxyType({panel: plane.tobytes() for panel, plane in drawn.items()})

    def preview() -> bytes:
        stock = draw_stock(template.front, grid, fonts)
        return to_png(draw_preview(spread_apart(printed, geometry), stock), grid.geometry.dpi)

    side = DrawnSide(geometry, printed, preview)
    return RenderedFace(side, None, template.name, digest_of(template.name, {"front": side}))


def _planes(
    template: FaceTemplate, grid: CardGrid, fonts: Mapping[str, FontChain]
) -> dict[Panel, Plane]:
    side = template.front
    colours = np.asarray(_draw_colours(grid, fonts[""]))
    resin = np.zeros(grid.shape, np.uint8)
    for scale in (_BARS_BOX, _WEDGE_BOX):  # its white end is seen, and whether resin meets dye
        _frame(resin, grid, scale)
    _draw_lines(resin, grid)
    _draw_edges(resin, grid)
    for field in side.text:
        set_field(resin, field, field.text, grid, fonts[field.font])
    planes: dict[Panel, Plane] = {dye: MOST - colours[:, :, light] for dye, light in DYES.items()}
    planes[Panel.RESIN_BLACK] = resin
    overcoat = np.zeros(grid.shape, np.uint8)
    lay_overcoat(overcoat, side, grid)
    if side.contacts is not None:
        window = grid.box(side.contacts.keep_out)
        for plane in planes.values():
            plane[window.area] = 0
        _frame(resin, grid, side.contacts.keep_out.grown(0.6))
    ordered = {panel: planes[panel] for panel in side.panel_order if panel in planes}
    return {**ordered, Panel.OVERCOAT: overcoat}


def _draw_colours(grid: CardGrid, fonts: FontChain) -> Image.Image:
    image = Image.new("RGB", (grid.shape[1], grid.shape[0]), "white")
    pen = ImageDraw.Draw(image)
    middle = grid.x_dots(CARD_WIDTH_MM / 2), grid.y_dots(CARD_HEIGHT_MM / 2)
    font = fonts.font(0, grid.font_dots(_WATERMARK_PT))
    pen.text(middle, TEST_WORD, fill=_WATERMARK, font=font, anchor="mm")
    greys = [round(MOST * step / (_WEDGE_STEPS - 1)) for step in range(_WEDGE_STEPS)]
    for box, colours in ((_BARS_BOX, _BARS), (_WEDGE_BOX, [(g, g, g) for g in greys])):
        width = box.width_mm / len(colours)
        for number, colour in enumerate(colours):
            left = grid.x_dots(box.x_mm + number * width)
            right = grid.x_dots(box.x_mm + (number + 1) * width) - 1
            corners = (left, grid.y_dots(box.y_mm), right, grid.y_dots(box.bottom_mm) - 1)
            pen.rectangle(corners, fill=colour)
    return image


def _draw_lines(resin: Plane, grid: CardGrid) -> None:
    """Lay combs of one to four dots' lines: upright in the left half, level in the right."""
    room = grid.box(_LINES_BOX)
    height = (room.bottom - room.top) // len(_LINE_DOTS)
    half = (room.right - room.left) // 2
    for number, dots in enumerate(_LINE_DOTS):
        top = room.top + number * height
        bottom = top + height - 2 * dots
        for left in range(room.left, room.left + half - 4 * dots, 2 * dots):
            resin[top:bottom, left : left + dots] = MOST
        for row in range(top, bottom, 2 * dots):
            resin[row : row + dots, room.left + half : room.right] = MOST


def _draw_edges(resin: Plane, grid: CardGrid) -> None:
    """Lay a frame 1 mm inside the card, and a cross into each corner of it."""
    inside = Box(
        x_mm=_EDGE_MM,
        y_mm=_EDGE_MM,
        width_mm=CARD_WIDTH_MM - 2 * _EDGE_MM,
        height_mm=CARD_HEIGHT_MM - 2 * _EDGE_MM,
    )
    _frame(resin, grid, inside)
    arm = round(_CROSS_MM / 2 * grid.dots_per_mm)
    for x_mm in (_CROSS_MM, CARD_WIDTH_MM - _CROSS_MM):
        for y_mm in (_CROSS_MM, CARD_HEIGHT_MM - _CROSS_MM):
            x, y = grid.x_dots(x_mm), grid.y_dots(y_mm)
            resin[y, x - arm : x + arm + 1] = MOST
            resin[y - arm : y + arm + 1, x] = MOST


def _frame(resin: Plane, grid: CardGrid, box: Box) -> None:
    dots = grid.box(box)
    resin[(dots.top, dots.bottom - 1), dots.left : dots.right] = MOST
    resin[dots.top : dots.bottom, (dots.left, dots.right - 1)] = MOST
