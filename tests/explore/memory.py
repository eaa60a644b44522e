"""The journal in memory: the product's records in tuples that a search can keep and take back.

It answers what `station.journal.Journal` answers and takes the product's own changes, under the
rules that the tables of the database have. A test applies the same changes to both and compares.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from station.core import changes as ch
from station.core.attendance import AttendanceRole
from station.core.changes import Change, Changes
from station.core.errors import (
    JournalError,
    OrderConflictError,
    OrderMovedError,
    OrderNotFoundError,
)
from station.core.evidence import EffectRecord, PrintFace
from station.core.gateways import IssuanceReport
from station.core.ledger import StockRecord
from station.core.life import AT_PROVINCE, CLOSED, IN_MACHINE, TRANSITIONS, VOID, OrderEvent
from station.core.orders import (
    CardFate,
    CardPlace,
    CardRecord,
    EffectKind,
    EffectState,
    EventRecord,
    OrderHead,
    OrderRecord,
    OrderStep,
    WriteBackRecord,
    WriteBackState,
)
from station.production.life.rehearsing import BEGUN, ENDED
from station.production.life.steps.data import RESTORED
from station.production.life.steps.hand_over import LEFT_OUT
from station.production.people.questions import ANSWERED
from tests.explore.choices import Choices, Crash

NOW: Final = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
NO_ORDERS: Final = 0  #: in `Facts.presented`, for a card of no order
OPEN: Final = (EffectState.INTENDED, EffectState.UNKNOWN)

T = TypeVar("T")


class Facts(NamedTuple):
    """The whole content of a journal; never changed."""

    orders: tuple[OrderRecord, ...] = ()
    effects: tuple[EffectRecord, ...] = ()
    cards: tuple[CardRecord, ...] = ()
    outbox: tuple[WriteBackRecord, ...] = ()
    reports: tuple[IssuanceReport, ...] = ()
    written: tuple[tuple[str, float], ...] = ()  #: order -> age at which its chip was written
    said: tuple[tuple[str, str, float], ...] = ()  #: order, what a person answered last, and when
    #: Card -> age at which it was last put out, in the order of that.
    presented: tuple[tuple[int, float], ...] = ()
    requests: tuple[tuple[str, str], ...] = ()
    last_event: str = ""


class StoppedClock:
    """A clock that stands still; what waits is in the ages of the journal."""

    boot = "boot"

    def now(self) -> dt.datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    def pause(self, seconds: float) -> None:
        raise AssertionError(f"the explored station waits for {seconds} s")


class _Part:
    def __init__(self, journal: MemoryJournal) -> None:
        self.j = journal


class MemoryOrders(_Part):
    def one(self, order: str) -> OrderRecord:
        for record in self.j.facts.orders:
            if record.id == order:
                return record
        raise OrderNotFoundError(f"no order {order}")

    def open(self) -> list[OrderRecord]:
        return [record for record in self.j.facts.orders if record.step not in CLOSED]

    def heads(self) -> list[OrderHead]:
        return [_head(one) for one in self.j.facts.orders if self._runs(one)]

    def _runs(self, order: OrderRecord) -> bool:
        if order.step not in CLOSED:
            return True
        if order.step is OrderStep.RELEASED:
            return order.goal is OrderStep.ACTIVATED
        owed = (
            row.order == order.id and row.state is WriteBackState.OWED
            for row in self.j.outbox_rows()
        )
        return order.step in VOID and any(owed)

    def head(self, order: str) -> OrderHead:
        return _head(self.one(order))

    def recent(self, limit: int) -> list[OrderRecord]:
        return list(reversed(self.j.facts.orders))[:limit]

    def heads_of_person(self, id_number: str) -> list[OrderHead]:
        return [_head(one) for one in reversed(self.j.facts.orders) if one.id_number == id_number]

    def by_request(self, key: str) -> str | None:
        return next((order for used, order in self.j.facts.requests if used == key), None)


def _head(one: OrderRecord) -> OrderHead:
    return OrderHead(
        one.id, one.step, one.goal, one.hold, one.kind, one.card, one.previous, one.waivers
    )


class MemoryEffects(_Part):
    def open(self, order: str | None = None) -> list[EffectRecord]:
        return [
            one
            for one in self.j.facts.effects
            if one.state in OPEN and (order is None or one.order == order)
        ]

    def of(self, order: str) -> list[EffectRecord]:
        return [one for one in self.j.facts.effects if one.order == order]

    def last_done(self, kind: EffectKind, limit: int) -> list[EffectRecord]:
        done = (
            one
            for one in reversed(self.j.facts.effects)
            if one.kind is kind and one.state is EffectState.DONE
        )
        return list(done)[:limit]

    def owner(self, effect: int) -> tuple[str, EffectKind]:
        found = next(one for one in self.j.facts.effects if one.id == effect)
        return found.order, found.kind

    def written_since(self, order: str, answered: str, waits: str) -> float | None:
        since = next((age for of, age in self.j.facts.written if of == order), None)
        for of, answer, age in self.j.facts.said:
            if (of, answer) == (order, waits):
                since = age
        return None if since is None else self.j.now_age - since


class MemoryCards(_Part):
    def one(self, card: int) -> CardRecord | None:
        return next((row for row in self.j.facts.cards if row.id == card), None)

    def all(self) -> list[CardRecord]:
        return list(self.j.facts.cards)

    def of(self, order: str) -> list[CardRecord]:
        return [row for row in self.j.facts.cards if row.order == order]

    def of_chip(self, AAZ501: str) -> list[CardRecord]:
        return [row for row in reversed(self.j.facts.cards) if row.AAZ501 == AAZ501]

    def newest(self, limit: int) -> list[CardRecord]:
        return list(reversed(self.j.facts.cards))[:limit]

    def in_machine(self) -> list[CardRecord]:
        return [row for row in self.j.facts.cards if row.fate is CardFate.IN_MACHINE]

    def owned_inside(self) -> list[CardRecord]:
        own = {(one.id, one.card) for one in self.j.facts.orders}
        return [row for row in self.in_machine() if (row.order, row.id) in own]

    def strangers_inside(self) -> list[CardRecord]:
        own = {(one.id, one.card) for one in self.j.facts.orders}
        return [row for row in self.in_machine() if (row.order, row.id) not in own]

    def at(self, *places: CardPlace) -> list[CardRecord]:
        return [row for row in self.j.facts.cards if row.place in places]

    def presented_event(self, card: int) -> int | None:
        return self.j.presented_number(card)

    def presented_since(self, card: int) -> float | None:
        since = next((age for of, age in self.j.facts.presented if of == card), None)
        return None if since is None else self.j.now_age - since


class MemoryOutbox(_Part):
    def rows(self, *states: WriteBackState) -> list[WriteBackRecord]:
        return [row for row in self.j.facts.outbox if not states or row.state in states]

    def of(self, order: str) -> list[WriteBackRecord]:
        return [row for row in self.j.facts.outbox if row.order == order]

    def report(self, write_back: int) -> IssuanceReport:
        return self.j.facts.reports[write_back - 1]


class MemoryAttendances(_Part):
    """Every holder comes in person."""

    def newest(self, order: str, role: AttendanceRole) -> None:
        del order, role


class MemoryStock(_Part):
    """Nobody here enters what is done with blanks outside the machine."""

    def last_shift(self) -> None:
        return None

    def moves(self, since: int, until: int) -> list[StockRecord]:
        del since, until
        return []


class MemoryHistory(_Part):
    def newest_seq(self) -> int:
        return 0

    def last(self, order: str, kind: str) -> EventRecord | None:
        if (order, kind) == ("", LEFT_OUT):
            number = self.j.presented_number(NO_ORDERS)
            return None if number is None else EventRecord(number, "", NOW, "", kind, {}, "")
        if kind in (RESTORED, ENDED):
            return None  # no journal here came from a backup, and no rehearsal ends before its card
        if kind == BEGUN:
            return EventRecord(1, "", NOW, "", kind, {}, "") if self.j.rehearses else None
        assert kind == ANSWERED, f"nothing else of the history is kept: {kind}"
        for of, answer, _ in self.j.facts.said:
            if of == order:
                return EventRecord(0, order, NOW, "", kind, {"answer": answer}, "")
        return None


class MemoryTransaction:
    """What `MemoryJournal.transaction` yields."""

    def __init__(self, journal: MemoryJournal, actor: str) -> None:
        self._j = journal
        self._actor = actor

    def apply(self, *made: Change) -> tuple[int, ...]:
        ids = (self._j.write(change, self._actor) for change in made)
        return tuple(one for one in ids if one is not None)


class MemoryFleet:
    """No order here was assigned by a central system."""

    def assignment_of(self, order: str) -> None:
        """Return none."""


class MemoryJournal:
    """See the module. `facts` is what is durable, `broken` what was written against the rules."""

    failure = ""
    rehearses = False  #: whether the window rehearses; the same on every path of a search
    last_seq = 0  #: so every print has the number 1; the modelled printer forgets what has ended

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.clock = StoppedClock()
        self.facts = Facts()
        self.now_age = 0.0
        self.broken: list[str] = []
        self.begins: Callable[[EffectKind], None] = lambda _: None  #: told of each intent
        self.orders, self.effects = MemoryOrders(self), MemoryEffects(self)
        self.cards, self.outbox = MemoryCards(self), MemoryOutbox(self)
        self.history, self.stock = MemoryHistory(self), MemoryStock(self)
        self.attendances = MemoryAttendances(self)
        self.fleet = MemoryFleet()

    def outbox_rows(self) -> tuple[WriteBackRecord, ...]:
        """Return every report."""
        return self.facts.outbox

    def presented_number(self, card: int) -> int | None:
        """Return the place of a card among those that were put out."""
        out = [one for one, _ in self.facts.presented]
        return out.index(card) + 1 if card in out else None

    def note_presented(self, card: int) -> None:
        """Note that a card was put out now."""
        others = tuple(one for one in self.facts.presented if one[0] != card)
        self.facts = self.facts._replace(presented=(*others, (card, self.now_age)))

    def age(self) -> float:
        """Return the journal's age in seconds."""
        return self.now_age

    def keep_age(self, actor: str) -> None:
        """The age is a part of every state here."""

    def digest(self, kind: str, text: str) -> str:
        """Return a text of which nothing is secret here."""
        return f"{kind}:{text}"

    def tell(self) -> None:
        """Nobody listens."""

    @contextlib.contextmanager
    def transaction(self, actor: str) -> Iterator[MemoryTransaction]:
        """Make changes durable together, or none of them. The power may go just after it."""
        before = self.facts
        try:
            yield MemoryTransaction(self, actor)
        except BaseException:
            self.facts = before
            raise
        if self.facts is not before:
            self.choices.crash()

    def insist(self, actor: str, make: Callable[[], Changes]) -> None:
        """Make changes that must not be lost; nothing is written any more once the power is off."""
        if isinstance(sys.exception(), Crash):
            return
        with self.transaction(actor) as change:
            change.apply(*make())

    # -- writing -------------------------------------------------------------------------------

    def write(self, change: Change, actor: str) -> int | None:
        """Write one change; see `station.journal.transaction`."""
        if self.choices.says is not None:
            self.choices.tell(told(change))
        if not actor:
            self.broken.append("I9 a change was nobody's doing")
        made = WRITERS[type(change)](self, change)
        self.facts = self.facts._replace(last_event=_event(change))
        return made

    def order_with(self, order: str, **values: Any) -> None:  # noqa: ANN401 - any field
        """Change one order."""
        old = self.orders.one(order)
        new = dataclasses.replace(old, **values)
        self.facts = self.facts._replace(
            orders=tuple(new if one is old else one for one in self.facts.orders)
        )
        if new.step is not old.step:
            self._unique(new)

    def _unique(self, new: OrderRecord) -> None:
        others = [one for one in self.facts.orders if one.id != new.id]
        if new.step in IN_MACHINE and any(one.step in IN_MACHINE for one in others):
            raise OrderConflictError("another order's card is inside", code="machine-busy")
        if new.step not in CLOSED and any(
            one.step not in CLOSED and one.id_number == new.id_number for one in others
        ):
            raise OrderConflictError("this person has an open order", code="person-has-open-order")


def _event(change: Change) -> str:
    return change.kind if isinstance(change, ch.AddEvent) else type(change).__name__


def _add_order(to: MemoryJournal, change: ch.AddOrder) -> None:
    record = OrderRecord(
        id=change.order,
        created_at=NOW,
        updated_at=NOW,
        reason=change.reason,
        id_number=change.id_number,
        step=OrderStep.ACCEPTED,
        goal=None,
        hold=None,
        data=None,
        face_sha256="",
        chip=None,
        card=None,
        previous=change.previous,
        kind=change.kind,
        reason_code=change.reason_code,
        approver=change.approver,
        waivers={},
    )
    to.facts = to.facts._replace(orders=(*to.facts.orders, record))
    to._unique(record)


def _remember(to: MemoryJournal, change: ch.RememberRequest) -> None:
    if to.orders.by_request(change.key) is not None:
        raise JournalError("the journal refuses: the key is used")
    to.facts = to.facts._replace(requests=(*to.facts.requests, (change.key, change.order)))


def _move(to: MemoryJournal, change: ch.MoveOrder) -> None:
    if to.orders.one(change.order).step is not change.before:
        raise OrderMovedError("moved", details={"step": change.before.value})
    stays = change.before is change.after and change.event == OrderEvent.BLANK_REFUSED
    drawn = {(before, event.value): after for (before, event), after in TRANSITIONS.items()}
    if not stays and drawn.get((change.before, change.event)) is not change.after:
        to.broken.append(f"I9 the order jumped from {change.before} to {change.after}")
    to.order_with(change.order, step=change.after, hold=None)


def _set_goal(to: MemoryJournal, change: ch.SetGoal) -> None:
    to.order_with(change.order, goal=change.goal)


def _set_hold(to: MemoryJournal, change: ch.SetHold) -> None:
    to.order_with(change.order, hold=change.hold)


def _store_data(to: MemoryJournal, change: ch.StoreData) -> None:
    to.order_with(change.order, data=change.data, face_sha256=change.face_sha256 or "")


def _set_waivers(to: MemoryJournal, change: ch.SetWaivers) -> None:
    to.order_with(change.order, waivers=dict(change.waivers))


def _bind(to: MemoryJournal, change: ch.BindChip) -> None:
    to.order_with(change.order, chip=change.chip)


def _release(to: MemoryJournal, change: ch.ReleaseChip) -> None:
    to.order_with(change.order, chip=None, card=None)


def _begin(to: MemoryJournal, change: ch.BeginEffect) -> int:
    kind = change.before.kind_of_effect
    if change.step is not None and to.orders.one(change.order).step is not change.step:
        raise OrderMovedError("moved", details={"step": change.step.value})
    for one in to.effects.open(change.order):
        if (one.kind in AT_PROVINCE) == (kind in AT_PROVINCE):
            raise JournalError(f"order {change.order} has an open intent already")
    number = to.facts.effects[-1].id + 1 if to.facts.effects else 1
    made = EffectRecord(
        number, change.order, kind, EffectState.INTENDED, NOW, None, change.before, None
    )
    to.facts = to.facts._replace(effects=(*to.facts.effects, made))
    to.begins(kind)
    return number


def _end(to: MemoryJournal, change: ch.EndEffect) -> None:
    old = next(one for one in to.facts.effects if one.id == change.effect)
    if old.state not in OPEN:
        raise JournalError(f"effect {change.effect} has its outcome already")
    ended = None if change.state is EffectState.UNKNOWN else NOW
    new = dataclasses.replace(old, state=change.state, after=change.after, ended_at=ended)
    to.facts = to.facts._replace(effects=_changed(to.facts.effects, old, new))
    if (new.kind, new.state) == (EffectKind.WRITE_CHIP, EffectState.DONE):
        others = tuple(one for one in to.facts.written if one[0] != new.order)
        to.facts = to.facts._replace(written=(*others, (new.order, to.now_age)))


def _open_card(to: MemoryJournal, change: ch.OpenCard) -> int:
    number = len(to.facts.cards) + 1
    row = CardRecord(
        number,
        change.order,
        "",
        change.place,
        CardFate.IN_MACHINE,
        "",
        NOW,
        blank=change.blank,
        fed_at=NOW,
        bank=change.bank,
    )
    to.facts = to.facts._replace(cards=(*to.facts.cards, row))
    if change.bind:
        to.order_with(change.order, card=number)
    if change.read is not None:
        _update(to, number, change.read)
    return number


def _update_card(to: MemoryJournal, change: ch.UpdateCard) -> None:
    _update(to, change.card, change)


def _update(to: MemoryJournal, card: int, facts: ch.UpdateCard | ch.CardFacts) -> None:
    values: dict[str, Any] = {
        "place": facts.place,
        "fate": facts.fate,
        "reason": facts.reason,
        "AAZ501": facts.AAZ501,
        "bank": facts.bank,
    }
    values = {name: value for name, value in values.items() if value is not None}
    old = to.facts.cards[card - 1]
    if facts.fate is not None and facts.fate is not CardFate.IN_MACHINE and old.settled_at is None:
        values["settled_at"] = NOW
    if facts.place is CardPlace.OUTPUT_HOPPER:
        values["presented_at"] = NOW
        to.note_presented(card)
    new = dataclasses.replace(old, **values)
    to.facts = to.facts._replace(cards=_changed(to.facts.cards, old, new))


def _adopt(to: MemoryJournal, change: ch.AdoptCard) -> None:
    old = to.facts.cards[change.card - 1]
    new = dataclasses.replace(old, order=change.order)
    to.facts = to.facts._replace(cards=_changed(to.facts.cards, old, new))
    to.order_with(change.order, card=change.card)


def _owe(to: MemoryJournal, change: ch.OweReport) -> None:
    outcome = change.report.outcome.value
    if any((row.order, row.outcome) == (change.order, outcome) for row in to.facts.outbox):
        raise JournalError("the journal refuses: the report is owed already")
    row = WriteBackRecord(
        len(to.facts.outbox) + 1, change.order, outcome, WriteBackState.OWED, 0, "", NOW, None
    )
    to.facts = to.facts._replace(
        outbox=(*to.facts.outbox, row), reports=(*to.facts.reports, change.report)
    )


def _note(to: MemoryJournal, change: ch.NoteReport) -> None:
    old = to.facts.outbox[change.write_back - 1]
    done = NOW if change.state is WriteBackState.DONE else None
    new = dataclasses.replace(
        old,
        state=change.state,
        attempts=old.attempts + 1,
        last_error=change.error,
        done_at=done,
    )
    to.facts = to.facts._replace(outbox=_changed(to.facts.outbox, old, new))


def _withdraw(to: MemoryJournal, change: ch.WithdrawReport) -> None:
    old = to.facts.outbox[change.write_back - 1]
    new = dataclasses.replace(old, state=WriteBackState.WITHDRAWN)
    to.facts = to.facts._replace(outbox=_changed(to.facts.outbox, old, new))


def _add_event(to: MemoryJournal, change: ch.AddEvent) -> None:
    if change.kind == LEFT_OUT:
        to.note_presented(NO_ORDERS)
    if change.kind != ANSWERED:
        return
    others = tuple(one for one in to.facts.said if one[0] != change.order)
    said = (change.order, change.data["answer"], to.now_age)
    to.facts = to.facts._replace(said=(*others, said))


def _nothing(to: MemoryJournal, change: Change) -> None:
    del to, change  # ribbon used: counted for people, read by no step


def _changed(rows: tuple[T, ...], old: T, new: T) -> tuple[T, ...]:
    return tuple(new if one is old else one for one in rows)


WRITERS: Final[Mapping[type[Change], Callable[[MemoryJournal, Any], int | None]]] = {
    ch.AddOrder: _add_order,
    ch.RememberRequest: _remember,
    ch.MoveOrder: _move,
    ch.SetGoal: _set_goal,
    ch.SetHold: _set_hold,
    ch.StoreData: _store_data,
    ch.SetWaivers: _set_waivers,
    ch.BindChip: _bind,
    ch.ReleaseChip: _release,
    ch.BeginEffect: _begin,
    ch.EndEffect: _end,
    ch.OpenCard: _open_card,
    ch.UpdateCard: _update_card,
    ch.AdoptCard: _adopt,
    ch.CountRibbon: _nothing,
    ch.OweReport: _owe,
    ch.NoteReport: _note,
    ch.WithdrawReport: _withdraw,
    ch.AddEvent: _add_event,
}


# -- stories ------------------------------------------------------------------------------------


def told(change: Change) -> str:
    """Return one change in plain words, for a story."""
    return f"    The journal: {_TOLD.get(type(change), _plainly)(change)}."


def _plainly(change: Any) -> str:  # noqa: ANN401 - any change
    return type(change).__name__


def _told_end(change: ch.EndEffect) -> str:
    shown = ", ".join(f"{name} {value}" for name, value in change.after.facts().items())
    return f"the outcome is {change.state.value}" + (f" ({shown})" if shown else "")


def _told_hold(change: ch.SetHold) -> str:
    if change.hold is None:
        return "the order is held no longer"
    again = "tried again later" if change.hold.retry_at else "a person must act"
    return f"the order is held: {change.hold.code}; {again}"


def _told_card(change: ch.UpdateCard) -> str:
    facts = (("place", change.place), ("fate", change.fate), ("reason", change.reason))
    known = ", ".join(f"{name} {value}" for name, value in facts if value)
    return f"ledger row {change.card}: {known or 'its chip was read'}"


def _told_begin(change: ch.BeginEffect) -> str:
    before = change.before
    named = before.kind_of_effect.value == before.of
    job = "" if named else f" ({before.of})"
    job = " of the face" if isinstance(before, PrintFace) else job
    return f"intends to {before.kind_of_effect.value}{job}"


_TOLD: Final[Mapping[type[Change], Callable[[Any], str]]] = {
    ch.AddOrder: lambda change: f"{change.order} is accepted ({change.kind.value})",
    ch.MoveOrder: lambda c: f"{c.order} goes from {c.before.value} to {c.after.value}",
    ch.SetGoal: lambda c: f"the goal is {c.goal.value if c.goal else 'none'}",
    ch.SetHold: _told_hold,
    ch.BeginEffect: _told_begin,
    ch.EndEffect: _told_end,
    ch.OpenCard: lambda c: f"a new ledger row: a card at the {c.place.value}",
    ch.UpdateCard: _told_card,
    ch.BindChip: lambda c: f"{c.order} is bound to the chip of card {int(c.chip.AAZ501[6:])}",
    ch.ReleaseChip: lambda c: f"{c.order} is bound to no card any more",
    ch.OweReport: lambda c: f"a report is owed: {c.report.outcome.value}",
    ch.NoteReport: lambda c: f"the report is {c.state.value} {c.error}".rstrip(),
    ch.WithdrawReport: lambda c: "a report is withdrawn",
    ch.AddEvent: lambda c: f"notes {c.kind} {c.data.get('answer', '')}".rstrip(),
}
