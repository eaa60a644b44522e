"""Passwords and codes: argon2id for what people choose, SHA-256 for what is random.

Source: RFC 9106 (argon2), section 4, second recommended option: 64 MiB, three passes. A token or a
code of 128 random bits and more needs no slow digest: it cannot be tried out.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from station.core.errors.doors import LoginBusyError, PasswordWeakError

SHORTEST: Final = 8
LONGEST: Final = 128  #: characters; a longer one is nobody's password
AT_A_TIME: Final = 2  #: each check takes 64 MiB and a processor
PATIENCE: Final = 5.0  #: seconds until one more check is refused
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_CODE: Final = 16


class Passwords:
    """Hashes and checks passwords, a few at a time. Thread-safe."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._checking = threading.BoundedSemaphore(AT_A_TIME)
        self._nobody = ""

    def hash(self, password: str, name: str) -> str:
        """Return what is stored for a new password.

        Raises:
            PasswordWeakError: It is too short or too long, or holds its owner's name.
        """
        if not SHORTEST <= len(password) <= LONGEST or name.lower() in password.lower():
            raise PasswordWeakError("the password does not fit the rules")
        return self._hasher.hash(password)

    def fits(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one. Takes as long where nothing is stored.

        Raises:
            LoginBusyError: Too many are checked now.
        """
        if not self._checking.acquire(timeout=PATIENCE):
            raise LoginBusyError("too many passwords are being checked")
        try:
            self._nobody = self._nobody or self._hasher.hash(secrets.token_hex(16))
            return self._hasher.verify(stored or self._nobody, password[:LONGEST]) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False
        finally:
            self._checking.release()


def new_code() -> str:
    """Return a registration code of 80 random bits, in groups that a person can type."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE))
    return "-".join(text[at : at + 4] for at in range(0, _CODE, 4))


def code_digest(code: str) -> str:
    """Return what is stored of a code, however it was typed."""
    plain = code.upper().translate(str.maketrans("ILO", "110", "- \t"))
    return digest(plain)


def digest(text: str) -> str:
    """Return what is stored of a random token."""
    return hashlib.sha256(text.encode()).hexdigest()
