"""The portrait for the chip: whole, small enough, the same every time."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from station.core.errors import PhotoError
from station.core.gateways import ProductionData
from station.encoder.profiles.ssc.writing import check_photo
from station.face.photo.decoding import decoded_portrait
from station.face.photo.for_chip import SIZES_PX, portrait_for_chip
from station.words import spoken

MOST = 4096


@pytest.fixture
def portrait(person: ProductionData) -> bytes:
    return person.photo_jpeg


def noise(size: tuple[int, int]) -> Image.Image:
    """Return the worst picture there is for a JPEG."""
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def jpeg(image: Image.Image, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=90, **options)
    return stream.getvalue()


def fitted(data: bytes, most_bytes: int) -> bytes:
    """Return the file's portrait as the chip takes it."""
    return portrait_for_chip(decoded_portrait(data, "none"), most_bytes)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_an_ordinary_portrait_keeps_the_citys_size(portrait: bytes) -> None:
    small = fitted(portrait, MOST)
    check_photo(small, MOST)
    assert opened(small).size == SIZES_PX[0]
    assert opened(small).mode == "RGB"
    before = np.asarray(opened(portrait).resize((10, 12))).astype(int)
    after = np.asarray(opened(small).resize((10, 12))).astype(int)
    assert np.abs(before - after).mean() < 6  # the same picture


def test_the_same_portrait_gives_the_same_bytes(portrait: bytes) -> None:
    assert fitted(portrait, MOST) == fitted(portrait, MOST)


@pytest.mark.parametrize("most", [4096, 3000, 1500])
def test_it_is_encoded_again_until_it_fits(portrait: bytes, most: int) -> None:
    small = fitted(portrait, most)
    assert len(small) <= most
    check_photo(small, most)


def test_what_does_not_fit_in_the_citys_size_gets_fewer_pixels() -> None:
    small = fitted(jpeg(noise((358, 441))), 2500)
    assert opened(small).size in SIZES_PX[1:]


def test_nothing_but_the_picture_is_kept(portrait: bytes) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a note about somebody"
    marked = jpeg(opened(portrait), exif=exif, icc_profile=b"\x00" * 500)
    small = fitted(marked, MOST)
    assert b"a note" not in small
    assert not opened(small).getexif()
    assert "icc_profile" not in opened(small).info


def test_what_can_not_fit_says_how_much_is_allowed() -> None:
    with pytest.raises(PhotoError) as refused:
        fitted(jpeg(noise((358, 441))), 400)
    assert spoken(refused.value.details["allowed"]) == "不超过 400 字节"


def test_what_is_no_photo_is_refused(portrait: bytes) -> None:
    for broken in (b"", portrait[: len(portrait) // 2], b"\x89PNG\r\n" + bytes(100)):
        with pytest.raises(PhotoError):
            fitted(broken, MOST)
