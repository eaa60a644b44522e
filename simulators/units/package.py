"""Makes a unit's package as its own program would: a zip, each part sealed to a station's key."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

PART_BYTES = 8_000_000  # of pictures in one part


@dataclass(frozen=True, slots=True)
class UnitPackage:
    """What a unit sends.

    Attributes:
        number: Id of the package.
        unit: Number of the unit.
        title: For people.
        naming: How the pictures are named.
        listed: The list, CSV.
        photos: Name of each picture -> JPEG.
    """

    number: str
    unit: str
    title: str
    naming: str
    listed: bytes
    photos: Mapping[str, bytes]


def seal(package: UnitPackage, station_key: str) -> bytes:
    """Return the zip; `station_key` is the station's public key in PEM.

    Raises:
        TypeError: The key is not an X25519 key.
    """
    key = load_pem_public_key(station_key.encode())
    if not isinstance(key, X25519PublicKey):
        raise TypeError("not an X25519 key")
    parts = {"list.csv": package.listed}
    for place, part in enumerate(_photo_parts(package.photos), start=1):
        parts[f"photos-{place}.zip"] = part
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    header = json.dumps(
        {
            "form": "card-station-package",
            "version": 1,
            "package": package.number,
            "unit": package.unit,
            "title": package.title,
            "naming": package.naming,
            "station_key": hashlib.sha256(raw).hexdigest()[:32],
            "parts": list(parts),
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("package.json", header)
        for name, content in parts.items():
            packed.writestr(
                f"{name}.sealed", suite.encrypt(content, key, info=f"{header}\n{name}".encode())
            )
    return file.getvalue()


def _photo_parts(photos: Mapping[str, bytes]) -> Iterator[bytes]:
    some: list[tuple[str, bytes]] = []
    for name, content in photos.items():
        if some and sum(len(one) for _, one in some) + len(content) > PART_BYTES:
            yield _zip(some)
            some = []
        some.append((name, content))
    if some:
        yield _zip(some)


def _zip(files: Sequence[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
        for name, content in files:
            packed.writestr(name, content)
    return file.getvalue()
