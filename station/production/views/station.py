"""Combines the known state of printer, reader, province and journal: one light for each."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from station.core.errors import CapabilityMissingError, LinkRestingError
from station.core.life import MOVES_A_CARD
from station.core.orders import CardPlace, OrderStep, WriteBackState
from station.core.printing import PrinterState
from station.journal import Journal
from station.production.intake import capabilities
from station.production.life.effects import Workbench
from station.production.life.equipment import Equipment
from station.production.life.feeder_stop import is_stopped
from station.production.machine.looks import MachineSnapshot, Running
from station.production.views.messages import connection_problem, printer_problems
from station.production.views.orders import (
    PHOTO_RULES_FACT,
    DeviceView,
    StationView,
    running_until,
)
from station.words import spoken

#: Steps after which the card is with its holder, whatever its last place in the journal.
HANDED_OVER: Final = frozenset({OrderStep.ACTIVATED, OrderStep.COLLECTED})


def station_view(
    *,
    journal: Journal,
    equipment: Equipment,
    snapshot: MachineSnapshot | None,
    province: tuple[bool | None, str],
    rests_until: dt.datetime | None,
    bench: Workbench,
    started_at: dt.datetime,
    recovered: bool,
    version: str,
    running: Running | None = None,
    desk: tuple[DeviceView, ...] = (),
    cleaning: bool = False,
) -> StationView:
    """Return the view of the whole window.

    A reading that is older than the step that is `running` is not shown as the present: the printer
    is busy then. The devices of the `desk` are shown; no card needs them.
    """
    at_work = running.step if running and running.step in MOVES_A_CARD else None
    devices = (
        _printer(equipment, snapshot, at_work),
        _reader(equipment, snapshot),
        _province(equipment, province, rests_until),
        _journal(journal),
    )
    status = snapshot.printer if snapshot else None
    heads = journal.orders.heads()
    stopped = is_stopped(bench)
    inside = bool(journal.cards.owned_inside())
    unowned = bool(snapshot and snapshot.unowned_card) and at_work is None and not inside
    still = at_work is None and not cleaning
    free = recovered and not stopped and still and not inside and not unowned
    return StationView(
        ready=free and all(device.ok for device in devices),
        version=version,
        started_at=started_at,
        recovered=recovered,
        devices=devices,
        desk=desk,
        current=heads[-1].id if heads else None,
        owed=tuple(journal.outbox.rows(WriteBackState.OWED, WriteBackState.DEAD)),
        ribbon_cards_left=status.ribbon_cards_left if status else None,
        card_in_path=status.card.value if status and status.card else None,
        card_left_inside=unowned,
        feeder_stopped=stopped,
        at_work=at_work,
        order_inside=inside,
        checked_at=snapshot.at if snapshot else None,
        at_work_until=running_until(bench, running) if at_work else None,
        at_outlet=_at_outlet(journal),
        side_view=equipment.printer.model.side_view,
        cleaning=cleaning,
    )


def _at_outlet(journal: Journal) -> bool:
    """Whether the newest card is where a person can take it, as far as the journal knows."""
    newest = journal.cards.newest(1)
    if not newest or newest[0].place is not CardPlace.OUTPUT_HOPPER:
        return False
    return journal.orders.head(newest[0].order).step not in HANDED_OVER


def _printer(
    equipment: Equipment, snapshot: MachineSnapshot | None, at_work: OrderStep | None
) -> DeviceView:
    printer = equipment.printer
    status = snapshot.printer if snapshot else None
    identity = snapshot.identity if snapshot else None
    facts = {"model": printer.model.title}
    if identity is not None:
        facts |= {"serial": identity.serial, "firmware": identity.firmware}
    if status is not None:
        facts |= {
            "printer-state": status.state.name.lower(),
            "printer-state-reasons": ", ".join(map(str, status.reasons)) or "none",
            "card": status.card.value if status.card else "none",
            "native": status.native.hex(" "),
        }
        problems, ok = printer_problems(status), not status.errors
        state = status.state.name.lower()
        if at_work is not None and ok:
            state = PrinterState.PROCESSING.name.lower()
    elif snapshot is not None:
        problems, ok = (connection_problem(snapshot.printer_error),), False
        state = "absent"
    else:
        problems, ok, state = (), None, PrinterState.PROCESSING.name.lower()
    try:
        capabilities.require(equipment, status)
    except CapabilityMissingError as exc:
        problems, ok = (*problems, connection_problem(exc.code, exc.details)), False
    return DeviceView(
        name="printer",
        address=printer.address,
        ok=ok,
        state=state,
        problems=problems,
        facts=facts,
        unverified=printer.model.unverified,
        exchanges=tuple(printer.recent_exchanges()),
        capabilities=capabilities.of(printer.model, status),
    )


def _reader(equipment: Equipment, snapshot: MachineSnapshot | None) -> DeviceView:
    present = snapshot.reader if snapshot else None
    missing = present is False
    return DeviceView(
        name="reader",
        address=equipment.encoder.address,
        ok=present,
        state="unknown" if present is None else "present" if present else "absent",
        problems=(connection_problem(*snapshot.reader_error),) if snapshot and missing else (),
        facts={},
        unverified=equipment.unverified.get("reader", ()),
        exchanges=tuple(equipment.encoder.recent_exchanges()),
    )


def _province(
    equipment: Equipment, known: tuple[bool | None, str], rests_until: dt.datetime | None
) -> DeviceView:
    answers, error = known
    problems = [connection_problem(error)] if error else []
    if rests_until is not None:
        resting = connection_problem(LinkRestingError.code)
        problems.append(replace(resting, retry_at=rests_until))
    unchecked = spoken(equipment.faces.photo_rules_unchecked)
    return DeviceView(
        name="province",
        address=equipment.province.address,
        ok=answers,
        state="unknown" if answers is None else "up" if answers else "down",
        problems=tuple(problems),
        facts={
            "reports": "resting" if rests_until else "sent at once",
            **({PHOTO_RULES_FACT: unchecked} if unchecked else {}),
        },
        unverified=equipment.unverified.get("province", ()),
        exchanges=tuple(equipment.province.recent_exchanges()),
    )


def _journal(journal: Journal) -> DeviceView:
    failure = journal.failure
    return DeviceView(
        name="journal",
        address=journal.address,
        ok=not failure,
        state="down" if failure else "up",
        problems=(connection_problem(failure),) if failure else (),
        facts={"events": str(journal.last_seq)},
        unverified=(),
        exchanges=(),
    )
