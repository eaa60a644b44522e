"""Deliberate breaks of the station's rules; each must be found, with its shortest path."""

from __future__ import annotations

import contextlib
import dataclasses
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from unittest import mock

from station.core.attendance import AttendanceRecord
from station.core.cards import ChipCondition, ChipIdentity
from station.core.changes import AddEvent, BeginEffect, Changes
from station.core.errors import GatewayRejectedError, RejectionReason, StepNotAllowedError
from station.core.evidence import Completed, EffectRecord, Intent, WriteAtDesk
from station.core.gateways import (
    IssuanceReport,
    ProductionData,
    ProvinceGateway,
    ReportOutcome,
    WithdrawalGateway,
)
from station.core.life import OrderEvent
from station.core.orders import CardFate, EffectKind, EffectState, OrderKind, OrderRecord, OrderStep
from station.core.questions import ANSWERS, AnswerKind, QuestionKind
from station.core.recipes import RECIPES
from station.production.intake import reception
from station.production.life import effects, recovery
from station.production.life.effects import ACTOR, OpenEffect, Workbench
from station.production.life.equipment import Equipment
from station.production.life.policies import Policies
from station.production.life.settlement import Settled, Verdict
from station.production.life.steps import (
    chip,
    data,
    feed,
    hand_over,
    own_card,
    printing,
    release,
    report,
    spoil,
    temporary,
    which_card,
)
from station.production.people import answers, questions
from tests.explore.choices import Budget
from tests.explore.courses import COURSES, quiet
from tests.explore.search import Search, Violation, story
from tests.explore.world import Card
from tests.torture.mutation import Patch, replaced, with_proof

ONE: Final = Budget(1, 1, 1, together=1)
TWO: Final = Budget(1, 1, 1, together=2)
THREE: Final = Budget(0, 2, 1, together=3)
FAULTS: Final = Budget(0, 2, 0, together=2)
FULL, BY_HAND, FACE, CHIP, TEST, ISSUE, AGAIN, BACK, REHEARSAL = range(len(COURSES))


@dataclasses.dataclass(frozen=True)
class Broken:
    """One rule broken.

    Attributes:
        name: The rule, as it is broken.
        apply: Patches the station.
        found: How the violation begins that must be found.
        course: Number of the course that is searched.
        bounds: How much may go wrong in it.
    """

    name: str
    apply: Callable[[], Patch]
    found: str
    course: int = FULL
    bounds: Budget = ONE


def caught_by(broken: Broken) -> tuple[Violation, str] | None:
    """Search the broken station; returns the violation that was found, with its story."""
    with quiet(), broken.apply():
        rig, start = COURSES[broken.course].begin(broken.bounds)
        search = Search(rig, start, stop_at_first=not broken.found.startswith("I11"))
        result = search.run()
        found = [*result.violations.values(), *result.stuck.values()]
        for violation in found:
            if violation.text.startswith(broken.found):
                return violation, story(rig, start, violation)
    return None


# -- the breaks --------------------------------------------------------------------------------


def _nothing(*_: object, **__: object) -> None:
    return None


def _no_change(*_: object, **__: object) -> Changes:
    return ()


def _always(*_: object, **__: object) -> bool:
    return True


def _never(*_: object, **__: object) -> bool:
    return False


def _not_done(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    del order
    bench.end(effect.id, EffectState.NOT_DONE, Completed())


_is_known, _fetched, _of_cancelled = report._is_known, data.fetched, report.of_cancelled


def _any_mark_is_gone(province: ProvinceGateway, about: IssuanceReport) -> bool:
    return about.outcome is ReportOutcome.CANCELLED or _is_known(province, about)


def _no_withdrawals(province: ProvinceGateway) -> WithdrawalGateway:
    del province
    raise GatewayRejectedError(RejectionReason.OTHER)


def _owes_at_once(order: OrderRecord, found: ProductionData, face_sha256: str) -> Changes:
    owed = _of_cancelled(dataclasses.replace(order, data=found), Policies())
    return (*_fetched(order, found, face_sha256), *owed)


_judge_write, _judge_reject = chip.judge_write, spoil.judge_reject


def _half_is_whole(order: OrderRecord, identity: ChipIdentity, condition: ChipCondition) -> Settled:
    half = condition is ChipCondition.HALF_WRITTEN
    return _judge_write(order, identity, ChipCondition.THIS_DATA if half else condition)


def _gone_is_in_bin(
    order: OrderRecord, effect: EffectRecord, seen: spoil.BinSeen, withdraw: Changes
) -> Verdict:
    return _judge_reject(order, effect, dataclasses.replace(seen, has_feeder=False), withdraw)


_bind, _judge_desk = temporary.bind, temporary.judge_write
_discarded, _may_hold = temporary.discarded, temporary.may_hold_data


def _half_is_a_card(
    order: OrderRecord,
    first: OrderRecord | None,
    found: ChipIdentity,
    condition: ChipCondition,
    agent: AttendanceRecord | None,
) -> Settled:
    half = condition is ChipCondition.HALF_WRITTEN
    seen = ChipCondition.THIS_DATA if half else condition
    return _judge_desk(order, first, found, seen, agent)


def _of_any_card(effects: Sequence[EffectRecord], chip: ChipIdentity | None) -> bool:
    written = {one.before.AAZ501 for one in effects if isinstance(one.before, WriteAtDesk)}
    mine = () if chip is None else (chip,)
    others = tuple(dataclasses.replace(_ANY_CHIP, AAZ501=one) for one in written)
    return any(_may_hold(effects, one) for one in (*mine, *others))


def _any_card(bench: Workbench, order: OrderRecord) -> ChipIdentity:
    found = bench.equipment.desk.reader().encoder.identify()
    return found if order.previous is not None else _bind(bench, order)


def _not_the_holders(bench: Workbench, order: OrderRecord, reason: str) -> Changes:
    if order.chip is not None and order.previous is not None:
        raise StepNotAllowedError("not here", details={"step": order.step.value})
    return _discarded(bench, order, reason)


def _forgets_its_key(key: str, order: str) -> AddEvent:
    return AddEvent(order, "request", {"key": key})


@contextlib.contextmanager
def _without_intent(self: Workbench, order: OrderRecord, before: Intent) -> Iterator[OpenEffect]:
    effect = OpenEffect(0, order, before)
    yield effect
    (number,) = self.apply(ACTOR, BeginEffect(order.id, before))
    self.finish(number, order, effect.after, effect.follow)


def _both(*patches: Callable[[], Patch]) -> Callable[[], Patch]:
    @contextlib.contextmanager
    def all_of_them() -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for patch in patches:
                stack.enter_context(patch())
            yield

    return all_of_them


def _recipe(kind: OrderKind, **fields: Any) -> Callable[[], Patch]:  # noqa: ANN401
    changed = dataclasses.replace(RECIPES[kind], **fields)
    return lambda: mock.patch.dict(RECIPES, {kind: changed})


def _answers(kind: QuestionKind, *left: AnswerKind) -> Callable[[], Patch]:
    return lambda: mock.patch.dict(ANSWERS, {kind: left})


def _without_question(kind: EffectKind) -> Callable[[], Patch]:
    left = {one: asked for one, asked in questions.IN_DOUBT.items() if one is not kind}
    return replaced(questions, "IN_DOUBT", left)


class _Never(Exception):  # noqa: N818 - is never raised
    pass


UNREAD: Final = types.SimpleNamespace(
    prove_this_orders_chip=lambda bench, order: None, read_this_card=chip.read_this_card
)
_ANY_CHIP: Final = Card(0).identity()
_FULL_PATH: Final = RECIPES[OrderKind.FULL].path

BREAKS: Final = (
    Broken("no reading before the print", replaced(printing, "chip", UNREAD), "I2"),
    Broken("no reading before the release", replaced(release, "chip", UNREAD), "I2"),
    Broken(
        "a test face is printed unread",
        replaced(printing, "_refuse_another_card", _nothing),
        "I2 a test face",
        TEST,
    ),
    Broken("an unknown print is repeated", with_proof(EffectKind.PRINT, _not_done), "I2 printed"),
    Broken("a report is repeated without asking", with_proof(EffectKind.REPORT, _not_done), "I4"),
    Broken("an unknown feed is forgotten", with_proof(EffectKind.FEED, _not_done), "I"),
    Broken(
        "an empty path proves that the card is in the bin",
        replaced(spoil, "judge_reject", _gone_is_in_bin),
        "I6",
        bounds=FAULTS,
    ),
    Broken(
        "a half-written chip is taken for whole",
        replaced(chip, "judge_write", _half_is_whole),
        "I2",
    ),
    Broken("a blank is in no ledger", replaced(feed, "into_ledger", _no_change), ""),
    Broken(
        "recovery believes the journal",
        replaced(recovery, "prove_card", _nothing),
        "I6",
        bounds=TWO,
    ),
    Broken(
        "a spoiled card is reported as issued",
        replaced(report, "_is_superseded", _never),
        "I4",
        bounds=TWO,
    ),
    Broken(
        "a spoiled card is not reported",
        _recipe(OrderKind.FULL, reports=frozenset({ReportOutcome.ISSUED})),
        "I4",
    ),
    Broken(
        "a spoiled card counts as issued",
        _recipe(OrderKind.FULL, fate_spoiled=CardFate.ISSUED),
        "I",
    ),
    Broken(
        "every site prints before it reports",
        _recipe(OrderKind.FULL, path={**_FULL_PATH, OrderStep.ENCODED: OrderEvent.FACE_PRINTED}),
        "I5 printed",
    ),
    Broken("a written card is cancelled", replaced(release, "_refuse_written", _nothing), "I"),
    Broken(
        "released inactive on one person's word",
        replaced(answers, "require_approval", _nothing),
        "I4 one person",
    ),
    Broken(
        "a cancelled order keeps its mark",
        replaced(report, "of_cancelled", _no_change),
        "I4 an order is cancelled",
    ),
    Broken(
        "an unanswered 撤销标注 counts as taken",
        replaced(report, "_is_known", _any_mark_is_gone),
        "I4 the outbox says that the mark",
    ),
    Broken(
        "a mark is given up without a refusal",
        replaced(report, "_with_withdrawals", _no_withdrawals),
        "I4 a mark is not given back",
    ),
    Broken(
        "an order owes its mark from its data on",
        replaced(data, "fetched", _owes_at_once),
        "I4 a mark is given back of",
    ),
    Broken("an effect without intent", replaced(Workbench, "effect", _without_intent), "I5"),
    Broken(
        "every error proves that nothing happened",
        replaced(effects, "proves_nothing_happened", _always),
        "I",
    ),
    Broken(
        "a request is not remembered",
        replaced(reception, "RememberRequest", _forgets_its_key),
        "I7",
    ),
    Broken(
        "unusable blanks in a row stop nothing",
        replaced(feed, "refuse_after_spoiled", _nothing),
        "I3 a blank was fed",
        bounds=FAULTS,
    ),
    Broken(
        "any card at the outlet is pulled back in",
        replaced(hand_over, "came_out_last", _always),
        "I2 retract",
    ),
    Broken(
        "a card that can't be read after its feed was not fed",
        replaced(own_card, "DeviceError", _Never),
        "I6",
        FACE,
    ),
    Broken(
        "a card is moved out of an empty path",
        _both(
            replaced(Workbench, "require_card", _nothing),
            replaced(which_card, "_refuse_empty_path", _nothing),
        ),
        "I5 feed",
        TEST,
    ),
    Broken(
        "a bank's blank is written", replaced(temporary, "_require_blank", _nothing), "I", ISSUE
    ),
    Broken(
        "a half-written temporary card is taken for whole",
        replaced(temporary, "judge_write", _half_is_a_card),
        "I6 the ledger calls card 1 a temporary card",
        ISSUE,
    ),
    Broken(
        "a begun temporary card is exchanged for another one",
        replaced(temporary, "may_hold_data", _never),
        "I",
        ISSUE,
        TWO,
    ),
    Broken(
        "a temporary card that may be registered is called spoiled",
        replaced(temporary, "_never_registered", _no_change),
        "I4 card 1 is spoiled",
        ISSUE,
    ),
    Broken(
        "a temporary card is registered again without asking",
        with_proof(EffectKind.REPORT, _not_done),
        "I4 the report temporary is sent again",
        ISSUE,
    ),
    Broken(
        "what an earlier, discarded card holds counts for the next one",
        replaced(temporary, "may_hold_data", _of_any_card),
        "I11",
        ISSUE,
        THREE,
    ),
    Broken(
        "the PIN of any card is changed",
        replaced(temporary, "bind", _any_card),
        "I2 the PIN of another card",
        AGAIN,
    ),
    Broken(
        "the holder's broken card stays with its order",
        replaced(temporary, "discarded", _not_the_holders),
        "I11",
        AGAIN,
    ),
    Broken(
        "收回 is cancelled while its outcome is unknown",
        replaced(temporary, "require_not_taken_back", _nothing),
        "I11",
        BACK,
    ),
    Broken(
        "a rehearsal asks the real province",
        replaced(Equipment, "province_for", lambda equipment, kind: equipment.province),
        "I4 a rehearsal has changed",
        REHEARSAL,
    ),
    Broken("nobody asks about a feed in doubt", _without_question(EffectKind.FEED), "I11", TEST),
    Broken(
        "a card that is out can't be said to be there",
        _answers(QuestionKind.RELEASE_IN_DOUBT, AnswerKind.INSIDE),
        "I11",
        TEST,
    ),
)
