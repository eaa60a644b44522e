"""The ledger's use cases: stock, shifts, spoiled cards, cards not taken, test cards."""

from __future__ import annotations

from typing import Final

from station.core.changes import DestroyCard, SetHold, UpdateCard
from station.core.errors import (
    CardLostError,
    CardNotFoundError,
    StepNotAllowedError,
    WitnessNeededError,
)
from station.core.orders import (
    CardFate,
    CardPlace,
    CardRecord,
    OrderKind,
    OrderStep,
)
from station.core.people import Approval
from station.core.recipes import recipe_of
from station.production.intake import capabilities
from station.production.intake.reprints import accept_test
from station.production.life.effects import Workbench
from station.production.life.feeder_stop import (
    FAILED,
    LOOKED_AT,
    PASSED,
    StopCause,
    is_stopped,
    stop_cause,
)
from station.production.machine.engine import Engine
from station.production.services.shifts import ShiftService

#: Fates of cards that two people have to destroy.
TO_DESTROY: Final = (CardFate.SPOILED, CardFate.TEST, CardFate.COLLECTED)


class LedgerService(ShiftService):
    """What people do with blanks and cards outside the machine; every call may be repeated."""

    def __init__(self, bench: Workbench, engine: Engine) -> None:
        super().__init__(bench)
        self._engine = engine

    # -- spoiled cards -------------------------------------------------------------------------

    def to_destroy(self) -> list[CardRecord]:
        """Return the spoiled and test cards that are not yet destroyed, lost ones included."""
        spoiled = [card for fate in TO_DESTROY for card in self._journal.cards.of_fate(fate)]
        return [card for card in spoiled if card.destroyed_at is None]

    def destroy(
        self, card: int, actor: str, *, witness: Approval | None, found: bool = False
    ) -> CardRecord:
        """Write down that two people destroyed a spoiled card; `found`: a lost one turned up.

        Raises:
            CardLostError: It is registered as lost, and `found` is false.
            CardNotFoundError: No such card.
            StepNotAllowedError: It is not spoiled.
            WitnessNeededError: Nobody else has agreed.
        """
        with self._journal.transaction(actor) as change:
            row = self._card(card)
            if row.destroyed_at is not None:
                return row
            if row.fate not in TO_DESTROY:
                raise StepNotAllowedError(
                    f"a card that is {row.fate.value} is not destroyed",
                    details={"step": row.fate.value},
                )
            if row.place is CardPlace.UNKNOWN and not found:
                raise CardLostError("a card that is registered as lost is not at hand")
            if witness is None or witness.person == actor:
                raise WitnessNeededError("two people destroy a card")
            change.apply(DestroyCard(card, witness.person, witness.method.value))
        return self._card(card)

    def card(self, card: int) -> CardRecord:
        """Return one card of the ledger.

        Raises:
            CardNotFoundError: No such card.
        """
        return self._card(card)

    # -- cards not taken -----------------------------------------------------------------------

    def not_taken(self) -> list[CardRecord]:
        """Return the finished cards that wait for their holders: at the outlet, kept, retracted."""
        places = (CardPlace.OUTPUT_HOPPER, CardPlace.KEPT, CardPlace.REJECT_BIN)
        return [card for card in self._journal.cards.at(*places) if card.fate is CardFate.ISSUED]

    # -- test cards ----------------------------------------------------------------------------

    def print_test_card(self, actor: str, *, request: str | None = None) -> str:
        """Start an order for a technician's test card on a blank; returns its id. Uses up a blank.

        Raises:
            CapabilityMissingError: This machine does not print.
            KeyReusedError: The request's name was used for something else.
        """
        capabilities.require(self._bench.equipment, None, OrderKind.TEST)
        order = accept_test(self._bench, actor, request)
        record = self._journal.orders.one(order)
        if record.hold is not None:
            self._bench.apply(actor, SetHold(order, None))
        self._engine.wake()
        return order

    def feeder_stopped(self) -> bool:
        """Whether spoiled blanks have stopped the feeder until a test card passes."""
        return is_stopped(self._bench)

    def stop_cause(self) -> StopCause | None:
        """Return why the feeder is stopped; None when it is not."""
        return stop_cause(self._bench) if is_stopped(self._bench) else None

    def unjudged_test(self) -> str | None:
        """Return the order of the newest released test card without a verdict."""
        for card in self._journal.cards.newest(LOOKED_AT):
            if card.fate is CardFate.TEST and not card.reason:
                return card.order
        return None

    def judge_test_card(self, order: str, actor: str, *, passed: bool) -> CardRecord:
        """Record a technician's verdict on a test card; a passed one releases the feeder.

        Raises:
            StepNotAllowedError: It is not a test card, not out yet, or has another verdict already.
        """
        verdict = PASSED if passed else FAILED
        with self._journal.transaction(actor) as change:
            record = self._journal.orders.one(order)
            card = self._bench.card_of(record)
            if card is not None and card.reason == verdict:
                return card
            out = recipe_of(record.kind).judged and record.step is OrderStep.RELEASED
            if card is None or not out or card.reason:
                raise StepNotAllowedError(
                    "only a test card that came out is judged, and once",
                    details={"step": record.step.value},
                )
            change.apply(UpdateCard(card.id, reason=verdict))
        self._engine.wake()
        return self._card(card.id)

    def _card(self, card: int) -> CardRecord:
        found = self._journal.cards.one(card)
        if found is None:
            raise CardNotFoundError(f"no card {card}")
        return found
