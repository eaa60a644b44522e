"""Release files: a manifest, its signature, and the archive of one version of the program.

A tar of three members in this order: `manifest.json`, `manifest.sig` (Ed25519 over the manifest's
bytes, RFC 8032) and `program.tar.gz`, whose SHA-256 the manifest has. Nothing of the archive is
written before signature and digest are right.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from station.core.errors import ConfigError
from station.core.phrases import phrase

FORM: Final = "card-station-release"
MANIFEST, SIGNATURE, PROGRAM = "manifest.json", "manifest.sig", "program.tar.gz"
MOST_MANIFEST: Final = 64 * 1024
MOST_PROGRAM: Final = 1024**3
#: A version's name is also that of its folder.
VERSION: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*[A-Za-z0-9.+~-]*")
_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release file holds.

    Attributes:
        version: Name of the version.
        schema: Newest schema of the journal that it knows.
        architecture: Of the processor, as `uname -m` prints it.
        sha256: Digest of the archive.
    """

    version: str
    schema: str
    architecture: str
    sha256: str


def write_release(
    program: Path, target: Path, key: Ed25519PrivateKey, *, version: str, schema: str, machine: str
) -> Manifest:
    """Archive the folder of a program, sign it, and write the release file."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=6) as archive:
        for path in sorted(program.rglob("*")):
            if "__pycache__" not in path.parts or path.suffix == ".pyc":
                archive.add(path, arcname=str(path.relative_to(program)), recursive=False)
    content = packed.getvalue()
    manifest = Manifest(version, schema, machine, hashlib.sha256(content).hexdigest())
    shown = json.dumps({"form": FORM, **asdict(manifest)}, sort_keys=True).encode()
    with tarfile.open(target, "w") as release:
        for name, data in ((MANIFEST, shown), (SIGNATURE, key.sign(shown)), (PROGRAM, content)):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            release.addfile(member, io.BytesIO(data))
    return manifest


def load_public_key(file: Path) -> Ed25519PublicKey:
    """Read the owner's public key (PEM).

    Raises:
        ConfigError: It can't be read, or is of another kind.
    """
    try:
        key = load_pem_public_key(file.read_bytes())
    except OSError as exc:
        raise ConfigError(f"{file}: {exc.strerror}") from exc
    except ValueError:
        raise ConfigError(phrase("update.no-key", file=file)) from None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(phrase("update.no-key", file=file))
    return key


def unpack_release(file: Path, key: Ed25519PublicKey, folder: Path) -> Manifest:
    """Check a release file, and unpack its program into an empty folder.

    Raises:
        ConfigError: It is not signed with this key, was changed, is cut off, or is for another
            processor; nothing was written.
    """
    try:
        with tarfile.open(file, "r") as release:
            shown = _member(release, MANIFEST, MOST_MANIFEST)
            signature = _member(release, SIGNATURE, MOST_MANIFEST)
            key.verify(signature.read(), content := shown.read())
            manifest = _parse(content)
            packed = _member(release, PROGRAM, MOST_PROGRAM)
            if _digest(packed) != manifest.sha256:
                raise ConfigError(phrase("update.changed", file=file))
            packed.seek(0)
            with tarfile.open(fileobj=packed, mode="r:gz") as archive:
                _unpack(archive, folder)
    except InvalidSignature:
        raise ConfigError(phrase("update.not-signed", file=file)) from None
    except (tarfile.TarError, EOFError, KeyError, ValueError, TypeError):
        raise ConfigError(phrase("update.other-file", file=file)) from None
    except OSError as exc:
        raise ConfigError(f"{exc.filename or file}: {exc.strerror}") from exc
    return manifest


def _member(release: tarfile.TarFile, name: str, most: int) -> IO[bytes]:
    member = release.getmember(name)
    found = release.extractfile(member)
    if found is None or member.size > most:
        raise ValueError(name)
    return found


def _parse(content: bytes) -> Manifest:
    shown = json.loads(content)
    if shown.pop("form") != FORM:
        raise ValueError(FORM)
    manifest = Manifest(**{name: str(value) for name, value in shown.items()})
    if not VERSION.fullmatch(manifest.version):
        raise ValueError(manifest.version)
    return manifest


def _digest(content: IO[bytes]) -> str:
    found = hashlib.sha256()
    while chunk := content.read(_CHUNK):
        found.update(chunk)
    return found.hexdigest()


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    # Signed, and still: no path leaves the folder, and nothing but files, folders and links.
    for member in archive:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(member.name)
        target = folder / path
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
        elif member.issym():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(member.linkname)
        elif member.isfile():
            target.parent.mkdir(parents=True, exist_ok=True)
            if (source := archive.extractfile(member)) is None:
                raise ValueError(member.name)
            with target.open("xb") as out:
                while chunk := source.read(_CHUNK):
                    out.write(chunk)
            target.chmod(0o755 if member.mode & 0o100 else 0o644)
        else:
            raise ValueError(member.name)
