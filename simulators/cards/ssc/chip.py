"""What the commands work on: permanent memory, and a session that dies with the power."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal

from simulators.cards.ssc import sm4
from simulators.cards.ssc.apdu import RefusedError, StatusWord
from simulators.cards.ssc.authentication import Algorithm
from simulators.cards.ssc.files import FREE, Directory, ElementaryFile
from simulators.cards.ssc.layout import Access
from simulators.cards.ssc.quirks import Quirks

ROOT: Final = Directory("MF", b"", b"")


@dataclass(slots=True)
class CardKey:
    """One key of the card, already diversified.

    Attributes:
        tries_left: At 0 the key is blocked for good.
    """

    name: str
    use: Literal["external", "internal", "messaging"]
    value: bytes = field(repr=False)
    tries: int
    tries_left: int


@dataclass(slots=True)
class Pin:
    """The holder's PIN, kept as a one-way value so that no image of the card shows it."""

    verifier: bytes = field(repr=False)
    tries: int
    tries_left: int


@dataclass(slots=True)
class Session:
    """Volatile state: from one reset to the next.

    Attributes:
        challenge: The latest one, not yet used up; empty without one.
        proven: Names of the keys proven in the current directory.
        answer: What GET RESPONSE will bring.
        options_given: GET PROCESSING OPTIONS was done in the current directory.
    """

    directory: Directory = ROOT
    file: ElementaryFile | None = None
    challenge: bytes = field(default=b"", repr=False)
    proven: set[str] = field(default_factory=set)
    pin_verified: bool = False
    answer: bytes = field(default=b"", repr=False)
    options_given: bool = False


@dataclass(slots=True)
class Chip:
    """Memory, keys and session of one card.

    Attributes:
        application: The directory that `keys` and `pin` belong to.
        seed: Source of the challenges, 16 bytes; `challenges_given` numbers them.
    """

    algorithm: Algorithm
    key_version: int
    application: Directory
    directories: tuple[Directory, ...]
    keys: dict[int, CardKey]
    pin: Pin
    seed: bytes = field(repr=False)
    quirks: Quirks
    counts: Counter[str]
    challenges_given: int = 0
    session: Session = field(default_factory=Session)

    def enter(self, directory: Directory) -> None:
        """Make `directory` the current one. Everything proven before is forgotten.

        unverified: a card may keep its security state when its own directory is selected again;
        this one is strict.
        """
        self.session = Session(directory)

    def check_access(self, right: Access) -> None:
        """Refuse (6982) unless `right` is free or its key was proven."""
        if right != FREE and right not in self.session.proven:
            raise RefusedError(StatusWord.SECURITY_NOT_SATISFIED)

    def check_in_application(self) -> None:
        """Refuse (6A88) outside the directory that the keys and the PIN belong to."""
        if self.session.directory is not self.application:
            raise RefusedError(StatusWord.KEY_NOT_FOUND)

    def spend_write(self) -> None:
        """Refuse (6581) while the memory is told to fail. Call before changing a file."""
        if self.quirks.failing_writes:
            self.quirks.failing_writes -= 1
            raise RefusedError(StatusWord.MEMORY_FAILURE)

    def count_write(self, place: str) -> None:
        """Count one change of memory, in all and at `place`, such as `SSSE/EF06/08`."""
        self.counts["writes"] += 1
        self.counts[f"writes {place}"] += 1

    def new_challenge(self, length: int) -> bytes:
        """Draw a challenge that was never given before, and remember only it."""
        self.challenges_given += 1
        block = self.challenges_given.to_bytes(sm4.BLOCK_SIZE, "big")
        self.session.challenge = sm4.encrypt(self.seed, block)[:length]
        return self.session.challenge

    def take_challenge(self) -> bytes:
        """Return the latest challenge and forget it: it is good for one use.

        Raises:
            RefusedError: 6984, there is none, or it has not the 8 bytes of a 过程因子.
        """
        challenge, self.session.challenge = self.session.challenge, b""
        if len(challenge) != 8:
            raise RefusedError(StatusWord.NO_CHALLENGE)
        return challenge
