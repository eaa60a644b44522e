"""Check a portrait against a profile: every rule it breaks, with the measured value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from station.core.photos import PhotoFinding, PhotoReport, PhotoRule, Picture, Portrait
from station.core.phrases import phrase
from station.face.photo import portrait
from station.face.photo.decoding import (
    as_image,
    damaged,
    decoded_or_finding,
    file_findings,
    incomplete,
    whole_picture,
)
from station.face.photo.entropy import check_entropy
from station.face.photo.jpeg import NotJpegError
from station.face.photo.profile import PhotoProfile, SoftRules, unchecked_reason
from station.face.photo.progressive import DamagedScanError, IncompletePictureError

#: A picture of no given size is measured no larger than this: 4 megapixels take 0.6 s and 140 MB.
_WIDEST_PX: Final = 720


@dataclass(frozen=True, slots=True)
class _Measure:
    rule: PhotoRule
    found: str
    allowed: str
    is_met: bool


def check_photo(data: bytes, profile: PhotoProfile) -> Portrait:
    """Decode and measure a portrait. Never raises for a bad photo; nothing is kept.

    Without scikit-image only the hard rules are checked, and the report says so.
    """
    hard = tuple(file_findings(data, profile))
    if any(finding.rule is not PhotoRule.FILE_SIZE for finding in hard) or (
        hard and len(data) > profile.max_bytes
    ):
        return Portrait(data, PhotoReport(profile.name, hard), None)
    decoded = _followed_or_finding(data)
    if isinstance(decoded, PhotoFinding):
        return Portrait(data, PhotoReport(profile.name, (*hard, decoded)), None)
    if unchecked := unchecked_reason(profile):
        return Portrait(data, PhotoReport(profile.name, hard, unchecked=unchecked), decoded)
    photo = as_image(decoded)
    seen = _reduced(photo) if profile.width_px is None else photo
    measures = list(_measures(seen, profile.soft)) if profile.soft else []
    soft = tuple(
        PhotoFinding(m.rule, m.found, m.allowed, is_soft=True) for m in measures if not m.is_met
    )
    measured = tuple((measure.rule, measure.found) for measure in measures)
    return Portrait(data, PhotoReport(profile.name, (*hard, *soft), measured), decoded)


def _reduced(photo: Image.Image) -> Image.Image:
    factor = -(-max(photo.size) // _WIDEST_PX)
    return photo.reduce(factor) if factor > 1 else photo


def _followed_or_finding(data: bytes) -> Picture | PhotoFinding:
    try:
        # The decoder accepts a tenth of the damaged pictures as whole; this walk takes twenty times
        # as long, so it is done once, when the picture arrives.
        check_entropy(whole_picture(data))
    except IncompletePictureError as exc:
        return incomplete(str(exc))
    except (DamagedScanError, NotJpegError) as exc:
        return damaged(str(exc))
    return decoded_or_finding(data)


def _measures(photo: Image.Image, rules: SoftRules) -> Iterator[_Measure]:
    pixels = np.asarray(photo)
    if rules.white_border is not None:
        share = portrait.white_border(pixels, rules.background_level)
        allowed = phrase(
            "photo.light-share", share=f"{rules.white_border:.0%}", level=rules.background_level
        )
        is_met = share >= rules.white_border
        yield _Measure(PhotoRule.BACKGROUND, f"{share:.0%}", allowed, is_met)
    faces = portrait.find_faces(photo)
    if rules.one_face:
        yield _Measure(
            PhotoRule.ONE_FACE,
            phrase("photo.faces", count=len(faces)),
            phrase("photo.faces", count=1),
            len(faces) == 1,
        )
    if faces:
        yield from _positions(pixels, faces[0], rules)
        yield from _quality(pixels, faces[0], rules)


def _positions(
    pixels: portrait.Pixels, face: portrait.Square, rules: SoftRules
) -> Iterator[_Measure]:
    height = pixels.shape[0]
    measured = (
        (PhotoRule.FACE_WIDTH, face.face_width, rules.face_width_px),
        (PhotoRule.EYE_CENTRE, face.centre_x, rules.eye_centre_x_px),
        (PhotoRule.EYE_LINE, height - face.eye_y, rules.eye_above_bottom_px),
    )
    for rule, value, limits in measured:
        if limits is not None:
            yield _in_range(rule, value, limits)
    if rules.head_top_px is not None:
        top = portrait.head_top(pixels, face, rules.background_level)
        yield _in_range(PhotoRule.HEAD_TOP, top, rules.head_top_px)


def _quality(
    pixels: portrait.Pixels, face: portrait.Square, rules: SoftRules
) -> Iterator[_Measure]:
    if rules.most_blur is not None:
        blur = portrait.blur(pixels, face)
        allowed = phrase("photo.blur-most", blur=f"{rules.most_blur:.2f}")
        yield _Measure(
            PhotoRule.BLUR,
            phrase("photo.blur", blur=f"{blur:.2f}"),
            allowed,
            blur <= rules.most_blur,
        )
    if rules.face_light is not None:
        low, high = rules.face_light
        light = portrait.face_light(pixels, face)
        is_met = low <= light <= high
        yield _Measure(PhotoRule.FACE_LIGHT, f"{light:.0f}", f"{low:g}–{high:g}", is_met)


def _in_range(rule: PhotoRule, value: float, limits: tuple[float, float]) -> _Measure:
    low, high = limits
    allowed = phrase("photo.pixels-between", least=f"{low:g}", most=f"{high:g}")
    found = phrase("photo.pixels", count=f"{value:.0f}")
    return _Measure(rule, found, allowed, low <= value <= high)
