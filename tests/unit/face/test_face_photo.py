import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from station.core.errors import PhotoError
from station.face.photo.decoding import as_image, fit_photo, open_photo
from station.face.photo.jpeg import JpegHeader, NotJpegError, read_jpeg_header
from station.face.photo.profile import PhotoProfile, load_photo_profile
from station.words import spoken

PROFILE: Final = Path(__file__).parents[3] / "config" / "photos" / "xinxiang.toml"
Draw = Callable[..., Image.Image]
Encode = Callable[..., bytes]


@pytest.fixture(scope="session")
def portrait(draw_portrait: Draw, encode_jpeg: Encode) -> bytes:
    return encode_jpeg(draw_portrait())


@pytest.fixture
def profile() -> PhotoProfile:
    return load_photo_profile(PROFILE)


@pytest.fixture
def any_size(profile: PhotoProfile) -> PhotoProfile:
    return profile.model_copy(update={"min_bytes": 1, "max_bytes": 10_000_000})


def decode_photo(data: bytes, profile: PhotoProfile) -> Image.Image:
    """Open a portrait as a step does, and look at it."""
    return as_image(open_photo(data, profile).require_picture())


def rule_of(data: bytes, profile: PhotoProfile) -> str:
    with pytest.raises(PhotoError) as caught:
        decode_photo(data, profile)
    return caught.value.details["rule"]


def test_xinxiang_is_what_the_city_demands(profile: PhotoProfile) -> None:
    assert (profile.width_px, profile.height_px) == (358, 441)
    assert profile.min_bytes <= 15 * 1000
    assert profile.max_bytes >= 60 * 1024


def test_a_good_portrait_is_decoded_unchanged(profile: PhotoProfile, portrait: bytes) -> None:
    photo = decode_photo(portrait, profile)
    assert (photo.size, photo.mode) == ((358, 441), "RGB")


def test_a_progressive_jpeg_is_accepted(
    profile: PhotoProfile, draw_portrait: Draw, encode_jpeg: Encode
) -> None:
    data = encode_jpeg(draw_portrait(), progressive=True)
    assert decode_photo(data, profile).size == (358, 441)


@pytest.mark.parametrize(
    "options",
    [
        {"subsampling": "4:4:4"},
        {"subsampling": "4:2:2"},
        {"subsampling": "4:2:0"},
        {"progressive": True},
        {"optimize": True, "restart_marker_rows": 1},
        {"keep_rgb": True},
    ],
    ids=str,
)
def test_the_colours_are_those_of_another_decoder(
    any_size: PhotoProfile, draw_portrait: Draw, encode_jpeg: Encode, options: dict[str, object]
) -> None:
    data = encode_jpeg(draw_portrait(), **options)
    ours = np.asarray(decode_photo(data, any_size)).astype(int)
    with Image.open(io.BytesIO(data)) as theirs:
        assert np.abs(ours - np.asarray(theirs.convert("RGB"))).max() <= 1


def test_too_small_and_too_big_files(
    profile: PhotoProfile, draw_portrait: Draw, encode_jpeg: Encode
) -> None:
    assert rule_of(b"", profile) == "file-size"
    assert rule_of(encode_jpeg(draw_portrait(), quality=5), profile) == "file-size"
    assert rule_of(encode_jpeg(draw_portrait(), quality=100), profile) == "file-size"


def test_the_limits_belong_to_the_allowed(profile: PhotoProfile, portrait: bytes) -> None:
    exact = profile.model_copy(update={"min_bytes": len(portrait), "max_bytes": len(portrait)})
    assert decode_photo(portrait, exact).size == (358, 441)


def test_a_refusal_says_found_and_allowed(
    profile: PhotoProfile, draw_portrait: Draw, encode_jpeg: Encode
) -> None:
    data = encode_jpeg(draw_portrait((480, 640)))
    with pytest.raises(PhotoError, match="480×640") as caught:
        decode_photo(data, profile)
    told = {name: spoken(value) for name, value in caught.value.details.items()}
    assert told == {
        "rule": "pixels",
        "rule_title": "像素尺寸",
        "found": "480×640",
        "allowed": "358×441",
    }


@pytest.mark.parametrize("cut", [2, 3, 200, 20_000])
def test_a_truncated_file(any_size: PhotoProfile, cut: int, portrait: bytes) -> None:
    assert rule_of(portrait[:-cut], any_size) == "truncated"


def test_a_file_cut_in_its_headers(any_size: PhotoProfile, portrait: bytes) -> None:
    assert rule_of(portrait[:60], any_size) == "format"


def test_other_formats(any_size: PhotoProfile) -> None:
    for start in (b"\x89PNG\r\n\x1a\n", b"BM", b"GIF89a", b"RIFF", b"%PDF-1.7"):
        assert rule_of(start + bytes(20_000), any_size) == "format"


def test_cmyk_and_grey(any_size: PhotoProfile, draw_portrait: Draw, encode_jpeg: Encode) -> None:
    assert rule_of(encode_jpeg(draw_portrait().convert("CMYK")), any_size) == "colour"
    assert rule_of(encode_jpeg(draw_portrait().convert("L")), any_size) == "colour"


def test_a_turned_picture_is_refused_not_turned(
    any_size: PhotoProfile, draw_portrait: Draw, encode_jpeg: Encode
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert rule_of(encode_jpeg(draw_portrait(), exif=exif), any_size) == "orientation"
    exif[0x0112] = 1
    assert decode_photo(encode_jpeg(draw_portrait(), exif=exif), any_size).size == (358, 441)


def test_a_bomb_is_refused_by_its_header(
    any_size: PhotoProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> Image.Image:
        raise AssertionError("the decoder was called")

    monkeypatch.setattr(Image, "open", never)
    frame = struct.pack(">BHHB", 8, 65_000, 65_000, 3)
    bomb = b"\xff\xd8\xff\xc0" + struct.pack(">H", 2 + len(frame)) + frame + b"\xff\xd9"
    assert rule_of(bomb, any_size) == "pixel-limit"


def test_a_bomb_of_scans_is_refused_before_it_is_decoded(
    any_size: PhotoProfile,
    draw_portrait: Draw,
    encode_jpeg: Encode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the decoder was called")

    data = encode_jpeg(draw_portrait(), progressive=True)
    assert decode_photo(data, any_size).size == (358, 441)
    monkeypatch.setattr(simplejpeg, "decode_jpeg", never)
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert rule_of(data[:-2] + scan * 60 + b"\xff\xd9", any_size) == "coding"


def test_twelve_bits_are_refused(any_size: PhotoProfile) -> None:
    frame = struct.pack(">BHHB", 12, 441, 358, 3)
    data = b"\xff\xd8\xff\xc1" + struct.pack(">H", 2 + len(frame)) + frame + b"\xff\xd9"
    assert rule_of(data, any_size) == "depth"


def test_a_right_header_with_nothing_behind_it_is_damaged(any_size: PhotoProfile) -> None:
    frame = struct.pack(">BHHB", 8, 441, 358, 3)
    data = b"\xff\xd8\xff\xc0" + struct.pack(">H", 2 + len(frame)) + frame + b"\xff\xd9"
    assert rule_of(data, any_size) == "damaged"


# ITU-T T.81: SOI, APP0, fill byte before SOF2 (B.1.1.2), 8 bits, 441 lines of 358 samples.
T81_B_2_2 = bytes.fromhex("ffd8 ffe0 0004 0000 ffff c2 000b 08 01b9 0166 03 000000 ffda")


def test_headers_are_read_as_t81_b_2_2_has_them() -> None:
    assert read_jpeg_header(T81_B_2_2) == JpegHeader(
        width_px=358, height_px=441, precision=8, components=3, end=None, process=0xC2
    )


def test_a_huffman_table_is_no_frame_header() -> None:
    with pytest.raises(NotJpegError):
        read_jpeg_header(bytes.fromhex("ffd8 ffc4 000b 08 01b9 0166 03 000000 ffda"))


def test_a_segment_longer_than_the_file() -> None:
    with pytest.raises(NotJpegError, match="leaves"):
        read_jpeg_header(bytes.fromhex("ffd8 ffe0 ffff 0000"))


def test_fitting_fills_the_box_and_cuts_evenly() -> None:
    bars = np.full((441, 358, 3), 200, np.uint8)
    bars[:, :3], bars[:, -3:] = 0, 0
    fitted = np.asarray(fit_photo(Image.fromarray(bars), (236, 295)))
    assert fitted.shape == (295, 236, 3)
    left, right = fitted[100, :4].astype(int), fitted[100, -4:][::-1].astype(int)
    assert np.abs(left - right).max() <= 2
