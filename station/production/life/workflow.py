"""Takes one order one step further: establishes unknown outcomes, then runs the step."""

from __future__ import annotations

import datetime as dt
import logging
import random
from collections.abc import Callable, Mapping
from typing import Final

from station.core.changes import SetHold
from station.core.decisions import Decision, Doubt, Inspect, RetryAfter, decide
from station.core.errors import (
    BrokeOffError,
    CardMissingError,
    GatewayAnswerError,
    GatewayRejectedError,
    GatewayUnavailableError,
    JournalBusyError,
    LinkRestingError,
    NotDoneError,
    OrderMovedError,
    OutcomeUnknownError,
    StationError,
    StepNotAllowedError,
    WrongCardReason,
)
from station.core.evidence import EffectRecord
from station.core.life import AT_PROVINCE, EFFECTS, IN_PRINTER, VOID, Lane, OrderEvent
from station.core.orders import (
    AnyOrder,
    CardPlace,
    EffectKind,
    EffectState,
    Hold,
    OrderRecord,
)
from station.production.life import lanes
from station.production.life.breaker import Breaker, retry_wait
from station.production.life.effects import ACTOR, OutcomePendingError, Workbench
from station.production.life.steps import (
    chip,
    data,
    feed,
    hand_over,
    printing,
    put_back,
    release,
    report,
    spoil,
    temporary,
)

log = logging.getLogger(__name__)

LOOK_AGAIN: Final = 1.0  #: seconds between readings of a printer that is still busy

Step = Callable[[Workbench, OrderRecord], None]
Settle = Callable[[Workbench, OrderRecord, EffectRecord], None]

#: The function that makes each event happen. `approved` is a person's action and not here; a write
#: at the desk is asked for by a person too, and belongs to no lane.
STEPS: Final[Mapping[OrderEvent, Step]] = {
    OrderEvent.DATA_FETCHED: data.run,
    OrderEvent.CARD_FED: feed.run,
    OrderEvent.CHIP_STAYS: feed.run,
    OrderEvent.CHIP_WRITTEN: chip.run,
    OrderEvent.CHIP_REWRITTEN: chip.run,
    OrderEvent.REPORTED: report.run,
    OrderEvent.FACE_PRINTED: printing.run,
    OrderEvent.NO_FACE: printing.leave_out,
    OrderEvent.CARD_RELEASED: release.run,
    OrderEvent.ACTIVATED: release.activate,
    OrderEvent.WRITTEN_AT_DESK: temporary.run,
    OrderEvent.REWRITTEN_AT_DESK: temporary.run,
    OrderEvent.COLLECTED: temporary.collect,
}

#: Key, in a hold's details, of the number of consecutive inconclusive answers.
TRIES: Final = "tries"

#: The function that establishes the unknown outcome of each kind of effect.
PROOFS: Final[Mapping[EffectKind, Settle]] = {
    EffectKind.FEED: feed.settle,
    EffectKind.WRITE_CHIP: chip.settle,
    EffectKind.REPORT: report.settle,
    EffectKind.PRINT: printing.settle,
    EffectKind.RELEASE: release.settle,
    EffectKind.REJECT: spoil.settle_reject,
    EffectKind.RETRACT: hand_over.settle_retract,
    EffectKind.ACTIVATE: release.settle_activation,
    EffectKind.WRITE_AT_DESK: temporary.settle,
    EffectKind.COLLECT: temporary.settle_collect,
}


#: No reading proves a retraction, so the printer is not needed to ask a person about it.
_READ_IN_PRINTER: Final = IN_PRINTER - {EffectKind.RETRACT}


class Workflow:
    """Runs the steps of every lane; each lane calls it from its own thread."""

    def __init__(self, bench: Workbench, rng: random.Random) -> None:
        self._bench = bench
        self._rng = rng
        #: Of reports, and for their lane. What the HSM answers in the machine's lane says nothing
        #: about whether a report would be taken.
        self.link = Breaker(bench.equipment.retry, rng)

    def settle_card(self, order: OrderRecord) -> OrderRecord:
        """Establish the outcome of an open effect on the order's card; returns the order.

        Raises:
            OutcomePendingError: It can't be found out yet.
        """
        return self._settle(order, self._bench.open_effect(order))

    def settle_at_province(self, order: OrderRecord) -> OrderRecord:
        """Ask the province what became of what it was asked for, if that is open.

        Not for the machine's lane: what another one has under way right now is open as well.

        Raises:
            OutcomePendingError: It can't be found out yet.
        """
        return self._settle(order, self._bench.open_at_province(order))

    def _settle(self, order: OrderRecord, effect: EffectRecord | None) -> OrderRecord:
        if effect is None:
            return order
        self._prove(order, effect)
        return self._bench.journal.orders.one(order.id)

    def step_once(self, order: OrderRecord, lane: Lane | None = None) -> bool:
        """Take the order one step further in a lane, or hold it with the reason.

        Without a lane, it is the one that the order waits for. Returns whether it advanced.

        Raises:
            JournalBusyError: Another program holds the journal; nothing was begun.
        """
        ahead = False
        try:
            lane = lane or lanes.waits_for(self._bench, order)
            ahead = lane is Lane.REPORTS and lanes.reports_ahead(self._bench, order)
            self._step(order, lane)
        except OutcomePendingError as exc:
            if ahead or (lane is not Lane.MACHINE and self._held_since(order)):
                return self._report_later(order, exc)
            return self._inspect_at_once(order, exc)
        except JournalBusyError:
            raise  # the order is not at fault: it continues as soon as the journal is free
        except OrderMovedError as exc:
            now = self._bench.journal.orders.head(order.id)
            behind_card = lane is not Lane.MACHINE and lanes.has_card_work(self._bench, now)
            if now.step is not order.step or behind_card:
                log.info("moved meanwhile", extra={"action": "moved", "order": order.id})
                return True
            self.hold(order, exc)
            return False
        except StationError as exc:
            self.hold(order, exc)
            return False
        return True

    def _report_later(self, order: OrderRecord, exc: OutcomePendingError) -> bool:
        # The order waits for its print or for a person, and not for this: that is what it says. The
        # next try is made, after a question, when the order waits for the report.
        self._note_failure(exc.kind, exc.cause)
        log.warning(
            "reported later: %s", exc.code, extra={"action": "report-later", "order": order.id}
        )
        return False

    def _held_since(self, order: OrderRecord) -> bool:
        now = self._bench.journal.orders.head(order.id).hold
        known = order.hold
        if now is None or known is None:
            return now is not None
        return (now.code, now.effect, now.due_age) != (known.code, known.effect, known.due_age)

    def _inspect_at_once(self, order: OrderRecord, pending: OutcomePendingError) -> bool:
        # A person is asked only what printer and chip can't answer. What is proven not to have
        # happened is not started again automatically either: it would fail the same way every time.
        doubt = Doubt(pending.kind, pending.inspected)
        if not isinstance(decide(pending.cause, doubt), Inspect):
            self.hold(order, pending)
            return False
        try:
            settled = self.settle_card(self._bench.journal.orders.one(order.id))
        except OrderMovedError:
            return True  # its report had its outcome in this moment: it is settled in the next turn
        except StationError as exc:
            self.hold(order, exc)
            return False
        last = self._bench.journal.effects.of(order.id)[-1]
        if last.state is EffectState.NOT_DONE:
            self.hold(settled, _not_done(last.kind, pending.cause))
            return False
        return True

    def _prove(self, order: OrderRecord, effect: EffectRecord) -> None:
        try:
            if effect.kind in AT_PROVINCE:
                self._refuse_while_resting()
            elif effect.kind in _READ_IN_PRINTER:
                # Another printer's path, counters and card prove nothing about this effect.
                self._bench.require_own_machine(order)
            PROOFS[effect.kind](self._bench, order, effect)
            self._note_answer(effect.kind)
        except (OutcomePendingError, OrderMovedError):
            raise
        except StationError as exc:
            raise OutcomePendingError(effect.kind, exc, inspected=True) from exc

    def _step(self, order: OrderRecord, lane: Lane | None) -> None:
        if lane is None:
            raise StepNotAllowedError(f"nothing runs by itself from {order.step.value}")
        at_machine = lane is Lane.MACHINE
        settled = self.settle_card(order) if at_machine else self.settle_at_province(order)
        if settled.step is not order.step:
            return
        if at_machine:
            put_back.put_out_stranger(self._bench, settled)
            if (spoiled := spoil.decided(self._bench, settled)) is not None:
                step, reason = spoiled
                spoil.spoil_card(self._bench, settled, step=step, reason=reason)
                return
        event = lanes.event_in(self._bench, settled, lane)
        if event is None:
            return  # what came before it on the order's way is done
        log.info("step", extra={"action": "step", "order": order.id, "target": event.value})
        if event is OrderEvent.REPORTED:
            self._report(settled)
        else:
            STEPS[event](self._bench, settled)

    def _report(self, order: OrderRecord) -> None:
        if order.step in VOID and not report.owed_reports(self._bench, order):
            return  # settling has found it there
        self._refuse_while_resting()
        report.run(self._bench, order)
        self._note_answer(EffectKind.REPORT)

    def _refuse_while_resting(self) -> None:
        if self.link.wait_left(self._bench.clock.monotonic()) > 0:
            raise LinkRestingError("the province has not answered for a while")

    def _note_answer(self, kind: EffectKind) -> None:
        if kind in AT_PROVINCE:
            self.link.answered()

    def _note_failure(self, kind: EffectKind | None, cause: StationError) -> None:
        if isinstance(cause, LinkRestingError):
            return
        if isinstance(cause, GatewayRejectedError | GatewayAnswerError):
            self.link.answered()  # whatever the answer, the connection works for other reports
        elif kind in AT_PROVINCE and isinstance(cause, GatewayUnavailableError):
            self.link.failed(self._bench.clock.monotonic())

    def hold(self, order: AnyOrder, exc: StationError) -> None:
        """Record why the order does not continue, and when the station retries automatically."""
        effect = exc.kind if isinstance(exc, OutcomePendingError) else None
        cause = exc.cause if isinstance(exc, OutcomePendingError) else exc
        self._note_failure(effect, cause)
        before = self._bench.journal.orders.head(order.id)
        tries = _tries(before.hold, cause)
        decision = decide(cause, only_report_left=before.step in VOID, tries=tries)
        details = exc.details | ({TRIES: str(tries)} if tries else {})
        hold = self._hold_for(self._wait(order, decision, tries), exc.code, details, effect)
        log.warning(
            "held: %s", exc.code, extra={"action": "held", "order": order.id, "code": exc.code}
        )
        left = effect is not None and EFFECTS[effect].leaves_machine
        other = cause.code == WrongCardReason.NOT_THIS_ORDERS.value
        gone = isinstance(cause, CardMissingError) or other or left
        # The step may have fed a card since `order` was read: that card is the missing one.
        lost = hand_over.moved(before, CardPlace.UNKNOWN) if gone else ()
        self._bench.apply(ACTOR, *lost, SetHold(order.id, hold))

    def put_off(self, order: AnyOrder, kind: EffectKind) -> None:
        """Hold an order until the outcome of one of its effects is queried, which is soon."""
        soon = None if order.goal is None else 0.0
        hold = self._hold_for(soon, OutcomeUnknownError.code, {}, kind)
        self._bench.apply(ACTOR, SetHold(order.id, hold))

    def _hold_for(
        self,
        wait: float | None,
        code: str,
        details: Mapping[str, str],
        effect: EffectKind | None,
    ) -> Hold:
        if wait is None:
            return Hold(code, details, effect)
        at = self._bench.clock.now() + dt.timedelta(seconds=wait)
        return Hold(code, details, effect, at, self._bench.journal.age() + wait)

    def _wait(self, order: AnyOrder, decision: Decision, tries: int) -> float | None:
        """Return the seconds until the station tries again; None when a person must act."""
        if not isinstance(decision, RetryAfter):
            return None
        if decision.soon:
            return LOOK_AGAIN
        rows = self._bench.journal.outbox.of(order.id)
        attempts = rows[-1].attempts if rows else 1
        wait = retry_wait(self._bench.equipment.retry, tries or attempts, self._rng)
        # The displayed time must be correct: nothing is sent before the link has rested.
        return max(wait, self.link.wait_left(self._bench.clock.monotonic()))


def _not_done(kind: EffectKind, cause: StationError) -> StationError:
    """Return why an order is held whose effect is proven not to have happened.

    The reason that the device reported is the one a person must clear.
    """
    error = NotDoneError(
        f"{kind.value} did not happen: {cause}",
        details={**cause.details, "cause": cause.code, "effect": kind.value},
    )
    if isinstance(cause, BrokeOffError):
        error.code = cause.code
    return error


def _tries(held: Hold | None, cause: StationError) -> int:
    """Count the consecutive inconclusive answers; a button press by a person resets the count."""
    if not isinstance(cause, GatewayAnswerError):
        return 0
    return 1 + (0 if held is None else int(held.details.get(TRIES, "0")))
