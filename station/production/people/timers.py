"""Time-outs of the site's policies, applied automatically. On the machine's thread."""

from __future__ import annotations

import contextlib
import logging

from station.core.errors import OrderMovedError, StationError
from station.core.orders import CardFate, CardPlace, EffectKind, EffectState, OrderRecord
from station.core.printing import CardRetractor
from station.production.life.effects import ACTOR, Workbench
from station.production.life.policies import WhenNotTaken, WhenOwedTooLong
from station.production.life.steps import hand_over, spoil
from station.production.people.questions import not_taken, owed_too_long

log = logging.getLogger(__name__)

OWED_TOO_LONG = "report-owed-too-long"  #: reason in the ledger and in the failure report


def run_timers(bench: Workbench) -> None:
    """Spoil cards whose report is owed too long, retract cards not taken in time; by policy.

    A retract whose outcome could not be written is ended here. Moves cards; irreversible. When the
    printer is unable now, the next cycle tries again.
    """
    policies = bench.equipment.policies
    try:
        _end_retracts(bench)
        if policies.when_owed_too_long is WhenOwedTooLong.SPOIL:
            _spoil_owed(bench)
        if policies.when_not_taken is WhenNotTaken.RETRACT:
            _retract(bench)
        if bench.journal.cards.in_machine() or bench.journal.cards.at(CardPlace.OUTPUT_HOPPER):
            bench.journal.keep_age(ACTOR)  # at least one deadline is open
    except StationError as exc:
        log.warning("not done: %s", exc.code, extra={"action": "timers", "code": exc.code})


def _end_retracts(bench: Workbench) -> None:
    # The order of such a card is done and has no step left that would inspect what is open.
    for effect in bench.journal.effects.open():
        if effect.kind is EffectKind.RETRACT:
            hand_over.settle_retract(bench, bench.journal.orders.one(effect.order), effect)


def _spoil_owed(bench: Workbench) -> None:
    for card in bench.journal.cards.in_machine():
        order = bench.journal.orders.one(card.order)
        waits = order.hold is not None and order.hold.retry_at is not None
        waits = waits and not _is_being_reported(bench, order)
        if waits and bench.open_effect(order) is None and owed_too_long(bench, order):
            # The report may have left between this look and the intent: the journal looks again.
            with contextlib.suppress(OrderMovedError):
                spoil.spoil_card(
                    bench, order, step=spoil.MAKING, reason=OWED_TOO_LONG, unless_reporting=True
                )


def _is_being_reported(bench: Workbench, order: OrderRecord) -> bool:
    """Whether the province is being asked right now: its answer may be the end of the waiting."""
    asked = bench.open_at_province(order)
    return asked is not None and asked.state is EffectState.INTENDED


def _retract(bench: Workbench) -> None:
    if not isinstance(bench.equipment.printer, CardRetractor) or bench.journal.cards.in_machine():
        return
    for card in bench.journal.cards.at(CardPlace.OUTPUT_HOPPER):
        order = bench.journal.orders.one(card.order)
        if order.erased_at is not None:
            continue  # a failure report could not be made any more
        late = card.fate is CardFate.ISSUED and not_taken(bench, card)
        last = hand_over.came_out_last(bench, order)
        if late and last and bench.open_effect(order) is None:
            hand_over.retract(bench, order)
