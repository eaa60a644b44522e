"""Pictures that were made to bring a decoder down, from a seed: the same ones every time."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from PIL import Image

from simulators.province.portraits import draw_portrait

GOOD: Final = draw_portrait(7, "410702198803050023", "2", "19880305")
COUNT: Final = 300
Maker = Callable[[random.Random], bytes]


def hostile_photos(seed: int) -> Iterator[bytes]:
    """Yield `COUNT` pictures, of each kind in turn."""
    rng = random.Random(seed)
    for number in range(COUNT):
        yield MAKERS[number % len(MAKERS)](rng)


def _cut(rng: random.Random) -> bytes:
    return GOOD[: rng.randrange(len(GOOD))]


def _flipped(rng: random.Random) -> bytes:
    data = bytearray(GOOD)
    for _ in range(rng.choice((1, 3, 30, 3000))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def _noise(rng: random.Random) -> bytes:
    return b"\xff\xd8\xff" + rng.randbytes(rng.randrange(60_000))


def _shuffled(rng: random.Random) -> bytes:
    parts = [GOOD[start : start + 512] for start in range(0, len(GOOD), 512)]
    kept, rest = parts[:1], parts[1:]
    rng.shuffle(rest)
    return b"".join(kept + rest)


def _huge_size(rng: random.Random) -> bytes:
    data = bytearray(GOOD)
    frame = data.index(b"\xff\xc0")
    size = rng.choice(((65500, 65500), (65535, 65535), (0, 358), (65500, 1), (1, 65500)))
    struct.pack_into(">HH", data, frame + 5, *size)
    return bytes(data)


def _other_components(rng: random.Random) -> bytes:
    data = bytearray(GOOD)
    frame = data.index(b"\xff\xc0")
    data[frame + 9] = rng.choice((0, 1, 2, 4, 255))
    data[frame + 11] = rng.choice((0x00, 0xFF, 0x44, 0x10))
    return bytes(data)


def _wrong_tables(rng: random.Random) -> bytes:
    data = bytearray(GOOD)
    marker = rng.choice((b"\xff\xc4", b"\xff\xdb"))
    table = data.index(marker)
    for place in range(4, 4 + rng.randrange(1, 20)):
        data[table + place] = rng.choice((0, 255, rng.randrange(256)))
    return bytes(data)


def _wrong_lengths(rng: random.Random) -> bytes:
    data = bytearray(GOOD)
    marker = rng.choice((b"\xff\xc4", b"\xff\xdb", b"\xff\xc0", b"\xff\xda"))
    segment = data.index(marker)
    struct.pack_into(">H", data, segment + 2, rng.choice((0, 1, 2, 3, 0x7FFF, 0xFFFF)))
    return bytes(data)


def _scans(rng: random.Random) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (64, 64)).save(stream, "JPEG", progressive=True)
    data = stream.getvalue()
    scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + scan * rng.choice((70, 700, 3000)) + b"\xff\xd9"


def _exif(rng: random.Random, tiff: bytes) -> bytes:
    body = b"Exif\0\0" + tiff
    cut = body[: 0xFFFF - 2]
    del rng
    return GOOD[:2] + b"\xff\xe1" + struct.pack(">H", len(cut) + 2) + cut + GOOD[2:]


def _nested_tiff(rng: random.Random) -> bytes:
    """Directories of EXIF that name each other, themselves, or places far outside."""
    tiff = bytearray(b"II*\0\x08\0\0\0")
    for _ in range(rng.randrange(1, 400)):
        at = rng.choice((8, len(tiff), 0xFFFF_FFF0, rng.randrange(1 << 32)))
        tag = rng.choice((0x8769, 0x8825, 0xA005, 0x0112, 0x014A))
        tiff += struct.pack("<HHHLLL", 1, tag, rng.choice((3, 4, 13)), 1, at, at)
    return _exif(rng, bytes(tiff))


def _long_tiff(rng: random.Random) -> bytes:
    entry = struct.pack("<HHLL", 0x0112, 7, 0xFFFF_FFFF, 8)
    return _exif(rng, b"II*\0\x08\0\0\0" + struct.pack("<H", 0xFFFF) + entry * rng.randrange(4000))


def _many_segments(rng: random.Random) -> bytes:
    marker = bytes((0xFF, rng.choice((0xE1, 0xE2, 0xFE, 0xEE))))
    return GOOD[:2] + (marker + b"\0\2") * rng.choice((1000, 20_000)) + GOOD[2:]


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body)
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", check)


def _png_bomb(rng: random.Random) -> bytes:
    side = rng.choice((30_000, 65_000, 0x7FFF_FFFF))
    head = _png_chunk(b"IHDR", struct.pack(">LLBBBBB", side, side, 8, 2, 0, 0, 0))
    packed = zlib.compress(bytes(1 << 20), 9)
    text = _png_chunk(b"zTXt", b"a\0\0" + packed)
    return b"\x89PNG\r\n\x1a\n" + head + text + _png_chunk(b"IDAT", packed) * 3


def _big_tiff(rng: random.Random) -> bytes:
    entries = [(256, 4, 1, 1 << 30), (257, 4, 1, 1 << 30), (259, 3, 1, rng.choice((1, 5, 7, 8)))]
    body = b"".join(struct.pack("<HHLL", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + b"\x08\0\0\0"


def _other_kind(rng: random.Random) -> bytes:
    heads = (
        b"GIF89a" + b"\xff" * 9,
        b"RIFF\xff\xff\xff\xffWEBPVP8L" + b"\xff" * 12,
        b"\0\0\1\0" + b"\xff" * 20,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99999 99999\n(/etc/passwd) (r) file\n",
        b"\0\0\0\x0cjP  \r\n\x87\n" + b"\xff" * 30,
        b"8BPS\0\1" + b"\xff" * 20,
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    )
    return rng.choice(heads) + rng.randbytes(rng.randrange(2000))


def _large_file(rng: random.Random) -> bytes:
    return GOOD + rng.randbytes(4096) * rng.choice((30, 500))


MAKERS: Final[tuple[Maker, ...]] = (
    _cut, _flipped, _noise, _shuffled, _huge_size, _other_components, _wrong_tables,
    _wrong_lengths, _scans, _nested_tiff, _long_tiff, _many_segments, _png_bomb, _big_tiff,
    _other_kind, _large_file,
)  # fmt: skip
