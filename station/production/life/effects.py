"""Effects with an intent before and an outcome after: the only way to act on the world.

Several lanes work at the same time, and people press buttons meanwhile. So what follows from an
effect is not fixed when it begins: it is a function of the order (`Follow`), called inside the
transaction that writes the outcome, for the order as the journal has it then. A hold that was set
while the effect was under way has another reason than this effect, and stays.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVarTuple

from station.core.changes import BeginEffect, Change, Changes, EndEffect, MoveOrder, SetHold
from station.core.clock import Clock
from station.core.decisions import proves_nothing_happened
from station.core.errors import (
    CardInDoubtError,
    CardMissingError,
    DeviceError,
    JournalBusyError,
    JournalError,
    NotDoneError,
    OutcomeUnknownError,
    PersonRequest,
    StationError,
    WrongMachineError,
)
from station.core.evidence import (
    Completed,
    EffectRecord,
    Failed,
    InPrinter,
    Intent,
    Outcome,
)
from station.core.life import AT_DESK, AT_PROVINCE, IN_PRINTER, OrderEvent, advance
from station.core.orders import (
    AnyOrder,
    CardFate,
    CardPlace,
    CardRecord,
    EffectKind,
    EffectState,
    Hold,
    OrderRecord,
    OrderStep,
)
from station.core.printing import PrinterStatus
from station.core.recipes import Way
from station.journal import Journal
from station.production.life.equipment import Equipment
from station.production.life.settlement import Settled, Verdict

log = logging.getLogger(__name__)

OUTSIDE: Final = AT_PROVINCE | AT_DESK  #: effects that the machine has no part in
ACTOR = "station"  #: actor of what the station does automatically

#: Returns what becomes durable with an outcome, for the order as the journal has it by then. Pure
#: but for questions to the journal: it runs inside a transaction.
Follow: TypeAlias = Callable[[OrderRecord], Changes]
Known = TypeVarTuple("Known")  #: what a step has found out, besides the order


def nothing(order: OrderRecord) -> Changes:
    """Return no changes: nothing follows from the effect but its outcome."""
    del order
    return ()


class OutcomePendingError(StationError):
    """An effect's outcome could not be established yet; the order is held until it is.

    Attributes:
        kind: Kind of the effect.
        cause: The error that prevents it.
        inspected: Whether the inspection of its kind was tried.
    """

    code = "outcome-unknown"

    def __init__(self, kind: EffectKind, cause: StationError, *, inspected: bool = False) -> None:
        super().__init__(f"{kind.value}: {cause}", details=cause.details)
        self.kind = kind
        self.cause = cause
        self.inspected = inspected
        self.code = cause.code
        self.recovery = cause.recovery


@dataclass(slots=True)
class OpenEffect:
    """One effect between its intent and its outcome.

    Attributes:
        id: Id in the journal.
        order: Owning order, as it was when the effect began.
        before: The intent.
        after: The evidence of the outcome.
        follow: Returns the further changes that are made with the outcome, in one transaction.
    """

    id: int
    order: OrderRecord
    before: Intent
    after: Outcome = field(default_factory=Completed)
    follow: Follow = nothing

    def done(
        self,
        follow: Callable[[OrderRecord, *Known], Changes],
        *known: *Known,
        after: Outcome | None = None,
    ) -> None:
        """Set the evidence and the changes that become durable when the block ends.

        `follow` is called with the order as it is by then, and with `known`.
        """
        self.follow = lambda order: follow(order, *known)
        self.after = after or self.after


@dataclass(frozen=True, slots=True)
class Workbench:
    """The context of every step: the journal and the window's equipment.

    Attributes:
        journal: The durable memory.
        equipment: The devices and the site's choices.
        unwritten: Order -> the effect whose outcome is known but can't be written yet, because
            another program holds the journal. Filled by the lane that waits, read by others.
    """

    journal: Journal
    equipment: Equipment
    unwritten: dict[str, EffectKind] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        """The only source of time in the station."""
        return self.journal.clock

    @contextlib.contextmanager
    def effect(
        self, order: OrderRecord, before: Intent, *, unless_reporting: bool = False
    ) -> Iterator[OpenEffect]:
        """Write the intent, run the block, write the outcome.

        An error that proves that the effect did not begin ends it as not done. Any other leaves it
        `unknown`: it is inspected by the proof of its kind, never repeated blindly.

        Raises:
            OrderMovedError: It is at another step, or (`unless_reporting`) it is being reported.
            OutcomePendingError: The outcome is unknown.
            StationError: The block's own error, when nothing happened.
        """
        kind = before.kind_of_effect
        if isinstance(before, InPrinter):
            before = before.in_machine(self.require_own_machine(order))
        with self.journal.transaction(ACTOR) as change:
            (number,) = change.apply(BeginEffect(order.id, before, order.step, unless_reporting))
        effect = OpenEffect(number, order, before)
        try:
            yield effect
        except StationError as exc:
            if proves_nothing_happened(exc, kind):
                self.end(effect.id, EffectState.NOT_DONE, Failed(exc.code))
                raise
            self.end(effect.id, EffectState.UNKNOWN, Failed(exc.code))
            raise OutcomePendingError(kind, exc) from exc
        self.finish(effect.id, order, effect.after, effect.follow)

    def end(self, effect: int, state: EffectState, after: Outcome, *changes: Change) -> None:
        """Write an outcome, with the changes that follow from it.

        The effect has happened and can't be undone: while another program holds the journal, this
        waits, and `unwritten` shows it.
        """
        self._must_write(effect, lambda: (EndEffect(effect, state, after), *changes))

    def finish(self, effect: int, order: OrderRecord, after: Outcome, follow: Follow) -> None:
        """Write that an effect is done, with what follows for the order as it is by now.

        `order` is as it was when the effect began.
        """
        done = EndEffect(effect, EffectState.DONE, after)
        self._must_write(effect, lambda: (done, *self._followed(order, follow)))

    def follow(
        self,
        order: OrderRecord,
        follow: Callable[[OrderRecord, *Known], Changes],
        *known: *Known,
    ) -> None:
        """Make durable what follows for the order as it is by now, and nothing else."""
        with self.journal.transaction(ACTOR) as change:
            change.apply(*self._followed(order, lambda now: follow(now, *known)))

    def _followed(self, order: OrderRecord, follow: Follow) -> Changes:
        # Inside a transaction: nobody else changes the order between this look and the commit.
        head = self.journal.orders.head(order.id)
        known = (head.step, head.goal, head.card) == (order.step, order.goal, order.card)
        if known and head.hold is None:
            return follow(order)
        now = self.journal.orders.one(order.id)
        made = follow(now)
        moved = any(isinstance(one, MoveOrder) and one.order == order.id for one in made)
        newer = now.hold is not None and now.hold != order.hold
        return (*made, SetHold(order.id, now.hold)) if moved and newer else made

    def apply(self, actor: str, *changes: Change) -> tuple[int, ...]:
        """Make changes durable together, in one transaction; see `Transaction.apply`."""
        with self.journal.transaction(actor) as change:
            return change.apply(*changes)

    def conclude(self, effect: EffectRecord, verdict: Verdict) -> None:
        """Write the outcome that a proof has established.

        A hold that waits for this outcome is changed in the same transaction. Otherwise it would
        survive a power cut and ask a person for a movement (a card to be inserted manually) that no
        open intent waits for any more: the card would then be in the machine, and in no row of the
        ledger. An effect that is proven not to have happened is started again by a person only.

        Raises:
            PrinterBusyError: The printer is still busy.
            OutcomeUnknownError: The proof is inconclusive: a person must decide.
        """
        if not isinstance(verdict, Settled):
            raise verdict.error()
        hold = self.journal.orders.one(effect.order).hold
        held: Changes = ()
        if hold is not None and hold.effect is effect.kind and effect.kind not in AT_PROVINCE:
            after = None if verdict.state is EffectState.DONE else _not_done(hold, effect.kind)
            held = (SetHold(effect.order, after),)
        self.end(effect.id, verdict.state, verdict.after, *verdict.changes, *held)

    def _must_write(self, effect: int, make: Callable[[], Changes]) -> None:
        try:
            with self.journal.transaction(ACTOR) as change:
                change.apply(*make())
        except JournalBusyError:
            self._write_later(effect, make)

    def _write_later(self, effect: int, make: Callable[[], Changes]) -> None:
        order = ""
        # Not even readable: then listeners can't be notified.
        with contextlib.suppress(JournalError):
            order, kind = self.journal.effects.owner(effect)
            self.unwritten[order] = kind
        log.warning("outcome waits for the journal", extra={"action": "outcome-waits"})
        self.journal.tell()
        try:
            self.journal.insist(ACTOR, make)
        finally:
            self.unwritten.pop(order, None)  # another lane's outcome may wait as well
            self.journal.tell()

    def move(self, order: AnyOrder, event: OrderEvent) -> MoveOrder:
        """Return the change that takes the order along one event of the table."""
        return move(order, event)

    def way(self, order: AnyOrder) -> Way:
        """Return the order's path: its kind, the site's policies, two people's approval."""
        return Way(
            kind=order.kind,
            print_first=self.equipment.policies.print_first,
            inactive=order.goal is OrderStep.RELEASED_OWED,
            faceless=not self.equipment.faces.sides,
        )

    def open_effect(self, order: AnyOrder) -> EffectRecord | None:
        """Return the order's effect on its card with an unknown outcome, if there is one.

        Not one on a card in the desk's reader, which no lane can inspect: see `open_at_desk`.
        """
        return next((e for e in self.journal.effects.open(order.id) if e.kind not in OUTSIDE), None)

    def open_at_desk(self, order: AnyOrder) -> EffectRecord | None:
        """Return the order's write at the desk with an unknown outcome, if there is one."""
        return next((e for e in self.journal.effects.open(order.id) if e.kind in AT_DESK), None)

    def open_at_province(self, order: AnyOrder) -> EffectRecord | None:
        """Return the order's request to the province with an unknown outcome, if there is one."""
        return next((e for e in self.journal.effects.open(order.id) if e.kind in AT_PROVINCE), None)

    def card_of(self, order: AnyOrder) -> CardRecord | None:
        """Return the ledger row of the order's card, if it has one."""
        return None if order.card is None else self.journal.cards.one(order.card)

    def require_own_machine(self, order: OrderRecord) -> str:
        """Return the id of the printer on the link: its serial number, or the link's address.

        Moves nothing. Orders that were made before this was recorded pass the check.

        Raises:
            WrongMachineError: The order's card is in another printer.
            TransportError: The printer can't be asked.
        """
        here = self._this_machine()
        holder = self._machine_of(order)
        if holder not in ("", here):
            machines = {"holder": holder, "found": here}
            raise WrongMachineError(f"the card is in {holder}, not in {here}", details=machines)
        return here

    def may_be_in_this_machine(self, order: OrderRecord) -> bool:
        """Whether no other printer than the one on the link is known to hold the order's card.

        Raises:
            TransportError: The printer can't be asked.
        """
        return self._machine_of(order) in ("", self._this_machine())

    def _this_machine(self) -> str:
        printer = self.equipment.printer
        serial = printer.identity().serial
        return f"serial:{serial}" if serial else f"link:{printer.address}"

    def _machine_of(self, order: OrderRecord) -> str:
        effects = self.journal.effects.of(order.id)
        card = self.card_of(order)
        left = card is None or card.fate is not CardFate.IN_MACHINE
        if self.open_effect(order) is None and (
            left or (card is not None and card.place is CardPlace.FEEDER)
        ):
            return ""  # in no printer's path: it has left, or a person has put it into the feeder
        return next((effect.machine for effect in reversed(effects) if effect.machine), "")

    def require_no_doubt(self, order: OrderRecord) -> None:
        """Refuse to feed while it is unknown where another order's card is.

        A card that reappears later could not be distinguished from the one that is fed now.

        Raises:
            CardInDoubtError: A person must first answer about that card.
        """
        for effect in self.journal.effects.open():
            if effect.kind in IN_PRINTER and effect.order != order.id:
                raise CardInDoubtError(
                    "another order's card is in doubt", details={"order": effect.order}
                )

    def require_card(self, order: OrderRecord) -> None:
        """Refuse to go on with a card that is not in the path.

        That another printer's path is empty says nothing about the card: which printer is on the
        link comes first.

        Raises:
            WrongMachineError: The card is in another printer than the one on the link.
            TransportError: The printer can't be asked.
            CardMissingError: The path is empty.
            DeviceError: The printer is stopped.
        """
        self.require_own_machine(order)
        if self.ready_status().card is None:
            raise CardMissingError("no card is in the machine", details={"order": order.id})

    def ready_status(self) -> PrinterStatus:
        """Read the printer's status; raise when a condition stops it.

        Raises:
            DeviceError: With the first reason's keyword as its code.
        """
        status = self.equipment.printer.status()
        if status.errors:
            reason = status.errors[0]
            raise DeviceError(
                f"the printer is stopped: {reason}",
                native_code=reason.native_number,
                code=reason.keyword.value,
            )
        return status


def move(order: AnyOrder, event: OrderEvent) -> MoveOrder:
    """Return the change that takes the order along one event of the table. Pure.

    Raises:
        StepNotAllowedError: The event is not allowed at the order's step.
    """
    return MoveOrder(order.id, order.step, advance(order.step, event), event.value)


_REQUESTS: Final = frozenset(request.value for request in PersonRequest)


def _not_done(hold: Hold, kind: EffectKind) -> Hold:
    """Return the hold after a proof that the effect `hold` waited for has not happened. Pure."""
    asked = hold.code in _REQUESTS  # the request to the person is made anew
    cause = OutcomeUnknownError.code if asked else hold.code
    return Hold(NotDoneError.code, {**hold.details, "cause": cause, "effect": kind.value})
