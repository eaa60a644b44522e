"""A carrier that doubles, reorders, holds back and cuts, as any carrier may; seeded."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from station.core.carrier import Carrier, Delivery, Kept, Posting
from station.core.errors import FleetLinkError, FleetMessageError
from station.core.fleet import Assignment, LetterKind, Signed

DOUBLED, SHUFFLED, HELD_BACK = 0.05, 0.05, 0.03  #: chances, of one call
AGAIN = 0.1  #: chance that a letter comes a second time at once
LATE_AGAIN = 0.1  #: chance that it comes once more, much later
REMEMBERED = 5  #: letters that may
Durable = Callable[[str], bool]


class FaultyCarrier:
    """Wraps a real one. `durable` says whether an assignment is in the journal.

    Attributes:
        cut: Nothing goes through.
        quiet: No more faults of its own.
        faults: How often each one happened.
        wrong: What the window did with letters that it may not do.
    """

    def __init__(self, inner: Carrier, chance: random.Random, durable: Durable) -> None:
        self._inner = inner
        self._chance = chance
        self._durable = durable
        self.cut = self.quiet = False
        self.faults: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._held: list[Posting] = []
        self._old: list[Delivery] = []
        self._copies = 0

    def _happens(self, fault: str, share: float) -> bool:
        happens = not self.quiet and self._chance.random() < share
        self.faults[fault] += happens
        return happens

    def _check(self) -> None:
        if self.cut:
            raise FleetLinkError("the network is cut")

    def prepare(self) -> None:
        self._check()
        self._inner.prepare()

    def publish(self, postings: Sequence[Posting]) -> None:
        self._check()
        out = list(postings)
        if self._happens("doubled", DOUBLED):
            for one in postings:
                self._copies += 1
                copy = f"{one.message_id}:copy {self._copies} {self._chance.random()}"
                out.append(Posting(one.subject, copy, one.body))
        if self._happens("reordered", SHUFFLED):
            self._chance.shuffle(out)
        if self._held and (self.quiet or self._chance.random() < 0.2):
            out, self._held = [*out, *self._held], []
        if self._happens("late", HELD_BACK):
            self._held += out
            return  # it says that it has them: they come much later
        self._inner.publish(out)

    def receive(
        self, stream: str, consumer: str, subject: str, most: int, wait_seconds: float
    ) -> Sequence[Delivery]:
        self._check()
        found: list[Delivery] = []
        for one in self._inner.receive(stream, consumer, subject, most, wait_seconds):
            if self._happens("letter-twice", AGAIN):
                found.append(_Watched(one, self, acknowledges=False))
            found.append(_Watched(one, self))
            self._old = [_Watched(one, self, acknowledges=False), *self._old[: REMEMBERED - 1]]
        if self._old and not found and self._happens("letter-late", LATE_AGAIN):
            return [self._old.pop()]
        return found

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        self._check()
        for one in deliveries:
            one.done()

    def get(self, key: str) -> Kept | None:
        self._check()
        return self._inner.get(key)

    def put(self, key: str, body: bytes, revision: int | None = None) -> int:
        self._check()
        return self._inner.put(key, body, revision)

    def put_all(self, values: Mapping[str, bytes]) -> None:
        self._check()
        for key, body in values.items():
            self._inner.put(key, body)

    def blob(self, name: str) -> bytes:
        self._check()
        return self._inner.blob(name)

    def put_blob(self, name: str, body: bytes) -> None:
        self._check()
        self._inner.put_blob(name, body)

    def close(self) -> None:
        self._inner.close()

    def check_acknowledged(self, body: bytes) -> None:
        """Note an assignment that is acknowledged before it is durable."""
        try:
            signed = Signed.from_json(body)
            if signed.kind != LetterKind.ASSIGN:
                return
            assignment = Assignment.from_json(signed.body.encode()).assignment
        except FleetMessageError:
            return
        if not self._durable(assignment):
            self.wrong.append(f"F4 {assignment} was acknowledged before it was durable")


class _Watched:
    """A delivery; one that does not acknowledge is a double that the carrier has made."""

    def __init__(
        self, inner: Delivery, carrier: FaultyCarrier, *, acknowledges: bool = True
    ) -> None:
        self._inner = inner
        self._carrier = carrier
        self._acknowledges = acknowledges

    @property
    def subject(self) -> str:
        return self._inner.subject

    @property
    def body(self) -> bytes:
        return self._inner.body

    def done(self) -> None:
        self._carrier.check_acknowledged(self.body)
        if self._acknowledges:
            self._inner.done()

    def again(self, seconds: float) -> None:
        if self._acknowledges:
            self._inner.again(seconds)
