"""The state behind the commands: permanent memory, and a session that ends with the power."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from simulators.cards.ssc import sm4
from simulators.cards.ssc.apdu import TRIES_LEFT, PowerLostError, RefusedError, StatusWord
from simulators.cards.ssc.authentication import Algorithm
from simulators.cards.ssc.certificates import Certificates
from simulators.cards.ssc.files import Directory, ElementaryFile
from simulators.cards.ssc.layout import Access, is_granted
from simulators.cards.ssc.quirks import Quirks, TornRecord
from simulators.cards.ssc.secret import Secret, StoredSecret

ROOT: Final = Directory("MF", b"", b"")
LOCAL_KEY: Final = 0x80  # bit of a key reference: of the current DF, not of the whole application
WHOLE_CARD: Final = "CARD"  # in `Chip.blocked`
FACTOR: Final = (8,)  # lengths of a challenge that can be a 过程因子


class CardKey(Secret):
    """One key of the card, diversified when it is first used."""

    def __init__(
        self,
        name: str,
        tries: int,
        use: Literal["external", "internal", "messaging"],
        derive: Callable[[], bytes],
    ) -> None:
        super().__init__(name, tries, tries)
        self.use = use
        self._derive = derive

    @functools.cached_property
    def value(self) -> bytes:
        """The 16 bytes."""
        return self._derive()


@dataclass(slots=True)
class Session:
    """Volatile state: from one reset to the next.

    Attributes:
        challenge: The latest one, not yet used up; empty without one.
        proven: Names of the keys and PINs proven in the current directory.
        answer: Data for GET RESPONSE.
        options_given: GET PROCESSING OPTIONS was done in the current directory.
        imported_key: Key under which a key pair may be imported.
    """

    directory: Directory = ROOT
    file: ElementaryFile | None = None
    challenge: bytes = field(default=b"", repr=False)
    proven: set[str] = field(default_factory=set)
    answer: bytes = field(default=b"", repr=False)
    options_given: bool = False
    imported_key: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class Chip:
    """Memory, keys and session of one card.

    Attributes:
        application: The directory to which `pin` belongs.
        keys: By title of the directory and reference.
        pin: The holder's PIN, stored as a one-way value so that no image of the card shows it.
        certificates: None on a card without them.
        blocked: Titles of applications, or `WHOLE_CARD`.
        seed: Source of the challenges, 16 bytes; `challenges_given` numbers them.
        tearing: The power will be lost before the current command ends.
    """

    algorithm: Algorithm
    key_version: int
    application: Directory
    directories: tuple[Directory, ...]
    keys: dict[str, dict[int, CardKey]]
    pin: StoredSecret
    certificates: Certificates | None
    seed: bytes = field(repr=False)
    quirks: Quirks
    counts: Counter[str]
    blocked: set[str] = field(default_factory=set)
    challenges_given: int = 0
    tearing: bool = False
    session: Session = field(default_factory=Session)

    def enter(self, directory: Directory) -> None:
        """Make `directory` the current one. All proofs given before are cleared.

        unverified: a card may keep its security state when its own directory is selected again;
        this one is strict.
        """
        self.session = Session(directory)

    def check_access(self, right: Access) -> None:
        """Refuse (6982) unless `right` is free or its requirement was proven."""
        if not is_granted(right, self.session.proven):
            raise RefusedError(StatusWord.SECURITY_NOT_SATISFIED)

    def check_in_application(self) -> None:
        """Refuse (6A88) outside the application that the holder's PIN belongs to."""
        if self.session.directory.family != self.application.title:
            raise RefusedError(StatusWord.KEY_NOT_FOUND)

    def find_key(self, key_id: int) -> CardKey:
        """Return a key of the current DF, or of the application around it.

        Raises:
            RefusedError: 6A88, there is none.
        """
        here = self.session.directory
        owner = here.title if key_id & LOCAL_KEY else here.family
        key = self.keys.get(owner, {}).get(key_id)
        if key is None:
            raise RefusedError(StatusWord.KEY_NOT_FOUND)
        return key

    def secrets(self) -> Iterator[Secret]:
        """Yield everything that has a retry counter."""
        for keys in self.keys.values():
            yield from keys.values()
        yield self.pin
        if self.certificates is not None:
            yield from self.certificates.secrets()

    def judge(self, secret: Secret, *, right: bool, counted: str) -> None:
        """Record that `secret` was proven, or that the attempt failed.

        Raises:
            RefusedError: 6983, it is blocked; 63Cx, wrong, x tries left.
            PowerLostError: The power was lost in between.
        """
        secret.check_usable()
        if self.tearing and self.quirks.torn_counter_spent:
            secret.tries_left -= 1
            raise PowerLostError
        if right:
            secret.tries_left = secret.tries
            self.session.proven.add(secret.name)
            return
        self.counts[counted] += 1
        self.session.proven.discard(secret.name)
        secret.tries_left -= 1
        raise RefusedError(TRIES_LEFT | secret.tries_left)

    def write(self, place: str, change: Callable[[], None]) -> None:
        """Make one atomic change of the memory, and count it at `place`.

        Args:
            place: Such as `SSSE/EF06/08`.
            change: Makes the change; refuses before it has modified anything.

        Raises:
            RefusedError: 6581, the memory fails; or the refusal of `change`.
            PowerLostError: The power was lost; the memory has the old or the new content.
        """
        if self.quirks.failing_writes:
            self.quirks.failing_writes -= 1
            raise RefusedError(StatusWord.MEMORY_FAILURE)
        if self.tearing and self.quirks.torn_record is TornRecord.OLD:
            raise PowerLostError
        change()
        self.counts["writes"] += 1
        self.counts[f"writes {place}"] += 1
        if self.tearing:
            raise PowerLostError

    def new_challenge(self, length: int) -> bytes:
        """Generate a challenge that was never used before, and store only it."""
        self.challenges_given += 1
        block = self.challenges_given.to_bytes(sm4.BLOCK_SIZE, "big")
        self.session.challenge = sm4.encrypt(self.seed, block)[:length]
        return self.session.challenge

    def take_challenge(self, lengths: Container[int] = FACTOR) -> bytes:
        """Return the latest challenge and clear it: it is valid once.

        Raises:
            RefusedError: 6984, there is none, or not one of these lengths.
        """
        challenge, self.session.challenge = self.session.challenge, b""
        if len(challenge) not in lengths:
            raise RefusedError(StatusWord.NO_CHALLENGE)
        return challenge
