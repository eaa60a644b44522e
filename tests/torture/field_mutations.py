"""The repairs of the field cases, taken back one by one: each must be caught by its own case."""

from __future__ import annotations

import contextlib
from typing import Any, Final
from unittest import mock

from station.core.errors import GatewayRejectedError, RejectionReason
from station.core.evidence import Completed, EffectRecord, PrintFace
from station.core.life import OrderEvent
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectState,
    OrderLine,
    OrderRecord,
)
from station.core.printing import PrinterState
from station.gateways.henan.client import HenanGateway
from station.journal import age, sealing, store
from station.journal.orders import Orders
from station.production.life import feeder_stop
from station.production.life.effects import Workbench, move
from station.production.life.settlement import Settled, Verdict
from station.production.life.steps import feed, printing, release, spoil
from tests.torture import disk
from tests.torture.mutation import Mutation, Patch, replaced, with_proof


def _any_key(*arguments: Any, may_make: bool, **named: Any) -> sealing.Sealer:  # noqa: ANN401
    del may_make
    return _open_sealer(*arguments, may_make=True, **named)


_open_sealer = sealing.open_sealer


def _key_made_anew() -> Patch:
    stack = contextlib.ExitStack()
    stack.enter_context(mock.patch.object(store, "open_sealer", _any_key))
    stack.enter_context(mock.patch.object(store.Journal, "opens_its_data", return_value=True))
    return stack


def _refused(self: HenanGateway, *_: object) -> GatewayRejectedError:
    del self
    return GatewayRejectedError(RejectionReason.OTHER)


@contextlib.contextmanager
def _held_by_nobody(*_: object) -> Any:  # noqa: ANN401
    yield


def _path_decides_release(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    if bench.equipment.printer.status().card is None:
        out = release.went_out(order, effect, bench.equipment.policies)
        bench.end(effect.id, EffectState.DONE, Completed(), *out)
    else:
        bench.end(effect.id, EffectState.NOT_DONE, Completed())


def _path_decides_feed(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    if bench.equipment.printer.status().card is None:
        bench.end(effect.id, EffectState.NOT_DONE, Completed())
    else:
        bench.end(effect.id, EffectState.DONE, Completed(), *feed.into_ledger(order))


def _unmoved_is_not_printed(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    printer = bench.equipment.printer
    grown = printer.counters().cards_printed - (effect.intent(PrintFace).cards_printed or 0)
    if printer.status().state is PrinterState.PROCESSING or grown == 1:
        printing.settle(bench, order, effect)
    else:
        bench.end(effect.id, EffectState.NOT_DONE, Completed())


def _grown_is_printed(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    now = bench.equipment.printer.counters().cards_printed
    if now - (effect.intent(PrintFace).cards_printed or 0) == 1:
        bench.end(effect.id, EffectState.DONE, Completed(), move(order, OrderEvent.FACE_PRINTED))
    else:
        printing.settle(bench, order, effect)


def _hold_stays(self: Workbench, effect: EffectRecord, verdict: Verdict) -> None:
    if not isinstance(verdict, Settled):
        raise verdict.error()
    self.end(effect.id, verdict.state, verdict.after, *verdict.changes)


def _any_machine(self: Workbench, order: OrderRecord) -> str:
    del self, order
    return ""


def _one_reason_only(newest_first: Any) -> int:  # noqa: ANN401
    count = 0
    for card in newest_first:
        if card.fate is CardFate.ISSUED or card.reason == feeder_stop.PASSED:
            break
        lost = card.place is CardPlace.UNKNOWN
        count += card.blank and card.fate is CardFate.SPOILED and not lost
    return count


def _newest_by_id(self: Orders, *arguments: Any) -> list[OrderLine]:  # noqa: ANN401
    return sorted(_order_lines(self, *arguments), key=lambda line: line.id, reverse=True)


_order_lines = Orders.lines


def _age_of_the_wall(self: age.Age) -> age.Reading:
    reading = _read(self)
    seconds = self._clock.now().timestamp() - 1_700_000_000
    return age.Reading(reading.boot, reading.boot_seconds, seconds)


_read = age.Age.read


FIELD_MUTATIONS: Final = (
    Mutation(
        "a new seal key beside a filled journal", _key_made_anew, ("A1 the seal key is gone",)
    ),
    Mutation(
        "an answer that is not listed taken for a refusal",
        replaced(HenanGateway, "_not_done", _refused),
        ("A2 a report is taken, the answer is 系统繁忙",),
    ),
    Mutation(
        "an empty path taken for a card that went out",
        with_proof(EffectKind.RELEASE, _path_decides_release),
        ("A3 two blanks stuck together", "A6 another host moves a card before its release"),
    ),
    Mutation(
        "an empty path taken for nothing fed",
        with_proof(EffectKind.FEED, _path_decides_feed),
        (
            "A6 another host moves a card just fed",
            "G2 a jam at the feed, the card taken out, the power cut",
        ),
    ),
    Mutation(
        "a job still listed taken for not printed",
        with_proof(EffectKind.PRINT, _unmoved_is_not_printed),
        ("A4 a job that goes on when the cover is closed",),
    ),
    Mutation(
        "counters that can't move taken for not printed",
        with_proof(EffectKind.PRINT, _unmoved_is_not_printed),
        ("G1 power cut in mid-print, no counter moves",),
    ),
    Mutation(
        "an insertion taken for a print",
        with_proof(EffectKind.PRINT, _grown_is_printed),
        ("G1 power cut before the print, insertions counted, the card put in again",),
    ),
    Mutation(
        "an order that does not know its machine",
        replaced(Workbench, "require_own_machine", _any_machine),
        ("A5 another machine whose witnesses fit, after a cut before the second print",),
    ),
    Mutation(
        "a second daemon let in",
        replaced(disk, "held", _held_by_nobody),
        ("A7 a second daemon in mid-print",),
    ),
    Mutation(
        "only spoiled blanks stop the feeder",
        replaced(feeder_stop, "spoiled_in_a_row", _one_reason_only),
        ("A9 a feeder of mute blanks",),
    ),
    Mutation(
        "the list of orders goes by the clock",
        replaced(Orders, "lines", _newest_by_id),
        ("B1 the clock is set back a day",),
    ),
    Mutation(
        "the wall clock decides what is due",
        replaced(age.Age, "read", _age_of_the_wall),
        (
            "B3 the clock a day forward, a card at the outlet",
            "B4 the clock back 30 days, a report owed",
        ),
    ),
    Mutation(
        "a card asked for by hand after its movement has ended",
        replaced(Workbench, "conclude", _hold_stays),
        ("G2 a card asked for by hand, the power cut twice, the card taken out",),
    ),
    Mutation(
        "a rejection that broke off is forgotten",
        replaced(spoil, "decided", lambda *_: None),
        ("G5 the reject of a card that is no good stopped half-way by cover",),
    ),
    Mutation(
        "a card called spoiled is forgotten by a power cut",
        replaced(spoil, "decided", lambda *_: None),
        ("a face in doubt: spoiled",),
    ),
)
