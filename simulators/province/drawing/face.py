"""Draws neck, clothes and face of a portrait, back to front."""

from __future__ import annotations

import random
from typing import Final

from PIL import Image

from simulators.province.drawing.canvas import Canvas, Colour, Point, mirrored, mix, smooth
from simulators.province.drawing.traits import Traits

AXIS: Final = 179.0
EYE_LINE: Final = 183.0
CHIN: Final = 306.0
BLACK: Final[Colour] = (18, 14, 14)
WHITE: Final[Colour] = (255, 255, 255)
SHADOW: Final[Colour] = (110, 58, 44)
BLUSH: Final[Colour] = (216, 112, 100)


def head_outline(traits: Traits, grow: float = 0.0) -> list[Point]:
    """Return the outline of the head without ears, `grow` pixels larger."""
    cheek, jaw = traits.cheek, traits.jaw
    half = (
        (0.0, 44.0),
        (46.0, 51.0),
        (80.0, 82.0),
        (95.0 * cheek, 130.0),
        (98.0 * cheek, 180.0),
        (93.0 * cheek, 218.0),
        (80.0 * jaw, 256.0),
        (54.0 * jaw, 287.0),
        (25.0 * traits.chin, CHIN - 3),
        (0.0, CHIN),
    )
    points = [(AXIS + x + (grow if x else 0), y - grow if y < 130 else y) for x, y in half]
    return smooth(mirrored(points, AXIS))


def draw_neck_and_clothes(canvas: Canvas, traits: Traits, rng: random.Random) -> None:
    """Draw what is below the head: neck with the chin's shadow, shoulders, a dark collar."""
    width = 58.0 if traits.male else 45.0
    neck = _neck(canvas, traits, width)
    shade = mix(traits.skin, SHADOW, 0.62)
    under = canvas.mask(smooth(_chin_shadow(width)), soft=9)
    canvas.fill(under, shade, opacity=0.75, clip=neck)
    side = canvas.ellipse_mask((AXIS + width, 350), (26, 70), soft=10)
    canvas.fill(side, shade, opacity=0.45, clip=neck)
    _clothes(canvas, traits, width, rng)


def _neck(canvas: Canvas, traits: Traits, width: float) -> Image.Image:
    half = ((0.0, 240.0), (width, 250.0), (width, 330.0), (width + 20, 372.0), (40.0, 430.0))
    points = mirrored([(AXIS + x, y) for x, y in half], AXIS)
    neck = canvas.mask(smooth(points))
    canvas.fill(neck, mix(traits.skin, SHADOW, 0.12))
    return neck


def _chin_shadow(width: float) -> list[Point]:
    half = ((0.0, 230.0), (width + 16, 250.0), (width + 8, 306.0), (0.0, 342.0))
    return mirrored([(AXIS + x, y) for x, y in half], AXIS)


def _clothes(canvas: Canvas, traits: Traits, width: float, rng: random.Random) -> None:
    slope = 158.0 if traits.male else 138.0
    half = (
        (0.0, 408.0 if traits.collar != "round" else 384.0),
        (width - 6, 366.0),
        (width + 18, 352.0),
        (slope - 30, 384.0),
        (slope, 412.0),
        (slope + 22, 470.0),
        (0.0, 480.0),
    )
    torso = canvas.mask(smooth(mirrored([(AXIS + x, y) for x, y in half], AXIS)))
    canvas.fill(torso, traits.clothes)
    light = mix(traits.clothes, WHITE, 0.3)
    dark = mix(traits.clothes, BLACK, 0.6)
    left = canvas.ellipse_mask((AXIS - slope * 0.7, 400), (44, 26), soft=14)
    canvas.fill(left, light, opacity=0.55, clip=torso)
    right = canvas.ellipse_mask((AXIS + slope * 0.85, 450), (60, 60), soft=20)
    canvas.fill(right, dark, opacity=0.6, clip=torso)
    _folds(canvas, torso, dark, rng)
    if traits.collar == "round":
        _round_collar(canvas, torso, traits, width)
    else:
        _open_collar(canvas, traits, width)


def _folds(canvas: Canvas, torso: Image.Image, dark: Colour, rng: random.Random) -> None:
    for side in (-1, 1):
        x = AXIS + side * rng.uniform(80, 110)
        fold = [(x, 410.0), (x + side * 6, 428.0), (x + side * rng.uniform(4, 16), 446.0)]
        canvas.line(fold, dark, 3, opacity=0.5, soft=2, clip=torso)


def _round_collar(canvas: Canvas, torso: Image.Image, traits: Traits, width: float) -> None:
    rim = [(AXIS - width - 18, 354.0), (AXIS - width + 4, 376.0), (AXIS - 24, 394.0)]
    rim += [(AXIS, 397.0), (AXIS + 24, 394.0), (AXIS + width - 4, 376.0), (AXIS + width + 18, 354)]
    canvas.line(rim, mix(traits.clothes, WHITE, 0.16), 7, soft=0.6, clip=torso)
    lower = [(x, y + 5) for x, y in rim]
    canvas.line(lower, mix(traits.clothes, BLACK, 0.5), 1.5, soft=0.6, clip=torso)


def _open_collar(canvas: Canvas, traits: Traits, width: float) -> None:
    """Draw two collar points; with a jacket, also lapels of a lighter tone below them."""
    light = mix(traits.clothes, WHITE, 0.17 if traits.collar == "jacket" else 0.09)
    edge = mix(traits.clothes, BLACK, 0.65)
    for side in (-1, 1):
        points = [
            (AXIS + side * (width + 17), 345.0),
            (AXIS + side * (width - 3), 352.0),
            (AXIS + side * 4, 409.0),
            (AXIS + side * 26, 434.0 if traits.collar == "shirt" else 446.0),
            (AXIS + side * (width + 24), 384.0),
        ]
        flap = canvas.mask(points, soft=0.7)
        canvas.fill(canvas.mask([(x + 2, y + 4) for x, y in points], soft=3), edge, opacity=0.7)
        canvas.fill(flap, light)
        canvas.line([*points[3:], points[0]], edge, 1.2, opacity=0.7, soft=0.5)
        canvas.line(points[1:3], mix(light, WHITE, 0.25), 1.4, opacity=0.6, soft=0.6)


def draw_face(canvas: Canvas, traits: Traits, rng: random.Random) -> Image.Image:
    """Draw ears, head and features; returns the mask of the head."""
    for side in (-1, 1):
        _ear(canvas, traits, side)
    face = canvas.mask(head_outline(traits))
    canvas.fill(face, traits.skin)
    _model_head(canvas, traits, face)
    if traits.male:
        _beard_shade(canvas, traits, face)
    _nose(canvas, traits, face)
    for side in (-1, 1):
        _eye(canvas, traits, face, side)
        _brow(canvas, traits, side, rng)
    _mouth(canvas, traits, face)
    _age_lines(canvas, traits, face)
    return face


def _ear(canvas: Canvas, traits: Traits, side: int) -> None:
    x = AXIS + side * 99 * traits.cheek
    shape = [
        (x - side * 6, 166.0),
        (x + side * 6, 158.0),
        (x + side * 15, 168.0),
        (x + side * 13, 196.0),
        (x + side * 6, 222.0),
        (x - side * 6, 224.0),
    ]
    ear = canvas.mask(smooth(shape))
    canvas.fill(ear, mix(traits.skin, SHADOW, 0.1))
    hollow = canvas.ellipse_mask((x + side * 4, 188), (4.5, 17), soft=2.5)
    canvas.fill(hollow, mix(traits.skin, SHADOW, 0.6), opacity=0.7, clip=ear)
    rim = canvas.ellipse_mask((x + side * 11, 180), (2, 14), soft=1.5)
    canvas.fill(rim, mix(traits.skin, WHITE, 0.35), opacity=0.5, clip=ear)


def _model_head(canvas: Canvas, traits: Traits, face: Image.Image) -> None:
    """Shade the head: light from the upper left, dark right side and below."""
    shade, light = mix(traits.skin, SHADOW, 0.5), mix(traits.skin, WHITE, 0.5)
    soft_shapes = (
        ((AXIS + 112, 210.0), (32.0, 120.0), 20.0, shade, 0.62),
        ((AXIS - 116, 220.0), (26.0, 110.0), 16.0, shade, 0.4),
        ((AXIS, 322.0), (72.0, 22.0), 12.0, shade, 0.5),
        ((AXIS - 16, 112.0), (46.0, 24.0), 20.0, light, 0.5),
        ((AXIS - 52, 222.0), (20.0, 15.0), 13.0, light, 0.45),
        ((AXIS + 46, 222.0), (16.0, 13.0), 12.0, light, 0.28),
        ((AXIS, 288.0), (16.0, 9.0), 8.0, light, 0.3),
        ((AXIS - 58, 236.0), (26.0, 16.0), 13.0, BLUSH, 0.13 if traits.male else 0.24),
        ((AXIS + 58, 236.0), (26.0, 16.0), 13.0, BLUSH, 0.13 if traits.male else 0.24),
        ((AXIS - traits.eye_gap, EYE_LINE - 5), (27.0, 14.0), 9.0, shade, 0.34),
        ((AXIS + traits.eye_gap, EYE_LINE - 5), (27.0, 14.0), 9.0, shade, 0.38),
    )
    for centre, radii, soft, colour, opacity in soft_shapes:
        mask = canvas.ellipse_mask(centre, radii, soft=soft)
        canvas.fill(mask, colour, opacity=opacity, clip=face)


def _beard_shade(canvas: Canvas, traits: Traits, face: Image.Image) -> None:
    shade = mix(traits.skin, (96, 92, 98), 0.5)
    half = ((0.0, 236.0), (34.0, 240.0), (76.0, 228.0), (70.0, 276.0), (0.0, 312.0))
    area = canvas.mask(smooth(mirrored([(AXIS + x, y) for x, y in half], AXIS)), soft=11)
    canvas.fill(area, shade, opacity=0.22, clip=face)


def _nose(canvas: Canvas, traits: Traits, face: Image.Image) -> None:
    tip, half = EYE_LINE + traits.nose_length, traits.nose_width
    shade, light = mix(traits.skin, SHADOW, 0.55), mix(traits.skin, WHITE, 0.6)
    side = [(AXIS + 7, EYE_LINE - 14), (AXIS + 12, EYE_LINE + 14), (AXIS + half, tip - 6)]
    canvas.line(side, shade, 6, opacity=0.36, soft=4, clip=face)
    side = [(AXIS - 8, EYE_LINE - 14), (AXIS - 11, EYE_LINE + 12), (AXIS - half + 3, tip - 8)]
    canvas.line(side, shade, 4, opacity=0.18, soft=4, clip=face)
    bridge = [(AXIS - 1, EYE_LINE - 8), (AXIS - 1, tip - 14)]
    canvas.line(bridge, light, 6, opacity=0.5, soft=3.5, clip=face)
    canvas.fill(canvas.ellipse_mask((AXIS - 2, tip - 6), (6, 5), soft=3), light, opacity=0.6)
    below = canvas.ellipse_mask((AXIS + 1, tip + 8), (half * 0.9, 4), soft=3.5)
    canvas.fill(below, shade, opacity=0.6, clip=face)
    for direction in (-1, 1):
        wing = [
            (AXIS + direction * (half - 3), tip - 9),
            (AXIS + direction * (half + 1), tip - 2),
            (AXIS + direction * (half - 3), tip + 4),
        ]
        canvas.line(wing, mix(traits.skin, SHADOW, 0.8), 1.6, opacity=0.5, soft=1.0, clip=face)
        hole = canvas.ellipse_mask((AXIS + direction * half * 0.5, tip + 4), (4.2, 2), soft=1.1)
        canvas.fill(hole, mix(SHADOW, BLACK, 0.45), opacity=0.8, clip=face)


def _eye(canvas: Canvas, traits: Traits, face: Image.Image, side: int) -> None:
    x, y, half, opening = (
        AXIS + side * traits.eye_gap,
        EYE_LINE,
        traits.eye_width,
        traits.eye_open,
    )
    inner, outer = (x - side * half, y + 2.0), (x + side * half, y - traits.eye_tilt)
    upper = [
        inner,
        (x - side * half * 0.45, y - opening * 0.8),
        (x + side * half * 0.2, y - opening),
        (x + side * half * 0.7, y - opening * 0.7),
        outer,
    ]
    lower = [
        (x + side * half * 0.45, y + opening * 0.62),
        (x - side * half * 0.4, y + opening * 0.7),
    ]
    almond = canvas.mask(smooth([*upper, *lower]), soft=0.4)
    canvas.fill(almond, (246, 242, 238), clip=face)
    _iris(canvas, (x, y - 0.6), opening, almond)
    canvas.line(upper, mix(SHADOW, BLACK, 0.2), 5, opacity=0.35, soft=2, clip=almond)
    lash = 3.0 if not traits.male else 2.2
    canvas.line(smooth_open(upper), BLACK, lash, opacity=0.88, soft=0.5, clip=face)
    canvas.line([outer, *lower, inner], mix(SHADOW, BLACK, 0.3), 1.2, opacity=0.4, soft=0.7)
    if traits.crease:
        crease = [(px, py - 5.5) for px, py in upper[1:]]
        canvas.line(smooth_open(crease), SHADOW, 1.3, opacity=0.55, soft=0.6, clip=face)
    bag = [(x - side * half * 0.6, y + 12), (x, y + 14), (x + side * half * 0.7, y + 11)]
    depth = min(0.4, 0.1 + traits.age / 250)
    canvas.line(bag, mix(traits.skin, SHADOW, 0.7), 2, opacity=depth, soft=1.8, clip=face)


def smooth_open(points: list[Point]) -> list[Point]:
    """Return a smooth line through `points` that does not close."""
    curve = smooth([*points, *reversed(points[1:-1])], steps=6)
    return [*curve[: 6 * (len(points) - 1)], points[-1]]


def _iris(canvas: Canvas, centre: Point, opening: float, almond: Image.Image) -> None:
    x, y = centre
    radius = max(7.6, opening + 1.2)
    canvas.fill(canvas.ellipse_mask(centre, (radius, radius), soft=0.5), (40, 26, 20), clip=almond)
    ring = canvas.ellipse_mask((x, y + 1.5), (radius * 0.72, radius * 0.72), soft=1.2)
    canvas.fill(ring, (92, 58, 38), opacity=0.85, clip=almond)
    pupil = canvas.ellipse_mask(centre, (radius * 0.42, radius * 0.42), soft=0.5)
    canvas.fill(pupil, (10, 8, 8), clip=almond)
    glint = canvas.ellipse_mask((x - 2.6, y - 2.8), (1.9, 1.9), soft=0.4)
    canvas.fill(glint, WHITE, opacity=0.92, clip=almond)


def _brow(canvas: Canvas, traits: Traits, side: int, rng: random.Random) -> None:
    x, y, thick = AXIS + side * traits.eye_gap, EYE_LINE - traits.brow_height, traits.brow_width
    arch = rng.uniform(2, 6)
    shape = [
        (x - side * 23, y + 3 - thick * 0.4),
        (x + side * 2, y - arch * 0.6 - thick * 0.5),
        (x + side * 18, y - arch * 0.6),
        (x + side * 29, y + 5),
        (x + side * 14, y - arch * 0.4 + thick * 0.6),
        (x - side * 22, y + 3 + thick * 0.6),
    ]
    colour = mix(traits.hair, SHADOW, 0.15)
    brow = canvas.mask(smooth(shape), soft=1.3)
    canvas.fill(brow, colour, opacity=0.72 if traits.male else 0.6)
    roots = [x - side * 22 + side * step * 2.2 for step in range(22)]
    tips = [y - thick * 0.4 - rng.uniform(0, 3) for _ in roots]
    hairs = [
        [(root, y + 3.5), (root + side * 4, tip)] for root, tip in zip(roots, tips, strict=True)
    ]
    canvas.fill(canvas.line_mask(hairs, 0.7, soft=0.3), colour, opacity=0.35, clip=brow)


def _mouth(canvas: Canvas, traits: Traits, face: Image.Image) -> None:
    y, half, up = 260.0, traits.mouth_width, traits.smile
    lip = mix(traits.skin, (178, 74, 74), 0.36 if traits.male else 0.62)
    upper = [
        (AXIS - half, y - up),
        (AXIS - 8, y - 6.5 * traits.lip),
        (AXIS, y - 4.6 * traits.lip),
        (AXIS + 8, y - 6.5 * traits.lip),
        (AXIS + half, y - up),
        (AXIS, y + 2),
    ]
    lower = [
        (AXIS - half + 2, y - up + 1),
        (AXIS, y + 1.5),
        (AXIS + half - 2, y - up + 1),
        (AXIS + 14, y + 8.5 * traits.lip),
        (AXIS - 14, y + 8.5 * traits.lip),
    ]
    canvas.fill(canvas.mask(smooth(lower), soft=1.0), mix(lip, WHITE, 0.1), clip=face)
    canvas.fill(canvas.mask(smooth(upper), soft=0.9), mix(lip, SHADOW, 0.28), clip=face)
    glow = canvas.ellipse_mask((AXIS - 4, y + 5.5 * traits.lip), (9, 1.6), soft=1.8)
    canvas.fill(glow, WHITE, opacity=0.4, clip=face)
    seam = [(AXIS - half, y - up), (AXIS - 10, y + 0.6), (AXIS, y + 1.4), (AXIS + 10, y + 0.6)]
    seam.append((AXIS + half, y - up))
    canvas.line(smooth_open(seam), mix(SHADOW, BLACK, 0.4), 1.5, opacity=0.75, soft=0.6)
    below = canvas.ellipse_mask((AXIS, y + 15), (17, 3), soft=4)
    canvas.fill(below, mix(traits.skin, SHADOW, 0.5), opacity=0.5, clip=face)


def _age_lines(canvas: Canvas, traits: Traits, face: Image.Image) -> None:
    depth = min(0.5, max(0.06, (traits.age - 25) / 90))
    shade = mix(traits.skin, SHADOW, 0.75)
    for side in (-1, 1):
        fold = [(AXIS + side * 26, 228.0), (AXIS + side * 36, 244.0), (AXIS + side * 39, 259.0)]
        canvas.line(smooth_open(fold), shade, 2, opacity=depth, soft=1.6, clip=face)
    if traits.age > 52:
        for row, width in ((102.0, 44), (114.0, 50)):
            crease = [(AXIS - width, row + 2), (AXIS, row - 1), (AXIS + width, row + 2)]
            canvas.line(smooth_open(crease), shade, 1.6, opacity=depth * 0.5, soft=1.4, clip=face)
