"""打印: the approved face, on a card whose chip was just proven to be this order's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from station.core.changes import Changes, CountRibbon, EndEffect, SetHold
from station.core.errors import (
    FaceChangedError,
    StationError,
    WrongCardError,
    WrongCardReason,
)
from station.core.evidence import (
    EffectRecord,
    PrintCounted,
    PrintFace,
    PrintSeen,
    PrintWitnessed,
)
from station.core.faces import RenderedFace
from station.core.life import OrderEvent
from station.core.orders import EffectKind, EffectState, OrderRecord
from station.core.printing import CardPosition, PrinterState, PrinterStatus
from station.core.recipes import Face, recipe_of
from station.production.life.effects import ACTOR, Workbench, move
from station.production.life.settlement import Settled, StillAtWork, Verdict, in_doubt
from station.production.life.steps import chip, data
from station.production.life.steps.which_card import Which, read_card, which_card

LOOKED_AT = 20  #: newest finished prints that are examined
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
    counters = printer.counters()
    before = PrintFace(
        job=bench.journal.last_seq % LAST_JOB_ID + 1,
        cards_printed=counters.cards_printed,
        ribbon_left=counters.ribbon_cards_left,
        face=data.face_digest(bench, face),
    )
    with bench.effect(order, before) as effect:
        printer.print_face(face.front, face.back, job_id=before.job)
        after = None
        with contextlib.suppress(StationError):
            # Only evidence: a cable pulled now must not make a finished print appear refused.
            now = printer.counters()
            after = PrintCounted(now.cards_printed, now.ribbon_cards_left)
        effect.done(printed_face, before, after, after=after)


def _face(bench: Workbench, order: OrderRecord) -> RenderedFace:
    """Return the face to be printed, once the card under it is proven to be the right one (I2)."""
    if recipe_of(order.kind).prints is Face.TEST_CARD:
        bench.require_card(order)
        _refuse_another_card(bench, order)
        return bench.equipment.test_face(bench.equipment.printer.model.geometry)
    face = data.render_again(bench, order)
    chip.prove_this_orders_chip(bench, order)
    return face


def _refuse_another_card(bench: Workbench, order: OrderRecord) -> None:
    """Refuse to print a test face on a card that is not the blank which was fed for it.

    Raises:
        WrongCardError: A card with a holder's number, or not the card that was read at the feed.
    """
    row, found = bench.card_of(order), read_card(bench)
    known = row.AAZ501 if row is not None else ""
    is_personalised = found is not None and found.AAZ500 != ""
    is_other = known != "" and (found is None or known != found.AAZ501)
    if is_personalised or is_other:
        raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "another card is in the path")


def printed_face(order: OrderRecord, before: PrintFace, after: PrintCounted | None) -> Changes:
    """Return the changes that follow from a printed face. Pure."""
    left = None if after is None else after.ribbon_left
    moved = move(order, OrderEvent.FACE_PRINTED)
    return (moved, *ribbon_used(order, before, left, planned=1))


def ribbon_used(
    order: OrderRecord, before: PrintFace, left: int | None, *, planned: int
) -> Changes:
    """Return the changes that count a print's ribbon; an unknown use counts as planned."""
    if order.card is None:
        return ()
    fallen = _fallen(before.ribbon_left, left)
    used = planned if fallen is None else max(0, fallen)
    return (CountRibbon(order.card, planned=planned, used=used),)


def leave_out(bench: Workbench, order: OrderRecord) -> None:
    """Continue without a face, at a window that prints nothing.

    Raises:
        FaceChangedError: The order was made before and has a face.
    """
    if order.face_sha256:
        raise FaceChangedError("the order has a face, and this window prints none any more")
    bench.apply(ACTOR, move(order, OrderEvent.NO_FACE))


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Establish whether a face was printed, from the printer's counters and job report.

    What proves a print: the counter has grown by one, and the printer reports the job as printed
    or, where it does not know jobs, the ribbon has decreased as much as over the last finished
    print.

    What proves that nothing was printed: the chip of the card at the chip station is this card's
    (it was read there before the print), and neither counter nor ribbon has changed. Another card
    there shows that a person accessed the machine: that person has this order's card, and its face
    is unknown.

    What proves nothing: counters that did not change over the last finished print; a counter at its
    end can't change any more. A job that is still listed means "not yet", never "no".

    Raises:
        PrinterBusyError: The printer is still busy.
        OutcomeUnknownError: The evidence is inconclusive: a person must look at the card.
    """
    printer = bench.equipment.printer
    before = effect.intent(PrintFace)
    status = printer.status()
    # Its counters would be those of an unfinished print.
    if status.state is PrinterState.PROCESSING:
        bench.conclude(effect, StillAtWork())
    now, known = printer.counters(), printer.job_printed(before.job)
    last = usual_ribbon(effect, bench.journal.effects.last_done(EffectKind.PRINT, LOOKED_AT))
    seen = PrintWitnessed(
        cards_printed=now.cards_printed,
        ribbon_left=now.ribbon_cards_left,
        grown=_fallen(now.cards_printed, before.cards_printed),
        job_printed=known,
        ribbon_usual=last,
        position=status.card,
    )
    stayed = status.card is CardPosition.CHIP_STATION and not status.errors
    found = which_card(bench, order, order.card) if stayed and seen.grown == 0 else None
    bench.conclude(effect, judge_print(order, before, status, seen, found))


def judge_print(
    order: OrderRecord,
    before: PrintFace,
    status: PrinterStatus,
    seen: PrintWitnessed,
    found: Which | None,
) -> Verdict:
    """Return the outcome of a print, from the printer's counters and job report. Pure.

    `found` is which card's chip is at the chip station; None when none was read.
    """
    ribbon = _fallen(before.ribbon_left, seen.ribbon_left)
    known, usual = seen.job_printed, seen.ribbon_usual
    printed = known is True or (known is None and usual > 0 and ribbon == usual)
    unmoved = known is None and usual > 0 and seen.grown == 0 and ribbon == 0
    if seen.grown == 1 and printed:
        return Settled(EffectState.DONE, seen, printed_face(order, before, seen))
    stayed = status.card is CardPosition.CHIP_STATION and found is Which.THIS
    if unmoved and not status.errors and stayed:
        return Settled(EffectState.NOT_DONE, seen)
    return in_doubt(status, "the printer's witnesses prove nothing", seen.facts())


def _fallen(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else before - after


def usual_ribbon(effect: EffectRecord, newest_prints: Iterable[EffectRecord]) -> int:
    """Return the decrease of the ribbon over the last finished print; 0 when nothing is proven.

    A ribbon counter that is stuck, or at 0, and a card counter that counts something other than
    prints can't prove that nothing was printed. Pure.
    """
    ribbon_left = effect.intent(PrintFace).ribbon_left
    for last in newest_prints:
        if last.machine != effect.machine:
            continue
        before, after = last.intent(PrintFace), last.after
        if not isinstance(after, PrintCounted) or ribbon_left is None:
            return 0
        grew = _fallen(after.cards_printed, before.cards_printed) == 1
        usual = _fallen(before.ribbon_left, after.ribbon_left) or 0
        return max(0, usual) if grew and ribbon_left >= usual else 0
    return 0


def seen(bench: Workbench, order: OrderRecord, effect: EffectRecord, *, printed: bool) -> Changes:
    """Return the changes that follow from a person's look at the card; it answers the question."""
    left = None
    with contextlib.suppress(StationError):
        left = bench.equipment.printer.counters().ribbon_cards_left
    return judge_look(order, effect, left, printed=printed)


def judge_look(
    order: OrderRecord, effect: EffectRecord, ribbon_left: int | None, *, printed: bool
) -> Changes:
    """See `seen`; `ribbon_left` is the printer's present ribbon count, if it has one. Pure."""
    state = EffectState.DONE if printed else EffectState.NOT_DONE
    before = effect.intent(PrintFace)
    return (
        EndEffect(effect.id, state, PrintSeen(printed)),
        SetHold(order.id, None),
        *ribbon_used(order, before, ribbon_left, planned=int(printed)),
        *((move(order, OrderEvent.FACE_PRINTED),) if printed else ()),
    )
