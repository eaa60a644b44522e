"""Takes in what the stations send, and answers: one thread for each stream.

A message is acknowledged after the commit that keeps it, or when it can never be kept; whatever is
lost in between comes again. What is announced to a station, its cursor and lease, is written after
the commit, and again with each of its signs of life.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from station.central.intake import EventIntake
from station.central.pulse import Pulse
from station.central.signs import Answer, Signs
from station.core import fleet
from station.core.carrier import Carrier, Delivery
from station.core.errors import FleetLinkError, FleetMessageError, StationError
from station.signing import Identity

log = logging.getLogger(__name__)

AT_ONCE: Final = 500  #: messages in one transaction
WAIT: Final = 5.0  #: seconds that the carrier is asked to wait
REST: Final = 1.0  #: seconds after a failure
CONSUMER: Final = "central"

T = TypeVar("T")


class Receiver:
    """The three streams. `turn_...` does what there is; `start` calls them in threads."""

    def __init__(
        self, carrier: Carrier, identity: Identity, intake: EventIntake, signs: Signs, pulse: Pulse
    ) -> None:
        self._carrier = carrier
        self._identity = identity
        self._intake = intake
        self._signs = signs
        self._pulse = pulse
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._follow, args=(turn,), name=name, daemon=True)
            for name, turn in (
                ("central-events", self.turn_events),
                ("central-presence", self.turn_presence),
                ("central-checkpoints", self.turn_checkpoints),
            )
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = WAIT + 2.0) -> None:
        """End the threads; none is waited for longer than that."""
        self._stopping.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(timeout)

    def turn_events(self, wait: float) -> int:
        """Take the next events in; returns how many came.

        Raises:
            FleetLinkError: The carrier can't be reached.
            JournalError: The database can't be used; the messages come again.
        """
        found = self._receive(fleet.EVENTS_STREAM, wait)
        messages = [message for one in found if (message := _readable(one, _event)) is not None]
        cursors = self._intake.take(messages)
        self._announce(
            {fleet.cursor_key(station): cursor.to_json() for station, cursor in cursors.items()}
        )
        return self._done(found)

    def turn_presence(self, wait: float) -> int:
        """Take the next signs of life in, and answer them; see `turn_events`."""
        found = self._receive(fleet.PRESENCE_STREAM, wait)
        signed = [message for one in found if (message := _readable(one, _signed)) is not None]
        self._announce(
            {
                key: value
                for answer in self._signs.take_presences(signed)
                for key, value in self._values_of(answer).items()
            }
        )
        return self._done(found)

    def turn_checkpoints(self, wait: float) -> int:
        """Take the next checkpoints in; see `turn_events`."""
        found = self._receive(fleet.CHECKPOINTS_STREAM, wait)
        for one in found:
            _readable(one, self._take_checkpoint)
        return self._done(found)

    def _take_checkpoint(self, delivery: Delivery) -> None:
        self._signs.take_checkpoint(_signed(delivery))

    def _announce(self, values: Mapping[str, bytes]) -> None:
        if values:
            self._carrier.put_all(values)

    def _values_of(self, answer: Answer) -> Mapping[str, bytes]:
        station = answer.station
        lease = self._identity.sign(fleet.Lease.__name__, station, answer.lease.to_json())
        return {
            fleet.cursor_key(station): answer.cursor.to_json(),
            fleet.lease_key(station): lease.to_json(),
        }

    def _receive(self, stream: str, wait: float) -> Sequence[Delivery]:
        subject = fleet.STREAM_SUBJECTS[stream]
        return self._carrier.receive(stream, CONSUMER, subject, AT_ONCE, wait)

    def _done(self, found: Sequence[Delivery]) -> int:
        if found:
            self._carrier.acknowledge(found)
            self._pulse.bump()
        return len(found)

    def _follow(self, turn: Callable[[float], int]) -> None:
        while not self._stopping.is_set():
            try:
                turn(WAIT)
            except StationError as exc:
                log.warning("%s", exc, extra={"action": "central-receive", "code": exc.code})
                if isinstance(exc, FleetLinkError):
                    self._prepare()
                self._stopping.wait(REST)

    def _prepare(self) -> None:
        """Make the streams again: the carrier may have come back with an empty store."""
        try:
            self._carrier.prepare()
        except FleetLinkError as exc:
            log.info("%s", exc, extra={"action": "central-prepare"})


def _event(delivery: Delivery) -> fleet.EventMessage:
    message = fleet.EventMessage.from_json(delivery.body)
    if delivery.subject != fleet.events_subject(message.station):
        raise FleetMessageError(f"an event of {message.station} under {delivery.subject}")
    return message


def _signed(delivery: Delivery) -> fleet.Signed:
    signed = fleet.Signed.from_json(delivery.body)
    if not delivery.subject.endswith(f".{signed.to}"):
        raise FleetMessageError(f"a message of {signed.to} under {delivery.subject}")
    return signed


def _readable(delivery: Delivery, read: Callable[[Delivery], T]) -> T | None:
    """Return what is read; a message that can never be read is put away, and said in the log."""
    try:
        return read(delivery)
    except FleetMessageError as exc:
        log.warning("a message was put away: %s", exc, extra={"action": "central-message"})
        return None
