"""A unit's package, made by an independent program, and everything that is not one."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from simulators.units.package import UnitPackage, seal
from station.core.batches import BatchSource
from station.core.errors import PackageError, PackageFault
from station.offline.packages import SealedPackages
from tests.unit.batches.lists import as_csv, good, number
from tests.unit.batches.rig import CLERK, batches, zip_of
from tests.unit.production.doubles import Bench

PACKAGE = UnitPackage(
    number="20310504-1",
    unit="1111011",
    title="大连一厂",
    naming="number",
    listed=as_csv([good(1), good(2)]),
    photos={f"{number(1)}.jpg": b"one", f"{number(2)}.jpg": b"two", "x.jpg": b"other"},
)


def key_of(window: Bench) -> str:
    return SealedPackages(window.folder / "package.key").package_key()


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_a_units_package_becomes_a_batch_with_its_pictures(window: Bench) -> None:
    taken = batches(window).take_package(seal(PACKAGE, key_of(window)), CLERK)
    now = batches(window).one(taken.batch)
    assert (now.batch.unit, now.batch.source) == ("1111011", BatchSource.PACKAGE)
    assert (now.batch.title, now.rows) == ("大连一厂", 2)
    assert (taken.photos.added, taken.photos.matched, taken.missing) == (3, 2, ())
    assert [one.name for one in batches(window).photos.now(taken.batch).unmatched] == ["x.jpg"]


def test_its_parts_may_come_one_by_one_in_any_order_and_twice(window: Bench) -> None:
    whole = members(seal(PACKAGE, key_of(window)))
    header = {"package.json": whole.pop("package.json")}
    for name in sorted(whole, reverse=True):  # the pictures before the list
        for _ in range(2):
            part = zip_of(header | {name: whole[name]})
            taken = batches(window).take_package(part, CLERK)
            assert len(taken.missing) == 1
    assert len(batches(window).newest()) == 1
    now = batches(window).photos.now(taken.batch)
    assert (now.missing, [one.name for one in now.unmatched]) == ((), ["x.jpg"])


def test_a_corrected_package_changes_only_what_differs(window: Bench) -> None:
    batches(window).take_package(seal(PACKAGE, key_of(window)), CLERK)
    corrected = dataclasses.replace(PACKAGE, listed=as_csv([good(1), good(2, place=5)]))
    taken = batches(window).take_package(seal(corrected, key_of(window)), CLERK)
    assert taken.list is not None
    assert (taken.list.changed, taken.list.unchanged) == (1, 1)


def moved_part(files: dict[str, bytes]) -> None:
    header = json.loads(files["package.json"])
    files["package.json"] = json.dumps(header | {"package": "another"}, sort_keys=True).encode()


def swapped_parts(files: dict[str, bytes]) -> None:
    one, two = "list.csv.sealed", "photos-1.zip.sealed"
    files[one], files[two] = files[two], files[one]


def flipped_bit(files: dict[str, bytes]) -> None:
    sealed = bytearray(files["list.csv.sealed"])
    sealed[-1] ^= 1
    files["list.csv.sealed"] = bytes(sealed)


def without_header(files: dict[str, bytes]) -> None:
    del files["package.json"]


def changed(**fields: object) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        header = json.loads(files["package.json"]) | fields
        files["package.json"] = json.dumps(header).encode()

    return change


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (moved_part, PackageFault.DAMAGED),
        (swapped_parts, PackageFault.DAMAGED),
        (flipped_bit, PackageFault.DAMAGED),
        (without_header, PackageFault.DAMAGED),
        (changed(form="other"), PackageFault.DAMAGED),
        (changed(version=2), PackageFault.OTHER_VERSION),
        (changed(parts=[]), PackageFault.DAMAGED),
        (changed(parts=7), PackageFault.DAMAGED),
        (changed(unit="a\u202eb"), PackageFault.DAMAGED),
        (changed(naming="by-heart"), PackageFault.DAMAGED),
        (changed(station_key="0" * 32), PackageFault.OTHER_STATION),
    ],
)
def test_what_was_changed_is_refused_and_changes_nothing(
    window: Bench, damage: Callable[[dict[str, bytes]], None], fault: str
) -> None:
    files = members(seal(PACKAGE, key_of(window)))
    damage(files)
    with pytest.raises(PackageError) as refused:
        batches(window).take_package(zip_of(files), CLERK)
    assert refused.value.code == fault
    assert batches(window).newest() == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", zip_of({"a": b"b"})])
def test_what_is_no_package_is_refused(window: Bench, content: bytes) -> None:
    with pytest.raises(PackageError):
        batches(window).take_package(content, CLERK)


def test_only_this_stations_key_opens_a_package(window: Bench) -> None:
    other = X25519PrivateKey.generate().public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(PackageError) as refused:
        batches(window).take_package(seal(PACKAGE, pem), CLERK)
    assert refused.value.code == PackageFault.OTHER_STATION
    sealed = seal(PACKAGE, key_of(window))
    for secret in (number(1), "张三", "one"):
        assert secret.encode() not in sealed


def test_the_key_is_readable_by_the_service_only(window: Bench) -> None:
    key_of(window)
    assert (window.folder / "package.key").stat().st_mode & 0o777 == 0o600
