"""打印: the approved face, on a card whose chip was just proven to be this order's."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from station.core.errors import (
    CardMissingError,
    FaceChangedError,
    PrinterBusyError,
    StationError,
)
from station.core.faces import RenderedFace
from station.core.life import OrderEvent
from station.core.orders import EffectKind, EffectRecord, EffectState, OrderRecord
from station.core.printing import CardPosition, PrinterState
from station.core.recipes import Face, recipe_of
from station.journal import Transaction
from station.production.effects import ACTOR, MACHINE, Change, Workbench, in_doubt
from station.production.steps import chip, data

LOOKED_AT = 20  #: of the newest finished prints
LAST_JOB_ID = 32767  #: the printer's job ids are 15 bits wide


def run(bench: Workbench, order: OrderRecord) -> None:
    """Read the chip again, then print both sides; the card stays inside. Irreversible.

    Raises:
        WrongCardError: The card is not this order's: nothing is printed.
        FaceChangedError: The face is not the approved one.
        DeviceError: The printer refused; nothing is printed.
        OutcomePendingError: Whether it printed is unknown.
    """
    face = _face(bench, order)
    printer = bench.equipment.printer
    job = bench.journal.last_seq % LAST_JOB_ID + 1
    counters = printer.counters()
    before = {
        "job": str(job),
        "cards_printed": str(counters.cards_printed),
        "ribbon_left": str(counters.ribbon_cards_left),
        "face": data.face_digest(bench, face),
    }
    with bench.effect(order, EffectKind.PRINT, before) as effect:
        printer.print_face(face.front, face.back, job_id=job)
        with contextlib.suppress(StationError):
            # Only evidence: a cable pulled now must not make a finished print look refused.
            now = printer.counters()
            effect.after["cards_printed"] = str(now.cards_printed)
            effect.after["ribbon_left"] = str(now.ribbon_cards_left)
        effect.then(_printed(bench, order))
        effect.then(ribbon_used(order, before, effect.after, planned=1))


def _face(bench: Workbench, order: OrderRecord) -> RenderedFace:
    """Return what is to be printed, once the card under it is proven to be the right one (I2)."""
    if recipe_of(order.kind).prints is Face.TEST_CARD:
        if bench.ready_status().card is None:
            raise CardMissingError("no card is in the machine", details={"order": order.id})
        return bench.equipment.test_face(bench.equipment.printer.model.geometry)
    face = data.render_again(bench, order)
    chip.prove_this_orders_chip(bench, order)
    return face


def _printed(bench: Workbench, order: OrderRecord) -> Change:
    return bench.move(order, OrderEvent.FACE_PRINTED)


def ribbon_used(
    order: OrderRecord, before: Mapping[str, str], after: Mapping[str, str], *, planned: int
) -> Change:
    """Return the change that counts the ribbon a print has cost; unknown counts as planned."""
    left = [words.get("ribbon_left", "") for words in (before, after)]
    known = all(word.isdecimal() for word in left)
    used = max(0, int(left[0]) - int(left[1])) if known else planned

    def count(change: Transaction) -> None:
        if order.card is not None:
            change.count_ribbon(order.card, planned=planned, used=used)

    return count


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

    Printed: the counter has grown by one, and the printer reports the job as printed or, where it
    knows no jobs, the ribbon has lost as much as over the last finished print. Not printed: the
    card still is at the chip station where it was read before the print, and neither counter nor
    ribbon has moved. Counters bear witness only when they moved over the last finished print; one
    at its end can't move any more. A job that is still listed means "not yet", never "no".

    Raises:
        PrinterBusyError: The printer is still at work.
        OutcomeUnknownError: The witnesses prove nothing: a person must look at the card and say.
    """
    printer = bench.equipment.printer
    status = printer.status()
    if status.state is PrinterState.PROCESSING:
        raise PrinterBusyError("the printer is still at work")
    before, now = effect.evidence_before, printer.counters()
    grown = now.cards_printed - int(before["cards_printed"])
    ribbon = _fallen(before["ribbon_left"], str(now.ribbon_cards_left))
    known = printer.job_printed(int(before["job"]))
    usual = _usual_ribbon(bench, before)
    evidence = {
        "proof": "counter, ribbon, job and position",
        "grown": str(grown),
        "cards_printed": str(now.cards_printed),
        "ribbon_left": str(now.ribbon_cards_left),
        "job_printed": str(known),
        "ribbon_usual": str(usual),
        "position": status.card.value if status.card else "none",
    }
    printed = known is True or (known is None and usual > 0 and ribbon == usual)
    unmoved = known is None and usual > 0 and grown == 0 and ribbon == 0
    if grown == 1 and printed:
        used = ribbon_used(order, before, evidence, planned=1)
        bench.end(effect.id, EffectState.DONE, evidence, _printed(bench, order), used)
    elif unmoved and not status.errors and status.card is CardPosition.CHIP_STATION:
        bench.end(effect.id, EffectState.NOT_DONE, evidence)
    else:
        raise in_doubt(status, "the printer's witnesses prove nothing", evidence)


def _fallen(before: str, after: str) -> int | None:
    known = before.isdecimal() and after.isdecimal()
    return int(before) - int(after) if known else None


def _usual_ribbon(bench: Workbench, before: Mapping[str, str]) -> int:
    """Return by how much the ribbon fell over the last finished print; 0 when nothing is proven.

    A ribbon counter that is stuck, or at 0, and a card counter that counts something else than
    prints can't bear witness that nothing was printed.
    """
    for last in bench.journal.last_done(EffectKind.PRINT, LOOKED_AT):
        if last.evidence_before.get(MACHINE, "") != before.get(MACHINE, ""):
            continue
        counts = [words.get("cards_printed", "") for words in _evidence(last)]
        ribbons = [words.get("ribbon_left", "") for words in _evidence(last)]
        grew = _fallen(counts[1], counts[0]) == 1
        usual = _fallen(ribbons[0], ribbons[1]) or 0
        can_fall = before["ribbon_left"].isdecimal() and int(before["ribbon_left"]) >= usual
        return max(0, usual) if grew and can_fall else 0
    return 0


def _evidence(effect: EffectRecord) -> tuple[Mapping[str, str], Mapping[str, str]]:
    return effect.evidence_before, effect.evidence_after


def seen(bench: Workbench, order: OrderRecord, effect: EffectRecord, *, printed: bool) -> Change:
    """Return the change that follows a person's look at the card; the question ends with it."""
    state = EffectState.DONE if printed else EffectState.NOT_DONE
    move = _printed(bench, order)
    after: dict[str, str] = {}
    with contextlib.suppress(StationError):
        after["ribbon_left"] = str(bench.equipment.printer.counters().ribbon_cards_left)
    ribbon = ribbon_used(order, effect.evidence_before, after, planned=int(printed))

    def change_all(change: Transaction) -> None:
        change.end_effect(effect.id, state, {"proof": "a person looked", "printed": str(printed)})
        change.set_hold(order.id, None)
        ribbon(change)
        if printed:
            move(change)

    return change_all
