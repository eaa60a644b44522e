"""The ledger on the page of the shift, and the test cards on the technician's page."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Final

from station.core.errors import InputError
from station.core.ledger import ClosedShift
from station.core.orders import CardPlace, CardRecord, StockMove
from station.production.services.service import ProductionService
from station.production.views.self_test import SelfTest
from station.production.views.supervision import place_of
from station.ui.ledger_contents import (
    NO_REHEARSAL,
    Choice,
    ClosedShiftLine,
    DestroyedCard,
    LedgerCard,
    LedgerPanel,
    OpenShift,
    RehearsalPanel,
    SelfTestLine,
    TechnicianCardPanel,
)
from station.ui.pressed import Action, Pressed, counted_from, number_from, request_from
from station.words import Table, text, why_spoiled
from station.words.tables import COUNTED_TITLES

SHIFTS_SHOWN: Final = 20  #: closed ones, newest first
MOVES: Final = Table("stock-move")


def ledger_panel(service: ProductionService) -> LedgerPanel:
    """Return the ledger as the clerk and the supervisor see it."""
    report = service.ledger.shift()
    closed = service.ledger.closed_shifts(SHIFTS_SHOWN)
    return LedgerPanel(
        shift=OpenShift(
            began=_time(report.began_at) if closed else text("ledger.first-shift"),
            figures=tuple(
                (title, getattr(report.figures, name)) for name, title in COUNTED_TITLES.items()
            ),
            drawer=report.drawer,
            feeder=report.feeder,
            differences=report.differences,
            ribbon=text("ledger.ribbon", planned=report.ribbon_planned, used=report.ribbon_used),
            ribbon_alarm=report.ribbon_alarm,
            banks=tuple((one.bank, one.name, one.drawer, one.feeder) for one in report.banks),
        ),
        closed=tuple(_closed(shift) for shift in closed),
        moves=tuple(Choice(move, title) for move, title in MOVES.items()),
        banks=tuple(Choice(bank, name) for bank, name in service.ledger.banks().items()),
        request=secrets.token_hex(16),
        to_destroy=tuple(_card(card) for card in service.ledger.to_destroy()),
        destroyed=tuple(_destroyed(card) for card in service.supervision.destroyed()),
        not_taken=tuple(_card(card) for card in service.ledger.not_taken()),
    )


def technician_card_panel(service: ProductionService) -> TechnicianCardPanel:
    """Return test cards and self-tests as the technician sees them."""
    tests = service.self_test.made(1)
    return TechnicianCardPanel(
        tested=service.ledger.unjudged_test() or "",
        feeder_stopped=service.ledger.feeder_stopped(),
        self_test=_self_test(tests[0]) if tests else None,
        rehearsing=service.rehearsal.now() is not None,
    )


def rehearsal_panel(service: ProductionService) -> RehearsalPanel:
    """Return the banner of every page."""
    now = service.rehearsal.now()
    return NO_REHEARSAL if now is None else RehearsalPanel(now.number, _time(now.since), now.by)


def _self_test(test: SelfTest) -> SelfTestLine:
    result = text("self-test.ready" if test.ready else "self-test.not-ready")
    return SelfTestLine(_time(test.at), test.by, test.ready, result)


def _closed(shift: ClosedShift) -> ClosedShiftLine:
    differences = tuple(shift.report["differences"])
    return ClosedShiftLine(shift.id, _time(shift.ended_at), shift.ended_by, differences)


def _time(moment: dt.datetime) -> str:
    return moment.astimezone().strftime("%m-%d %H:%M")


def _card(card: CardRecord) -> LedgerCard:
    return LedgerCard(
        id=card.id,
        order=card.order,
        reason=_reason(card),
        where=place_of(card),
        lost=card.place is CardPlace.UNKNOWN,
        at=_time(card.updated_at),
    )


def _destroyed(card: CardRecord) -> DestroyedCard:
    at = _time(card.destroyed_at) if card.destroyed_at else ""
    return DestroyedCard(card.id, _reason(card), at, card.destroyed_by, card.witness)


def _reason(card: CardRecord) -> str:
    return why_spoiled(card.reason).title


def _move(service: ProductionService, pressed: Pressed) -> str:
    try:
        move = StockMove(pressed.move)
    except ValueError as exc:
        raise InputError(f"there is no move {pressed.move!r}") from exc
    count = number_from(pressed.count)
    request = request_from(pressed.request)
    service.ledger.move_stock(move, count, pressed.actor, request=request, bank=pressed.bank)
    return ""


def _close(service: ProductionService, pressed: Pressed) -> str:
    counted = counted_from(pressed)
    service.ledger.close_shift(counted, pressed.actor, request=request_from(pressed.request))
    return ""


def _destroy(service: ProductionService, pressed: Pressed) -> str:
    card = number_from(pressed.card)
    found = pressed.found == "yes"
    service.ledger.destroy(card, pressed.actor, witness=pressed.approval, found=found)
    return ""


def _run_self_test(service: ProductionService, pressed: Pressed) -> str:
    service.self_test.run(pressed.actor)
    return pressed.order


def _begin_rehearsal(service: ProductionService, pressed: Pressed) -> str:
    service.rehearsal.begin(pressed.actor)
    return pressed.order


def _end_rehearsal(service: ProductionService, pressed: Pressed) -> str:
    service.rehearsal.end(pressed.actor)
    return pressed.order


def _print_test(service: ProductionService, pressed: Pressed) -> str:
    service.ledger.print_test_card(pressed.actor)
    return ""


def _judge(passed: bool) -> Action:
    def judge(service: ProductionService, pressed: Pressed) -> str:
        service.ledger.judge_test_card(pressed.order, pressed.actor, passed=passed)
        return ""

    return judge


LEDGER_ACTIONS: Final[Mapping[str, Action]] = {
    "move-stock": _move,
    "close-shift": _close,
    "destroy-card": _destroy,
    "self-test": _run_self_test,
    "begin-rehearsal": _begin_rehearsal,
    "end-rehearsal": _end_rehearsal,
    "test-card": _print_test,
    "test-passed": _judge(True),
    "test-failed": _judge(False),
}
