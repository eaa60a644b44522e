"""Deliberate breaks of the rules of temporary cards; each must be caught by its own case."""

from __future__ import annotations

from typing import Final

from station.core.attendance import AttendanceRecord
from station.core.cards import ChipCondition, ChipIdentity
from station.core.changes import Changes
from station.core.orders import OrderRecord
from station.production.desk.temporary import TemporaryCards
from station.production.life.settlement import Settled
from station.production.life.steps import temporary
from tests.torture.mutation import Mutation, replaced
from tests.torture.temporary_cases import BACK_LOST, BANKS, EXCHANGED, SPOILED, TORN, WHOLE

_judge_write, _written = temporary.judge_write, temporary.written_at_desk


def _nothing(*_: object, **__: object) -> None:
    return None


def _never(*_: object, **__: object) -> bool:
    return False


def _half_is_whole(
    order: OrderRecord,
    first: OrderRecord | None,
    found: ChipIdentity,
    condition: ChipCondition,
    agent: AttendanceRecord | None,
) -> Settled:
    half = condition is ChipCondition.HALF_WRITTEN
    seen = ChipCondition.THIS_DATA if half else condition
    return _judge_write(order, first, found, seen, agent)


def _in_no_ledger(
    order: OrderRecord,
    first: OrderRecord | None,
    chip: ChipIdentity,
    agent: AttendanceRecord | None,
) -> Changes:
    bound, *_, owed, moved = _written(order, first, chip, agent)
    return (bound, owed, moved) if first is None else (bound, moved)


def _only_set_aside(self: TemporaryCards, order: str, actor: str) -> None:
    temporary.discard(self._bench, self._bench.journal.orders.one(order), "unusable", actor)


TEMPORARY_MUTATIONS: Final = (
    Mutation(
        "a begun temporary card is exchanged for another one",
        replaced(temporary, "may_hold_data", _never),
        (EXCHANGED,),
    ),
    Mutation(
        "a bank's blank is written", replaced(temporary, "_require_blank", _nothing), (BANKS,)
    ),
    Mutation(
        "a half-written temporary card is taken for whole",
        replaced(temporary, "judge_write", _half_is_whole),
        (TORN,),
    ),
    Mutation(
        "a temporary card in no ledger",
        replaced(temporary, "written_at_desk", _in_no_ledger),
        (WHOLE,),
    ),
    Mutation(
        "收回 is cancelled while its outcome is unknown",
        replaced(temporary, "require_not_taken_back", _nothing),
        (BACK_LOST,),
    ),
    Mutation(
        "a temporary card that can't be written again stays with the province",
        replaced(TemporaryCards, "discard", _only_set_aside),
        (SPOILED,),
    ),
)
