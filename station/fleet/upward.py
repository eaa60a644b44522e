"""Up: signs of life, the events of the journal, checkpoints; and the lease that answers.

The journal is the outbox. Central says how far it is (`Cursor`); the window sends what is newer, in
order, and looks again. Where central has gone back, or doesn't come on, the window sends again from
there, with new message ids: a carrier drops what it believes to have had. Where central has the
same event with another hash, or events that the window doesn't have, their histories are a fork:
the window signs its own hash of that event, or that it has none, sends no events, and waits for a
person's decision.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

from station import __version__
from station.core import fleet
from station.core.carrier import Carrier, Posting
from station.core.chain import GENESIS
from station.core.errors import FleetLinkError, FleetMessageError
from station.core.orders import EventRecord
from station.fleet.inbox import Inbox
from station.fleet.link import Link, Rest
from station.journal import Journal
from station.signing import Identity, read_signed

Facts = Callable[[], Mapping[str, str]]

SHOW_EVERY: Final = 60.0  #: seconds between two signs of life
CHECKPOINT_EVERY: Final = 3600.0
LOOK_SOON: Final = 1.0  #: seconds after something was sent until central is asked how far it is
LOOK_LONGEST: Final = 30.0  #: the wait doubles up to this while an answer is missing
#: Seconds without a step of central's after which what it lacks is sent again, and the longest.
STALLED, STALLED_LONGEST = 10.0, 30.0
AT_ONCE: Final = 200  #: events in one call of the carrier
AHEAD: Final = 2000  #: events that central hasn't confirmed, before the window waits
BREATH: Final = 0.05  #: seconds between two calls while much is to be sent: cards come first
REMEMBERED: Final = 30  #: signs of life that a lease may answer
WITHOUT_CURSOR: Final = 3  #: looks in vain after which everything is sent from the first event


class Upward:
    """One thread calls it; `turn` does what is due."""

    def __init__(
        self,
        journal: Journal,
        carrier: Carrier,
        link: Link,
        identity: Identity,
        central_key: str,
        inbox: Inbox,
        facts: Facts,
    ) -> None:
        self._journal = journal
        self._carrier = carrier
        self._link = link
        self._identity = identity
        self._central_key = central_key
        self._inbox = inbox
        self._facts = facts
        self._rest = Rest()
        self._session = secrets.token_hex(8)
        self._asked = 0
        self._asked_at: OrderedDict[int, float] = OrderedDict()
        self._answered = 0  # the newest sign of life that a lease has answered
        self._lease_revision = 0
        self._sent: int | None = None  # number of the newest event that was sent; None: not known
        self._round = secrets.token_hex(4)
        self._in_vain = 0
        self._cursor = 0
        self._moved_at = 0.0
        self._stall = STALLED
        self._look_wait = LOOK_SOON
        self._show_due = self._look_due = self._checkpoint_due = float("-inf")

    def turn(self) -> float:
        """Do what is due; return the seconds until something is due again.

        Raises:
            JournalError: It can't be read or written.
        """
        now = self._journal.clock.monotonic()
        if (left := self._rest.left(now)) > 0:
            return left
        try:
            wait = self._work(now)
        except FleetLinkError as exc:
            self._link.failed(exc)
            self._link.keep()
            self._rest.failed(self._journal.clock.monotonic())
            return self._rest.left(now)
        self._rest.worked()
        self._link.keep()
        return wait

    def end(self) -> None:
        """End the lease, and say that the window ends, with a last checkpoint.

        Raises:
            FleetLinkError: Nobody heard it.
        """
        self._link.lease.end_for_good()  # central may give one to the next start at once
        self._lay_checkpoint()
        self._carrier.publish([self._presence(alive=False)])

    # -- one turn ------------------------------------------------------------------------------

    def _work(self, now: float) -> float:
        if now >= self._show_due:
            self._carrier.publish([self._presence(alive=True)])
            self._link.answered()
            self._show_due = now + SHOW_EVERY
            self._look_due, self._look_wait = now + LOOK_SOON, LOOK_SOON
            if self._sent is None:
                self._look_due = now
        if now >= self._look_due:
            self._look(now)
        more = self._send(now)
        if now >= self._checkpoint_due and self._sent is not None:
            self._lay_checkpoint()
            self._checkpoint_due = now + CHECKPOINT_EVERY
        return BREATH if more else max(0.0, min(self._show_due, self._look_due) - now)

    def _presence(self, *, alive: bool) -> Posting:
        self._asked += 1
        self._asked_at[self._asked] = self._journal.clock.monotonic()
        while len(self._asked_at) > REMEMBERED:
            self._asked_at.popitem(last=False)
        seq, own = self._newest()
        message = fleet.Presence(
            station=self._link.name,
            session=self._session,
            alive=alive,
            seq=seq,
            hash=own,
            asked=self._asked,
            version=__version__,
            facts=dict(self._facts()),
        )
        return self._signed(
            fleet.presence_subject(self._link.name), message, f"{self._session}:{self._asked}"
        )

    def _prove_fork(self, seq: int) -> None:
        """Sign what is here at a number that central has: another hash, or nothing."""
        own = self._journal.history.after(seq - 1, 1)
        self._vouch(seq, own[0].hash if own else fleet.NOTHING)

    def _lay_checkpoint(self) -> None:
        self._vouch(*self._newest())

    def _vouch(self, seq: int, own: str) -> None:
        at = self._journal.clock.now().isoformat(timespec="microseconds")
        message = fleet.Checkpoint(self._link.name, seq, own, at)
        subject = fleet.checkpoint_subject(self._link.name)
        identity = f"checkpoint:{self._session}:{seq}:{at}"
        self._carrier.publish([self._signed(subject, message, identity)])

    def _signed(
        self, subject: str, message: fleet.Presence | fleet.Checkpoint, identity: str
    ) -> Posting:
        kind = type(message).__name__
        signed = self._identity.sign(kind, self._link.name, message.to_json())
        return Posting(subject, f"{self._link.name}:{identity}", signed.to_json())

    def _newest(self) -> tuple[int, str]:
        last = self._journal.history.after(self._journal.last_seq - 1, 1)
        return (last[-1].seq, last[-1].hash) if last else (0, GENESIS)

    # -- events --------------------------------------------------------------------------------

    def _send(self, now: float) -> bool:
        """Send the next events; returns whether there are more to send right now."""
        if self._sent is None or self._link.fork or self._sent - self._cursor >= AHEAD:
            return False
        events = self._journal.history.after(self._sent, AT_ONCE)
        if not events:
            return False
        self._carrier.publish([self._posting(event) for event in events])
        if self._sent == self._cursor:  # central had everything: it can't have stalled before
            self._moved_at = now
        self._sent = events[-1].seq
        self._look_wait = LOOK_SOON
        self._look_due = min(self._look_due, now + LOOK_SOON)
        return len(events) == AT_ONCE

    def _posting(self, event: EventRecord) -> Posting:
        message = fleet.EventMessage(
            station=self._link.name,
            seq=event.seq,
            order=event.order,
            at=event.at.isoformat(timespec="microseconds"),
            actor=event.actor,
            kind=event.kind,
            data=dict(event.data),
            hash=event.hash,
        )
        identity = f"{self._link.name}:{event.seq}:{self._round}"
        return Posting(fleet.events_subject(self._link.name), identity, message.to_json())

    def _look(self, now: float) -> None:
        """Ask how far central is, and for the lease."""
        self._look_wait = min(LOOK_LONGEST, 2 * self._look_wait)
        self._look_due = now + self._look_wait
        try:
            self._compare(now)
            self._read_lease(now)
        except FleetMessageError as exc:
            self._link.failed(exc)

    def _compare(self, now: float) -> None:
        kept = self._carrier.get(fleet.cursor_key(self._link.name))
        if kept is None:
            self._in_vain += 1
            if self._in_vain < WITHOUT_CURSOR:
                return
            cursor = fleet.Cursor(0, GENESIS)
        else:
            cursor = fleet.Cursor.from_json(kept.body)
        self._in_vain = 0 if kept is not None else self._in_vain
        self._link.answered(cursor.seq)
        if not self._has(cursor):
            if self._link.fork != cursor.seq:
                self._link.forked(cursor.seq)
            self._prove_fork(cursor.seq)
            return
        if self._link.fork:
            self._link.forked(0)
            self._sent = None
        self._go_on_from(cursor.seq, now)
        if self._sent == self._cursor >= self._journal.last_seq:
            self._look_due = max(self._look_due, self._show_due)

    def _has(self, cursor: fleet.Cursor) -> bool:
        if cursor.seq == 0:
            return True
        own = self._journal.history.after(cursor.seq - 1, 1)
        return bool(own) and (own[0].seq, own[0].hash) == (cursor.seq, cursor.hash)

    def _go_on_from(self, confirmed: int, now: float) -> None:
        before, self._cursor = self._cursor, confirmed
        if self._sent is None or confirmed >= self._sent:
            self._sent, self._moved_at, self._stall = confirmed, now, STALLED
        elif confirmed < before:  # central was restored, or has lost its word: it needs them again
            self._send_again(confirmed, now)
        elif confirmed > before:
            self._moved_at, self._stall = now, STALLED
        elif now - self._moved_at >= self._stall:
            self._stall = min(STALLED_LONGEST, 2 * self._stall)
            self._send_again(confirmed, now)

    def _send_again(self, confirmed: int, now: float) -> None:
        self._sent, self._moved_at = confirmed, now
        self._round = secrets.token_hex(4)

    # -- the lease -----------------------------------------------------------------------------

    def _read_lease(self, now: float) -> None:
        kept = self._carrier.get(fleet.lease_key(self._link.name))
        if kept is None or kept.revision == self._lease_revision:
            return
        lease = read_signed(kept.body, fleet.Lease, self._link.name, self._central_key)
        self._lease_revision = kept.revision
        asked_at = self._asked_at.get(lease.asked)
        if lease.session != self._session or asked_at is None or lease.asked < self._answered:
            return  # it answers another start of the daemon, or was overtaken
        self._answered = lease.asked
        until = asked_at + lease.seconds
        if not lease.seconds or self._link.fork:
            self._link.lease.end()
            self._inbox.expect_no_lease()
        elif self._link.lease.left(now):
            self._link.lease.hold(until)
        else:
            self._inbox.expect_lease(until, now)


def digest_of(key: str) -> str:
    """Return the fingerprint of a public key, for two people to compare over the telephone."""
    digest = hashlib.sha256(base64.b64decode(key)).hexdigest()
    return " ".join(digest[at : at + 4] for at in range(0, 32, 4))
