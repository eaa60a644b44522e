"""Orders that central assigns, and blanks that it sends: how a letter becomes durable, once.

The same letter may come any number of times, late, and after what it is followed by. What the
window answers is an event of its history, written with what the letter did.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from station.core.changes import Changes, MoveBlanks
from station.core.errors import (
    CardNotFoundError,
    FleetMessageError,
    InputError,
    OrderMovedError,
    StepNotAllowedError,
)
from station.core.errors.calls import KeyReusedError
from station.core.fleet import Assignment, Transfer, Withdrawal, number_context
from station.core.fleet_changes import NoteLetter, NoteTransfer
from station.core.fleet_state import AssignmentRecord, BlanksOnTheirWay, LetterAnswer
from station.core.life import BEFORE_FEED
from station.core.orders import OrderHead, OrderReason, OrderStep, StockMove
from station.production.intake.reception import OrderRequest
from station.production.life.effects import Workbench
from station.production.life.steps import release
from station.production.machine.engine import Engine
from station.production.services.orders import OrderService
from station.signing import Identity

ACTOR: Final = "fleet"
OLD_EPOCH: Final = "fleet-old-epoch"  #: code of a refusal: another assignment is as new
_ENDED: Final = frozenset({LetterAnswer.REFUSED, LetterAnswer.RETURNED})


class AssignedOrders:
    """The use cases about letters; one thread calls them, and each call may be repeated."""

    def __init__(self, bench: Workbench, engine: Engine, orders: OrderService) -> None:
        self._bench = bench
        self._journal = bench.journal
        self._engine = engine
        self._orders = orders

    def accept(self, letter: Assignment, identity: Identity) -> None:
        """Make an order of an assignment, or refuse it, in one transaction.

        Raises:
            JournalError: It can't be kept now.
        """
        if self._journal.fleet.assignment(letter.assignment) is not None:
            return
        known = self._journal.fleet.of_application(letter.application)
        if any(one.epoch >= letter.epoch for one in known):
            self._write(_answer(letter, None, LetterAnswer.REFUSED, OLD_EPOCH))
            return
        try:
            request = _request(letter, identity)
            self._orders.accept(request, ACTOR, lambda order: _taken(letter, order))
            if self._journal.fleet.assignment(letter.assignment) is None:
                raise KeyReusedError("the assignment's id is the key of another request")
        except (FleetMessageError, InputError) as exc:
            self._write(_answer(letter, None, LetterAnswer.REFUSED, exc.code))

    def withdraw(self, letter: Withdrawal) -> None:
        """Give an order back if nothing irreversible has happened, else say how far it is.

        Raises:
            JournalError: It can't be kept now.
            OrderMovedError: It moved on concurrently; the letter is to be read again.
        """
        known = self._journal.fleet.assignment(letter.assignment)
        if known is None:  # came first: the assignment is refused when it comes
            returned = AssignmentRecord(
                letter.assignment, "", letter.epoch, None, LetterAnswer.RETURNED, ""
            )
            self._write(NoteLetter(returned))
        elif known.answer not in _ENDED and known.order is not None:
            self._give_back(known, self._journal.orders.head(known.order))

    def send_blanks(self, letter: Transfer) -> None:
        """Keep that blanks are on their way; whoever receives them counts them.

        Raises:
            JournalError: It can't be kept now.
            FleetMessageError: Less than one blank.
        """
        if letter.count < 1:
            raise FleetMessageError("a transfer has at least one blank")
        if self._journal.fleet.transfer(letter.transfer) is None:
            self._write(NoteTransfer(BlanksOnTheirWay(letter.transfer, letter.bank, letter.count)))

    def receive_blanks(self, transfer: str, count: int, actor: str) -> None:
        """Book blanks that a person has counted into the window's drawer, once.

        Raises:
            CardNotFoundError: No such transfer is on its way here, or it was received.
        """
        sent = self._journal.fleet.transfer(transfer)
        if sent is None or sent.received is not None:
            raise CardNotFoundError(f"no transfer {transfer} is on its way here")
        machine = self._bench.equipment.machine
        with self._journal.transaction(actor) as change:
            change.apply(NoteTransfer(replace(sent, received=count)))
            if count:
                request = f"fleet transfer {transfer}"
                change.apply(MoveBlanks(machine, request, StockMove.OPENED, count, sent.bank))

    def _give_back(self, known: AssignmentRecord, order: OrderHead) -> None:
        returned = NoteLetter(_with(known, LetterAnswer.RETURNED))
        if order.step is OrderStep.CANCELLED:
            self._write(returned)
            return
        if order.step in BEFORE_FEED and self._cancelled(order, returned):
            self._engine.wake()
            return
        now = self._journal.orders.head(order.id).step.value
        if (known.answer, known.code) != (LetterAnswer.KEPT, now):
            self._write(NoteLetter(_with(known, LetterAnswer.KEPT, now)))

    def _cancelled(self, order: OrderHead, returned: NoteLetter) -> bool:
        try:
            return release.cancel_in_journal(self._bench, order, ACTOR, (returned,))
        except OrderMovedError:
            raise
        except StepNotAllowedError:
            return False

    def _write(self, *made: NoteLetter | NoteTransfer) -> None:
        with self._journal.transaction(ACTOR) as change:
            change.apply(*made)


def _request(letter: Assignment, identity: Identity) -> OrderRequest:
    number = identity.open(letter.sealed_number, context=number_context(letter.assignment))
    try:
        return OrderRequest(number.decode(), OrderReason(letter.reason), letter.assignment)
    except ValueError as exc:
        raise FleetMessageError("the reason, or the sealed number, is of another form") from exc


def _taken(letter: Assignment, order: str) -> Changes:
    return (_answer(letter, order, LetterAnswer.ACCEPTED),)


def _answer(
    letter: Assignment, order: str | None, answer: LetterAnswer, code: str = ""
) -> NoteLetter:
    return NoteLetter(
        AssignmentRecord(letter.assignment, letter.application, letter.epoch, order, answer, code)
    )


def _with(known: AssignmentRecord, answer: LetterAnswer, code: str = "") -> AssignmentRecord:
    return AssignmentRecord(
        known.assignment, known.application, known.epoch, known.order, answer, code
    )
