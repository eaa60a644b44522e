"""The pure parts of the steps: literal facts in, literal changes and verdicts out."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from station.core.cards import ChipCondition
from station.core.changes import (
    AdoptCard,
    BindChip,
    CardFacts,
    CountRibbon,
    EndEffect,
    MoveOrder,
    NoteReport,
    OpenCard,
    OweReport,
    ReleaseChip,
    SetGoal,
    SetHold,
    StoreData,
    UpdateCard,
    WithdrawReport,
)
from station.core.errors import BrokeOffError, DefectError, WrongCardError
from station.core.evidence import (
    ChipInspected,
    EffectRecord,
    FeedBlank,
    FoundInPath,
    Intent,
    PrintCounted,
    PrintFace,
    PrintSeen,
    PrintWitnessed,
    Proof,
    Proved,
    RejectUnusable,
    RejectUsed,
    ReleaseCard,
    ReturnCard,
    SaidByPerson,
    UsedUp,
    WriteChip,
)
from station.core.gateways import ReportOutcome
from station.core.orders import (
    CardFate,
    CardPlace,
    CardRecord,
    EffectState,
    Hold,
    OrderKind,
    OrderReason,
    OrderRecord,
    OrderStep,
    WriteBackRecord,
    WriteBackState,
)
from station.core.printing import (
    CardPosition,
    PrinterState,
    PrinterStateReason,
    PrinterStatus,
    Reason,
    Severity,
)
from station.core.questions import AnswerKind
from station.production.life.narrow import card_of, fed, prepared
from station.production.life.policies import Activation, Policies
from station.production.life.settlement import InDoubt, Settled
from station.production.life.steps import (
    chip,
    data,
    feed,
    hand_over,
    own_card,
    printing,
    put_back,
    release,
    report,
    spoil,
)
from station.production.life.steps.which_card import Which, compare
from station.production.people import doubt
from tests.unit.production.doubles import ID_NUMBER, Card, production_data

S, P, DONE, NOT_DONE = OrderStep, CardPosition, EffectState.DONE, EffectState.NOT_DONE
NOON = dt.datetime(2026, 11, 28, 12, 0, tzinfo=dt.UTC)
DATA = production_data(ID_NUMBER)
MINE, OTHER = Card(1, holder=DATA.chip).identity(), Card(2).identity()
POLICIES, AT_ONCE = Policies(), Policies(activation=Activation.AT_ONCE)
JAM = Reason(PrinterStateReason.MEDIA_JAM, Severity.ERROR, "7")
ORDER = OrderRecord(
    id="o",
    created_at=NOON,
    updated_at=NOON,
    reason=OrderReason.NEW,
    id_number=ID_NUMBER,
    step=S.PRINTED,
    goal=None,
    hold=None,
    data=DATA,
    face_sha256="f",
    chip=MINE,
    card=1,
    previous=None,
)


def at(step: OrderStep, **values: object) -> OrderRecord:
    return dataclasses.replace(ORDER, step=step, **values)  # type: ignore[arg-type]


def doing(before: Intent) -> EffectRecord:
    return EffectRecord(
        5, "o", before.kind_of_effect, EffectState.UNKNOWN, NOON, None, before, None
    )


def sees(card: CardPosition | None, *reasons: Reason) -> PrinterStatus:
    return PrinterStatus(PrinterState.IDLE, reasons, card, 9, b"")


def moves(before: OrderStep, after: OrderStep, event: str) -> MoveOrder:
    return MoveOrder("o", before, after, event)


OUT = UpdateCard(1, place=CardPlace.OUTPUT_HOPPER, fate=CardFate.ISSUED)
RELEASED = moves(S.PRINTED, S.RELEASED, "card-released")
SPOILED = moves(S.PRINTED, S.SPOILED, "card-spoiled")
AGAIN = moves(S.APPROVED, S.APPROVED, "blank-refused")


# -- where a card went -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (
            release.PathSeen(sees(P.OUTPUT_HOPPER), True),
            Settled(DONE, Proved(Proof.CARD_AT_OUTLET), (OUT, RELEASED)),
        ),
        (
            release.PathSeen(sees(None), False),
            Settled(DONE, Proved(Proof.TAKEN_FROM_READER), (OUT, RELEASED)),
        ),
        (
            release.PathSeen(sees(P.PRINT_STATION), True, Which.THIS),
            Settled(
                NOT_DONE,
                Proved(Proof.CHIP_IS_THIS_CARDS),
                (UpdateCard(1, place=CardPlace.CHIP_STATION),),
            ),
        ),
        (
            release.PathSeen(sees(P.PRINT_STATION), True, Which.OTHER),
            InDoubt("a card is in the path", {"chip": "other"}),
        ),
        (
            release.PathSeen(sees(None, JAM), True),
            InDoubt("an empty path does not prove that the card is out", {}, JAM),
        ),
    ],
)
def test_a_release_is_judged_by_what_is_in_the_path(
    seen: release.PathSeen, verdict: Settled | InDoubt
) -> None:
    effect = doing(ReleaseCard(1))
    assert release.judge_release(ORDER, effect, seen, POLICIES) == verdict


def test_what_stops_the_printer_is_what_a_person_is_told() -> None:
    error = InDoubt("nothing", {}, JAM).error()
    assert isinstance(error, BrokeOffError)
    assert error.code == "media-jam"


def test_another_holders_card_that_went_out_leaves_the_order_as_it_was() -> None:
    effect = doing(ReturnCard(2, "not-the-holders-card"))
    out = UpdateCard(2, CardPlace.OUTPUT_HOPPER, CardFate.RETURNED, "not-the-holders-card")
    assert release.went_out(ORDER, effect, POLICIES) == (out,)
    instead = at(S.APPROVED, card=2)
    assert release.went_out(instead, effect, POLICIES) == (out, ReleaseChip("o"), AGAIN)


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (spoil.BinSeen(sees(P.REJECT_BIN), True), Proof.CARD_IN_BIN),
        (spoil.BinSeen(sees(None), False), Proof.PUT_ASIDE_FROM_READER),
    ],
)
def test_a_used_up_card_in_the_bin_ends_its_order(seen: spoil.BinSeen, verdict: Proof) -> None:
    owed = report.on_card(ORDER, MINE, ReportOutcome.SPOILED, failed_step="制卡", failure="torn")
    assert spoil.judge_reject(
        ORDER, doing(RejectUsed("torn", "制卡")), seen, (WithdrawReport(3),)
    ) == Settled(
        DONE,
        Proved(verdict),
        (
            UpdateCard(1, CardPlace.REJECT_BIN, CardFate.SPOILED, "torn"),
            WithdrawReport(3),
            OweReport("o", owed),
            SPOILED,
        ),
    )


def test_an_unusable_blank_in_the_bin_leaves_its_order_waiting() -> None:
    seen = spoil.BinSeen(sees(P.REJECT_BIN), True)
    refused = UpdateCard(1, CardPlace.REJECT_BIN, CardFate.REFUSED, "other-bank")
    effect = doing(RejectUnusable("other-bank"))
    assert spoil.judge_reject(at(S.APPROVED), effect, seen, ()) == Settled(
        DONE, Proved(Proof.CARD_IN_BIN), (refused, ReleaseChip("o"))
    )


@pytest.mark.parametrize("which", [Which.OTHER, Which.UNREADABLE])
def test_a_card_in_the_path_is_not_this_card_before_its_chip_says_so(which: Which) -> None:
    seen = spoil.BinSeen(sees(P.CHIP_STATION), True, which)
    effect = doing(RejectUsed("torn", "制卡"))
    verdict = spoil.judge_reject(ORDER, effect, seen, ())
    assert verdict == InDoubt("a card is in the path", {"chip": which.value})
    stays = dataclasses.replace(seen, chip=Which.THIS)
    settled = Settled(NOT_DONE, Proved(Proof.CHIP_IS_THIS_CARDS))
    assert spoil.judge_reject(ORDER, effect, stays, ()) == settled


def test_a_card_that_was_pulled_in_or_taken_is_at_an_unknown_place() -> None:
    unknown = UpdateCard(1, place=CardPlace.UNKNOWN)
    assert hand_over.judge_retract(ORDER) == Settled(NOT_DONE, Proved(Proof.NONE), (unknown,))


# -- what was fed ------------------------------------------------------------------------------


def test_a_fed_blank_is_in_the_path() -> None:
    judged = feed.judge_feed(ORDER, sees(P.CHIP_STATION), has_feeder=True)
    bank = prepared(ORDER).data.AAE008
    opened = (OpenCard("o", CardPlace.CHIP_STATION, bank=bank),)
    assert judged == Settled(DONE, FoundInPath(P.CHIP_STATION), opened)
    assert isinstance(feed.judge_feed(ORDER, sees(None), has_feeder=True), InDoubt)
    empty = Settled(NOT_DONE, Proved(Proof.READER_EMPTY))
    assert feed.judge_feed(ORDER, sees(None), has_feeder=False) == empty


def test_a_usable_blank_is_bound_and_an_unusable_one_forgotten() -> None:
    order = at(S.APPROVED)
    fed_event = moves(S.APPROVED, S.FED, "card-fed")
    bound = (BindChip("o", OTHER), UpdateCard(1, AAZ501=OTHER.AAZ501), fed_event)
    assert feed.bound(order, 1, OTHER) == bound
    assert feed.refused(order) == (ReleaseChip("o"), AGAIN)


def test_a_reprint_takes_only_the_card_of_its_first_order() -> None:
    first = at(S.RELEASED, id="first", card=4)
    again = at(S.APPROVED, kind=OrderKind.FACE_ONLY, chip=None, card=None, previous="first")
    assert own_card.taken_in(again, first, MINE) == (
        AdoptCard("o", 4),
        UpdateCard(4, place=CardPlace.CHIP_STATION, fate=CardFate.IN_MACHINE),
        BindChip("o", MINE),
        moves(S.APPROVED, S.REPORTED, "chip-stays"),
    )
    for found, blank in ((OTHER, True), (Card(3, holder=DATA.chip).identity(), False)):
        read = CardFacts(AAZ501=found.AAZ501)
        opened = OpenCard("o", CardPlace.CHIP_STATION, blank=blank, read=read)
        assert own_card.taken_in(again, first, found) == (opened,)
    assert own_card.taken_in(again, first, None) == (OpenCard("o", CardPlace.CHIP_STATION),)


def test_a_test_card_takes_any_blank_and_no_holders_card() -> None:
    test = at(S.APPROVED, kind=OrderKind.TEST, chip=None, card=None)
    stays = moves(S.APPROVED, S.REPORTED, "chip-stays")
    blank = OpenCard("o", CardPlace.CHIP_STATION)
    assert own_card.taken_in(test, None, None) == (blank, stays)
    used = CardFacts(AAZ501=MINE.AAZ501)
    holders = OpenCard("o", CardPlace.CHIP_STATION, blank=False, read=used)
    assert own_card.taken_in(test, None, MINE) == (holders,)


def test_a_card_that_was_put_back_is_known_by_its_chip() -> None:
    seen = sees(P.CHIP_STATION)
    inside = (UpdateCard(1, place=CardPlace.CHIP_STATION),)
    read = Proved(Proof.CHIP_READ)
    assert put_back.judge_feed(ORDER, seen, MINE) == Settled(DONE, read, inside)
    facts = CardFacts(AAZ501=OTHER.AAZ501)
    other = (OpenCard("o", CardPlace.CHIP_STATION, blank=True, bind=False, read=facts),)
    assert put_back.judge_feed(ORDER, seen, OTHER) == Settled(DONE, read, other)
    assert isinstance(put_back.judge_feed(ORDER, sees(None), None), InDoubt)


def test_cards_are_compared_by_chip_and_ledger() -> None:
    assert compare(ORDER, None, None) is Which.UNREADABLE
    assert compare(at(S.FED, card=None, chip=None), MINE, None) is Which.UNREADABLE
    stranger = CardRecord(
        2, "o", OTHER.AAZ501, CardPlace.CHIP_STATION, CardFate.IN_MACHINE, "", NOON
    )
    own = dataclasses.replace(stranger, id=1, AAZ501="")
    for found, of_own, of_stranger in (
        (MINE, Which.THIS, Which.OTHER),
        (OTHER, Which.OTHER, Which.THIS),
    ):
        assert compare(ORDER, found, own) is of_own
        assert compare(ORDER, found, stranger) is of_stranger
    assert compare(at(S.APPROVED, chip=None), MINE, own) is Which.UNREADABLE


# -- chip, print, report -----------------------------------------------------------------------


def test_a_chip_with_this_orders_data_was_written_and_its_report_is_owed() -> None:
    order = at(S.FED)
    owed = OweReport("o", report.on_card(order, MINE, ReportOutcome.ISSUED))
    written = (BindChip("o", MINE), owed, moves(S.FED, S.ENCODED, "chip-written"))
    this = ChipCondition.THIS_DATA
    assert chip.judge_write(order, MINE, this) == Settled(DONE, ChipInspected(this), written)
    for rest in (ChipCondition.BLANK, ChipCondition.HALF_WRITTEN):
        assert chip.judge_write(order, MINE, rest) == Settled(NOT_DONE, ChipInspected(rest))
    with pytest.raises(WrongCardError):
        chip.judge_write(order, MINE, ChipCondition.OTHER_DATA)


def test_a_rewritten_chip_owes_no_report() -> None:
    order = at(S.FED, kind=OrderKind.CHIP_ONLY)
    rewritten = moves(S.FED, S.PRINTED, "chip-rewritten")
    assert chip.written_chip(order, MINE) == (BindChip("o", MINE), rewritten)


BEFORE = PrintFace(20, 5, 100)
PRINTED = moves(S.REPORTED, S.PRINTED, "face-printed")
WITNESSED = PrintWitnessed(6, 99, 1, True, 1, P.PRINT_STATION)
STOOD = PrintWitnessed(5, 100, 0, None, 1, P.CHIP_STATION)


@pytest.mark.parametrize(
    ("seen", "ends"),
    [
        (WITNESSED, DONE),
        (dataclasses.replace(WITNESSED, job_printed=None), DONE),
        (dataclasses.replace(WITNESSED, job_printed=False), None),
        (dataclasses.replace(WITNESSED, job_printed=None, ribbon_usual=0), None),
        (dataclasses.replace(WITNESSED, grown=2), None),
        (dataclasses.replace(WITNESSED, grown=None), None),
        (STOOD, NOT_DONE),
        (dataclasses.replace(STOOD, ribbon_usual=0), None),
        (dataclasses.replace(STOOD, ribbon_left=None), None),
        (dataclasses.replace(STOOD, job_printed=False), None),
        (dataclasses.replace(STOOD, position=P.PRINT_STATION), None),
    ],
)
def test_a_print_is_judged_by_its_witnesses(seen: PrintWitnessed, ends: EffectState | None) -> None:
    order = at(S.REPORTED)
    verdict = printing.judge_print(order, BEFORE, sees(seen.position), seen, Which.THIS)
    if ends is None:
        expected: Settled | InDoubt = InDoubt("the printer's witnesses prove nothing", seen.facts())
    else:
        printed = (PRINTED, CountRibbon(1, planned=1, used=1)) if ends is DONE else ()
        expected = Settled(ends, seen, printed)
    assert verdict == expected


@pytest.mark.field_case("A3", "A4")
@pytest.mark.parametrize("found", [Which.OTHER, Which.UNREADABLE, None])
def test_a_card_at_the_chip_station_is_no_witness_unless_it_is_this_one(
    found: Which | None,
) -> None:
    verdict = printing.judge_print(at(S.REPORTED), BEFORE, sees(P.CHIP_STATION), STOOD, found)
    assert verdict == InDoubt("the printer's witnesses prove nothing", STOOD.facts())


def test_a_stopped_printer_does_not_prove_that_nothing_was_printed() -> None:
    status = sees(P.CHIP_STATION, JAM)
    verdict = printing.judge_print(at(S.REPORTED), BEFORE, status, STOOD, Which.THIS)
    assert verdict == InDoubt("the printer's witnesses prove nothing", STOOD.facts(), JAM)


def test_the_usual_ribbon_is_of_this_printers_last_print() -> None:
    now = doing(PrintFace(20, 5, 100, machine="serial:1"))
    last = dataclasses.replace(
        doing(PrintFace(19, 4, 102, machine="serial:1")), after=PrintCounted(5, 100)
    )
    elsewhere = dataclasses.replace(last, before=PrintFace(19, 4, 103, machine="serial:2"))
    assert printing.usual_ribbon(now, [elsewhere, last]) == 2
    stuck = dataclasses.replace(last, after=PrintCounted(4, 100))
    assert printing.usual_ribbon(now, [stuck]) == 0
    assert printing.usual_ribbon(now, []) == 0
    used_up = dataclasses.replace(last, after=UsedUp("torn"))
    assert printing.usual_ribbon(now, [used_up, last]) == 0


def test_a_look_at_the_card_decides_and_counts_the_ribbon() -> None:
    order, effect = at(S.REPORTED), doing(BEFORE)
    free = SetHold("o", None)
    assert printing.judge_look(order, effect, 99, printed=True) == (
        EndEffect(5, DONE, PrintSeen(True)),
        free,
        CountRibbon(1, planned=1, used=1),
        PRINTED,
    )
    assert printing.judge_look(order, effect, None, printed=False) == (
        EndEffect(5, NOT_DONE, PrintSeen(False)),
        free,
        CountRibbon(1, planned=0, used=0),
    )


def owes(number: int, outcome: ReportOutcome) -> WriteBackRecord:
    return WriteBackRecord(number, "o", outcome.value, WriteBackState.OWED, 1, "", NOON, None)


def test_a_report_that_arrived_is_acknowledged() -> None:
    rows = [owes(3, ReportOutcome.ISSUED)]
    known = (
        NoteReport(3, WriteBackState.DONE),
        moves(S.ENCODED, S.REPORTED, "reported"),
    )
    judged = report.judge_report(at(S.ENCODED), rows, POLICIES, has_it=True)
    assert judged == Settled(DONE, Proved(Proof.PROVINCE_HAS_IT), known)
    missing = Settled(NOT_DONE, Proved(Proof.PROVINCE_HAS_IT_NOT))
    assert report.judge_report(at(S.ENCODED), rows, POLICIES, has_it=False) == missing


def test_a_spoiled_cards_success_report_that_never_arrived_is_withdrawn() -> None:
    rows = [owes(3, ReportOutcome.ISSUED), owes(4, ReportOutcome.SPOILED)]
    judged = report.judge_report(at(S.SPOILED), rows, POLICIES, has_it=False)
    withdrawn = (WithdrawReport(3),)
    assert judged == Settled(NOT_DONE, Proved(Proof.PROVINCE_HAS_IT_NOT), withdrawn)


def test_the_last_report_of_a_spoiled_order_ends_its_hold() -> None:
    held = at(S.SPOILED, hold=Hold("province-unavailable"))
    noted = NoteReport(4, WriteBackState.DONE)
    assert report.acknowledged(held, noted, POLICIES, undone=1) == (noted, SetHold("o", None))
    assert report.acknowledged(held, noted, POLICIES, undone=2) == (noted,)


def test_a_card_that_is_out_is_activated_at_once_where_the_site_wants_that() -> None:
    wanted = SetGoal("o", S.ACTIVATED)
    assert release.put_out(ORDER, AT_ONCE) == (OUT, RELEASED, wanted)
    assert release.put_out(ORDER, POLICIES) == (OUT, RELEASED)
    test = at(S.PRINTED, kind=OrderKind.TEST)
    assert wanted not in release.put_out(test, AT_ONCE)
    out = at(S.RELEASED)
    done = moves(S.RELEASED, S.ACTIVATED, "activated")
    taken = UpdateCard(1, place=CardPlace.TAKEN)
    assert release.activated(out, POLICIES) == (done, taken)
    assert release.activated(out, AT_ONCE) == (done,)


# -- what a person says ------------------------------------------------------------------------


def test_a_card_written_off_ends_what_was_done_to_it() -> None:
    lost, place = AnswerKind.LOST, CardPlace.UNKNOWN
    gone = spoil.write_off(ORDER, place, "card-lost", ())
    by_person, free = SaidByPerson(lost), SetHold("o", None)

    def written_off(before: Intent | None, order: OrderRecord = ORDER) -> tuple[object, ...]:
        effect = doing(before) if before else None
        return doubt.judge_written_off(
            order, effect, (), said=lost, place=place, reason="card-lost"
        )

    assert written_off(None) == gone
    assert written_off(ReleaseCard(1)) == (EndEffect(5, NOT_DONE, by_person), free, *gone)
    assert written_off(WriteChip("x")) == (EndEffect(5, DONE, UsedUp("card-lost")), *gone)
    stranger = UpdateCard(2, place, CardFate.SPOILED, "card-lost")
    assert written_off(ReturnCard(2, "x")) == (EndEffect(5, NOT_DONE, by_person), free, stranger)
    facts = CardFacts(place, CardFate.SPOILED, "card-lost")
    bank = prepared(ORDER).data.AAE008
    blank = OpenCard("o", CardPlace.UNKNOWN, bind=False, read=facts, bank=bank)
    assert written_off(FeedBlank(), at(S.APPROVED)) == (EndEffect(5, DONE, by_person), free, blank)


def test_a_step_without_what_it_needs_is_a_defect() -> None:
    bare = at(S.FED, data=None, chip=None, card=None)
    for narrow in (prepared, fed, card_of):
        with pytest.raises(DefectError) as defect:
            narrow(bare)
        assert (defect.value.code, defect.value.http_status) == ("station-error", 500)
    assert fed(ORDER).chip == MINE
    fetched = moves(S.ACCEPTED, S.DATA_READY, "data-fetched")
    assert data.fetched(at(S.ACCEPTED), DATA, "f") == (StoreData("o", DATA, "f"), fetched)
