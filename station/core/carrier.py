"""What a fleet needs of its carrier (`docs/decisions/0022-a-fleet-of-windows.md`).

A carrier may lose, double and reorder. Who sends and who receives know how far they are, and heal;
nothing here promises more than an attempt. All calls block, may be made by any thread, and end with
`FleetLinkError` at their deadline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

#: Seconds after which what was received and not acknowledged comes again, to whoever asks then.
ACK_WAIT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Posting:
    """A message on its way out.

    Attributes:
        subject: Of `station.core.fleet`.
        message_id: A carrier drops a second one with the same id for some minutes.
        body: What travels.
    """

    subject: str
    message_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A value of the carrier's bucket, with the revision that `put` must name to replace it."""

    body: bytes
    revision: int


class Delivery(Protocol):
    """A message that has come in. It comes again until `done` has reached the carrier."""

    @property
    def subject(self) -> str:
        """What it was published under."""

    @property
    def body(self) -> bytes:
        """What was sent."""

    def done(self) -> None:
        """Acknowledge it: call this after the receiver's own commit.

        Raises:
            FleetLinkError: The carrier may bring it again.
        """

    def again(self, seconds: float) -> None:
        """Ask for it again after a time, because it could not be kept now.

        Raises:
            FleetLinkError: The carrier will bring it again, at a time of its own.
        """


class Carrier(Protocol):
    """Carries messages between windows and central, and keeps one small value by key."""

    def prepare(self) -> None:
        """Make streams, bucket and object store if they are missing: central does, at its start."""

    def publish(self, postings: Sequence[Posting]) -> None:
        """Hand messages over, in order; return when the carrier has kept all.

        Raises:
            FleetLinkError: None or some are kept.
        """

    def receive(
        self, stream: str, consumer: str, subject: str, most: int, wait_seconds: float
    ) -> Sequence[Delivery]:
        """Take the next messages of a durable consumer, which is made if it is missing.

        Args:
            stream: A stream of `station.core.fleet`.
            consumer: Its name: whoever asks by the same name shares what comes.
            subject: Only what was published under it.
            most: No more than so many.
            wait_seconds: For the first one; none comes: an empty answer.

        Raises:
            FleetLinkError: The carrier can't be reached.
        """

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge many messages of this carrier at once; see `Delivery.done`.

        Raises:
            FleetLinkError: The carrier may bring some of them again.
        """

    def get(self, key: str) -> Kept | None:
        """Read a value of the bucket.

        Raises:
            FleetLinkError: The carrier can't be reached.
        """

    def put(self, key: str, body: bytes, revision: int | None = None) -> int:
        """Write a value of the bucket and return its revision.

        Args:
            key: Of `station.core.fleet`.
            body: The value.
            revision: The one that is replaced; 0 for a value that must not be there yet; None
                for whichever is there.

        Raises:
            FleetMessageError: Another revision is there.
            FleetLinkError: The carrier can't be reached.
        """

    def put_all(self, values: Mapping[str, bytes]) -> None:
        """Write many values of the bucket, whichever are there; see `put`.

        Raises:
            FleetLinkError: The carrier can't be reached; some may be written.
        """

    def blob(self, name: str) -> bytes:
        """Read an object of the store.

        Raises:
            FleetLinkError: The carrier can't be reached, or has no such object.
        """

    def put_blob(self, name: str, body: bytes) -> None:
        """Keep an object.

        Raises:
            FleetLinkError: The carrier can't be reached.
        """

    def close(self) -> None:
        """End the connection."""
