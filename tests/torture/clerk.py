"""The scripted clerk: presses the buttons, mends what the station names, answers truthfully.

Knows of the station only what the pages show; of the world what a person at the window sees.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from station.core.errors import FeederStoppedError, NotSupervisorError, StationError
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    Hold,
    OrderKind,
    OrderReason,
    OrderRecord,
    WriteBackState,
)
from station.core.orders import OrderStep as S
from station.core.questions import APPROVED_BY_A_SECOND, AnswerKind, QuestionKind
from station.core.recipes import Way
from station.core.reprints import ReprintReason
from station.production.questions import Question
from station.production.reprints import Reprint
from station.production.steps.release import released_card
from station.production.views import OrderView
from tests.torture.blanks import TEST_FACE, Card, Where
from tests.torture.window import CHIEF, Window

Answers = Callable[[QuestionKind], AnswerKind | None]  #: what a person would rather say

CANCELLABLE: Final = (S.ACCEPTED, S.DATA_READY, S.APPROVED, S.FED)
MISPLACED: Final = {"chip-not-this-orders", "card-not-in-machine"}
REFUSED: Final = {"province-refused", "already-reported"}
MOST_REMAKES: Final = 3


@dataclasses.dataclass
class Wish:
    """One person who wants a card.

    Attributes:
        person: ID number.
        key: Of the request; pressed twice it stays the same.
        cancel_at: Where the person changes their mind.
        presses: How often each button is pressed.
        one_by_one: A button for every step, instead of 一键制卡.
        again: What is done to the finished card once more, and why.
        about: The order of the card that this is done to.
    """

    person: str
    key: str
    cancel_at: S | None = None
    presses: int = 1
    one_by_one: bool = False
    again: tuple[OrderKind, ReprintReason] | None = None
    about: str | None = None
    order: str | None = None
    remakes: int = 0
    ended: bool = False


def no_choice(kind: QuestionKind) -> AnswerKind | None:
    """Say nothing but what brings the card to its end."""
    del kind
    return None


class Clerk:
    """Serves wishes until all have ended, or patience is over."""

    def __init__(self, window: Window, answers: Answers = no_choice) -> None:
        self.window = window
        self._answers = answers
        self._testing = False  # a technician is at the machine
        self._decided: dict[str, AnswerKind] = {}  # said once, it is said again until it is heard
        self.answered: dict[str, set[str]] = defaultdict(set)
        self.refusals: list[str] = []

    def one_round(self, wishes: list[Wish]) -> None:
        """Do one thing for everybody who waits, and let the machine work."""
        for wish in wishes:
            if not wish.ended:
                self._serve(wish)
        if self._testing:
            with contextlib.suppress(StationError):
                self._test_machine()
        self.window.engine.turn()

    def stuck(self, wishes: list[Wish]) -> list[str]:
        """Say which wishes did not end, and where they stand."""
        left = [wish for wish in wishes if not wish.ended]
        return [f"L1 {self._where(wish)}" for wish in left]

    def _where(self, wish: Wish) -> str:
        if wish.order is None:
            return f"a request never became an order: {self.refusals[-1:]}"
        record = self.window.journal.orders.one(wish.order)
        code = record.hold.code if record.hold else "nothing"
        return f"an order stays at {record.step}, held by {code}: {self.refusals[-1:]}"

    def _serve(self, wish: Wish) -> None:
        try:
            for _ in range(wish.presses):
                self._press(wish)
        except StationError as exc:
            self.refusals.append(exc.code)
            if exc.code == "journal-failed":
                self.window.disk.mend()

    def _press(self, wish: Wish) -> None:
        service = self.window.service
        made = self._ask(wish)
        wish.order = made.id
        self.answered[_key(wish)].add(made.id)
        record = self.window.journal.orders.one(made.id)
        if made.question is not None and self._decides(record, made.question):
            return  # what was said is done before anything is pressed
        if made.question is not None and made.question.kind in _DOUBTS:
            self._tell_where(record, made.question)
            return
        if record.hold is not None:
            self.mend(record, record.hold)
            record = self.window.journal.orders.one(made.id)
        if wish.cancel_at is record.step and record.step in CANCELLABLE:
            wish.cancel_at = None
            service.cancel(made.id, "clerk")
        elif record.step is S.ACTIVATED and wish.again is not None:
            wish.about = record.id  # the card goes back into the machine
        elif record.step in (S.ACTIVATED, S.CANCELLED):
            wish.ended = True
        elif record.step is S.SPOILED:
            self._after_spoil(wish, record)
        else:
            self._go(wish, record)

    def _ask(self, wish: Wish) -> OrderView:
        service = self.window.service
        if wish.about is None or wish.again is None:
            return service.create_order(
                wish.person, OrderReason.NEW, "clerk", idempotency_key=wish.key
            )
        kind, reason = wish.again
        again = Reprint(wish.about, kind, reason, CHIEF, _key(wish))
        return service.reprint(again, "clerk")

    def _go(self, wish: Wish, record: OrderRecord) -> None:
        service = self.window.service
        step = Way(
            record.kind,
            print_first=self.window.policies.print_first,
            inactive=record.goal is S.RELEASED_OWED,
        ).next_step(record.step)
        if record.step is S.RELEASED and step is None:
            self._hand_over(record)
            wish.ended = True
        elif record.step is S.RELEASED:
            self._hand_over(record)
            service.press(record.id, S.ACTIVATED, "clerk")
        elif record.hold is not None and record.hold.retry_at is not None:
            self._wait(record.hold)
        elif record.step is S.APPROVED and wish.about is not None and self._lays_in(wish):
            service.run(record.id, "clerk", approved=True)
        elif wish.one_by_one and step is not None:
            service.press(record.id, step, "clerk")
        elif record.step is S.ACCEPTED:
            service.run(record.id, "clerk")
        else:
            service.run(record.id, "clerk", approved=True)

    def _lays_in(self, wish: Wish) -> bool:
        """Lay the holder's card on top of the blanks."""
        first = self.window.journal.orders.one(wish.about or "")
        own = self._own_card(first)
        if own is not None and own.outside:
            self.window.machine.lay_on_top(own)
        return True

    def _wait(self, hold: Hold) -> None:
        if hold.retry_at is not None:
            due = hold.due_age or 0.0
            left = due - self.window.journal.age()
            # Due already, and nothing happens: the link rests after many failures.
            self.window.clock.advance(min(left + 0.1, 400.0) if left > 0 else 60.0)

    def _after_spoil(self, wish: Wish, record: OrderRecord) -> None:
        owed = [row for row in self.window.service.owed() if row.order == record.id]
        if owed:
            self.window.disk.mend()  # nothing moves: somebody looks at the PC
            stopped = record.hold is not None and record.hold.retry_at is None
            if stopped or any(row.state is WriteBackState.DEAD for row in owed):
                self.window.service.retry_write_backs("clerk")
            if record.hold is not None:
                self._wait(record.hold)
            return
        wish.remakes += 1
        if wish.remakes > MOST_REMAKES:
            wish.ended = True
            return
        self.window.province.restore(wish.person)
        wish.key += "+"

    def _hand_over(self, record: OrderRecord) -> None:
        chip = record.chip
        for card in self.window.machine.at(Where.OUT):
            if chip is not None and card.card_id == chip.AAZ501:
                card.place = Where.HAND

    # -- answering ---------------------------------------------------------------------------------

    def _decides(self, record: OrderRecord, question: Question) -> bool:
        offered = {one.answer for one in question.answers}
        said = self._decided.get(record.id) or self._answers(question.kind)
        if said not in offered or not self._makes_true(record, said):
            return False
        self._decided[record.id] = said
        self.window.machine.mend()
        self.window.disk.mend()
        if said in APPROVED_BY_A_SECOND:
            with contextlib.suppress(NotSupervisorError):
                self.window.service.answer(record.id, said, "clerk", approver="clerk")
        self.window.service.answer(record.id, said, "clerk", approver=CHIEF)
        self.window.faults[f"answered: {said}"] += 1
        del self._decided[record.id]
        return True

    def _tell_where(self, record: OrderRecord, question: Question) -> None:
        """Look for the card that a movement left in doubt, and say where it is."""
        self.window.machine.mend()
        self.window.disk.mend()
        card = self._moved_card(record)
        place = card.place if card is not None else None
        if question.kind is QuestionKind.FEED_IN_DOUBT:
            said = AnswerKind.GO_ON if self.window.machine.path else AnswerKind.NOT_FED
        elif place is Where.PATH:
            said = AnswerKind.INSIDE
        elif question.kind is QuestionKind.RELEASE_IN_DOUBT and place in (Where.OUT, Where.HAND):
            said = AnswerKind.AT_OUTLET
        elif place in (Where.REJECTED, Where.HAND) and card is not None:
            card.place = Where.REJECTED
            said = AnswerKind.DISCARDED
        else:
            said = AnswerKind.LOST
        self.window.service.answer(record.id, said, "clerk")
        self.window.faults[f"asked: {question.kind}"] += 1

    def _moved_card(self, record: OrderRecord) -> Card | None:
        opened = self.window.journal.effects.open(record.id)
        named = next((released_card(record, effect) for effect in opened), record.card)
        row = self.window.journal.cards.one(named or 0)
        read = row.AAZ501 if row is not None else ""
        cards = self.window.machine.cards
        known = next((card for card in cards if card.card_id == read), None)
        if known is not None or self.window.machine.path is not None:
            return known or self.window.machine.path
        unread = [card for card in cards if card.place in (Where.REJECTED, Where.OUT)]
        return unread[-1] if unread else None

    def _makes_true(self, record: OrderRecord, said: AnswerKind) -> bool:
        """Do what the answer says was done; False when it would be no true answer."""
        own = self._own_card(record)
        if said is AnswerKind.WAIT:
            return True
        if own is None:
            return False
        if said in (AnswerKind.SPOILED, AnswerKind.RELEASE_INACTIVE):
            return own.place is Where.PATH
        if said in (AnswerKind.PRINTED, AnswerKind.NOT_PRINTED):
            return self.sees_face(record) is (said is AnswerKind.PRINTED)
        places, after = _BY_HAND.get(said, (set(), own.place))
        if own.place not in places | {after}:
            return False
        own.by_hand = own.by_hand or own.place is Where.PATH
        own.place = after
        return said in _BY_HAND

    # -- mending -------------------------------------------------------------------------------

    def mend(self, record: OrderRecord, hold: Hold) -> None:
        """Do what the pages say about this hold."""
        self.window.machine.mend()
        self.window.disk.mend()
        self.window.province.down = False
        if hold.code in MISPLACED:
            self._put_back(record)
        elif hold.code == "card-left-inside":
            self._clear_path()
        elif hold.code == "outcome-unknown" and hold.effect is EffectKind.PRINT:
            self._answer(record)
        elif hold.code == FeederStoppedError.code:
            self._testing = True
        elif hold.code in REFUSED:
            self.window.service.retry_write_backs("clerk")

    def _test_machine(self) -> None:
        """Have a test card printed and look at it, as a technician does."""
        ledger = self.window.service.ledger
        order = ledger.print_test_card("technician")
        self.window.engine.turn()
        record = self.window.journal.orders.one(order)
        if record.step is S.RELEASED:
            card = self._own_card(record)  # at the outlet, or in somebody's hand already
            passed = card is not None and card.faces[-1:] == [TEST_FACE]
            ledger.judge_test_card(order, "technician", passed=passed)
            self._testing = False
            if card is not None and card.place is Where.OUT:
                card.place = Where.HAND
            return
        question = self.window.service.order(order).question
        if question is not None and question.kind in _DOUBTS:
            self._tell_where(record, question)
        elif record.hold is not None:
            self.mend(record, record.hold)

    def _own_card(self, record: OrderRecord) -> Card | None:
        cards = self.window.machine.cards
        if record.kind is OrderKind.TEST:
            rows = self.window.journal.cards.of(record.id)
            known = rows[-1].AAZ501 if rows else ""
            return next((c for c in cards if c.card_id == known), self.window.machine.path)
        if record.chip is None:
            # A blank that was never read: the one that somebody took out.
            blanks = (card for card in cards if card.by_hand and card.holder is None)
            return next((card for card in blanks if card.place is Where.HAND), None)
        return next((card for card in cards if card.card_id == record.chip.AAZ501), None)

    def _put_back(self, record: OrderRecord) -> None:
        own = self._own_card(record)
        if own is not None and own.outside:
            self.window.machine.put_into_path(own)

    def _clear_path(self) -> None:
        self.window.service.reject_left_card("clerk")

    def _answer(self, record: OrderRecord) -> None:
        printed = self.sees_face(record)
        if printed is not None:
            said = AnswerKind.PRINTED if printed else AnswerKind.NOT_PRINTED
            self.window.service.answer(record.id, said, "clerk")

    def sees_face(self, record: OrderRecord) -> bool | None:
        """Look whether the order's face is whole on its card; None when there is no such card."""
        own = self._own_card(record)
        if own is None:
            return None
        if record.kind is OrderKind.TEST:
            return own.faces[-1:] == [TEST_FACE]
        if record.data is None:
            return None
        return own.faces[-1:] == [record.data.chip.AAZ500]


def _key(wish: Wish) -> str:
    return wish.key if wish.about is None else f"{wish.key} again"


_DOUBTS: Final = frozenset(
    {
        QuestionKind.FEED_IN_DOUBT,
        QuestionKind.RELEASE_IN_DOUBT,
        QuestionKind.REJECT_IN_DOUBT,
    }
)
#: From where a person's hand brings a card to where, for an answer to be true.
_BY_HAND: Final = {
    AnswerKind.DISCARDED: ({Where.PATH, Where.HAND}, Where.REJECTED),
    AnswerKind.LOST: ({Where.HAND}, Where.GONE),
    AnswerKind.TAKEN: ({Where.OUT}, Where.HAND),
    AnswerKind.KEPT: ({Where.OUT}, Where.HAND),
}


def tally(window: Window) -> dict[str, int]:
    """Count what became of the orders and cards of a window."""
    journal = window.journal
    fates = [row.fate for row in journal.cards.all()]
    return {
        "orders": len(journal.orders.recent(1000)),
        "issued": fates.count(CardFate.ISSUED),
        "spoiled": fates.count(CardFate.SPOILED),
        "refused": fates.count(CardFate.REFUSED),
        "returned": fates.count(CardFate.RETURNED),
        "unknown": sum(row.place is CardPlace.UNKNOWN for row in journal.cards.all()),
        "held": sum(head.hold is not None for head in journal.orders.heads()),
        "owed": len(journal.outbox.rows(WriteBackState.OWED, WriteBackState.DEAD)),
    }
