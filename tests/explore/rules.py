"""I1 to I7 and I9, as far as they concern one order and its card, as pure checks of one state.

Source: docs/explanations/invariants.md. `judge` is asked at the moment of a real effect, `found_in`
of a state between two actions, `after_recovery` once after each start, `at_the_end` of a state in
which nothing is left to do. They compare the world with the journal and know nothing of the rules
by which the station decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from station.core.gateways import ReportOutcome
from station.core.life import FINAL, IN_MACHINE
from station.core.orders import (
    CardFate,
    CardPlace,
    CardRecord,
    EffectKind,
    EffectState,
    OrderKind,
    OrderRecord,
    OrderStep,
    WriteBackState,
)
from station.core.questions import AnswerKind
from station.production.life.left_card import LEFT_INSIDE
from tests.explore import desk_rules
from tests.explore.desk import PIN, TEMPORARY
from tests.explore.memory import OPEN
from tests.explore.rig import CHIEF, HELD_FOR_A_DEFECT, POLICIES, Rig, State
from tests.explore.world import (
    BIN,
    ELSEWHERE,
    FEEDER,
    HAND,
    MUTE_ONCE,
    OUTSIDE,
    PATH,
    PERSON,
    Card,
)

S = OrderStep
ISSUED, SPOILED = ReportOutcome.ISSUED.value, ReportOutcome.SPOILED.value

#: Where a card of each fate may really be.
PLACES: Final = {
    CardFate.IN_MACHINE: {PATH, ELSEWHERE},
    CardFate.ISSUED: {*OUTSIDE, FEEDER},
    CardFate.SPOILED: {BIN},
    CardFate.REFUSED: {BIN},
    CardFate.TEST: set(OUTSIDE),
    CardFate.TRAINING: {*OUTSIDE, FEEDER, BIN},  # it is used again, or was no good
    CardFate.RETURNED: set(OUTSIDE),
}


# -- at the moment of an effect ----------------------------------------------------------------


def judge(rig: Rig, kind: EffectKind, card: Card | None, about: str) -> None:
    """Check a real effect at the moment when it begins; what is wrong goes to `rig.broken`."""
    rig.broken.extend(_wrong_with(rig, kind, card, about))


def _wrong_with(rig: Rig, kind: EffectKind, card: Card | None, about: str) -> Iterator[str]:
    if card is not None and about == PIN:
        yield from desk_rules.judge_pin(card, about)
        return
    begun = [
        one
        for one in rig.journal.facts.effects
        if one.kind is kind and one.state is EffectState.INTENDED
    ]
    if not begun:
        if rig.journal.facts.last_event not in ("left-card-rejected", "left-card-presented"):
            # A card of no order is put away after one line of history; see `left_card`.
            left = rig.journal.facts.last_event in ("UpdateCard", "OpenCard") and _booked(rig)
            if not left:
                yield f"I5 {kind.value} began without its intent"
        return
    order = rig.journal.orders.one(begun[-1].order)
    if kind is EffectKind.FEED:
        yield from _feed(rig, order)
    elif kind is EffectKind.REPORT:
        yield from _report(rig, order, card, about)
    elif kind is EffectKind.ACTIVATE:
        yield from _activation(rig, about)
    elif card is not None and kind in (EffectKind.WRITE_AT_DESK, EffectKind.COLLECT):
        yield from desk_rules.judge(rig, order, kind, card, about)
    elif card is not None:
        yield from _on_card(rig, order, kind, card, about)


def _booked(rig: Rig) -> bool:
    return any(row.reason == LEFT_INSIDE for row in rig.journal.facts.cards)


def _feed(rig: Rig, order: OrderRecord) -> Iterator[str]:
    full = order.kind is OrderKind.FULL and not rig.world.things.laid and not rig.by_hand
    if not full:
        return
    limit = POLICIES["spoiled_in_a_row"][rig.policies.chosen.get("spoiled_in_a_row", "two")]
    no_good = 0
    for row in reversed(rig.journal.facts.cards):
        bad = row.fate in (CardFate.SPOILED, CardFate.REFUSED)
        left = row.place is CardPlace.UNKNOWN or row.reason == LEFT_INSIDE
        no_good += row.blank and bad and not left
    if no_good >= limit:
        yield f"I3 a blank was fed after {no_good} in a row were no good"


def _on_card(
    rig: Rig, order: OrderRecord, kind: EffectKind, card: Card, about: str
) -> Iterator[str]:
    returns = begun_as(rig, order, kind) in ("returned", "unusable")
    own = order.chip is None or card.card_id == order.chip.AAZ501
    # A chip can die: a spoiled card that gives no answer goes into the bin as the one that was fed.
    unread = kind is EffectKind.REJECT and MUTE_ONCE in rig.choices.script.values()
    if not own and not returns and not unread:
        yield f"I2 {kind.value} of card {card.serial}, the order is bound to another"
    if kind is EffectKind.WRITE_CHIP and card.holder not in ("", about):
        yield "I2 one person's data over another's"
    if kind is EffectKind.PRINT:
        yield from _print(rig, order, card, about)
    if kind is EffectKind.RELEASE and begun_as(rig, order, kind) == "finished":
        yield from _release(rig, order, card)


def begun_as(rig: Rig, order: OrderRecord, kind: EffectKind) -> str:
    """Return how the intent of an effect was meant."""
    of = (one for one in reversed(rig.journal.facts.effects) if one.order == order.id)
    return next((one.before.of for one in of if one.kind is kind), "")


def _print(rig: Rig, order: OrderRecord, card: Card, about: str) -> Iterator[str]:
    if any(face.startswith(order.id) for face in card.faces) and not rig.lied:
        yield "I2 printed on a card that this order has printed on"
    if about == "test":
        # A card that gives no answer is taken for one without a chip, which a test may use.
        gave_no_answer = MUTE_ONCE in rig.choices.script.values()
        if card.holder and not gave_no_answer:
            yield "I2 a test face on a person's chip"
        return
    if card.holder != PERSON or card.half:
        yield f"I2 the person's face on {_whose(card)}"
    may_be_owed = rig.policies.chosen.get("print_first") == "print-first" or _two_agreed(rig, order)
    if order.kind is OrderKind.FULL and not _reported(rig, card) and not may_be_owed:
        yield "I5 printed before the report had its outcome"


def _whose(card: Card) -> str:
    if not card.holder:
        return "a blank chip"
    return "a half-written chip" if card.holder == PERSON else "another holder's chip"


def _release(rig: Rig, order: OrderRecord, card: Card) -> Iterator[str]:
    if order.kind is OrderKind.TEST:
        return
    if card.holder != PERSON or card.half:
        yield f"I2 released as finished: {_whose(card)}"
    if (
        not rig.by_hand
        and not rig.lied
        and (not card.faces or not card.faces[-1].endswith(" face"))
    ):
        yield f"I2 released as finished: {'a torn face' if card.faces else 'no face'}"
    if order.kind is not OrderKind.FULL or _reported(rig, card):
        return
    if order.step is not S.PRINTED_OWED or not _two_agreed(rig, order):
        yield "I4 released a card that the province does not know"


def _reported(rig: Rig, card: Card) -> bool:
    return (ISSUED, card.serial) in rig.world.things.told


def _two_agreed(rig: Rig, order: OrderRecord) -> bool:
    word = AnswerKind.RELEASE_INACTIVE.value
    # Later answers replace it in what is kept; the goal stays.
    said = any((of, one) == (order.id, word) for of, one, _ in rig.journal.facts.said)
    return said or order.goal is S.RELEASED_OWED


def _report(rig: Rig, order: OrderRecord, card: Card | None, about: str) -> Iterator[str]:
    if card is None:
        if order.step is not S.CANCELLED:
            yield f"I4 a mark is given back of an order at {order.step}"
        return
    things, this = rig.world.things, (about, card.serial)
    if this in things.unanswered:
        yield f"I4 the report {about} is sent again without asking"
    acknowledged = [row for row in rig.journal.outbox.of(order.id) if row.outcome == about]
    if any(row.state is WriteBackState.DONE for row in acknowledged):
        yield f"I4 the report {about} is sent again after it was acknowledged"
    if about == TEMPORARY:
        yield from desk_rules.judge_report(rig, order, card)
    if about == ISSUED and order.step is S.SPOILED:
        yield "I4 a card is reported as issued after it was spoiled"


def _activation(rig: Rig, person: str) -> Iterator[str]:
    mine = [one for one in rig.world.things.cards if one.holder == person and not one.half]
    if not any((ISSUED, one.serial) in rig.world.things.told for one in mine):
        yield "I4 a card is activated that the province does not know"
    rows = {row.AAZ501: row for row in rig.journal.facts.cards}
    # One that was pulled back in waits in the bin for its holder, and the ledger says so.
    waits = {CardFate.ISSUED, CardFate.IN_MACHINE}
    bad = [one for one in mine if one.card_id in rows and rows[one.card_id].fate not in waits]
    if mine and not rig.lied and all(one.place == PATH or one in bad for one in mine):
        yield "I4 a card is activated that is not outside"
    rig.world.set(active=True)


# -- in every state ----------------------------------------------------------------------------


def found_in(rig: Rig, state: State) -> Iterator[str]:
    """Check a state between two actions."""
    facts, things = state.facts, state.things
    for order in facts.orders:
        if order.hold is not None and order.hold.code in HELD_FOR_A_DEFECT:
            yield f"a defect of the station holds the order: {order.hold.code}"
    if any(_rehearses(order) for order in facts.orders):
        if things.told or things.on_way or things.active or things.mark:
            yield "I4 a rehearsal has changed something at the province"
    else:
        yield from _outbox(state)
    if rig.at_desk:
        yield from desk_rules.found_in(state)
        return
    outside = [one for one in things.cards if one.place in OUTSIDE and one.holder == PERSON]
    if len(outside) > 1:
        yield f"I1 {len(outside)} cards of one person are outside"
    if state.lied:
        return
    yield from _settled_cards(rig, state)


def _rehearses(order: OrderRecord) -> bool:
    return order.kind is OrderKind.REHEARSAL


def _outbox(state: State) -> Iterator[str]:
    told = state.things.told
    for row, report in zip(state.facts.outbox, state.facts.reports, strict=True):
        if row.outcome == ReportOutcome.CANCELLED:
            if row.state is WriteBackState.DONE and state.things.mark == "locked":
                yield "I4 the outbox says that the mark is given back, the province has it"
            if row.state is WriteBackState.WITHDRAWN and state.things.mark == "locked":
                yield "I4 a mark is not given back, and the province has not refused it"
            continue
        this = (row.outcome, int(report.AAZ501[6:]))
        if row.state is WriteBackState.DONE and this not in told:
            yield f"I4 the outbox says {row.outcome} is done, the province does not have it"
        withdrawn = row.state is WriteBackState.WITHDRAWN
        if withdrawn and this in told and this not in state.things.late:
            yield f"I4 {row.outcome} is withdrawn, and the province has it"


def _settled_cards(rig: Rig, state: State) -> Iterator[str]:
    moving = {one.order for one in state.facts.effects if one.state in OPEN}
    # A reprint's card is still the first order's until its feed has an outcome.
    moving |= {one.previous for one in state.facts.orders if one.id in moving and one.previous}
    for row in state.facts.cards:
        if not row.AAZ501 or row.order in moving or _may_be_unread(state, row):
            continue
        card = rig.world.by_id(row.AAZ501)
        if card is None:
            yield "I6 the ledger has a card that does not exist"
        elif rig.by_hand and card.touched:
            continue  # there a person's hand is the motor, and only the empty reader is seen
        elif not _agrees(row, card) and not _another_is_in_the_bin(rig, row, card):
            believed = f"{row.fate}, {row.place}"
            yield f"I6 the ledger says {believed}; card {card.serial} is in the {card.place}"


def _may_be_unread(state: State, row: CardRecord) -> bool:
    """Whether a card may be the one that a reprint took in and could not read."""
    order = state.facts.orders[-1]
    unread = any(not one.AAZ501 and one.order == order.id for one in state.facts.cards)
    return order.previous == row.order and unread


def _agrees(row: CardRecord, card: Card) -> bool:
    may_not_know = {CardFate.IN_MACHINE, CardFate.ISSUED, CardFate.REFUSED}
    if row.place is CardPlace.UNKNOWN and row.fate in may_not_know:
        return True
    if row.fate is CardFate.ISSUED and (not card.holder or card.half):
        return False
    if row.fate in (CardFate.REFUSED, CardFate.RETURNED) and row.AAZ501 and card.holder == PERSON:
        return row.reason != ""
    lost = (
        row.fate in (CardFate.SPOILED, CardFate.TEST, CardFate.TRAINING)
        and row.place is CardPlace.UNKNOWN
    )
    places = {"gone", HAND, ELSEWHERE, BIN, PATH} if lost else PLACES[row.fate]
    if row.fate in (CardFate.ISSUED, CardFate.TEST) and row.place is CardPlace.REJECT_BIN:
        places = {BIN}  # pulled back in, or spoiled
    if row.place is CardPlace.FEEDER and row.fate is CardFate.IN_MACHINE:
        places = {*places, FEEDER}
    # A hand has moved it and the station has not looked since, or cannot know.
    unseen = card.touched and row.fate in (CardFate.IN_MACHINE, CardFate.ISSUED)
    return card.place in places or unseen


def _another_is_in_the_bin(rig: Rig, row: CardRecord, card: Card) -> bool:
    """Whether a card that a hand has exchanged gave no answer, and went into the bin instead."""
    others = (one for one in rig.world.things.cards if one.serial != card.serial)
    instead = any(one.touched and one.place == BIN for one in others)
    return card.touched and row.place is CardPlace.REJECT_BIN and instead


def after_recovery(rig: Rig, state: State) -> Iterator[str]:
    """I6: what is believed right after a start is true, or said to be unknown."""
    facts = state.facts
    path = rig.world.path
    inside = [row for row in facts.cards if row.fate is CardFate.IN_MACHINE]
    opened = {one.order for one in facts.effects if one.state in OPEN}
    held = {order.id for order in facts.orders if order.hold is not None}
    tests = {order.id for order in facts.orders if order.kind is OrderKind.TEST}
    here = path.card_id if path is not None else ""
    for row in inside:
        explained = row.order in held | opened | tests
        if row.AAZ501 not in ("", here) and not explained:
            yield "I6 after recovery a card is believed inside that is not, and nobody is told"
        elif path is None and not explained and row.place is not CardPlace.UNKNOWN:
            yield "I6 after recovery the path is empty, the ledger has a card in it"
    unknown = {row.AAZ501 for row in facts.cards if row.place is CardPlace.UNKNOWN}
    its = path is not None and path.fed and not path.along and not path.touched
    known = bool(inside or opened) or here in unknown or _known_out(facts.cards, here)
    if its and not known:
        yield "I6 after recovery a fed card is inside, and no ledger row says so"
    for row in facts.cards:
        gone = row.fate in (CardFate.SPOILED, CardFate.REFUSED, CardFate.ISSUED)
        gone = gone and row.place is not CardPlace.UNKNOWN and row.reason != LEFT_INSIDE
        gone = gone and not _may_be_unread(state, row)
        its = path is not None and not path.touched and here == row.AAZ501
        if gone and its and not opened:
            yield f"I6 after recovery a card is inside that the ledger calls {row.fate}"


def _known_out(rows: tuple[CardRecord, ...], card_id: str) -> bool:
    # A blank that came along is booked before it is moved.
    return any(card_id == row.AAZ501 and row.reason == LEFT_INSIDE for row in rows)


# -- at the end --------------------------------------------------------------------------------


def is_end(rig: Rig, state: State) -> bool:
    """Whether nothing is left to do for the order, its card, and the province."""
    if not state.up or rig.world.path is not None:
        return False
    order = state.facts.orders[-1]
    # 领卡启用 may follow days later; what was begun of it must come to its end.
    out = order.step is S.RELEASED and order.hold is None
    done = order.step in FINAL or (out and order.goal is not S.ACTIVATED)
    if not done or any(one.state in OPEN for one in state.facts.effects):
        return False
    states = (WriteBackState.OWED, WriteBackState.DEAD)
    return not any(row.state in states for row in state.facts.outbox)


def at_the_end(rig: Rig, state: State) -> Iterator[str]:
    """I3 and I4 where nothing is left to do."""
    if state.lied:
        return
    if rig.at_desk:
        yield from desk_rules.at_the_end(state)
    else:
        yield from _machine_at_the_end(rig, state)


def _machine_at_the_end(rig: Rig, state: State) -> Iterator[str]:
    facts, things = state.facts, state.things
    newest = facts.orders[-1]
    if newest.step is S.CANCELLED and newest.data is not None and things.mark == "locked":
        yield "I4 an order is cancelled, and its mark is locked to this window"
    for row in facts.cards:
        card = rig.world.by_id(row.AAZ501) if row.AAZ501 else None
        if card is not None:
            yield from _reported_right(state, row, card)
    named = {row.AAZ501 for row in facts.cards if row.AAZ501}
    loose = [one for one in things.cards if one.fed and not one.along and one.card_id not in named]
    loose.sort(key=lambda one: one.touched)  # what a hand has moved agrees with any row
    # A blank that was refused unread has no number in the ledger: it is matched by its place.
    for row in (row for row in facts.cards if not row.AAZ501):
        found = next((one for one in loose if _agrees(row, one)), None)
        # What went out as it came, unread, may be a card that another row names.
        unread = row.fate is CardFate.RETURNED or facts.orders[-1].previous is not None
        # A card that could not be read and one that was read later may be one: it says so.
        unread = unread or (row.fate is CardFate.REFUSED and row.place is CardPlace.UNKNOWN)
        if found is None and not unread and not any(one.touched for one in things.cards):
            yield f"I3 the ledger has a card that nobody has: {row.fate}, {row.place}"
        if found is not None:
            loose.remove(found)
    for one in loose:
        if one.place != FEEDER and not one.touched:
            yield f"I3 card {one.serial} left the feeder, is in the {one.place}, and in no ledger"


def _reported_right(state: State, row: CardRecord, card: Card) -> Iterator[str]:
    order = next(one for one in state.facts.orders if one.id == row.order)
    ended = order.step in FINAL or order.step is S.RELEASED
    if card.holder != PERSON or not ended or order.card != row.id or _rehearses(order):
        return
    spoiled = row.fate is CardFate.SPOILED
    right = SPOILED if spoiled else ISSUED
    outcomes = [outcome for outcome, serial in state.things.told if serial == card.serial]
    if right not in outcomes:
        yield f"I4 card {card.serial} is written and {row.fate}, and not reported as {right}"
    elif outcomes[-1] != right:
        yield f"I4 card {card.serial} is {row.fate}, its last report says {outcomes[-1]}"
    if row.fate is CardFate.ISSUED and not card.faces and not state_by_hand(state):
        yield f"I3 card {card.serial} is issued without a face"


def state_by_hand(state: State) -> bool:
    """Whether the window of this state prints nothing."""
    return state.facts.orders[-1].face_sha256 == ""


__all__ = ["CHIEF", "IN_MACHINE", "after_recovery", "at_the_end", "found_in", "is_end", "judge"]
