"""Private keys of this station in PEM files: each is made at its first use and stays on this PC.

Source: RFC 8032 (Ed25519), RFC 7748 (X25519), RFC 5958 (PKCS #8).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from station.core.errors import ConfigError


def signing_key_in(file: Path) -> Ed25519PrivateKey:
    """Return the signing key of a file, which is made, for its owner alone, when it is not there.

    Raises:
        ConfigError: The file can't be made or read, or holds something else.
    """
    key = _key_in(file, "signing", Ed25519PrivateKey.generate)
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"signing key {file}: not an Ed25519 key")
    return key


def package_key_in(file: Path) -> X25519PrivateKey:
    """As `signing_key_in`, the key to which units seal their packages."""
    key = _key_in(file, "package", X25519PrivateKey.generate)
    if not isinstance(key, X25519PrivateKey):
        raise ConfigError(f"package key {file}: not an X25519 key")
    return key


def _key_in(
    file: Path, use: str, generate: Callable[[], Ed25519PrivateKey | X25519PrivateKey]
) -> PrivateKeyTypes:
    try:
        if not file.exists():
            _write(file, generate())
        return load_pem_private_key(file.read_bytes(), password=None)
    except OSError as exc:
        raise ConfigError(f"{use} key {file}: {exc.strerror}") from exc
    except ValueError as exc:
        raise ConfigError(f"{use} key {file}: not a PEM key") from exc


def _write(file: Path, key: Ed25519PrivateKey | X25519PrivateKey) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as made:
        made.write(pem)
        made.flush()
        os.fsync(made.fileno())
