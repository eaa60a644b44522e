"""Versions of the program as folders and release files, made from the source that is here."""

from __future__ import annotations

import itertools
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from station.update.release import write_release

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = """#!/bin/sh
PYTHONPATH="$(dirname "$0")/../lib" exec {python} "$@"
"""
MIGRATION: Final = '''
"""Of a later version."""
from alembic import op
revision = "{new}"
down_revision = "{old}"
def upgrade() -> None:
    """Add a column that no older version knows."""
    op.execute("ALTER TABLE orders ADD COLUMN later_{new} TEXT")
'''


def make_program(
    folder: Path, version: str, *, schemas: tuple[str, ...] = (), changes: Mapping[str, str] = {}
) -> Path:
    """Copy the program with another version's name, later schemas, and changed lines.

    Args:
        folder: A new folder.
        version: Its name.
        schemas: The schema of this source, then each later one.
        changes: `file: old line` -> new line.
    """
    shutil.copytree(
        ROOT / "station", folder / "lib/station", ignore=shutil.ignore_patterns("__pycache__")
    )
    _change(folder, "__init__.py", '__version__ = "0.1.0"', f'__version__ = "{version}"')
    for old, new in itertools.pairwise(schemas):
        migrations = folder / "lib/station/journal/migrations/versions"
        (migrations / f"{new}_later.py").write_text(
            MIGRATION.format(old=old, new=new), encoding="utf-8"
        )
        _change(folder, "journal/tables.py", f'= "{old}"  #:', f'= "{new}"  #:')
    for place, new in changes.items():
        file, _, old = place.partition(": ")
        _change(folder, file, old, new)
    python = folder / "bin/python"
    python.parent.mkdir()
    python.write_text(PYTHON.format(python=sys.executable), encoding="ascii")
    python.chmod(0o755)
    return folder


def _change(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / "lib/station" / name
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, (name, old, text.count(old))
    file.write_text(text.replace(old, new), encoding="utf-8")


class Owner:
    """Who signs the releases."""

    def __init__(self, folder: Path) -> None:
        self._key = Ed25519PrivateKey.generate()
        self._folder = folder
        self.public = folder / "release-key.pem"
        pem = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.public.write_bytes(pem)

    def release(self, program: Path, version: str, schema: str, machine: str) -> Path:
        """Sign a version; returns the release file."""
        target = self._folder / f"card-station-{version}.release"
        write_release(program, target, self._key, version=version, schema=schema, machine=machine)
        return target
