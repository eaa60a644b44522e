"""Draws the hair of a portrait: first the hair behind the neck, then the hair on the head."""

from __future__ import annotations

import random
from typing import Final

from PIL import Image

from simulators.province.drawing.canvas import Canvas, Point, mirrored, mix, smooth
from simulators.province.drawing.face import AXIS, BLACK, SHADOW, WHITE, smooth_open
from simulators.province.drawing.traits import Traits

#: Right half of the hair behind the head, from the crown down: (distance from the axis, y).
BACK: Final[dict[str, tuple[Point, ...]]] = {
    "bob": ((0, 18), (60, 30), (100, 80), (113, 160), (118, 240), (102, 296), (62, 302), (0, 302)),
    "long": ((0, 18), (60, 30), (100, 80), (114, 170), (120, 270), (126, 360), (90, 424), (0, 424)),
}

#: Outer outline of the hair on the head, right half, from the crown to the temple.
CAPS: Final[dict[str, tuple[Point, ...]]] = {
    "side-part": ((0, 15), (34, 17), (66, 30), (92, 62), (103, 112), (100, 166)),
    "swept": ((0, 12), (34, 14), (66, 28), (92, 62), (103, 112), (100, 164)),
    "crew": ((0, 24), (32, 27), (62, 40), (86, 70), (99, 114), (99, 164)),
    "receding": ((0, 36), (32, 38), (62, 50), (88, 80), (101, 118), (100, 166)),
    "tied-back": ((0, 20), (32, 23), (64, 37), (90, 70), (101, 114), (99, 156)),
    "bob": ((0, 14), (34, 17), (68, 32), (98, 74), (109, 124), (105, 172)),
    "long": ((0, 14), (34, 17), (68, 32), (98, 74), (109, 124), (105, 172)),
    "pixie": ((0, 15), (34, 18), (68, 33), (95, 70), (106, 120), (100, 172)),
}

#: The hairline over the forehead, from one temple to the other; -1 is the side of the parting.
HAIRLINES: Final[dict[str, tuple[Point, ...]]] = {
    "side-part": (
        (-90, 166), (-84, 124), (-74, 96), (-40, 82),
        (10, 94), (60, 98), (82, 124), (90, 166),
    ),
    "swept": (
        (-90, 164), (-84, 120), (-70, 92), (-28, 80),
        (28, 80), (70, 92), (84, 120), (90, 164),
    ),
    "crew": (
        (-91, 164), (-85, 122), (-72, 96), (-32, 84),
        (32, 84), (72, 96), (85, 122), (91, 164),
    ),
    "receding": (
        (-92, 166), (-87, 126), (-74, 82), (-28, 64),
        (28, 63), (74, 80), (87, 126), (92, 166),
    ),
    "tied-back": (
        (-92, 156), (-86, 122), (-66, 88), (-22, 72),
        (22, 72), (66, 88), (86, 122), (92, 156),
    ),
    "bob": (
        (-96, 172), (-86, 136), (-74, 106), (-38, 68),
        (6, 90), (58, 110), (84, 140), (96, 172),
    ),
    "long": (
        (-96, 172), (-87, 138), (-76, 108), (-36, 66),
        (2, 82), (52, 106), (84, 140), (96, 172),
    ),
    "pixie": (
        (-92, 172), (-86, 134), (-76, 112), (-38, 94),
        (10, 114), (60, 120), (84, 138), (92, 172),
    ),
}  # fmt: skip


#: Hair tied behind and laid over one shoulder: (distance from the axis, y).
PONYTAIL: Final[tuple[Point, ...]] = (
    (56, 232),
    (82, 238),
    (94, 290),
    (90, 350),
    (70, 392),
    (60, 320),
)

#: How soft the edge of the hair is where it is short or grows out of the skin.
SOFT_EDGES: Final = {"crew": 2.2, "receding": 2.4, "tied-back": 1.9, "swept": 1.5}


def draw_back_hair(canvas: Canvas, traits: Traits, rng: random.Random) -> None:
    """Draw the hair behind head and neck: all of it for long styles, else the back of the head."""
    behind = BACK.get(traits.style)
    half = behind or (*CAPS[traits.style], (80.0, 190.0), (0.0, 190.0))
    points = smooth(mirrored([(AXIS + x, y) for x, y in half], AXIS))
    back = canvas.mask(points, soft=1.0 if behind else 2.0)
    canvas.fill(back, mix(traits.hair, BLACK, 0.2 if behind else 0.0))
    if traits.style == "tied-back":
        tail = canvas.mask(smooth([(AXIS + traits.parting * x, y) for x, y in PONYTAIL]), soft=1.2)
        canvas.fill(tail, mix(traits.hair, BLACK, 0.15))
    if behind:
        strands = canvas.line_mask(_falling(rng), 0.5, soft=0.5)
        canvas.fill(strands, mix(traits.hair, WHITE, 0.3), opacity=0.3, clip=back)


def _falling(rng: random.Random) -> list[list[Point]]:
    lines = []
    for _ in range(90):
        x = AXIS + rng.choice((-1, 1)) * rng.uniform(88, 126)
        sway = rng.uniform(-8, 8)
        lines.append([(x, rng.uniform(60, 200)), (x + sway, 300.0), (x + sway * 0.4, 420.0)])
    return lines


def draw_front_hair(canvas: Canvas, traits: Traits, rng: random.Random, face: Image.Image) -> None:
    """Draw the hair on the head, its shadow on the forehead first."""
    outline = _cap_outline(traits)
    shadow = canvas.mask([(x, y + 7) for x, y in outline], soft=5)
    canvas.fill(shadow, mix(traits.skin, SHADOW, 0.7), opacity=0.4, clip=face)
    soft = SOFT_EDGES.get(traits.style, 1.1)
    cap = canvas.mask(outline, soft=soft)
    canvas.fill(cap, traits.hair, opacity=0.82 if traits.style == "receding" else 0.97)
    _shine(canvas, traits, cap)
    for colour, share in ((WHITE, 0.3), (BLACK, 0.5)):
        lines = [smooth_open(line) for line in _combed(traits, rng)]
        strands = canvas.line_mask(lines, 0.5, soft=0.5)
        canvas.fill(strands, mix(traits.hair, colour, share), opacity=0.4, clip=cap)


def _cap_outline(traits: Traits) -> list[Point]:
    turn, lift = traits.parting, traits.forehead
    right = [(AXIS + x, y) for x, y in CAPS[traits.style]]
    crown = mirrored(list(reversed(right)), AXIS)
    line = [(AXIS + turn * x, y + (lift if y < 110 else 0)) for x, y in HAIRLINES[traits.style]]
    if turn > 0:
        return [*smooth_open(crown), *smooth_open(line)]
    return [*smooth_open(crown), *smooth_open(list(reversed(line)))]


def _shine(canvas: Canvas, traits: Traits, cap: Image.Image) -> None:
    light, dark = mix(traits.hair, WHITE, 0.42), mix(traits.hair, BLACK, 0.5)
    canvas.fill(
        canvas.ellipse_mask((AXIS - 34, 54), (40, 13), soft=12), light, opacity=0.55, clip=cap
    )
    canvas.fill(
        canvas.ellipse_mask((AXIS + 96, 110), (24, 60), soft=12), dark, opacity=0.6, clip=cap
    )
    canvas.fill(
        canvas.ellipse_mask((AXIS - 104, 130), (14, 50), soft=9), dark, opacity=0.45, clip=cap
    )


def _combed(traits: Traits, rng: random.Random) -> list[list[Point]]:
    """Return strands that run from the parting over the head and down at the sides."""
    root_x = AXIS - traits.parting * (38 if traits.style != "tied-back" else 0)
    short = traits.style in {"crew", "receding"}
    lines = []
    for _ in range(130):
        side = rng.choice((-1, 1))
        reach = rng.uniform(20, 108)
        end: Point = (AXIS + side * reach, rng.uniform(70, 170))
        start: Point = (root_x + rng.uniform(-14, 14), rng.uniform(22, 74))
        if short:
            start = (end[0] - side * 4, end[1] - rng.uniform(8, 16))
        middle = ((start[0] + end[0]) / 2 + side * 14, min(start[1], end[1]) + 8)
        lines.append([start, middle, end])
    return lines
