"""Down: letters of central, made durable before they are acknowledged.

A lease that had ended is in force again only when the window has read what central wrote meanwhile:
a withdrawal among it must end its order before that could be fed. So a new lease waits until the
inbox was found empty, at a time when nothing that was received before can be under way still.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from station.core import fleet
from station.core.carrier import ACK_WAIT, Carrier, Delivery
from station.core.errors import FleetLinkError, FleetMessageError, StationError
from station.core.fleet import LetterKind
from station.fleet.link import Link
from station.journal import Journal
from station.production.services.assigned import AssignedOrders
from station.signing import Identity, verify

log = logging.getLogger(__name__)

AT_ONCE: Final = 20  #: letters in one call of the carrier
AGAIN: Final = 2.0  #: seconds after which a letter is to come again that can't be kept now
#: Seconds; what was received, and lost with a process or a connection, has come again by then.
SETTLED: Final = ACK_WAIT + 2.0
PUT_OFF_LONGEST: Final = 120.0  #: seconds for which a letter that was put off keeps a lease waiting


class Inbox:
    """One thread calls `turn`; the others are for the one that reads the lease. Thread-safe."""

    def __init__(
        self,
        journal: Journal,
        carrier: Carrier,
        link: Link,
        identity: Identity,
        central_key: str,
        assigned: AssignedOrders,
    ) -> None:
        self._clock = journal.clock
        self._carrier = carrier
        self._link = link
        self._central_key = central_key
        self._keep: Mapping[str, Callable[[bytes], None]] = {
            LetterKind.ASSIGN: lambda body: assigned.accept(
                fleet.Assignment.from_json(body), identity
            ),
            LetterKind.WITHDRAW: lambda body: assigned.withdraw(fleet.Withdrawal.from_json(body)),
            LetterKind.TRANSFER: lambda body: assigned.send_blanks(fleet.Transfer.from_json(body)),
        }
        self._receive = partial(
            carrier.receive,
            fleet.INBOX_STREAM,
            fleet.inbox_consumer(link.name),
            fleet.inbox_subject(link.name),
            AT_ONCE,
        )
        self._lock = threading.Lock()
        self._expected: tuple[float, float] | None = None  # a lease: until, and when it came
        self._put_off: dict[bytes, float] = {}
        self._unsure_at = self._clock.monotonic()  # when something may have got lost on its way

    def expect_lease(self, until: float, came: float) -> None:
        """Have a lease take effect when all letters that are older were read."""
        with self._lock:
            before = self._expected
            self._expected = (until, came if before is None else before[1])

    def expect_no_lease(self) -> None:
        """Forget a lease that waits."""
        with self._lock:
            self._expected = None

    def turn(self, wait: float) -> int:
        """Read the next letters; returns how many came.

        Args:
            wait: Seconds for the first one.

        Raises:
            FleetLinkError: The carrier can't be reached.
        """
        if self._link.fork:  # a person must decide first what this window is
            return 0
        began = self._clock.monotonic()
        try:
            found = self._receive(wait)
            for delivery in found:
                self._take(delivery)
        except FleetLinkError:
            self._unsure_at = self._clock.monotonic()
            raise
        if not found:
            self._in_force(began)
        return len(found)

    def _take(self, delivery: Delivery) -> None:
        try:
            self._read(delivery.body)
        except FleetMessageError as exc:
            # Nobody can be answered whose signature is wrong. Central sends again what it has not
            # been answered.
            self._link.failed(exc)
            log.warning("a letter was put away: %s", exc, extra={"action": "fleet-letter"})
        except StationError as exc:
            log.warning("a letter waits: %s", exc, extra={"action": "fleet-letter-waits"})
            self._put_off[delivery.body] = self._clock.monotonic()
            delivery.again(AGAIN)
            return
        self._put_off.pop(delivery.body, None)
        delivery.done()

    def _read(self, content: bytes) -> None:
        signed = fleet.Signed.from_json(content)
        if signed.to != self._link.name:
            raise FleetMessageError(f"a letter for {signed.to}")
        body = verify(signed, self._central_key)
        try:
            keep = self._keep[signed.kind]
        except KeyError:
            raise FleetMessageError(f"a letter of an unknown kind: {signed.kind}") from None
        keep(body)

    def _in_force(self, began: float) -> None:
        """Let a lease that waits take effect, if the empty answer to `began` proves enough."""
        oldest = began - PUT_OFF_LONGEST
        self._put_off = {one: at for one, at in self._put_off.items() if at > oldest}
        with self._lock:
            if self._expected is None or self._put_off:
                return
            until, came = self._expected
            if began < came or began < self._unsure_at + SETTLED:
                return
            self._expected = None
        self._link.lease.hold(until)
