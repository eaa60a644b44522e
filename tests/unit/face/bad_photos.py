"""More than 300 bad portraits, made from one drawn good one; each with the rule that it breaks."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from simulators.province.portraits import draw_portrait
from station.face.photo.jpeg import segments


class BadPhoto(NamedTuple):
    """What a refusal must say."""

    name: str
    data: bytes
    rule: str


GOOD: Final = draw_portrait(7, "410702198803050023", "2", "19880305")
WHITE: Final = (252, 252, 252)


def picture() -> Image.Image:
    return Image.open(io.BytesIO(GOOD)).convert("RGB")


def jpeg(image: Image.Image, quality: int = 92, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality, subsampling=0, **options)
    return stream.getvalue()


def bad_photos() -> Iterator[BadPhoto]:
    """Yield them all."""
    yield from _cut_off()
    yield from _damaged_inside()
    yield from _other_formats()
    yield from _wrong_headers()
    yield from _wrong_pictures()
    yield from _poor_portraits()


def scan_starts(data: bytes) -> list[int]:
    """Return where the header of each scan starts."""
    starts = []
    for marker, body, behind in segments(data):
        if marker == 0xDA:
            starts.append(behind - len(body) - 4)
    return starts


def _scan_start(data: bytes) -> int:
    start = data.index(b"\xff\xda")
    return start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")


def _cut_off() -> Iterator[BadPhoto]:
    for cut in (1, 2, 3, 10, 100, 1000, 2000, 3000, *range(4000, 13_000, 1000)):
        yield BadPhoto(f"cut by {cut}", GOOD[:-cut], "truncated")
    for padding in (b"\x00", b"\x00\x00\r\n", b"\r\n"):
        yield BadPhoto(f"cut and padded {padding!r}", GOOD[:-2] + padding, "truncated")
    progressive = jpeg(picture(), progressive=True)
    for cut in (2, 500, 5000):
        yield BadPhoto(f"progressive cut by {cut}", progressive[:-cut], "truncated")
    for number, start in enumerate(scan_starts(progressive)[1:], start=1):
        # A transfer that broke off between two scans, and a program that closed the file.
        cut_off = progressive[:start] + b"\xff\xd9"
        yield BadPhoto(f"progressive, {number} scans", cut_off, "truncated")


def _damaged_inside() -> Iterator[BadPhoto]:
    """Files that end in FFD9 all the same, as a cut-and-joined download does."""
    chance = random.Random(11)
    start, end = _scan_start(GOOD), len(GOOD) - 2
    for number in range(60):
        at, size = chance.randrange(start, end - 2500), chance.randrange(90, 2400)
        yield BadPhoto(f"lost {number}", GOOD[:at] + GOOD[at + size :], "damaged")
    for number in range(40):
        at, size = chance.randrange(start + 900, end - 900), chance.randrange(90, 800)
        doubled = GOOD[:at] + GOOD[at - size : at] + GOOD[at:]
        yield BadPhoto(f"doubled {number}", doubled, "damaged")
    for number in range(40):
        at = chance.randrange(start, end - 800)
        noise = chance.randbytes(600).replace(b"\xff", b"\xfe")
        yield BadPhoto(f"noise {number}", GOOD[:at] + noise + GOOD[at + 600 :], "damaged")
    for number in range(30):
        at = chance.randrange(start, end - 800)
        yield BadPhoto(f"zeros {number}", GOOD[:at] + bytes(700) + GOOD[at + 700 :], "damaged")
    for number, cut in enumerate(range(1000, 13_000, 1000)):
        yield BadPhoto(f"ended early {number}", GOOD[:-cut] + b"\xff\xd9", "damaged")
    yield BadPhoto("nothing but headers", GOOD[:start] + bytes(20_000) + b"\xff\xd9", "damaged")
    yield BadPhoto("a second picture's end", GOOD[:-2] + GOOD[-12_000:], "damaged")


def _other_formats() -> Iterator[BadPhoto]:
    for form in ("PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM", "TGA", "ICO"):
        stream = io.BytesIO()
        picture().resize((150, 110)).save(stream, form)
        yield BadPhoto(form, stream.getvalue().ljust(16_000, b"\x00")[:60_000], "format")
    deep = np.full((441, 358), 40_000, np.uint16)
    deep[::3] = 20_000
    for form in ("PNG", "TIFF"):
        stream = io.BytesIO()
        Image.fromarray(deep).save(stream, form)
        data = stream.getvalue().ljust(16_000, b"\x00")[:60_000]
        yield BadPhoto(f"16-bit {form}", data, "format")
    for name, data in (
        ("HTML", b"<html><body>404</body></html>" + b" " * 16_000),
        ("PDF", b"%PDF-1.7" + bytes(16_000)),
        ("base64", b"/9j/4AAQSkZJRgABAQEBXgFeAAD/" * 700),
        ("zeros", bytes(20_000)),
        ("ones", b"\xff" * 20_000),
    ):
        yield BadPhoto(name, data, "format")
    for cut in (2, 3, 4, 10, 20, 100):
        yield BadPhoto(f"headers cut at {cut}", GOOD[:cut] + bytes(16_000), "format")


def _wrong_headers() -> Iterator[BadPhoto]:
    def headed(process: int, bits: int, high: int, wide: int, channels: int = 3) -> bytes:
        names = b"".join(bytes((n + 1, 0x11, 0)) for n in range(channels))
        frame = struct.pack(">BHHB", bits, high, wide, channels) + names
        head = b"\xff\xd8\xff" + bytes([process]) + struct.pack(">H", 2 + len(frame)) + frame
        return head + bytes(20_000) + b"\xff\xd9"

    bombs = ((65_500, 65_500), (10_000, 10_000), (12_000, 9_000), (4_000, 65_000), (0, 9))
    for wide, high in bombs:
        yield BadPhoto(f"bomb {wide}x{high}", headed(0xC0, 8, high, wide), "pixel-limit")
    for process in (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF):
        yield BadPhoto(f"SOF{process - 0xC0}", headed(process, 8, 441, 358), "coding")
    for runs in (65, 4000):
        yield BadPhoto(f"bomb of {runs} scans", _many_scans(runs), "coding")
    for bits in (2, 12, 16):
        yield BadPhoto(f"{bits} bits", headed(0xC1, bits, 441, 358), "depth")
    for channels in (1, 2, 4):
        yield BadPhoto(f"{channels} channels", headed(0xC0, 8, 441, 358, channels), "colour")
    for name, data in (("empty", b""), ("tiny", b"\xff\xd8\xff\xd9"), ("short", GOOD[:14_999])):
        yield BadPhoto(name, data, "file-size")
    for quality in (5, 10, 100):
        noisy = picture().filter(ImageFilter.UnsharpMask(3, 400)) if quality == 100 else picture()
        yield BadPhoto(f"quality {quality}", jpeg(noisy, quality), "file-size")
    yield BadPhoto("two megabytes", GOOD + bytes(2_000_000), "file-size")


def _many_scans(scans: int) -> bytes:
    """Return a progressive picture whose last scan comes again and again."""
    data = jpeg(picture(), 70, progressive=True)
    start = data.rindex(b"\xff\xda")
    header = data[start : start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")]
    return data[:-2] + header * scans + b"\xff\xd9"


def _wrong_pictures() -> Iterator[BadPhoto]:
    image = picture()
    sizes = ((441, 358), (357, 441), (358, 440), (300, 400), (400, 500), (295, 413), (480, 640))
    for size in sizes:
        yield BadPhoto(f"size {size}", jpeg(image.resize(size), 90), "pixels")
    yield BadPhoto("CMYK", jpeg(image.convert("CMYK"), 75), "colour")
    yield BadPhoto("grey", jpeg(ImageOps.grayscale(image), 97), "colour")
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield BadPhoto(f"EXIF {orientation}", jpeg(image, exif=exif), "orientation")


def _placed(scale: float, right: int, down: int) -> bytes:
    """Return the portrait smaller or bigger and moved, on white."""
    image = picture()
    size = round(358 * scale), round(441 * scale)
    page = Image.new("RGB", image.size, WHITE)
    corner = (358 - size[0]) // 2 + right, (441 - size[1]) // 2 + down
    page.paste(image.resize(size, Image.Resampling.LANCZOS), corner)
    return jpeg(page, 97)


def _poor_portraits() -> Iterator[BadPhoto]:
    image = picture()
    for radius in (4.5, 5.0, 6.0, 7.0, 8.0):
        grain = np.random.default_rng(1).normal(0, 3, (441, 358, 3))
        soft = np.asarray(image.filter(ImageFilter.GaussianBlur(radius))) + grain
        blurred = Image.fromarray(soft.clip(0, 255).astype(np.uint8))
        clean = blurred.filter(ImageFilter.GaussianBlur(1.2))
        yield BadPhoto(f"blurred {radius}", jpeg(clean, 97), "blur")
    for share in (0.12, 0.18, 0.25):
        yield BadPhoto(
            f"dark {share}", jpeg(ImageEnhance.Brightness(image).enhance(share), 98), "face-light"
        )
    for colour in ((70, 130, 200), (200, 60, 60), (120, 120, 120), (180, 200, 180), (20, 20, 20)):
        pixels = np.asarray(image).copy()
        pixels[(pixels.min(axis=2) > 235)] = colour
        yield BadPhoto(f"background {colour}", jpeg(Image.fromarray(pixels), 90), "background")
    for scale in (0.5, 0.55, 0.6, 0.65):
        yield BadPhoto(f"small {scale}", _placed(scale, 0, 40), "face-width")
    for scale in (1.4, 1.5):
        yield BadPhoto(f"big {scale}", _placed(scale, 0, 60), "head-top")
    for right in (-50, -40, 40, 50):
        yield BadPhoto(f"beside {right}", _placed(0.9, right, 22), "eye-centre")
    for down in (90, 110, 130):
        yield BadPhoto(f"low {down}", _placed(0.9, 0, down), "eye-line")
    # The detector takes an upside-down face for a face; shoulders on top are no white background.
    for turn, rule in ((90, "one-face"), (180, "background"), (270, "one-face")):
        turned = ImageOps.fit(image.rotate(turn, expand=True), image.size)
        yield BadPhoto(f"turned {turn}", jpeg(turned, 95), rule)
    for number in range(6):
        grain = np.random.default_rng(number).normal(200, 9, (441, 358, 3))
        nobody = Image.fromarray(grain.astype(np.uint8))
        yield BadPhoto(f"nobody {number}", jpeg(nobody, 70), "one-face")
    half = image.resize((179, 220), Image.Resampling.LANCZOS)
    pair = Image.new("RGB", image.size, WHITE)
    pair.paste(half, (0, 100))
    pair.paste(half, (179, 100))
    yield BadPhoto("two people", jpeg(pair, 97), "one-face")
