"""Notices and bill of materials name what a package holds, under licences that were accepted."""

from __future__ import annotations

import hashlib
import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from config.deployment import licences
from config.deployment.dependencies import LOCK, ROOT, Locked, LockError, read_lock, shipped

NAMES = {each.name for each in licences.components()}


def test_a_package_holds_what_the_station_needs_and_nothing_of_the_simulators() -> None:
    assert {"fastapi", "pyscard", "pydantic-core", "starlette", "idiomorph"} <= NAMES
    assert not {"gmssl", "pycryptodomex", "setuptools"} & NAMES


def test_every_entry_of_the_lock_is_read() -> None:
    text = LOCK.read_text(encoding="utf-8")
    lock = read_lock(text)
    assert len(lock) == sum(line.count("==") for line in text.splitlines() if line[:1].isalnum())
    assert sum(len(each.sha256) for each in lock.values()) == text.count("--hash=sha256:")


def test_a_need_that_the_lock_lacks_is_named() -> None:
    with pytest.raises(LockError, match="is needed and not in the lock"):
        shipped({"fastapi": Locked("fastapi", "1", frozenset())}, ["fastapi"])


def test_a_licence_that_nobody_accepted_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licences, "_licence", lambda name: "AGPL-3.0-only")
    with pytest.raises(LockError, match=r"AGPL-3\.0-only is not accepted"):
        licences.components()


@pytest.mark.parametrize("name", sorted(NAMES - {"idiomorph"}))
def test_every_licence_has_its_text(name: str) -> None:
    files = licences.licence_files(name)
    assert files
    assert all(file.stat().st_size > 0 for file in files)


def test_vendored_scripts_are_the_ones_that_are_named() -> None:
    (script,) = (each for each in licences.components() if each.ecosystem == "npm")
    content = (ROOT / "station/ui/static/vendor/idiomorph.min.js").read_bytes()
    assert hashlib.sha256(content).hexdigest() == script.sha256


def test_the_bill_of_materials_is_valid_cyclonedx() -> None:
    bill = licences.bill_of_materials("1.2.3", {"h11": "ab" * 32})
    errors = JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill)
    assert errors is None, errors
    parts = {part["name"]: part for part in json.loads(bill)["components"]}
    assert set(parts) == NAMES
    assert parts["h11"]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert bill == licences.bill_of_materials("1.2.3", {"h11": "ab" * 32})
