"""Intent before, outcome after: the one way in which the workflow touches the world."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from station.core.clock import Clock
from station.core.decisions import proves_nothing_happened
from station.core.errors import (
    BrokeOffError,
    CardInDoubtError,
    DeviceError,
    JournalBusyError,
    JournalError,
    OutcomeUnknownError,
    StationError,
    WrongMachineError,
)
from station.core.life import AT_PROVINCE, IN_PRINTER, OrderEvent, advance
from station.core.orders import (
    CardFate,
    CardPlace,
    CardRecord,
    EffectKind,
    EffectRecord,
    EffectState,
    OrderHead,
    OrderRecord,
    OrderStep,
)
from station.core.printing import PrinterStatus
from station.core.recipes import Way
from station.journal import Journal, Transaction
from station.production.equipment import Equipment

log = logging.getLogger(__name__)

Change = Callable[[Transaction], None]  #: one change of the journal, to be made with others

ACTOR = "station"  #: who did it, for what the station does by itself

#: In the evidence of an effect that moves a card: which physical printer had it.
MACHINE = "machine"


class OutcomePendingError(StationError):
    """An effect's outcome could not be found out yet; the order is held until it can.

    Attributes:
        kind: Which effect.
        cause: The error that stands in the way.
        inspected: Whether the proof of its kind was tried.
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
        id: In the journal.
        order: Whose.
        kind: What.
        before: The evidence of the intent.
        after: The evidence of the outcome; fill it before the block ends.
        changes: What else becomes true with the outcome, in the same transaction.
    """

    id: int
    order: OrderRecord
    kind: EffectKind
    before: Mapping[str, str]
    after: dict[str, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    def then(self, change: Change) -> None:
        """Add a change that becomes durable together with the outcome."""
        self.changes.append(change)


@dataclass(frozen=True, slots=True)
class Workbench:
    """What every step works with: the journal and the window's equipment.

    Attributes:
        journal: The durable memory.
        equipment: The devices and what the site has chosen.
        unwritten: Order -> the effect whose outcome is known but can't be written yet, because
            another program holds the journal. Filled by the thread that waits, read by others.
    """

    journal: Journal
    equipment: Equipment
    unwritten: dict[str, EffectKind] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        """The window's one source of time."""
        return self.journal.clock

    @contextlib.contextmanager
    def effect(
        self, order: OrderRecord, kind: EffectKind, before: Mapping[str, str]
    ) -> Iterator[OpenEffect]:
        """Write the intent, run the block, write the outcome.

        An error that proves that the effect did not begin ends it as not done. Any other leaves it
        `unknown`, to be inspected by the proof of its kind, never repeated blindly.

        Raises:
            OutcomePendingError: The outcome is unknown.
            StationError: What the block raised, when nothing happened.
        """
        if kind in IN_PRINTER:
            before = {**before, MACHINE: self.require_own_machine(order)}
        with self.journal.transaction(ACTOR) as change:
            number = change.begin_effect(order.id, kind, before, order.step)
        effect = OpenEffect(number, order, kind, before)
        try:
            yield effect
        except StationError as exc:
            if proves_nothing_happened(exc, kind):
                self.end(effect.id, EffectState.NOT_DONE, {"error": exc.code})
                raise
            self.end(effect.id, EffectState.UNKNOWN, {"error": exc.code})
            raise OutcomePendingError(kind, exc) from exc
        self.end(effect.id, EffectState.DONE, effect.after, *effect.changes)

    def end(
        self,
        effect: int,
        state: EffectState,
        evidence: Mapping[str, str],
        *changes: Change,
    ) -> None:
        """Write an outcome, with what follows from it.

        What happened has happened: while another program holds the journal, this waits, and
        `unwritten` says so.
        """

        def write(change: Transaction) -> None:
            change.end_effect(effect, state, evidence)
            for extra in changes:
                extra(change)

        try:
            with self.journal.transaction(ACTOR) as change:
                write(change)
        except JournalBusyError:
            self._write_later(effect, write)

    def _write_later(self, effect: int, write: Change) -> None:
        with contextlib.suppress(JournalError):  # not even readable: then nobody can be told
            order, kind = self.journal.effect_of(effect)
            self.unwritten[order] = kind
        log.warning("outcome waits for the journal", extra={"action": "outcome-waits"})
        self.journal.tell()
        try:
            self.journal.insist(ACTOR, write)
        finally:
            self.unwritten.clear()  # one thread moves cards, and it waits for one outcome
            self.journal.tell()

    def move(self, order: OrderRecord, event: OrderEvent) -> Change:
        """Return the change that takes the order over one event of the table."""
        after = advance(order.step, event)
        return lambda change: change.move_order(order.id, order.step, after, event.value)

    def way(self, order: OrderRecord | OrderHead) -> Way:
        """Return which way this order goes: its kind, the site's policies, two people's word."""
        return Way(
            kind=order.kind,
            print_first=self.equipment.policies.print_first,
            inactive=order.goal is OrderStep.RELEASED_OWED,
            faceless=not self.equipment.faces.sides,
        )

    def open_effect(self, order: OrderRecord) -> EffectRecord | None:
        """Return what was done to the order's card without a known outcome, if there is that."""
        return next(
            (e for e in self.journal.open_effects(order.id) if e.kind not in AT_PROVINCE), None
        )

    def open_at_province(self, order: OrderRecord) -> EffectRecord | None:
        """Return what the province was asked for without a known outcome, if there is that."""
        return next((e for e in self.journal.open_effects(order.id) if e.kind in AT_PROVINCE), None)

    def card_of(self, order: OrderRecord) -> CardRecord | None:
        """Return the ledger row of the order's card, if it has one."""
        return None if order.card is None else self.journal.card(order.card)

    def require_own_machine(self, order: OrderRecord) -> str:
        """Return which physical printer is on the link: its serial number, else its link.

        Moves nothing. Orders from before this was recorded are let through.

        Raises:
            WrongMachineError: The order's card is in another printer.
            TransportError: The printer can't be asked.
        """
        printer = self.equipment.printer
        serial = printer.identity().serial
        here = f"serial:{serial}" if serial else f"link:{printer.address}"
        holder = self._machine_of(order)
        if holder not in ("", here):
            raise WrongMachineError(
                f"the card is in {holder}, and {here} is on the link",
                details={"holder": holder, "found": here},
            )
        return here

    def _machine_of(self, order: OrderRecord) -> str:
        effects = self.journal.effects(order.id)
        moving = bool(effects) and effects[-1].state in (EffectState.INTENDED, EffectState.UNKNOWN)
        card = self.card_of(order)
        left = card is None or card.fate is not CardFate.IN_MACHINE
        if not moving and (left or (card is not None and card.place is CardPlace.FEEDER)):
            return ""  # in no printer's path: it has left, or a person has laid it into the feeder
        named = (effect.evidence_before.get(MACHINE, "") for effect in reversed(effects))
        return next((name for name in named if name), "")

    def require_no_doubt(self, order: OrderRecord) -> None:
        """Refuse to feed while it is unknown where another order's card is.

        A card that turns up later could not be told from the one that is fed now.

        Raises:
            CardInDoubtError: A person must first answer about that card.
        """
        for effect in self.journal.open_effects():
            if effect.kind in IN_PRINTER and effect.order != order.id:
                raise CardInDoubtError(
                    "another order's card is in doubt", details={"order": effect.order}
                )

    def ready_status(self) -> PrinterStatus:
        """Read the printer and refuse to go on when something stops it.

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


def in_doubt(status: PrinterStatus, text: str, details: Mapping[str, str]) -> OutcomeUnknownError:
    """Return the error for an outcome that nothing proves; it names what stops the printer."""
    told = f"{text}: {', '.join(f'{name} {value}' for name, value in details.items())}"
    if not status.errors:
        return OutcomeUnknownError(told, details=dict(details))
    reason = status.errors[0]
    return BrokeOffError(told, native_code=reason.native_number, code=reason.keyword.value)
