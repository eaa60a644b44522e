"""A small drawing surface for portraits: smooth shapes with soft edges and clips.

Coordinates are those of the finished picture; drawing happens larger and is scaled down at the
end, which smooths every edge.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE: Final = (358, 441)
SCALE: Final = 2

Point = tuple[float, float]
Colour = tuple[int, int, int]


def smooth(points: Sequence[Point], steps: int = 10) -> list[Point]:
    """Return a closed Catmull-Rom curve through `points`."""
    curve: list[Point] = []
    count = len(points)
    for i in range(count):
        p0, p1, p2, p3 = (points[(i + k - 1) % count] for k in range(4))
        curve.extend(_spline_point(p0, p1, p2, p3, step / steps) for step in range(steps))
    return curve


def _spline_point(p0: Point, p1: Point, p2: Point, p3: Point, t: float) -> Point:
    def along(a: float, b: float, c: float, d: float) -> float:
        cubic = (3 * b - a - 3 * c + d) * t**3
        return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + cubic)

    return along(p0[0], p1[0], p2[0], p3[0]), along(p0[1], p1[1], p2[1], p3[1])


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return `first` with `share` (0 to 1) of `second` in it."""
    r, g, b = (round(a + (z - a) * share) for a, z in zip(first, second, strict=True))
    return r, g, b


def mirrored(points: Sequence[Point], axis: float) -> list[Point]:
    """Return `points` and their mirror images, as one outline that starts and ends on top."""
    other = [(2 * axis - x, y) for x, y in reversed(points) if abs(x - axis) > 0.01]
    return [*points, *other]


class Canvas:
    """An RGB picture onto which shapes are drawn. All methods change it, unless they return masks.

    Attributes:
        painted: Mask of everything that is no longer background.
    """

    def __init__(self, background: Colour = (255, 255, 255)) -> None:
        self._size = (SIZE[0] * SCALE, SIZE[1] * SCALE)
        self._image = Image.new("RGB", self._size, background)
        self.painted = Image.new("L", self._size, 0)

    def mask(self, points: Sequence[Point], *, soft: float = 0.0) -> Image.Image:
        """Return a mask of a closed curve, its edge softened by `soft` pixels."""
        mask = Image.new("L", self._size, 0)
        ImageDraw.Draw(mask).polygon([(x * SCALE, y * SCALE) for x, y in points], fill=255)
        return self._soften(mask, soft)

    def ellipse_mask(self, centre: Point, radii: Point, *, soft: float = 0.0) -> Image.Image:
        """Return a mask of an upright ellipse."""
        (x, y), (rx, ry) = centre, radii
        box = [(x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE]
        mask = Image.new("L", self._size, 0)
        ImageDraw.Draw(mask).ellipse(box, fill=255)
        return self._soften(mask, soft)

    def line_mask(
        self, lines: Sequence[Sequence[Point]], width: float, *, soft: float = 0.0
    ) -> Image.Image:
        """Return a mask of open lines."""
        mask = Image.new("L", self._size, 0)
        pen = ImageDraw.Draw(mask)
        for points in lines:
            scaled = [(x * SCALE, y * SCALE) for x, y in points]
            pen.line(scaled, fill=255, width=max(1, round(width * SCALE)), joint="curve")
        return self._soften(mask, soft)

    def _soften(self, mask: Image.Image, soft: float) -> Image.Image:
        """Blur only the shape's surroundings: most shapes are small."""
        box = mask.getbbox()
        if not soft or box is None:
            return mask
        margin = round(soft * SCALE * 3)
        left, top = max(0, box[0] - margin), max(0, box[1] - margin)
        right = min(self._size[0], box[2] + margin)
        bottom = min(self._size[1], box[3] + margin)
        part = mask.crop((left, top, right, bottom))
        mask.paste(part.filter(ImageFilter.GaussianBlur(soft * SCALE)), (left, top))
        return mask

    def fill(
        self,
        mask: Image.Image,
        colour: Colour,
        *,
        opacity: float = 1.0,
        clip: Image.Image | None = None,
    ) -> None:
        """Paint `colour` over the picture where `mask`, and `clip` if given, permit it."""
        box = mask.getbbox()
        if box is None:
            return
        part = mask.crop(box)
        if clip is not None:
            part = ImageChops.multiply(part, clip.crop(box))
        else:
            self.painted.paste(ImageChops.lighter(self.painted.crop(box), part), box)
        if opacity < 1.0:
            part = part.point([round(level * opacity) for level in range(256)])
        self._image.paste(colour, box, part)

    def line(
        self,
        points: Sequence[Point],
        colour: Colour,
        width: float,
        *,
        opacity: float = 1.0,
        soft: float = 0.0,
        clip: Image.Image | None = None,
    ) -> None:
        """Draw an open line on what was painted before."""
        mask = self.line_mask([points], width, soft=soft)
        self.fill(mask, colour, opacity=opacity, clip=clip or self.painted)

    def grain(self, rng: random.Random, strength: float) -> None:
        """Add the fine noise of a camera to what was painted, not to the background."""
        noise = np.random.default_rng(rng.getrandbits(32)).normal(0, strength, self._size[::-1])
        where = np.asarray(self.painted, dtype=np.float32) / 255
        pixels = np.asarray(self._image, dtype=np.float32) + (noise * where)[..., None]
        self._image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8), "RGB")

    def finished(self) -> Image.Image:
        """Return the picture at its real size."""
        return self._image.resize(SIZE, Image.Resampling.LANCZOS)
