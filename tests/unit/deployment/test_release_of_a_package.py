"""A release file is made from a package and is what a window accepts."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from config.deployment.package import PREFIX
from config.deployment.release import PRIVATE, PUBLIC, make_keys, sign
from station.journal.tables import SCHEMA_VERSION
from station.update.release import load_public_key, unpack_release

PASSPHRASE = "of a test"  # noqa: S105


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed here")
def test_the_program_of_a_package_is_released(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / PREFIX / "bin").mkdir(parents=True)
    (root / PREFIX / "bin/python").symlink_to("/usr/bin/python3.11")
    (root / PREFIX / "share").mkdir()
    (root / PREFIX / "share/face.toml").write_text("x = 1\n", encoding="ascii")
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN").chmod(0o755)  # whatever mask a test before has left
    control = "Package: card-station\nVersion: 9.9\nArchitecture: amd64\nMaintainer: x <x@y>\n"
    control += "Description: x\n"
    (root / "DEBIAN/control").write_text(control, encoding="ascii")
    deb = tmp_path / "card-station_9.9_amd64.deb"
    subprocess.run(["dpkg-deb", "--build", str(root), str(deb)], check=True, capture_output=True)  # noqa: S607
    make_keys(tmp_path / "keys", PASSPHRASE)
    assert (tmp_path / "keys" / PRIVATE).stat().st_mode & 0o077 == 0
    release, made = sign(deb, tmp_path / "keys" / PRIVATE, PASSPHRASE, tmp_path)
    (tmp_path / "out").mkdir()
    key = load_public_key(tmp_path / "keys" / PUBLIC)
    manifest = unpack_release(release, key, tmp_path / "out")
    assert manifest == made
    assert (manifest.version, manifest.schema) == ("9.9", SCHEMA_VERSION)
    assert manifest.architecture == "x86_64"
    assert (tmp_path / "out/share/face.toml").read_text(encoding="ascii") == "x = 1\n"
    assert (tmp_path / "out/bin/python").is_symlink()
