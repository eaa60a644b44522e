"""Builds the packages of a release: a wheel, and a `.deb` for each architecture.

`python -m config.deployment.package --out build/packages` needs CPython 3.11, pip, gcc, swig and
the headers of libpcsclite; for another architecture its cross compiler. The target needs none:
the `.deb` holds a virtual environment at /opt/card-station, built from the locked files alone.
Only pyscard has no ready files; it is compiled here, once for each architecture.
"""

from __future__ import annotations

import argparse
import compileall
import gzip
import hashlib
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.deployment.dependencies import LOCK, ROOT, Locked, read_lock, shipped
from config.deployment.licences import TEXTS, bill_of_materials
from config.deployment.udev import FILE as UDEV_RULES
from docs.commands import COMPLETIONS, completion_script, man_pages
from station import __version__

DEBIAN: Final = Path(__file__).parent / "debian"
PYTHON: Final = (3, 11)  #: of Debian 12
PREFIX: Final = Path("opt/card-station")
PACKAGES: Final = PREFIX / "lib/python3.11/site-packages"
COMPILED_HERE: Final = frozenset({"pyscard"})  #: no wheel of it is published for Linux
SOURCE_HANDED_ON: Final = ("fpdf2", "pyscard")  #: under the LGPL: docs/decisions/0017-licence.md
OLDEST_GLIBC: Final = 17
GLIBC: Final = 36  #: 2.36 is Debian 12's


class PackageError(RuntimeError):
    """A tool refused; its own words are in the message."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """One kind of processor.

    Attributes:
        debian: Debian's name for it.
        python: Name in the tags of wheels and in the names of extension modules.
        compiler: Command that compiles for it.
    """

    debian: str
    python: str
    compiler: str

    @property
    def platforms(self) -> list[str]:
        """Tags of wheels that run there, the newest first (PEP 600)."""
        manylinux = [
            f"manylinux_2_{minor}_{self.python}" for minor in range(GLIBC, OLDEST_GLIBC - 1, -1)
        ]
        return [*manylinux, f"manylinux2014_{self.python}", f"linux_{self.python}"]

    @property
    def compiler_environment(self) -> dict[str, str]:
        """What has setuptools compile for it, whatever this machine is."""
        return {
            "CC": self.compiler,
            "LDSHARED": f"{self.compiler} -shared",
            "CFLAGS": "-O2 -g0",
            "_PYTHON_HOST_PLATFORM": f"linux-{self.python}",
            "SETUPTOOLS_EXT_SUFFIX": f".cpython-311-{self.python}-linux-gnu.so",
        }


ARCHITECTURES: Final[Mapping[str, Architecture]] = {
    each.debian: each
    for each in (
        Architecture("amd64", "x86_64", "x86_64-linux-gnu-gcc"),
        Architecture("arm64", "aarch64", "aarch64-linux-gnu-gcc"),
    )
}


def build_wheel(out: Path) -> Path:
    """Build the station's own wheel into a folder and return it."""
    with tempfile.TemporaryDirectory() as made:
        copy = Path(made) / "source"  # setuptools leaves its own folders where it builds
        copy.mkdir()
        for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
            shutil.copy2(ROOT / name, copy / name)
        for name in ("station", "config"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(out), str(copy))
    (wheel,) = out.glob(f"card_station-{__version__}-*.whl")
    return wheel


def collect_wheels(architecture: Architecture, out: Path) -> dict[str, str]:
    """Get the locked files for an architecture; returns the SHA-256 of each by its name."""
    locked = shipped(read_lock(LOCK.read_text(encoding="utf-8")))
    ready = [each for each in locked if each.name not in COMPILED_HERE]
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.write("".join(f"{each.line}\n" for each in ready))
        wanted.flush()
        _pip("download", "--no-deps", "--require-hashes", "--dest", str(out), "-r", wanted.name,
             *_for_target(architecture))  # fmt: skip
    for each in locked:
        if each.name in COMPILED_HERE:
            _compile(each, architecture, out)
    return {_name_of(file): _sha256(file) for file in sorted(out.glob("*.whl"))}


def _compile(locked: Locked, architecture: Architecture, out: Path) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.write(locked.line + "\n")
        wanted.flush()
        options = ["--no-deps", "--no-build-isolation", "--no-cache-dir", "--require-hashes"]
        _pip("wheel", *options, "--wheel-dir", str(out), "-r", wanted.name,
             environment=architecture.compiler_environment)  # fmt: skip


def collect_sources(out: Path) -> None:
    """Get the source archives that are handed on with the packages."""
    lock = read_lock(LOCK.read_text(encoding="utf-8"))
    out.mkdir(parents=True, exist_ok=True)
    for name in SOURCE_HANDED_ON:
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
            wanted.write(lock[name].line + "\n")
            wanted.flush()
            options = ["--no-deps", "--no-build-isolation", "--no-binary", name, "--require-hashes"]
            _pip("download", *options, "--dest", str(out), "-r", wanted.name)


def lay_out(root: Path, station: Path, wheels: Path, architecture: Architecture) -> None:
    """Lay the files of a package below `root`, as they will be on the window's PC."""
    packages = root / PACKAGES
    files = [str(station), *(str(file) for file in sorted(wheels.glob("*.whl")))]
    _pip("install", "--no-deps", "--no-index", "--no-compile", "--target", str(packages), *files,
         *_for_target(architecture))  # fmt: skip
    # Their commands would name this machine's Python; the station's own is written below.
    shutil.rmtree(packages / "bin", ignore_errors=True)
    shutil.rmtree(packages / "share", ignore_errors=True)
    _make_environment(root / PREFIX)
    for name in ("faces", "photos"):
        shutil.copytree(ROOT / "config" / name, root / PREFIX / "share/card-station" / name)
    _compile_modules(packages, root)
    for source, target, mode in SYSTEM_FILES:
        _put(DEBIAN / source, root / target, mode)
    _document(root / "usr/share/doc/card-station")
    describe_commands(root)


#: Source in `config/deployment/debian`, where it goes, and its mode.
SYSTEM_FILES: Final = (
    ("station", "usr/bin/station", 0o755),
    ("card-station.service", "lib/systemd/system/card-station.service", 0o644),
    ("card-station-backup.service", "lib/systemd/system/card-station-backup.service", 0o644),
    ("card-station-backup.timer", "lib/systemd/system/card-station-backup.timer", 0o644),
    ("journald@card-station.conf", "etc/systemd/journald@card-station.conf", 0o644),
    ("card-station.tmpfiles", "usr/lib/tmpfiles.d/card-station.conf", 0o644),
    ("50-card-station.rules", "usr/share/polkit-1/rules.d/50-card-station.rules", 0o644),
    (UDEV_RULES, f"lib/udev/rules.d/{UDEV_RULES}", 0o644),
)


def _make_environment(prefix: Path) -> None:
    # What `python3 -m venv --without-pip` makes, but with the target's paths.
    (prefix / "bin").mkdir(parents=True)
    for name in ("python", "python3"):
        (prefix / "bin" / name).symlink_to("/usr/bin/python3.11")
    (prefix / "pyvenv.cfg").write_text(
        "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n",
        encoding="ascii",
    )


def _compile_modules(packages: Path, root: Path) -> None:
    # The service may not write there. Checked by content: a library that somebody replaces counts.
    compileall.compile_dir(
        packages,
        quiet=2,
        stripdir=str(root),
        prependdir="/",
        invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH,
    )


def _document(folder: Path) -> None:
    for name in ("LICENSE", "NOTICE", "THIRD-PARTY-NOTICES.md", "SECURITY.md", "CHANGELOG.md"):
        _put(ROOT / name, folder / name, 0o644)
    _put(DEBIAN / "copyright", folder / "copyright", 0o644)
    _put(ROOT / "config/station.toml", folder / "station.toml.example", 0o644)
    for text in TEXTS.glob("*.txt"):
        _put(text, folder / "licence-texts" / text.name, 0o644)


def describe_commands(root: Path) -> None:
    """Lay the man pages and the completion of the commands, where Debian looks for them."""
    for name, text in man_pages().items():
        page = root / "usr/share/man/man1" / f"{name}.gz"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))
        page.chmod(0o644)
    for shell, place in COMPLETIONS.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(completion_script(shell), encoding="utf-8")
        (root / place).chmod(0o644)


def _put(source: Path, target: Path, mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def build_deb(station: Path, architecture: Architecture, out: Path) -> Path:
    """Build the package of one architecture and its bill of materials into a folder."""
    with tempfile.TemporaryDirectory() as made:
        wheels, root = Path(made) / "wheels", Path(made) / "root"
        digests = collect_wheels(architecture, wheels)
        lay_out(root, station, wheels, architecture)
        bill = bill_of_materials(__version__, digests)
        document = root / "usr/share/doc/card-station/sbom.cdx.json"
        document.write_text(bill, encoding="utf-8")
        name = f"card-station_{__version__}_{architecture.debian}"
        (out / f"{name}.sbom.cdx.json").write_text(bill, encoding="utf-8")
        _write_control(root, architecture)
        deb = out / f"{name}.deb"
        _run(["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", str(root), str(deb)])
    return deb


def _write_control(root: Path, architecture: Architecture) -> None:
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    sums = "".join(f"{_md5(path)}  {path.relative_to(root)}\n" for path in sorted(files))
    for path in (root, *root.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    control = root / "DEBIAN"
    control.mkdir(mode=0o755)
    template = (DEBIAN / "control.in").read_text(encoding="utf-8")
    (control / "control").write_text(
        template.format(
            version=__version__,
            architecture=architecture.debian,
            installed_size=sum(path.stat().st_size for path in files) // 1024,
        ),
        encoding="utf-8",
    )
    (control / "md5sums").write_text(sums, encoding="utf-8")
    (control / "conffiles").write_text(
        "/etc/systemd/journald@card-station.conf\n", encoding="ascii"
    )
    for name in ("postinst", "prerm", "postrm"):
        _put(DEBIAN / name, control / name, 0o755)


def _for_target(architecture: Architecture) -> list[str]:
    options = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", "3.11"]
    for platform in architecture.platforms:
        options += ["--platform", platform]
    return options


def _pip(*arguments: str, environment: Mapping[str, str] | None = None) -> None:
    command = [sys.executable, "-m", "pip", arguments[0], "--quiet", "--disable-pip-version-check"]
    _run([*command, *arguments[1:]], environment)


def _run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        list(command),
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PackageError(
            f"{' '.join(command[:4])} ...:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        )


def _name_of(wheel: Path) -> str:
    return wheel.name.partition("-")[0].replace("_", "-").lower()


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _md5(file: Path) -> str:
    return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()


def main() -> int:
    """Build what was asked for; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "packages")
    parser.add_argument("--arch", action="append", choices=sorted(ARCHITECTURES))
    parser.add_argument("--without-sources", action="store_true", help="leave the archives out")
    chosen = parser.parse_args()
    if sys.version_info[:2] != PYTHON:
        parser.error("the packages are built with CPython 3.11, which Debian 12 has")
    out: Path = chosen.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("card*"):
        old.unlink()
    station = build_wheel(out)
    debs = [build_deb(station, ARCHITECTURES[name], out) for name in chosen.arch or ARCHITECTURES]
    if not chosen.without_sources:
        collect_sources(out / "sources")
    report = {
        "version": __version__,
        "wheel": station.name,
        "bytes": {deb.name: deb.stat().st_size for deb in debs},
    }
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
