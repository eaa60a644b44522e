"""Personal data at rest: AES-256-GCM under a key that stays on this PC.

The key file is created at the first start, readable by the service's user only. Without it the
journal's personal columns can't be read, so a backup needs both; a stolen database alone reveals
nothing about a person.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from station.core.errors import ConfigError, JournalError, SealKeyError

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


class Sealer:
    """Seals and unseals column values; `repr` shows nothing."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ConfigError(f"the seal key must have {KEY_BYTES} bytes, not {len(key)}")
        self._aead = AESGCM(hmac.digest(key, b"columns", "sha256"))
        self._index_key = hmac.digest(key, b"index", "sha256")
        self._digest_key = hmac.digest(key, b"digest", "sha256")

    def seal(self, clear: bytes, *, context: str) -> bytes:
        """Return nonce and cipher text; `context` (table, column, row) is bound to it."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, clear, context.encode())

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Return the clear bytes.

        Raises:
            JournalError: Another key sealed it, or the row was tampered with.
        """
        try:
            return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
        except InvalidTag as exc:
            raise JournalError(f"{context} does not open with this seal key") from exc

    def person_index(self, id_number: str) -> str:
        """Return a keyed digest that finds a person's orders without the number being stored."""
        return hmac.new(self._index_key, id_number.encode(), hashlib.sha256).hexdigest()

    def digest(self, kind: str, text: str) -> str:
        """Return a keyed digest, 64 hex digits, that identifies a text which is not stored.

        A plain SHA-256 of something short, such as an ID number, can be inverted by brute force.
        """
        return hmac.new(self._digest_key, f"{kind}|{text}".encode(), hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return "Sealer(***)"


def open_sealer(key_file: Path, *, may_make: bool) -> Sealer:
    """Read the key file, or create it (mode 0600).

    Args:
        key_file: Path of the file.
        may_make: Whether no data depend on the key yet. A new key beside sealed data would conceal
            for a while that they can't be unsealed any more.

    Raises:
        SealKeyError: The file is missing, and data depend on it; or it has a wrong length.
        ConfigError: The file can't be read.
    """
    try:
        if not key_file.exists():
            if not may_make:
                raise SealKeyError(
                    f"the seal key {key_file} is missing, and the journal has data sealed with it:"
                    " put the file back from the backup",
                    details={"file": str(key_file)},
                )
            key_file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as made:
                made.write(secrets.token_bytes(KEY_BYTES))
                made.flush()
                os.fsync(made.fileno())
        key = key_file.read_bytes()
        if len(key) != KEY_BYTES:
            raise SealKeyError(
                f"the seal key {key_file} must have {KEY_BYTES} bytes, not {len(key)}",
                code="seal-key-wrong",
                details={"file": str(key_file)},
            )
        return Sealer(key)
    except OSError as exc:
        raise ConfigError(f"seal key {key_file}: {exc.strerror}") from exc
