"""Deliberate breaks of the station's rules, each with the cases in which it must be caught."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from unittest import mock

from station.core import chain
from station.core.cards import ChipIdentity
from station.core.changes import (
    BeginEffect,
    BindChip,
    Change,
    Changes,
    OweReport,
    SetHold,
    UpdateCard,
)
from station.core.evidence import (
    Completed,
    EffectRecord,
    FeedBlank,
    Intent,
    Outcome,
    PrintFace,
    ReleaseCard,
)
from station.core.gateways import ReportOutcome
from station.core.life import OrderEvent
from station.core.orders import CardFate, EffectKind, EffectState, OrderRecord
from station.core.recipes import Way
from station.journal import Journal, writing
from station.journal.transaction import WRITERS
from station.journal.writing import Writing
from station.production.intake import reception
from station.production.life import feeder_stop, recovery, workflow
from station.production.life.breaker import Breaker
from station.production.life.effects import ACTOR, Follow, OpenEffect, Workbench, move
from station.production.life.narrow import prepared
from station.production.life.steps import chip, data, feed, printing, release, report, spoil
from station.production.people import answers
from tests.torture import apsw_dbapi, power_cuts
from tests.torture.boundaries import CASES, breaks_of
from tests.torture.case import Case
from tests.torture.field_mutations import FIELD_MUTATIONS
from tests.torture.mutation import Mutation, Patch, replaced, with_proof
from tests.torture.people import NAME
from tests.torture.runs import Result
from tests.torture.service_mutations import SERVICE_MUTATIONS
from tests.torture.temporary_mutations import TEMPORARY_MUTATIONS

MOST_BREAKS: Final = 90  #: tried before a mutation counts as not caught


def caught_by(mutation: Mutation) -> Result | None:
    """Return the first run in which something did not hold; None when nothing noticed."""
    cases = [case for case in CASES if case.name in mutation.cases]
    with mutation.apply():
        for result in _in_writes(cases) if mutation.in_writes else _results(cases, mutation.cuts):
            if result.violations:
                return result
    return None


def _results(cases: list[Case], cuts: str) -> Iterator[Result]:
    for case in cases:
        yield case.run()
    for case in cases:
        breaks = [one for one in breaks_of(case) if "killed" in one.name and cuts in one.name]
        yield from (one.run() for one in breaks[:MOST_BREAKS])


def _in_writes(cases: list[Case]) -> Iterator[Result]:
    for course in power_cuts.COURSES:
        if course.name in [case.name for case in cases]:
            yield from course.cuts()


# -- the breaks --------------------------------------------------------------------------------


@contextlib.contextmanager
def _without_intent(self: Workbench, order: OrderRecord, before: Intent) -> Iterator[OpenEffect]:
    effect = OpenEffect(0, order, before)
    yield effect
    (number,) = self.apply(ACTOR, BeginEffect(order.id, before))
    self.finish(number, order, effect.after, effect.follow)


@contextlib.contextmanager
def _outcome_first(self: Workbench, order: OrderRecord, before: Intent) -> Iterator[OpenEffect]:
    (number,) = self.apply(ACTOR, BeginEffect(order.id, before))
    effect = OpenEffect(number, order, before)
    self.end(effect.id, EffectState.DONE, Completed())
    yield effect
    self.follow(order, effect.follow)


def _outcome_forgotten(
    self: Workbench, effect: int, order: OrderRecord, after: Outcome, follow: Follow
) -> None:
    del effect, after
    self.follow(order, follow)


def _not_done(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    del order
    bench.end(effect.id, EffectState.NOT_DONE, Completed())


def _release_is_done(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    out = release.put_out(order, bench.equipment.policies)
    bench.end(effect.id, EffectState.DONE, Completed(), *out)


def _write_is_whole(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    identity = chip.read_this_card(bench, order)
    bench.end(effect.id, EffectState.DONE, Completed(), *chip.written_chip(order, identity))


def _feed_blindly(bench: Workbench, order: OrderRecord) -> None:
    with bench.effect(order, FeedBlank()) as effect:
        bench.equipment.printer.bring_card_to_chip_station()
        effect.done(feed.into_ledger)


def _print_then_report(bench: Workbench, order: OrderRecord) -> None:
    known = prepared(order).data
    face = bench.equipment.faces.render(
        known,
        bench.equipment.faces.open_photo(known.photo_jpeg),
        bench.equipment.printer.model.geometry,
        duplex=True,
    )
    with bench.effect(order, PrintFace()):
        bench.equipment.printer.print_face(face.front, face.back, job_id=1)
    _report_run(bench, order)


def _forget_everything(bench: Workbench, _: workflow.Workflow) -> None:
    for effect in bench.journal.effects.open():
        bench.end(effect.id, EffectState.NOT_DONE, Completed())
    for order in bench.journal.orders.open():
        bench.apply(ACTOR, SetHold(order.id, None))


def _present_instead(bench: Workbench, order: OrderRecord, fate: CardFate, reason: str) -> None:
    with bench.effect(order, ReleaseCard()) as effect:
        bench.equipment.printer.present_card()
        out = UpdateCard(order.card or 0, fate=fate, reason=reason)
        effect.done(lambda _: (out,))


def _report_owed_later(order: OrderRecord, identity: ChipIdentity) -> Changes:
    return (BindChip(order.id, identity), move(order, OrderEvent.CHIP_WRITTEN))


def _settle_everything(self: workflow.Workflow, order: OrderRecord) -> OrderRecord:
    return self.settle_at_province(_settle_card(self, order))


_settle_card = workflow.Workflow.settle_card
_chip_run, _report_run = chip.run, report.run
_owe, _add_event = WRITERS[OweReport], Writing.add_event


def _write_then_owe(bench: Workbench, order: OrderRecord) -> None:
    _chip_run(bench, order)
    written = bench.journal.orders.one(order.id)
    owed = report.on_card(written, written.chip, ReportOutcome.ISSUED)  # type: ignore[arg-type]
    bench.apply(ACTOR, OweReport(order.id, owed))


def _owe_issued_only(to: Writing, change: OweReport) -> None:
    if change.report.outcome is ReportOutcome.ISSUED:
        _owe(to, change)


def _tell_all(self: Writing, order: str, kind: str, data: Mapping[str, str]) -> None:
    _add_event(self, order, kind, {**data, "name": NAME})


def _unchained(previous: str, *rest: Any) -> str:  # noqa: ANN401
    del previous
    return _chain_hash("", *rest)


_chain_hash = chain.chain_hash


def _outbox_apart() -> Patch:
    stack = contextlib.ExitStack()
    stack.enter_context(mock.patch.object(chip, "written_chip", _report_owed_later))
    stack.enter_context(_step(OrderEvent.CHIP_WRITTEN, _write_then_owe)())
    return stack


def _writer(of: type[Change], write: Callable[[Writing, Any], None]) -> Callable[[], Patch]:
    return lambda: mock.patch.dict(WRITERS, {of: write})


def _step(event: OrderEvent, run: workflow.Step) -> Callable[[], Patch]:
    assert event in workflow.STEPS, f"nothing to break: {event}"
    return lambda: mock.patch.dict(workflow.STEPS, {event: run})


def _pragma(right: str, wrong: str) -> Callable[[], Patch]:
    execute = apsw_dbapi.Connection.execute

    def with_wrong(
        self: apsw_dbapi.Connection, sql: str, parameters: Sequence[object] = ()
    ) -> apsw_dbapi.Cursor:
        return execute(self, sql.replace(right, wrong), parameters)

    return replaced(apsw_dbapi.Connection, "execute", with_wrong)


def _nothing(*_: object, **__: object) -> None:
    return None


def _never(*_: object) -> bool:
    return False


def _no_change(*_: object, **__: object) -> Changes:
    return ()


def _always_inactive(self: Workbench, order: OrderRecord) -> Way:
    del self
    return Way(order.kind, inactive=True)


def _unsigned(self: Journal, actor: str) -> Patch:
    del actor
    return _transaction(self, "")


_transaction = Journal.transaction
UNREAD: Final = types.SimpleNamespace(
    prove_this_orders_chip=lambda bench, order: None, read_this_card=chip.read_this_card
)
HAPPY, BUTTONS = CASES[0].name, CASES[1].name
BROKEN_PRINT, TORN = "a print that broke off", "a write that broke off"
LOST_REPORT, BAD_CHIP = "report's answer lost", "a chip that takes data badly"

OWED_LONG, GONE = "a report owed for long", "a card gone before button 6"

MUTATIONS: Final = (
    Mutation(
        "released inactive on one person's word",
        replaced(answers, "require_approval", _nothing),
        (f"{OWED_LONG}: release-inactive",),
    ),
    Mutation(
        "released inactive on nobody's word",
        replaced(Workbench, "way", _always_inactive),
        (HAPPY,),
    ),
    Mutation(
        "a spoiled card reported as issued",
        replaced(report, "_is_superseded", lambda *_: False),
        ("a refused report, its card spoiled",),
    ),
    Mutation(
        "two blanks spoiled in a row stop nothing",
        replaced(feeder_stop, "spoiled_in_a_row", lambda _newest_first: 0),
        ("two blanks spoiled in a row",),
    ),
    Mutation(
        "a lost card not reported",
        _writer(OweReport, _owe_issued_only),
        (f"{GONE}: lost",),
    ),
    Mutation(
        "an answer that ends its card without its outcome",
        replaced(spoil, "end_open", _no_change),
        ("a face in doubt: spoiled",),
    ),
    Mutation(
        "a link that rests for ever",
        replaced(Breaker, "wait_left", lambda *_: 1e9),
        (f"{OWED_LONG}: wait",),
    ),
    Mutation(
        "recovery believes the journal",
        replaced(recovery, "prove_card", _nothing),
        ("card swapped while the power is off",),
    ),
    Mutation(
        "a cancelled order keeps its mark",
        replaced(report, "of_cancelled", _no_change),
        ("cancelled at fed",),
    ),
    Mutation(
        "an order that was cancelled while its data was given out keeps its mark",
        replaced(data, "_keep_batch", _nothing),
        ("cancelled while its data is given out",),
    ),
    Mutation(
        "data of which no card can be made keeps its mark",
        replaced(data, "_keep_batch", _nothing),
        ("cancelled, as no card can be made of the data",),
    ),
    Mutation(
        "an unanswered 撤销标注 counts as taken",
        replaced(report, "_is_known", lambda *_: True),
        ("cancelled, and asked for again: no way to give the mark back",),
    ),
    Mutation(
        "the person's next order begins while the mark is owed",
        replaced(data, "_refuse_while_owed", _nothing),
        ("cancelled, and asked for again: no way to give the mark back",),
    ),
    Mutation("nobody did it", replaced(Journal, "transaction", _unsigned), (HAPPY,)),
    Mutation("an effect without intent", replaced(Workbench, "effect", _without_intent), (HAPPY,)),
    Mutation(
        "the outcome before the effect", replaced(Workbench, "effect", _outcome_first), (HAPPY,)
    ),
    Mutation(
        "the next step before the outcome",
        replaced(Workbench, "finish", _outcome_forgotten),
        (HAPPY,),
    ),
    Mutation(
        "the machine's lane asks what became of a report that is on its way",
        replaced(workflow.Workflow, "settle_card", _settle_everything),
        ("printed while its report is on its way",),
    ),
    Mutation(
        "no reading before the print",
        replaced(printing, "chip", UNREAD),
        ("card swapped before button 6",),
    ),
    Mutation(
        "no reading before the release",
        replaced(release, "chip", UNREAD),
        ("card swapped before button 7",),
    ),
    Mutation(
        "an unknown print repeated",
        with_proof(EffectKind.PRINT, _not_done),
        (HAPPY,),
        cuts="after print",
    ),
    Mutation(
        "a report repeated without asking", with_proof(EffectKind.REPORT, _not_done), (LOST_REPORT,)
    ),
    Mutation(
        "an unknown release taken for done",
        with_proof(EffectKind.RELEASE, _release_is_done),
        ("answer to release lost, before its effect",),
    ),
    Mutation(
        "a half-written chip taken for whole",
        with_proof(EffectKind.WRITE_CHIP, _write_is_whole),
        (TORN,),
    ),
    Mutation(
        "an unknown feed forgotten",
        with_proof(EffectKind.FEED, _not_done),
        ("answer to feed lost, after its effect",),
    ),
    Mutation(
        "a feed without looking",
        replaced(feed, "_feed", _feed_blindly),
        ("a card of nobody inside",),
    ),
    Mutation("a blank in no ledger", replaced(feed, "into_ledger", _no_change), (HAPPY,)),
    Mutation(
        "a refused blank handed out",
        replaced(feed, "put_aside", _present_instead),
        ("a mute chip",),
    ),
    Mutation(
        "a spoiled card not reported",
        _writer(OweReport, _owe_issued_only),
        (BAD_CHIP,),
    ),
    Mutation("the report owed in another transaction", _outbox_apart, (HAPPY,), "commit"),
    Mutation(
        "the print before the report",
        replaced(report, "run", _print_then_report),
        (HAPPY,),
    ),
    Mutation(
        "the same request taken for new",
        replaced(reception, "known_request", lambda *_: None),
        (HAPPY,),
    ),
    Mutation(
        "holds and intents cleared at the start",
        replaced(recovery, "recover", _forget_everything),
        (HAPPY,),
        "report",
    ),
    Mutation("a name in the history", replaced(Writing, "add_event", _tell_all), (HAPPY,)),
    Mutation(
        "the disk is not waited for",
        _pragma("synchronous=FULL", "synchronous=OFF"),
        (HAPPY,),
        in_writes=True,
    ),
    Mutation(
        "the disk is waited for now and then",
        _pragma("synchronous=FULL", "synchronous=NORMAL"),
        (HAPPY,),
        in_writes=True,
    ),
    Mutation(
        "no journal file under the journal",
        _pragma("journal_mode=WAL", "journal_mode=MEMORY"),
        (HAPPY,),
        in_writes=True,
    ),
    Mutation("history not chained", replaced(writing, "chain_hash", _unchained), (HAPPY,)),
    *FIELD_MUTATIONS,
    *SERVICE_MUTATIONS,
    *TEMPORARY_MUTATIONS,
)
