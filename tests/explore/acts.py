"""What may happen next in a state: the station's own work, and what people do.

An action is good when the station or a person who keeps the rules does it: an order must always
have a way to its end by good actions alone. What a person does against the rules costs a breach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from station.core.errors import StationError
from station.core.evidence import ReleaseCard, ReleaseUnused, ReturnCard
from station.core.life import FINAL, OUT_OF_MACHINE, reached
from station.core.orders import (
    CardFate,
    CardPlace,
    CardRecord,
    EffectKind,
    OrderReason,
    OrderRecord,
    OrderStep,
    WriteBackState,
)
from station.core.printing import CardPosition
from station.core.questions import AnswerKind as A
from station.core.questions import QuestionKind as Q
from station.core.recipes import recipe_of
from station.production.life.steps.report import UNDONE
from station.production.people.questions import MISPLACED, OWED_INSIDE, question_about
from tests.explore.choices import Budget
from tests.explore.kept import LONG_AGO, SHORT
from tests.explore.memory import OPEN
from tests.explore.rig import CHIEF, CLERK, Rig, agreed
from tests.explore.world import (
    BIN,
    ELSEWHERE,
    FEEDER,
    GONE,
    HAND,
    JAM,
    OUT,
    PATH,
    PERSON,
    STRANGER,
    TEST_CARD,
    Card,
)

S = OrderStep
REQUEST: Final = "request"
_BREACH: Final = Budget(breaches=1)


class Action(NamedTuple):
    """One thing that can happen.

    Attributes:
        name: What happens, as a line of a story.
        run: Does it.
        good: Whether it is within the rules.
        cost: What has gone wrong when it happens.
    """

    name: str
    run: Callable[[Rig], None]
    good: bool = True
    cost: Budget = Budget()


def at_machine(rig: Rig) -> list[Action]:
    """Return everything that can happen in the state that was put, with a card in the machine."""
    if not rig.up:
        return [*_off(rig), *_against_the_rules(rig)]
    if is_over(rig):
        return list(_time(rig))
    found = [Action("The power goes.", _power_off, good=False, cost=Budget(crashes=1))]
    step = rig.engine.next_step()
    if step is not None:
        found.append(Action(f"The station works on {step}.", _work))
    found += _time(rig)
    found += _mending(rig)
    found += _presses(rig)
    found += _answers(rig)
    found += _against_the_rules(rig)
    return found


def is_over(rig: Rig) -> bool:
    """Whether the order has ended and nothing is open: what else happens is another order's."""
    facts = rig.journal.facts
    undone = any(row.state in UNDONE for row in facts.outbox)
    moving = any(one.state in OPEN for one in facts.effects)
    return rig.order().step in FINAL and not undone and not moving and rig.world.path is None


# -- the station -------------------------------------------------------------------------------


def _work(rig: Rig) -> None:
    rig.disturbed = False
    rig.engine.one_step(rig.choices)


def _power_off(rig: Rig) -> None:
    rig.up = False


def _off(rig: Rig) -> Iterator[Action]:
    yield Action("The station starts.", _start)
    yield from _right_printer(rig)


def _right_printer(rig: Rig) -> Iterator[Action]:
    if rig.world.things.unit != "1":
        yield Action("A person plugs in the first printer again.", _exchange)


def _start(rig: Rig) -> None:
    rig.up, rig.disturbed = True, False
    link = rig.engine.link
    link._failures, link._rests_until = 0, None
    rig.engine.recover()


def _time(rig: Rig) -> Iterator[Action]:
    facts, order = rig.journal.facts, rig.order()
    waits = any(one.hold and one.hold.due_age for one in facts.orders)
    if waits or rig.engine.link._rests_until is not None:
        yield Action("A minute passes.", lambda rig: rig.pass_time(SHORT))
    card = rig.bench.card_of(order)
    owed = order.step in OWED_INSIDE and (order.id, 0.0) in facts.written
    out = card is not None and card.fate is CardFate.ISSUED and (card.id, 0.0) in facts.presented
    if owed or out:
        yield Action("A long time passes.", lambda rig: rig.pass_time(-LONG_AGO))
    late = any(since for _, since in facts.written) or any(since for _, since in facts.presented)
    if late and (order.step in OWED_INSIDE or out or _at_outlet(card)):
        yield Action("The station makes its rounds.", lambda rig: rig.rounds())


def _at_outlet(card: object) -> bool:
    return getattr(card, "place", None) is CardPlace.OUTPUT_HOPPER


# -- people who keep the rules -----------------------------------------------------------------


def _mending(rig: Rig) -> Iterator[Action]:
    if rig.world.things.conditions:
        wrong = ", ".join(sorted(rig.world.things.conditions))
        yield Action(f"A person puts right: {wrong}.", _mend)
    yield from _right_printer(rig)
    asked = rig.world.things.asked
    hold = rig.order().hold
    if asked and _is_asked(rig, asked) and _still_to_do(rig, asked):
        yield Action(f"A person does what was asked: {asked}.", _do_by_hand)
    own = own_card(rig, rig.order())
    in_hand = own is not None and own.place in (HAND, FEEDER) and rig.world.path is None
    misplaced = hold is not None and hold.code in MISPLACED and not rig.by_hand
    if own is not None and in_hand and misplaced:
        yield Action(f"A person puts card {own.serial} back into the path.", _into_path(own.serial))
    if _wants_own_card(rig) is not None:
        yield Action("A person lays the card that is wanted into the feeder.", _lay_own)


def _mend(rig: Rig) -> None:
    if rig.world.has(JAM):
        path = [one for one in rig.world.things.cards if one.place == PATH]
        for card in path:
            rig.world.change(card.serial, place=HAND, touched=True)
        rig.world.set(job="")
    rig.world.set(conditions=frozenset())


def _into_path(serial: int) -> Callable[[Rig], None]:
    def put(rig: Rig) -> None:
        rig.world.change(serial, place=PATH)
        laid = tuple(one for one in rig.world.things.laid if one != serial)
        rig.world.set(position=CardPosition.CHIP_STATION, laid=laid)

    return put


def _wants_one_card(order: OrderRecord) -> bool:
    """Whether the order takes one certain card only: the holder's, or the marked test card."""
    return recipe_of(order.kind).own_card or recipe_of(order.kind).is_rehearsal


def _wants_own_card(rig: Rig) -> Card | None:
    """Return the holder's card, where a person is to lay it into the feeder and it is not there."""
    order = rig.order()
    if not _wants_one_card(order) or order.step is not S.APPROVED or rig.by_hand:
        return None
    if rig.bench.open_effect(order) is not None or rig.world.things.laid:
        return None
    rehearses = recipe_of(order.kind).is_rehearsal
    own = rig.world.card(TEST_CARD) if rehearses else first_card(rig, order)
    return own if own is not None and own.place in (HAND, OUT) else None


def _lay_own(rig: Rig) -> None:
    own = _wants_own_card(rig)
    assert own is not None
    _lay(rig, own.serial)


def _lay(rig: Rig, serial: int) -> None:
    rig.world.change(serial, place=FEEDER)
    rig.world.set(laid=(serial, *rig.world.things.laid))


#: What a person is asked for -> the effect that waits for it.
_WAITS: Final = {
    "card-needed": EffectKind.FEED,
    "take-card": EffectKind.RELEASE,
    "put-card-aside": EffectKind.REJECT,
}


def _is_asked(rig: Rig, asked: str) -> bool:
    """Whether a page still asks for it; a card of no order is asked for once, by the refusal."""
    opened = rig.bench.open_effect(rig.order())
    if opened is not None:
        return opened.kind is _WAITS[asked]
    return asked != "card-needed" and not rig.journal.cards.owned_inside()


def _still_to_do(rig: Rig, asked: str) -> bool:
    return (rig.world.path is None) is (asked == "card-needed")


def _do_by_hand(rig: Rig) -> None:
    world, asked, card = rig.world, rig.world.things.asked, rig.world.path
    world.set(asked="")  # it is done once
    if asked == "card-needed":
        own = first_card(rig, rig.order()) if recipe_of(rig.order().kind).own_card else None
        card = own or world.make(Card(0))
        world.change(card.serial, place=PATH, fed=True)
        world.set(position=CardPosition.CHIP_STATION, fed=card.serial)
    elif card is not None:
        world.change(card.serial, place=OUT if asked == "take-card" else BIN)


def _presses(rig: Rig) -> Iterator[Action]:
    order = rig.order()
    ended = order.step in FINAL
    if not ended and not reached(order.step, S.RELEASED) and _may_press(rig, order):
        yield Action("The clerk presses 一键制卡.", _run)
    if order.step is S.RELEASED and recipe_of(order.kind).is_activated:
        own = own_card(rig, order)
        there = own is not None and own.place in (OUT, HAND, BIN)
        if there and (order.goal is not S.ACTIVATED or order.hold is not None):
            yield Action("The clerk hands the card over and presses 领卡启用.", _activate)
    if not ended:
        yield Action("The clerk cancels the order.", _cancel)
    if rig.world.path is not None and not rig.journal.cards.owned_inside():
        yield Action("The clerk has the card of no order put away.", _put_away)
    if _retries(rig, order):
        yield Action("The clerk has the reports sent again.", _retry)
    card = rig.bench.card_of(order)
    if card is not None and card.fate is CardFate.ISSUED and order.step in OUT_OF_MACHINE:
        own = own_card(rig, order)
        if own is not None and own.place == OUT:
            yield Action("The holder takes the card.", _take(own.serial))
    if recipe_of(order.kind).data.value == "province":
        yield Action("The clerk sends the same request again.", _request_again)


def _may_press(rig: Rig, order: OrderRecord) -> bool:
    goes = order.goal is S.RELEASED and order.hold is None and order.step is not S.DATA_READY
    if goes:
        return False  # the press would change nothing
    if order.step is not S.APPROVED or not _wants_one_card(order) or rig.by_hand:
        return True
    # With a blank in the feeder it would only go out again: that is against the rules.
    lies_in = bool(rig.world.things.laid) or rig.world.path is not None
    return lies_in or rig.bench.open_effect(order) is not None


def _run(rig: Rig) -> None:
    rig.orders.run(rig.order().id, CLERK, approved=True)


def _activate(rig: Rig) -> None:
    own = own_card(rig, rig.order())
    assert own is not None
    rig.world.change(own.serial, place=HAND, touched=own.touched or own.place == BIN)
    rig.orders.press(rig.order().id, S.ACTIVATED, CLERK)


def _cancel(rig: Rig) -> None:
    rig.disturbed = False
    rig.orders.cancel(rig.order().id, CLERK)


def _put_away(rig: Rig) -> None:
    rig.disturbed = False
    rig.machine.reject_left_card(CLERK)


def _retries(rig: Rig, order: OrderRecord) -> bool:
    rows = rig.journal.outbox.of(order.id)
    dead = any(row.state is WriteBackState.DEAD for row in rows)
    owed = any(row.state is WriteBackState.OWED for row in rows)
    return dead or (owed and order.hold is not None and order.hold.retry_at is None)


def _retry(rig: Rig) -> None:
    rig.outbox.retry(CLERK)


def _take(serial: int) -> Callable[[Rig], None]:
    def take(rig: Rig) -> None:
        rig.world.change(serial, place=HAND)

    return take


def _request_again(rig: Rig) -> None:
    before = len(rig.journal.facts.orders)
    try:
        again = rig.orders.create(PERSON, OrderReason.NEW, CLERK, idempotency_key=REQUEST)
    finally:
        if len(rig.journal.facts.orders) != before:
            rig.broken.append("I7 the same request made a second order")
    known = rig.journal.orders.by_request(REQUEST)
    if known is not None and str(again) != known:
        rig.broken.append("I7 the same request was answered with another order")


# -- answers -----------------------------------------------------------------------------------


def _answers(rig: Rig) -> Iterator[Action]:
    order = rig.order()
    try:
        question = question_about(rig.bench, order)
    except StationError:
        return
    if question is None:
        return
    for one in question.answers:
        said, state = one.answer, rig.world.things
        true = makes_true(rig, order, question.kind, said)
        rig.world.things = state
        text = f"{question.kind.value}: {said.value}"
        yield Action(
            f"A person answers {'truthfully' if true else 'falsely'} {text}.",
            _answer(question.kind, said, true=true),
            good=true,
            cost=Budget() if true else _BREACH,
        )
        if said is A.RELEASE_INACTIVE:
            yield Action(f"One person alone answers {text}.", _answer_alone(said))


def _answer(kind: Q, said: A, *, true: bool) -> Callable[[Rig], None]:
    def answer(rig: Rig) -> None:
        order = rig.order()
        if true:
            makes_true(rig, order, kind, said)
        else:
            rig.lied = True
        rig.disturbed = False
        rig.orders.answer(order.id, said, CLERK, approval=agreed(CHIEF))

    return answer


def _answer_alone(said: A) -> Callable[[Rig], None]:
    def answer(rig: Rig) -> None:
        rig.orders.answer(rig.order().id, said, CLERK, approval=agreed(CLERK))
        rig.broken.append("I4 one person alone had a card released inactive")

    return answer


#: Answer -> where the card is when it is true, and where a hand brings it to make it so.
_TRUE: Final = {
    A.DISCARDED: ((PATH, HAND, OUT, BIN), BIN),
    A.LOST: ((HAND, GONE, ELSEWHERE), GONE),
    A.TAKEN: ((OUT, HAND), HAND),
    A.KEPT: ((OUT, HAND, BIN), HAND),
    A.SPOILED: ((PATH,), PATH),
    A.RELEASE_INACTIVE: ((PATH,), PATH),
    A.RETRACT: ((OUT,), OUT),
    A.INSIDE: ((PATH,), PATH),
    A.AT_OUTLET: ((OUT, HAND), HAND),
    A.PUT_BACK: ((HAND, OUT, FEEDER), FEEDER),
}
_ALWAYS: Final = (A.WAIT, A.GO_ON, A.IS_IN, A.IS_OUT)


def makes_true(rig: Rig, order: OrderRecord, kind: Q, said: A) -> bool:
    """Do by hand what an answer says was done; False when it would not be true."""
    if said in _ALWAYS:
        return True
    card = card_in_doubt(rig, order)
    if said is A.NOT_FED:
        return _not_fed(rig, card)
    if card is None:
        return False
    if said in (A.PRINTED, A.NOT_PRINTED):
        mine = [face for face in card.faces if face.startswith(order.id)]
        return mine[-1:] == [f"{order.id} face"] if said is A.PRINTED else not mine
    places, after = _TRUE[said]
    if card.place not in places or _reader_says_otherwise(rig, card, kind, said):
        return False
    if said is A.PUT_BACK:
        if card.place != FEEDER:
            _lay(rig, card.serial)
    elif card.place != after:
        took = card.touched or card.place == PATH
        rig.world.change(card.serial, place=after, touched=took)
    return True


def _reader_says_otherwise(rig: Rig, card: Card, kind: Q, said: A) -> bool:
    """Whether an empty reader proves, before anybody answers, that the card is in a hand."""
    if not rig.by_hand:
        return False
    taken_out = card.place == OUT and kind is Q.RELEASE_IN_DOUBT
    return (said is A.DISCARDED and taken_out) or (said is A.LOST and card.place == HAND)


def _not_fed(rig: Rig, card: Card | None) -> bool:
    if card is None or card.place == FEEDER:
        return True
    if card.place not in (HAND, BIN):
        return False
    _lay(rig, card.serial)
    return True


def own_card(rig: Rig, order: OrderRecord) -> Card | None:
    """Return the card that an order is about."""
    if order.chip is not None:
        return rig.world.by_id(order.chip.AAZ501)
    row = rig.bench.card_of(order)
    return None if row is None else _of_row(rig, row)


def first_card(rig: Rig, order: OrderRecord) -> Card | None:
    """Return the card of the order that a reprint is about."""
    first = rig.journal.orders.one(order.previous or "")
    return rig.world.by_id(first.chip.AAZ501) if first.chip is not None else None


def card_in_doubt(rig: Rig, order: OrderRecord) -> Card | None:
    """Return the card that the open movement was about, else the order's own."""
    opened = rig.bench.open_effect(order)
    if opened is None:
        return own_card(rig, order)
    if opened.kind is EffectKind.FEED:
        fed = rig.world.things.fed
        return rig.world.card(fed) if fed else None
    if opened.kind is EffectKind.PRINT and _was_never_read(rig, order):
        fed = rig.world.things.fed
        # Nobody can tell this card from another one in the path: that one is looked at. With none
        # there, it is the one in the hand of the person who took it out.
        return rig.world.path or (rig.world.card(fed) if fed else None)
    before = opened.before
    named = before.card if isinstance(before, ReleaseCard | ReleaseUnused | ReturnCard) else None
    row = rig.journal.cards.one(named) if named is not None else None
    return own_card(rig, order) if row is None else _of_row(rig, row)


def _of_row(rig: Rig, row: CardRecord) -> Card | None:
    if row.AAZ501:
        return rig.world.by_id(row.AAZ501)
    fed = rig.world.things.fed
    if rig.by_hand and not fed:
        return rig.world.path  # the person sees the card that is in the reader
    return rig.world.card(fed) if fed else None


def _was_never_read(rig: Rig, order: OrderRecord) -> bool:
    row = rig.bench.card_of(order)
    return order.chip is None and row is not None and not row.AAZ501


# -- a person against the rules ----------------------------------------------------------------


def _against_the_rules(rig: Rig) -> Iterator[Action]:
    path = rig.world.path
    if not rig.world.has(JAM):
        for what in ("a blank", "another holder's card"):
            name = f"changes the card in the path for {what}" if path else f"puts {what} in"
            yield _breach(f"A person {name}.", _swap(what))
    if path is not None:
        yield _breach("A person takes the card out of the path.", _take_out)
    if path is not None and not rig.by_hand:
        yield _breach("Another program moves the card into the bin.", _other_host)
    if not rig.by_hand:
        yield _breach("A person lays another holder's card into the feeder.", _lay_stranger)
    if _wants_own_card(rig) is not None and rig.up:
        yield _breach("The clerk presses 一键制卡 with a blank in the feeder.", _run)
    if not rig.up and not rig.by_hand and rig.world.things.unit == "1":
        yield _breach("A person plugs in the other printer.", _exchange)


def _breach(name: str, run: Callable[[Rig], None]) -> Action:
    def act(rig: Rig) -> None:
        rig.disturbed = True
        run(rig)

    return Action(name, run if run is _run else act, good=False, cost=_BREACH)


def _swap(what: str) -> Callable[[Rig], None]:
    def swap(rig: Rig) -> None:
        _take_out(rig)
        stranger = Card(0, PATH, touched=True)
        if what != "a blank":
            stranger = stranger._replace(holder=STRANGER, faces=("theirs face",))
        rig.world.make(stranger)
        rig.world.set(position=CardPosition.CHIP_STATION)

    return swap


def _take_out(rig: Rig) -> None:
    for card in rig.world.things.cards:
        if card.place == PATH:
            rig.world.change(card.serial, place=HAND, touched=True)
    rig.world.set(job="", conditions=rig.world.things.conditions - {JAM})


def _other_host(rig: Rig) -> None:
    for card in rig.world.things.cards:
        if card.place == PATH:
            rig.world.change(card.serial, place=BIN, touched=True)
    rig.world.set(job="", conditions=rig.world.things.conditions - {JAM})


def _lay_stranger(rig: Rig) -> None:
    card = rig.world.make(Card(0, FEEDER, holder=STRANGER, faces=("theirs face",), touched=True))
    rig.world.set(laid=(card.serial, *rig.world.things.laid))


def _exchange(rig: Rig) -> None:
    for card in rig.world.things.cards:
        if card.place == PATH:
            rig.world.change(card.serial, place=ELSEWHERE)
        elif card.place == ELSEWHERE:
            rig.world.change(card.serial, place=PATH)
    things = rig.world.things
    rig.world.set(
        unit="2" if things.unit == "1" else "1",
        job="",
        position=things.position_elsewhere,
        position_elsewhere=things.position,
    )
