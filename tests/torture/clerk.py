"""The scripted clerk: presses the buttons, mends what the station names, answers truthfully.

Knows of the station only what the pages show; of the world what a person at the window sees.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Final

from station.core.errors import (
    FeederStoppedError,
    MachineNotReadyError,
    NotSupervisorError,
    RejectionReason,
    StationError,
)
from station.core.evidence import (
    Intent,
    ReleaseCard,
    ReleaseUnused,
    RetractCard,
    ReturnCard,
)
from station.core.gateways import ReportOutcome
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
from station.core.people import Approval, ApprovalMethod
from station.core.questions import APPROVED_BY_A_SECOND, AnswerKind, QuestionKind
from station.core.recipes import Way
from station.core.reprints import ReprintReason
from station.production.intake.reprints import Reprint
from station.production.people.questions import BY_HAND, Question
from station.production.views.orders import OrderView
from tests.torture import temporary_hands
from tests.torture.blanks import TEST_FACE, TORN, Card, Where
from tests.torture.claims import asked
from tests.torture.machine import MOVES
from tests.torture.statements import false_statements
from tests.torture.window import CHIEF, Window

Answers = Callable[[QuestionKind], AnswerKind | None]  #: what a person would rather say

CANCELLABLE: Final = (S.ACCEPTED, S.DATA_READY, S.APPROVED, S.FED)
MISPLACED: Final = {"chip-not-this-orders", "card-not-in-machine"}
#: The pages say to press 失败数据回盘 then.
RETRIED: Final = {"province-refused", "already-reported", "earlier-report-owed"}
MOST_REMAKES: Final = 3
#: Seconds until the station has looked again at a machine with a fault, which it does each second.
LOOKED_AGAIN: Final = 2.0
PATIENT: Final = 5  #: so many rounds of the same question until any true answer is good enough


@dataclasses.dataclass
class Wish:
    """One person who wants a card.

    Attributes:
        person: ID number.
        key: Of the request; pressed twice it stays the same.
        cancel_at: Where the person changes their mind.
        presses: How often each button is pressed.
        one_by_one: A button for every step, instead of 一键制卡.
        comes_in: The round in which this person comes.
        walks_away: The person does not wait for the card that comes out.
        again: What is done to the finished card once more, and why.
        about: The order of the card that this is done to.
        comes_back: Who changed their mind asks again, before the mark may be given back.
        given: The order is there already, made by somebody else.
        temporary: A temporary card, which is written in the desk's reader.
        rewrites: It is written again, with a new PIN.
        returns: It is brought back.
        stage: What is done about a temporary card: `issue`, `again`, `back`, or `given` for an
            order that the station has opened.
    """

    person: str
    key: str
    cancel_at: S | None = None
    presses: int = 1
    one_by_one: bool = False
    walks_away: bool = False
    comes_in: int = 0
    again: tuple[OrderKind, ReprintReason] | None = None
    about: str | None = None
    comes_back: bool = False
    order: str | None = None
    given: bool = False
    temporary: bool = False
    rewrites: bool = False
    returns: bool = False
    stage: str = "issue"
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
        self.testing = False  # a technician is at the machine
        self._decided: dict[str, AnswerKind] = {}  # said once, it is said again until it is heard
        self._asked: Counter[tuple[str, QuestionKind]] = Counter()
        self.answered: dict[str, set[str]] = defaultdict(set)
        self.refusals: list[str] = []

    def one_round(self, wishes: list[Wish]) -> None:
        """Do one thing for everybody who waits, and let the machine work."""
        for wish in wishes:
            if not wish.ended and self.window.rounds >= wish.comes_in:
                self._serve(wish)
        if self.testing:
            with contextlib.suppress(StationError):
                self._test_machine()
        self.window.engine.turn()

    def stuck(self, wishes: list[Wish]) -> list[str]:
        """Say which wishes did not end, and where they stand."""
        left = [wish for wish in wishes if not wish.ended]
        return [f"I11 {self._where(wish)}" for wish in left]

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
            if exc.code in BY_HAND:  # the refusal itself asks for it
                self.window.machine.move_by_hand()

    def _press(self, wish: Wish) -> None:
        if wish.temporary:
            self._press_at_desk(wish)
            return
        service = self.window.service
        made = self._ask(wish)
        wish.order = made.id
        self.answered[_key(wish)].add(made.id)
        record = self.window.journal.orders.one(made.id)
        self.window.statements += false_statements(self.window, record, made)
        if made.question is not None and self._decides(record, made.question):
            return  # what was said is done before anything is pressed
        if record.hold is not None:
            self.mend(record, record.hold)
            record = self.window.journal.orders.one(made.id)
        if wish.cancel_at is record.step and record.step in CANCELLABLE:
            wish.cancel_at = None
            service.orders.cancel(made.id, "clerk")
        elif record.step is S.ACTIVATED and wish.again is not None and wish.about is None:
            wish.about = record.id  # the card goes back into the machine
        elif record.step is S.ACTIVATED:
            wish.ended = True
        elif record.step is S.CANCELLED:
            self._after_cancel(wish, record)
        elif record.step is S.SPOILED:
            self._after_spoil(wish, record)
        else:
            self._go(wish, record)

    def _press_at_desk(self, wish: Wish) -> None:
        window = self.window
        if wish.ended:
            return
        wish.order = temporary_hands.order_of(window, wish)
        self.answered[f"{wish.key} {wish.stage}"].add(wish.order)
        record = window.journal.orders.one(wish.order)
        temporary_hands.put_aside(window)
        if record.hold is not None:
            self.mend(record, record.hold)
            self._wait(record.hold)
            record = window.journal.orders.one(wish.order)
        if record.step is S.RELEASED_OWED:
            self._is_owed(record)
        else:
            temporary_hands.go_on(window, wish, record)

    def _ask(self, wish: Wish) -> OrderView:
        service = self.window.service
        if wish.given and wish.order is not None:
            return service.orders.one(wish.order)
        if wish.about is None or wish.again is None:
            return service.orders.create(
                wish.person, OrderReason.NEW, "clerk", idempotency_key=wish.key
            )
        kind, reason = wish.again
        again = Reprint(wish.about, kind, reason, _agreed(CHIEF), _key(wish))
        return service.orders.reprint(again, "clerk")

    def _answer_by_two(self, record: OrderRecord, said: AnswerKind, second: str) -> None:
        self.window.service.orders.answer(record.id, said, "clerk", approval=_agreed(second))

    def _go(self, wish: Wish, record: OrderRecord) -> None:
        service = self.window.service
        step = Way(
            record.kind,
            print_first=self.window.policies.print_first,
            inactive=record.goal is S.RELEASED_OWED,
        ).next_step(record.step)
        if record.step is S.RELEASED and wish.walks_away:
            self._wait_for_holder(wish, record)
        elif record.step is S.RELEASED and step is None:
            self._hand_over(record)
            wish.ended = True
        elif record.step is S.RELEASED:
            self._hand_over(record)
            service.orders.press(record.id, S.ACTIVATED, "clerk")
        elif record.hold is not None and record.hold.retry_at is not None:
            self._wait(record.hold)
        elif record.step is S.APPROVED and wish.about is not None and self._lays_in(wish):
            service.orders.run(record.id, "clerk", approved=True)
        elif wish.one_by_one and step is not None:
            service.orders.press(record.id, step, "clerk")
        elif record.step is S.ACCEPTED:
            service.orders.run(record.id, "clerk")
        else:
            service.orders.run(record.id, "clerk", approved=True)

    def _wait_for_holder(self, wish: Wish, record: OrderRecord) -> None:
        """Nobody takes the card: the window asks where it is, or pulls it back in."""
        self.window.clock.advance(60.0)
        own = self.window.journal.cards.one(record.card or 0)  # another one may have come instead
        wish.ended = own is None or own.place is not CardPlace.OUTPUT_HOPPER

    def _lays_in(self, wish: Wish) -> bool:
        """Lay the holder's card on top of the blanks."""
        first = self.window.journal.orders.one(wish.about or "")
        own = self.own_card(first)
        if own is not None and own.outside:
            self.window.machine.lay_on_top(own)
        return True

    def _wait(self, hold: Hold) -> None:
        if hold.retry_at is not None:
            due = hold.due_age or 0.0
            left = due - self.window.journal.age()
            # Due already, and nothing happens: the link rests after many failures.
            self.window.clock.advance(min(left + 0.1, 400.0) if left > 0 else 60.0)

    def _after_cancel(self, wish: Wish, record: OrderRecord) -> None:
        if wish.comes_back:
            wish.comes_back, wish.given, wish.key = False, False, f"{wish.key}, again"
        elif not self._is_owed(record):
            wish.ended = True

    def _is_owed(self, record: OrderRecord) -> bool:
        """Whether the province has still to be told about an order; waits a while if so."""
        owed = [row for row in self.window.service.outbox.owed() if row.order == record.id]
        if owed:
            self.window.disk.mend()  # nothing moves: somebody looks at the PC
            stopped = record.hold is not None and record.hold.retry_at is None
            if stopped or any(row.state is WriteBackState.DEAD for row in owed):
                self.window.service.outbox.retry("clerk")
            if record.hold is not None:
                self._wait(record.hold)
        return bool(owed)

    def _after_spoil(self, wish: Wish, record: OrderRecord) -> None:
        if self._is_owed(record):
            return
        wish.remakes += 1
        wish.given = False
        if wish.remakes > MOST_REMAKES:
            wish.ended = True
            return
        self.window.province.restore(wish.person)
        wish.key += "+"
        if wish.about is not None:  # the holder's card is gone: another one is made instead of it
            wish.about, wish.again = record.id, (OrderKind.FULL, ReprintReason.CARD_SPOILED)

    def _hand_over(self, record: OrderRecord) -> None:
        chip = record.chip
        for card in self.window.machine.at(Where.OUT):
            if chip is not None and card.card_id == chip.AAZ501:
                card.place = Where.HAND

    # -- answering ---------------------------------------------------------------------------------

    def _decides(self, record: OrderRecord, question: Question) -> bool:
        """Answer as the person would rather, or by what is true: at once where a card is in doubt.

        Everywhere else what the pages say is tried for a while first.
        """
        kind = question.kind
        self.window.faults[asked(kind)] += 1
        self._asked[record.id, kind] += 1
        self.window.machine.mend()
        offered = [one.answer for one in question.answers]
        wanted = self._decided.get(record.id) or self._answers(kind)
        if wanted in offered and self.makes_true(record, wanted, kind):
            self._say(record, kind, wanted)
            return True
        patience = self._asked[record.id, kind]
        if kind not in _AT_ONCE and patience < PATIENT:
            return False
        first = (patience // PATIENT - 1) % len(offered) if patience >= PATIENT else 0
        for said in offered[first:]:  # the harmless one first, and none for ever
            if self.makes_true(record, said, kind):
                self._say(record, kind, said)
                return True
        return False

    def _say(self, record: OrderRecord, kind: QuestionKind, said: AnswerKind) -> None:
        self._decided[record.id] = said
        self.window.machine.mend()
        self.window.disk.mend()
        if said in APPROVED_BY_A_SECOND:
            with contextlib.suppress(NotSupervisorError):
                self.window.service.orders.answer(
                    record.id, said, "clerk", approval=_agreed("clerk")
                )
        self.window.service.orders.answer(record.id, said, "clerk", approval=_agreed(CHIEF))
        if said is AnswerKind.WAIT:
            self.window.waits_since[record.id] = self.window.clock.monotonic()
        del self._decided[record.id]

    def makes_true(self, record: OrderRecord, said: AnswerKind, kind: QuestionKind) -> bool:
        """Do what the answer says was done; False when it would be no true answer."""
        if said in (AnswerKind.IS_IN, AnswerKind.IS_OUT):
            self.window.machine.move_by_hand()
        if kind is QuestionKind.FEED_IN_DOUBT and said in _FED:
            return self._fed(record, said)
        if said in _TRUE_AT_ANY_TIME:
            return True
        own = self._card_in_doubt(record)
        if own is None:
            return False
        if said in (AnswerKind.PRINTED, AnswerKind.NOT_PRINTED):
            return self.sees_face(record) is said
        places, after = _TRUE_WHERE.get(said, (set(), own.place))
        if own.place not in places:
            return False
        if said is AnswerKind.PUT_BACK:
            self.window.machine.lay_on_top(own)
        elif said in BY_HANDS:
            own.by_hand = own.by_hand or own.place is Where.PATH
            own.place = after
        return True

    def _fed(self, record: OrderRecord, said: AnswerKind) -> bool:
        """Look whether a card came out of the feeder, and where it is."""
        card = self._card_in_doubt(record)
        if said is AnswerKind.GO_ON:
            return self.window.machine.path is not None
        taken = self.window.machine.moved_by_hand
        if card is None and taken is not None and taken.place is Where.HAND and not taken.holder:
            self.window.machine.lay_on_top(taken)  # it came out when the reader was exchanged
        if card is None and taken is not None:  # a reader that lies beside may have it
            return taken.place is not Where.ELSEWHERE
        if card is not None and card.place is Where.HAND:  # it was taken out of a jam
            self.window.machine.lay_on_top(card)
        return card is None or card.place is Where.FEEDER

    def _card_in_doubt(self, record: OrderRecord) -> Card | None:
        """Return the card that the open movement was about, else the order's own."""
        window = self.window
        effects = window.journal.effects.open(record.id)
        opened = next((one for one in effects if one.kind in MOVES), None)
        if opened is None:
            return self.own_card(record)
        moved = next((act.serial for act in window.acts if act.effect == opened.id), 0)
        row = window.journal.cards.one(_named(opened.before) or record.card or 0)
        if opened.kind is not EffectKind.FEED and row is not None and row.AAZ501:
            # What really moved can be a blank that came along.
            return next((one for one in window.machine.cards if one.card_id == row.AAZ501), None)
        if moved or opened.kind is EffectKind.FEED:
            return next((card for card in window.machine.cards if card.serial == moved), None)
        return self.own_card(record)

    # -- mending -------------------------------------------------------------------------------

    def mend(self, record: OrderRecord, hold: Hold) -> None:
        """Do what the pages say about this hold."""
        self.window.machine.mend()
        self.window.disk.mend()
        self.window.province.down = False
        if hold.code == RejectionReason.NOT_MARKED.value:
            self._ask_for_marking(record)
        elif hold.code in MISPLACED:
            self._put_back(record)
        elif hold.code == "card-left-inside":
            self._clear_path()
        elif hold.code == "outcome-unknown" and hold.effect is EffectKind.PRINT:
            self._answer(record)
        elif FeederStoppedError.code in {hold.code, hold.details.get("cause")}:
            self.testing = True
        elif hold.code == MachineNotReadyError.code:
            self.window.clock.advance(LOOKED_AGAIN)
        elif hold.code in RETRIED:
            self.window.service.outbox.retry("clerk")

    def _ask_for_marking(self, record: OrderRecord) -> None:
        """Have the application marked again after a failure; who has a card needs no second one."""
        told = [one for one in self.window.province.reports if record.id_number == one.AAC002]
        if told and told[-1].outcome is ReportOutcome.ISSUED:
            self.window.service.orders.cancel(record.id, "clerk")
        else:
            self.window.province.restore(record.id_number)

    def _test_machine(self) -> None:
        """Have a test card printed and look at it, as a technician does."""
        ledger = self.window.service.ledger
        order = ledger.print_test_card("technician")
        self.window.engine.turn()
        record = self.window.journal.orders.one(order)
        if record.step is S.RELEASED:
            self._replace_bad_blanks()
            card = self.own_card(record)  # at the outlet, or in somebody's hand already
            passed = card is not None and card.faces[-1:] == [TEST_FACE]
            ledger.judge_test_card(order, "technician", passed=passed)
            self.testing = False
            if card is not None and card.place is Where.OUT:
                card.place = Where.HAND
            return
        question = self.window.service.orders.one(order).question
        if question is not None and self._decides(record, question):
            return
        if record.hold is not None:
            self.mend(record, record.hold)

    def _replace_bad_blanks(self) -> None:
        """Take the stack out that stopped the feeder, and put another in."""
        self.window.machine.empty_feeder()
        self.window.machine.fill()

    def own_card(self, record: OrderRecord) -> Card | None:
        cards = self.window.machine.cards
        if record.kind is OrderKind.TEST:
            rows = self.window.journal.cards.of(record.id)
            if rows and rows[-1].AAZ501:
                return next((c for c in cards if c.card_id == rows[-1].AAZ501), None)
            # Its chip was not read; the technician who stands there saw it come out of the feeder.
            return self._fed_last(record) or self.window.machine.path
        if record.chip is None:
            # A blank that was never read: the one that was fed last for this order.
            moved = self.window.machine.moved_by_hand
            if moved is not None:  # at a plain reader; the one of another order is known as such
                rows = self.window.journal.cards.of_chip(moved.card_id)
                return None if any(row.order != record.id for row in rows) else moved
            return self._fed_last(record)
        return next((card for card in cards if card.card_id == record.chip.AAZ501), None)

    def _fed_last(self, record: OrderRecord) -> Card | None:
        fed = [
            act.serial
            for act in self.window.acts
            if (act.order, act.kind) == (record.id, EffectKind.FEED)
        ]
        return next((one for one in self.window.machine.cards if fed[-1:] == [one.serial]), None)

    def _put_back(self, record: OrderRecord) -> None:
        own = self.own_card(record)
        if own is not None and own.outside:
            self.window.machine.put_into_path(own)

    def _clear_path(self) -> None:
        self.window.service.machine.reject_left_card("clerk")

    def _answer(self, record: OrderRecord) -> None:
        seen = self.sees_face(record)
        if seen is not None:
            self._say(record, QuestionKind.FACE_IN_DOUBT, seen)

    def sees_face(self, record: OrderRecord) -> AnswerKind | None:
        """Look at the order's card: its face whole, the card blank, or neither; None: no card."""
        test, path = record.kind is OrderKind.TEST, self.window.machine.path
        rows = self.window.journal.cards.of(record.id)
        unread = test and not (rows and rows[-1].AAZ501)  # then it is what is seen inside
        own = path if unread and path is not None else self.own_card(record)
        if own is None or (not test and record.data is None):
            return None
        if record.kind is OrderKind.TEST or record.data is None:
            right = TEST_FACE
        else:
            right = record.data.chip.AAZ500
        if own.faces[-1:] == [right]:
            return AnswerKind.PRINTED
        return AnswerKind.SPOILED if own.faces[-1:] == [TORN] else AnswerKind.NOT_PRINTED


def _named(before: Intent) -> int | None:
    """Return the ledger id of the card that a movement was about, where it was written down."""
    if isinstance(before, ReleaseCard | ReleaseUnused | ReturnCard | RetractCard):
        return before.card
    return None


def _key(wish: Wish) -> str:
    return wish.key if wish.about is None else f"{wish.key} again"


#: Nothing else can be done before it is known where a card is; and hands wait to be told what for.
_AT_ONCE: Final = {
    QuestionKind.FEED_IN_DOUBT,
    QuestionKind.RELEASE_IN_DOUBT,
    QuestionKind.REJECT_IN_DOUBT,
    *BY_HAND.values(),
}
_FED: Final = {AnswerKind.GO_ON, AnswerKind.NOT_FED}
_TRUE_AT_ANY_TIME: Final = {
    AnswerKind.WAIT,
    AnswerKind.GO_ON,
    AnswerKind.IS_IN,
    AnswerKind.IS_OUT,
}
#: From where a person's hand brings a card to where, for an answer to be true.
BY_HANDS: Final[Mapping[AnswerKind, tuple[set[Where], Where]]] = {
    AnswerKind.DISCARDED: ({Where.PATH, Where.HAND, Where.REJECTED}, Where.REJECTED),
    AnswerKind.LOST: ({Where.HAND, Where.ELSEWHERE, Where.GONE}, Where.GONE),
    AnswerKind.TAKEN: ({Where.OUT, Where.HAND}, Where.HAND),
    AnswerKind.KEPT: ({Where.OUT, Where.HAND, Where.REJECTED}, Where.HAND),
}
#: Where a card is when an answer is true; what is done by hand makes it so.
_TRUE_WHERE: Final[Mapping[AnswerKind, tuple[set[Where], Where]]] = {
    **BY_HANDS,
    AnswerKind.SPOILED: ({Where.PATH}, Where.PATH),
    AnswerKind.RELEASE_INACTIVE: ({Where.PATH}, Where.PATH),
    AnswerKind.RETRACT: ({Where.OUT}, Where.OUT),
    AnswerKind.INSIDE: ({Where.PATH}, Where.PATH),
    AnswerKind.AT_OUTLET: ({Where.OUT}, Where.OUT),
    AnswerKind.PUT_BACK: ({Where.HAND, Where.FEEDER}, Where.FEEDER),
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


def _agreed(person: str) -> Approval:
    return Approval(person, ApprovalMethod.PASSWORD)
