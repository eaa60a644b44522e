"""Only a release that the owner has signed is unpacked, and only whole."""

from __future__ import annotations

import io
import platform
import tarfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from station.cli import app
from station.core.errors import ConfigError
from station.update.release import load_public_key, unpack_release
from tests.rigs.programs import ROOT, Owner


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    made = tmp_path / "program"
    (made / "bin").mkdir(parents=True)
    (made / "bin/python").symlink_to("/usr/bin/python3")
    (made / "lib").mkdir()
    (made / "lib/code.py").write_text("x = 1\n" * 5000, encoding="utf-8")
    return made


def release(owner: Owner, program: Path, version: str = "0.2.0", machine: str = "") -> Path:
    return owner.release(program, version, "0011", machine or platform.machine())


def test_a_signed_release_is_unpacked(owner: Owner, program: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    manifest = unpack_release(release(owner, program), load_public_key(owner.public), folder)
    assert (manifest.version, manifest.schema) == ("0.2.0", "0011")
    assert (folder / "lib/code.py").read_bytes() == (program / "lib/code.py").read_bytes()
    assert (folder / "bin/python").is_symlink()


def altered(file: Path, member: str, at: int) -> None:
    with tarfile.open(file) as old:
        parts = {each.name: bytearray(old.extractfile(each).read()) for each in old}  # type: ignore[union-attr]
    parts[member][at] ^= 1
    with tarfile.open(file, "w") as new:
        for name, data in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            new.addfile(info, io.BytesIO(bytes(data)))


@pytest.mark.parametrize(
    "how", ["manifest", "signature", "program", "cut off", "another key", "another file"]
)
def test_anything_else_is_refused_and_nothing_is_written(
    owner: Owner, program: Path, tmp_path: Path, how: str
) -> None:
    file, key = release(owner, program), owner.public
    if how == "manifest":
        altered(file, "manifest.json", 20)
    elif how == "signature":
        altered(file, "manifest.sig", 5)
    elif how == "program":
        altered(file, "program.tar.gz", 40)
    elif how == "cut off":
        file.write_bytes(file.read_bytes()[:2000])
    elif how == "another key":
        (tmp_path / "other").mkdir()
        key = Owner(tmp_path / "other").public
    else:
        file.write_bytes(b"no release" * 500)
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(ConfigError):
        unpack_release(file, load_public_key(key), folder)
    assert not list(folder.iterdir())


def test_a_path_outside_is_refused_even_when_signed(
    owner: Owner, program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Path, "relative_to", lambda *_: "../outside")
        file = release(owner, program)
    (tmp_path / "out").mkdir()
    with pytest.raises(ConfigError):
        unpack_release(file, load_public_key(owner.public), tmp_path / "out")
    assert not (tmp_path / "outside").exists()


def run(tmp_path: Path, *arguments: str) -> Result:
    config = tmp_path / "station.toml"
    text = (ROOT / "config/station.toml").read_text(encoding="utf-8")
    config.write_text(text.replace('"var"', f'"{tmp_path / "state"}"'), encoding="utf-8")
    folder = ("--versions", str(tmp_path / "versions"))
    return CliRunner().invoke(app, ["update", *arguments, "--config", str(config), *folder])


def test_two_versions_stay_installed(owner: Owner, program: Path, tmp_path: Path) -> None:
    key = ("--key", str(owner.public))
    for version in ("0.2.0", "0.3.0"):
        done = run(tmp_path, "install", str(release(owner, program, version)), *key)
        assert done.exit_code == 0, done.output
    # Neither runs: only the newest is worth keeping beside the base.
    assert [each.name for each in (tmp_path / "versions").iterdir()] == ["0.3.0"]
    again = run(tmp_path, "install", str(release(owner, program, "0.3.0")), *key)
    assert again.exit_code == 2
    assert "已经装好" in again.output


def test_a_release_for_another_processor_is_refused(
    owner: Owner, program: Path, tmp_path: Path
) -> None:
    file = release(owner, program, machine="loongarch64")
    done = run(tmp_path, "install", str(file), "--key", str(owner.public))
    assert done.exit_code == 2
    assert "loongarch64" in done.output
    assert not list((tmp_path / "versions").iterdir())


def test_what_cannot_run_is_not_taken_up(tmp_path: Path) -> None:
    assert "没有安装" in run(tmp_path, "start", "0.9.0").output
    assert "正在使用" in run(tmp_path, "start", "base").output
