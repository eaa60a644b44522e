"""The common part of keys and PINs: a counter of wrong attempts that survives power loss."""

from __future__ import annotations

import functools

from simulators.cards.ssc import sm4
from simulators.cards.ssc.apdu import RefusedError, StatusWord
from simulators.cards.ssc.authentication import xor
from simulators.cards.ssc.sm3 import digest


class Secret:
    """One key or PIN.

    Attributes:
        name: Name recorded as proven.
        tries: Consecutive wrong attempts that block it.
        tries_left: At 0 it is blocked.
    """

    def __init__(self, name: str, tries: int, tries_left: int) -> None:
        self.name = name
        self.tries = tries
        self.tries_left = tries_left

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name}, {self.tries_left} of {self.tries})"

    def check_usable(self) -> None:
        """Refuse (6983) when it is blocked."""
        if self.tries_left == 0:
            raise RefusedError(StatusWord.AUTHENTICATION_BLOCKED)


class StoredSecret(Secret):
    """A key or PIN whose value can be replaced by a command."""

    def __init__(self, name: str, tries: int, value: bytes) -> None:
        super().__init__(name, tries, tries)
        self.value = value

    def replace(self, value: bytes) -> None:
        """Set a new value, with all tries restored."""
        self.value = value
        self.tries_left = self.tries


def seal(seed: bytes, label: str, value: bytes) -> bytes:
    """Return up to 32 bytes obscured with the card's seed, for its image; the same call reverts it.

    It only prevents that a reader of the image sees the value in plain form.
    """
    return xor(value, _stream(seed, label)[: len(value)])


@functools.lru_cache(maxsize=256)  # an image is taken after every write
def _stream(seed: bytes, label: str) -> bytes:
    return sm4.encrypt(seed, digest(label.encode("ascii")))
