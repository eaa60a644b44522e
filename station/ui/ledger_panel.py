"""The ledger on the diagnostics page: the shift, spoiled cards, cards not taken, test cards."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any, Final

from station.core.errors import InputError
from station.core.ledger import Counted
from station.core.operator_text import explain, where
from station.core.operator_text_questions import COUNTED_TITLES, SPOILED_TEXTS
from station.core.orders import CardPlace, CardRecord, StockMove
from station.production.service import ProductionService
from station.ui.pressed import Action, Pressed, number_from, request_from

MOVES: Final = {
    StockMove.OPENED: "开包入抽屉",
    StockMove.LOADED: "装入进卡槽",
    StockMove.UNLOADED: "从进卡槽取出",
    StockMove.RETURNED: "退回库房",
}


def ledger_panel(service: ProductionService) -> dict[str, Any]:
    """Return the variables of `_ledger.html`."""
    report = service.ledger.shift()
    closed = service.ledger.last_closed()
    return {
        "shift": {
            "began": _time(report.began_at) if closed else "启用台账",
            "figures": [
                (title, getattr(report.figures, name)) for name, title in COUNTED_TITLES.items()
            ],
            "drawer": report.drawer,
            "feeder": report.feeder,
            "differences": report.differences,
            "ribbon": f"计划 {report.ribbon_planned}，实用 {report.ribbon_used}",
            "ribbon_alarm": report.ribbon_alarm,
        },
        "closed": closed
        and {
            "at": _time(closed.ended_at),
            "by": closed.ended_by,
            "differences": closed.report["differences"],
        },
        "moves": [(move.value, title) for move, title in MOVES.items()],
        "request": secrets.token_hex(16),
        "to_destroy": [_card(card) for card in service.ledger.to_destroy()],
        "not_taken": [_card(card) for card in service.ledger.not_taken()],
        "tested": _tested(service),
        "feeder_stopped": service.ledger.feeder_stopped(),
    }


def _time(moment: dt.datetime) -> str:
    return moment.astimezone().strftime("%m-%d %H:%M")


def _card(card: CardRecord) -> dict[str, Any]:
    return {
        "id": card.id,
        "order": card.order,
        "reason": _reason(card),
        "where": "遗失" if card.place is CardPlace.UNKNOWN else where(card.place.value),
        "lost": card.place is CardPlace.UNKNOWN,
        "at": _time(card.updated_at),
    }


def _reason(card: CardRecord) -> str:
    known = SPOILED_TEXTS.get(card.reason)
    return explain(card.reason).title if known is None else known


def _tested(service: ProductionService) -> dict[str, str] | None:
    order = service.ledger.unjudged_test()
    return None if order is None else {"order": order}


def _move(service: ProductionService, pressed: Pressed) -> str:
    try:
        move = StockMove(pressed.move)
    except ValueError as exc:
        raise InputError(f"there is no move {pressed.move!r}") from exc
    count = number_from(pressed.count)
    service.ledger.move_stock(move, count, pressed.actor, request=request_from(pressed.request))
    return ""


def _close(service: ProductionService, pressed: Pressed) -> str:
    counted = Counted(number_from(pressed.drawer), number_from(pressed.feeder))
    service.ledger.close_shift(counted, pressed.actor, request=request_from(pressed.request))
    return ""


def _destroy(service: ProductionService, pressed: Pressed) -> str:
    card = number_from(pressed.card)
    found = pressed.found == "yes"
    service.ledger.destroy(card, pressed.actor, witness=pressed.approval, found=found)
    return ""


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
    "test-card": _print_test,
    "test-passed": _judge(True),
    "test-failed": _judge(False),
}
