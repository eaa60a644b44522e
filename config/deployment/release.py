"""Builds release files for `station update install`, signed with the owner's Ed25519 key.

`python -m config.deployment.release keys FOLDER` makes a pair of keys: the private one stays with
the owner, the public one goes to each window as `/etc/card-station/release-key.pem`.
`python -m config.deployment.release sign KEY --deb FILE --out FOLDER` makes the release file of a
package: the same program, for windows that have an older one.
"""

from __future__ import annotations

import argparse
import getpass
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from config.deployment.package import PREFIX
from station.journal.tables import SCHEMA_VERSION
from station.update.release import Manifest, write_release

MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
PRIVATE, PUBLIC = "release-key.private.pem", "release-key.pem"


def make_keys(folder: Path, passphrase: str) -> None:
    """Write a new pair of keys; the private one opens only with the passphrase."""
    key = Ed25519PrivateKey.generate()
    protected = BestAvailableEncryption(passphrase.encode())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protected)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / PRIVATE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(private)
    (folder / PUBLIC).write_bytes(public)


def sign(deb: Path, key_file: Path, passphrase: str, out: Path) -> tuple[Path, Manifest]:
    """Make the release file of a package that was built from this source."""
    key = load_pem_private_key(key_file.read_bytes(), passphrase.encode())
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{key_file} is not an Ed25519 key")
    name, version, architecture = deb.stem.split("_")
    with tempfile.TemporaryDirectory() as made:
        subprocess.run(["dpkg-deb", "--extract", str(deb), made], check=True)
        target = out / f"{name}-{version}-{architecture}.release"
        manifest = write_release(
            Path(made) / PREFIX,
            target,
            key,
            version=version,
            schema=SCHEMA_VERSION,
            machine=MACHINES[architecture],
        )
    return target, manifest


def main() -> int:
    """Make keys, or sign; asks for the passphrase of the private key."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    acts = parser.add_subparsers(dest="act", required=True)
    keys = acts.add_parser("keys", help="make a pair of keys")
    keys.add_argument("folder", type=Path)
    signing = acts.add_parser("sign", help="make a release file")
    signing.add_argument("key", type=Path, help="the private key")
    signing.add_argument("--deb", type=Path, required=True)
    signing.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    passphrase = getpass.getpass("passphrase of the private key: ")
    if chosen.act == "keys":
        make_keys(chosen.folder, passphrase)
    else:
        target, manifest = sign(chosen.deb, chosen.key, passphrase, chosen.out)
        sys.stdout.write(f"{target} {manifest.version} {manifest.sha256}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
