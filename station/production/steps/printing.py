"""打印: the approved face, on a card whose chip was just proven to be this order's."""

from __future__ import annotations

import contextlib

from station.core.errors import (
    FaceChangedError,
    OutcomeUnknownError,
    PrinterBusyError,
    StationError,
)
from station.core.orders import EffectKind, EffectRecord, EffectState, OrderRecord
from station.core.printing import PrinterState
from station.journal import Transaction
from station.production.effects import ACTOR, Change, Workbench
from station.production.states import OrderEvent
from station.production.steps import chip, data

LAST_JOB_ID = 32767  #: the printer's job ids are 15 bits wide


def run(bench: Workbench, order: OrderRecord) -> None:
    """Read the chip again, then print both sides; the card stays inside. Irreversible.

    Raises:
        WrongCardError: The card is not this order's: nothing is printed.
        FaceChangedError: The face is not the approved one.
        DeviceError: The printer refused; nothing is printed.
        OutcomePendingError: Whether it printed is unknown.
    """
    face = data.render_again(bench, order)
    chip.prove_this_orders_chip(bench, order)
    printer = bench.equipment.printer
    job = bench.journal.last_seq % LAST_JOB_ID + 1
    counters = printer.counters()
    before = {
        "job": str(job),
        "cards_printed": str(counters.cards_printed),
        "ribbon_left": str(counters.ribbon_cards_left),
        "face": order.face_sha256,
    }
    with bench.effect(order, EffectKind.PRINT, before) as effect:
        printer.print_face(face.front, face.back, job_id=job)
        with contextlib.suppress(StationError):
            # Only evidence: a cable pulled now must not make a finished print look refused.
            effect.after["cards_printed"] = str(printer.counters().cards_printed)
        effect.then(bench.move(order, OrderEvent.FACE_PRINTED))


def leave_out(bench: Workbench, order: OrderRecord) -> None:
    """Go on without a face, at a window that prints nothing.

    Raises:
        FaceChangedError: The order is from before, and has a face.
    """
    if order.face_sha256:
        raise FaceChangedError("the order has a face, and this window prints none any more")
    with bench.journal.transaction(ACTOR) as change:
        bench.move(order, OrderEvent.NO_FACE)(change)


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Find out whether a face was printed, from the printer's own witnesses.

    Printed: the counter has grown by one. Not printed: neither counter nor ribbon has moved; a
    ribbon that moved without the counter means that the print broke off on the card.

    Raises:
        PrinterBusyError: The printer is still at work.
        OutcomeUnknownError: The witnesses prove nothing: a person must look at the card and say.
    """
    printer = bench.equipment.printer
    if printer.status().state is PrinterState.PROCESSING:
        raise PrinterBusyError("the printer is still at work")
    before, now = effect.evidence_before, printer.counters()
    grown = now.cards_printed - int(before["cards_printed"])
    ribbon_still = before["ribbon_left"] == str(now.ribbon_cards_left) != "None"
    known = printer.job_printed(int(before["job"]))
    evidence = {
        "proof": "counter, ribbon and job",
        "grown": str(grown),
        "ribbon_left": str(now.ribbon_cards_left),
        "job_printed": str(known),
    }
    if grown == 1 and known is not False:
        move = bench.move(order, OrderEvent.FACE_PRINTED)
        bench.end(effect.id, EffectState.DONE, evidence, move)
    elif grown == 0 and ribbon_still and known is not True:
        bench.end(effect.id, EffectState.NOT_DONE, evidence)
    else:
        raise OutcomeUnknownError("counter, ribbon and job prove nothing", details=evidence)


def seen(bench: Workbench, order: OrderRecord, effect: EffectRecord, *, printed: bool) -> Change:
    """Return the change that follows a person's look at the card; the question ends with it."""
    state = EffectState.DONE if printed else EffectState.NOT_DONE
    move = bench.move(order, OrderEvent.FACE_PRINTED)

    def change_all(change: Transaction) -> None:
        change.end_effect(effect.id, state, {"proof": "a person looked", "printed": str(printed)})
        change.set_hold(order.id, None)
        if printed:
            move(change)

    return change_all
