"""What a state keeps: everything that the future depends on, and nothing else.

A journal grows with every try, so two situations would never be the same if all of it counted. The
station asks its past only a few things: whether a chip was ever written, which report has ever
left, what was printed and put out last, whether the card that was fed last was called spoiled. What
answers these is kept; the rest is forgotten, or written in one form. `test_what_is_forgotten` walks
with and without forgetting and compares where that leads.

Numbers of the clock become words: a try is due or waits, something has lasted long or not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from station.core.errors import (
    AnswerProblem,
    DefectError,
    LinkRestingError,
    LocalProtocolError,
    OutcomeUnknownError,
)
from station.core.evidence import (
    Completed,
    EffectRecord,
    Failed,
    FeedBlank,
    FeedKnownCard,
    InPrinter,
    RejectUsed,
    RetractCard,
    SaidByPerson,
    SendReport,
    UsedUp,
    WriteAtDesk,
)
from station.core.gateways import ReportOutcome
from station.core.life import AT_PROVINCE
from station.core.orders import (
    CardFate,
    CardPlace,
    CardRecord,
    EffectKind,
    EffectState,
    Hold,
    OrderRecord,
    OrderStep,
    WriteBackRecord,
    WriteBackState,
)
from station.core.printing import CardPosition
from station.core.questions import AnswerKind
from station.production.life.feeder_stop import FAILED, PASSED
from station.production.life.left_card import LEFT_INSIDE
from station.production.life.steps.report import UNDONE
from station.production.life.workflow import TRIES
from station.production.people.questions import BY_HAND, MISPLACED, OWED_INSIDE
from tests.explore.memory import NO_ORDERS, NOW, OPEN, Facts
from tests.explore.world import DOWN, ELSEWHERE, JAM, PATH, Things

SHORT: Final = 60.0  #: seconds: a try that waits is due then, and no limit of the site is passed
PENDING: Final = 50.0  #: age at which a try is due that waits, in every state that is kept
LONG_AGO: Final = -10_000.0  #: age of what has lasted longer than the site's limits
LONG: Final = 120.0  #: seconds from which something has lasted long: the shortest of the limits

S = OrderStep
#: Codes of a hold by which the station decides something. Every other one is only shown.
DECIDING: Final = (
    frozenset(BY_HAND)
    | MISPLACED
    | {problem.value for problem in AnswerProblem}
    | {OutcomeUnknownError.code, LinkRestingError.code, DefectError.code, LocalProtocolError.code}
)
#: A reason in the ledger that something asks for.
_REASONS: Final = {LEFT_INSIDE, PASSED, FAILED, ""}

#: Effects of which the whole outcome counts.
_WHOLE: Final = (EffectKind.PRINT, EffectKind.WRITE_AT_DESK, EffectKind.COLLECT)
_PRINTS_YET: Final = frozenset({S.ACCEPTED, S.DATA_READY, S.APPROVED, S.FED, S.ENCODED, S.REPORTED})


def kept_things(things: Things, facts: Facts) -> Things:
    """Return the world as it is kept: what a person puts right at once is put right."""
    opened = {one.kind for one in facts.effects if one.state in OPEN}
    order = facts.orders[-1] if facts.orders else None
    values: dict[str, Any] = {}
    conditions = things.conditions & {DOWN, JAM}
    if conditions != things.conditions:
        values["conditions"] = conditions
    if EffectKind.PRINT not in opened:
        values |= {"job": "", "counted": 0, "knows_jobs": None}
    if things.fed and not opened and (order is None or order.chip is not None):
        values["fed"] = 0
    at_outlet = any(row.place is CardPlace.OUTPUT_HOPPER for row in facts.cards)
    if things.last_out and not at_outlet and EffectKind.RELEASE not in opened:
        values["last_out"] = 0
    if not any(card.place == PATH for card in things.cards):
        values["position"] = CardPosition.CHIP_STATION
    if not any(card.place == ELSEWHERE for card in things.cards):
        values["position_elsewhere"] = CardPosition.CHIP_STATION
    owed = {row.outcome for row in facts.outbox if row.state is not WriteBackState.DONE}
    values["unanswered"] = frozenset(one for one in things.unanswered if one[0] in owed)
    return things._replace(**values)


def kept_facts(facts: Facts, age: float) -> Facts:
    """Return the journal as it is kept in a state, at age 0."""
    return facts._replace(
        orders=tuple(_order_kept(one, age) for one in facts.orders),
        effects=_effects_kept(facts),
        cards=tuple(_card_kept(row) for row in facts.cards),
        outbox=tuple(_row_kept(row) for row in facts.outbox),
        written=_written_kept(facts, age),
        said=(),
        presented=_presented_kept(facts, age),
        last_event="",
    )


def _written_kept(facts: Facts, age: float) -> tuple[tuple[str, float], ...]:
    order = facts.orders[-1]
    if order.step not in OWED_INSIDE:
        return ()
    waits = {of: since for of, word, since in facts.said if word == AnswerKind.WAIT}
    return tuple(
        (of, _age_kept(waits.get(of, t), age)) for of, t in facts.written if of == order.id
    )


def _presented_kept(facts: Facts, age: float) -> tuple[tuple[int, float], ...]:
    at_outlet = {row.id for row in facts.cards if row.place is CardPlace.OUTPUT_HOPPER}
    kept = [(card, _age_kept(since, age)) for card, since in facts.presented if card in at_outlet]
    after = [card for card, _ in facts.presented]
    if kept and NO_ORDERS in after[after.index(kept[0][0]) :]:
        kept.append((NO_ORDERS, 0.0))
    return tuple(kept)


def kept_policies(
    chosen: Mapping[str, str], orders: tuple[OrderRecord, ...]
) -> tuple[tuple[str, str], ...]:
    """Return what must not change while an order is under way: when it is to be activated."""
    out = bool(orders) and orders[-1].step in (S.RELEASED, S.RELEASED_OWED)
    return tuple(one for one in chosen.items() if out and one[0] == "activation")


def _age_kept(since: float, age: float) -> float:
    return LONG_AGO if age - since > LONG else 0.0


def _order_kept(order: OrderRecord, age: float) -> OrderRecord:
    hold = None if order.hold is None else _hold_kept(order.hold, age)
    return order if hold == order.hold else dataclasses.replace(order, hold=hold)


def _hold_kept(hold: Hold, age: float) -> Hold:
    code = hold.code if hold.code in DECIDING else "another-reason"
    details = {TRIES: hold.details[TRIES]} if TRIES in hold.details else {}
    if hold.retry_at is None:
        return Hold(code, details, hold.effect)
    due = 0.0 if (hold.due_age or 0.0) <= age else PENDING
    return Hold(code, details, hold.effect, NOW, due)


def _card_kept(row: CardRecord) -> CardRecord:
    reason = row.reason if row.reason in _REASONS else "some"
    if row.fate in (CardFate.IN_MACHINE, CardFate.ISSUED):
        reason = ""
    if (reason, row.presented_at, row.settled_at) == (row.reason, None, None):
        return row
    return dataclasses.replace(row, reason=reason, presented_at=None, settled_at=None)


def _row_kept(row: WriteBackRecord) -> WriteBackRecord:
    if not row.attempts and not row.last_error:
        return row
    return dataclasses.replace(row, attempts=0, last_error="")


def _effects_kept(facts: Facts) -> tuple[EffectRecord, ...]:
    kept: list[EffectRecord] = []
    seen: set[object] = _never_asked(facts)
    for one in reversed(facts.effects):
        answers = [question for question in _answers(one) if question not in seen]
        seen.update(answers)
        if one.state in OPEN:
            kept.append(_effect_kept(one))
        elif [question[0] for question in answers] == ["which printer"]:
            kept.append(_only_where(one))
        elif answers:
            kept.append(_effect_kept(one))
    kept.reverse()
    return tuple(
        one if one.id == number else dataclasses.replace(one, id=number)
        for number, one in enumerate(kept, 1)
    )


def _never_asked(facts: Facts) -> set[object]:
    """Return the questions about the past that nothing will ask where the order is."""
    never: set[object] = set()
    opened = {one.kind for one in facts.effects if one.state in OPEN} - AT_PROVINCE
    at_outlet = any(row.place is CardPlace.OUTPUT_HOPPER for row in facts.cards)
    undone = {(row.order, row.outcome) for row in facts.outbox if row.state in UNDONE}
    rows = {row.id: row for row in facts.cards}
    for order in facts.orders:
        card = rows.get(order.card or 0)
        inside = card is not None and card.fate is CardFate.IN_MACHINE
        if not inside:
            never.add(("called spoiled", order.id))
        if not inside and not opened:
            never.add(("which printer", order.id))
        if order.step is not S.ACCEPTED:
            never.add(("taken back", order.id))
        if order.step not in _PRINTS_YET:  # nothing after these can be cancelled
            never.add(("ever written", order.id))
            never |= {("on the chip", order.id, chip) for chip in _written_at_desk(facts)}
        for outcome in ReportOutcome:
            if (order.id, outcome.value) not in undone:
                never.add(("ever sent", order.id, outcome.value))
    if facts.orders[-1].step not in _PRINTS_YET and EffectKind.PRINT not in opened:
        never.add(("last", EffectKind.PRINT))
    if not at_outlet:
        never.add(("last", EffectKind.RELEASE))
    return never


def _written_at_desk(facts: Facts) -> set[str]:
    return {one.before.AAZ501 for one in facts.effects if isinstance(one.before, WriteAtDesk)}


def _answers(one: EffectRecord) -> list[tuple[object, ...]]:
    """Return the questions about the past that an effect answers, if no later one does."""
    if one.state in OPEN:
        return []
    done, order = one.state is EffectState.DONE, one.order
    answers: list[tuple[object, ...]] = []
    if isinstance(one.before, InPrinter):
        answers.append(("which printer", order))
    if one.kind is EffectKind.WRITE_CHIP:
        answers.append(("ever written", order))
    if isinstance(one.before, WriteAtDesk) and not isinstance(one.after, Failed):
        answers.append(("on the chip", order, one.before.AAZ501))
    if one.kind is EffectKind.COLLECT:
        answers.append(("taken back", order))
    if isinstance(one.before, SendReport):
        answers.append(("ever sent", order, one.before.outcome))
    if done and one.kind in (EffectKind.PRINT, EffectKind.RELEASE):
        answers.append(("last", one.kind))
    used_up = isinstance(one.after, UsedUp)
    if used_up or isinstance(one.before, FeedBlank | FeedKnownCard | RejectUsed):
        answers.append(("called spoiled", order))
    return answers


def _only_where(one: EffectRecord) -> EffectRecord:
    """Return an effect of which nothing counts but in which printer it was."""
    before = RetractCard(None, machine=one.machine)
    return dataclasses.replace(
        one,
        kind=EffectKind.RETRACT,
        state=EffectState.DONE,
        before=before,
        after=Completed(),
        ended_at=NOW,
    )


def _effect_kept(one: EffectRecord) -> EffectRecord:
    before = one.before
    if isinstance(before, SendReport) and before.attempt:
        one = dataclasses.replace(one, before=dataclasses.replace(before, attempt=0))
    if one.state in OPEN:
        return dataclasses.replace(one, state=EffectState.UNKNOWN, after=None)
    shown = isinstance(one.after, UsedUp | SaidByPerson)
    if shown or one.kind in _WHOLE:
        return one
    state = EffectState.DONE if one.kind is not EffectKind.RELEASE else one.state
    if (one.state, one.after) == (state, Completed()):
        return one
    return dataclasses.replace(one, state=state, after=Completed(), ended_at=NOW)
