"""One case for each kind of fault from the field; its name begins with the number of the kind."""

from __future__ import annotations

import functools
from typing import Final

from station.core.errors import GatewayUnavailableError, OutcomeUnknownError, StationError
from station.core.questions import AnswerKind, QuestionKind
from station.production.life.policies import WhenNotTaken, WhenOwedTooLong
from tests.torture import field_faults as field
from tests.torture.blanks import OTHER_BIN, Where
from tests.torture.case import Case, both
from tests.torture.clerk import Wish
from tests.torture.lies import LIES
from tests.torture.other_machines import HandMachine, RetractingMachine
from tests.torture.people import PEOPLE
from tests.torture.runs import Hands
from tests.torture.window import DEFAULT_POLICIES, Window

Q, A = QuestionKind, AnswerKind
SPOILS: Final = DEFAULT_POLICIES.model_copy(
    update={"hold_owed": 600.0, "when_owed_too_long": WhenOwedTooLong.SPOIL}
)
ASKS: Final = DEFAULT_POLICIES.model_copy(update={"hold_owed": 600.0})
RETRACTS: Final = DEFAULT_POLICIES.model_copy(update={"when_not_taken": WhenNotTaken.RETRACT})


def at(call: str, when: str, *hands: Hands) -> Hands:
    """Have this happen when a point is passed the next time."""

    def prepare(window: Window) -> None:
        for one in hands:
            window.points.when(call, when, functools.partial(one, window))

    return prepare


def in_round(number: int, *hands: Hands) -> Hands:
    """Have this happen before the clerk's button with this number."""
    return lambda window: both(*hands)(window) if window.rounds == number else None


def cut(call: str, when: str) -> Hands:
    """Cut the power at a point."""
    return at(call, when, lambda window: window.points.kill())


def no_answer(times: int) -> Hands:
    """The province does not take the next reports."""
    return lambda window: window.points.spring(
        "report", "before", *(GatewayUnavailableError("no answer") for _ in range(times))
    )


def _buttons() -> list[Wish]:
    return [Wish(PEOPLE[0], "request-1", one_by_one=True)]


def _one_after_the_other() -> list[Wish]:
    return [Wish(PEOPLE[0], "request-1"), Wish(PEOPLE[1], "request-2")]


def _walks_away() -> list[Wish]:
    return [Wish(PEOPLE[0], "request-1", walks_away=True)]


def _forgets_jobs(window: Window) -> None:
    window.machine.knows_jobs = False


def _exchange_for_one_that_fits(window: Window) -> None:
    """Plug in a printer that has printed one card more, and lost as much ribbon."""
    machine = window.machine
    machine.other.printed = machine.unit.printed + 1
    field.exchange(window)
    machine.ribbon -= 1


def _bad_first(window: Window) -> None:
    """The first blank takes data badly, so that one card is rejected and one released."""
    window.machine.at(Where.FEEDER)[0].bad = True


def _take_out(window: Window) -> None:
    window.machine.take_from_path()


def _nobody_to_ask(window: Window) -> None:
    """The province does not say what it has."""
    window.points.spring("find", "before", *(GatewayUnavailableError("no answer"),) * 9)


def _torn() -> StationError:
    return OutcomeUnknownError("torn")


def _once(hands: Hands) -> Hands:
    """Do it when the power is off for the first time."""
    return lambda window: hands(window) if window.kills == 1 else None


LYING: Final = tuple(
    Case(f"A2 a report is taken, the answer is {text or 'empty'}{after}", field.lie(text),
         answers=answers)
    for text in LIES
    for after, answers in (("", {}), (", its card spoiled", {Q.CARD_HELD: A.SPOILED}))
)  # fmt: skip
BROKEN_MOTIONS: Final = tuple(
    Case(f"G5 {motion} stopped half-way by {how}", prepare)
    for motion in ("feed", "release")
    for how in ("jam", "cover")
    for prepare in (field.breaks_off(motion, how),)
)
FIELD_CASES: Final[tuple[Case, ...]] = (
    Case("A1 the seal key is gone", cut("write", "after"), while_off=_once(field.lose_seal_key)),
    *LYING,
    Case("A3 two blanks stuck together", field.stick, wishes=_one_after_the_other),
    Case("A4 a job that goes on when the cover is closed", field.open_cover_in_print),
    Case("A5 another machine after a cut in the feed", cut("feed", "after"),
         while_off=_once(field.exchange), every_round=in_round(4, field.put_right_machine_back)),
    Case("A5 another machine after a cut in the print", cut("print", "after"),
         while_off=_once(field.exchange), every_round=in_round(6, field.put_right_machine_back)),
    Case("A5 another machine whose counter fits, after a cut before the print",
         both(cut("print", "before"), _forgets_jobs), while_off=_once(field.exchange),
         every_round=in_round(6, field.put_right_machine_back)),
    Case("A5 another machine whose witnesses fit, after a cut before the second print",
         both(_forgets_jobs, at("print", "after", cut("print", "before"))),
         while_off=_once(_exchange_for_one_that_fits), wishes=_one_after_the_other,
         every_round=in_round(9, field.put_right_machine_back)),
    Case("A5 another machine after a cut before the release", cut("release", "before"),
         while_off=_once(field.exchange), every_round=in_round(6, field.put_right_machine_back)),
    Case("A5 a card out of a broken machine, its report without answer",
         both(cut("report", "after"), _nobody_to_ask), answers={Q.CARD_MISSING: A.PUT_BACK},
         while_off=_once(both(_take_out, field.exchange))),
    Case("A6 another host has the printer", field.reserve, wishes=_buttons),
    Case("A6 another host moves a card", every_round=in_round(5, field.other_host_moves),
         wishes=_buttons),
    Case("A6 another host moves a card before its release", cut("release", "before"),
         while_off=_once(field.other_host_moves)),
    Case("A6 another host moves a card just fed", cut("feed", "after"),
         while_off=_once(field.other_host_moves)),
    Case("A7 a second daemon in mid-print", at("print", "inside", field.second_daemon)),
    Case("A7 a second daemon in mid-feed", at("feed", "before", field.second_daemon)),
    Case("A9 a feeder of mute blanks", field.mute_feeder),
    Case("A9 a feeder of bad bank numbers", field.bad_numbers),
    Case("B1 the clock is set back a day",
         every_round=in_round(3, field.clock_steps(-field.DAY, "back a day")),
         wishes=lambda: [Wish(PEOPLE[0], "request-1"), Wish(PEOPLE[1], "request-2", comes_in=5)]),
    Case("B2 a shift closed, the clock set back, blanks loaded",
         every_round=in_round(3, field.shift_with_clock_set_back)),
    Case("B3 the clock a day forward, a report owed", no_answer(12), policies=SPOILS,
         every_round=in_round(4, field.clock_steps(field.DAY, "forward a day"))),
    Case("B3 the clock a day forward, a card at the outlet", policies=RETRACTS,
         machine=RetractingMachine, wishes=_walks_away,
         every_round=in_round(3, field.clock_steps(field.DAY, "forward a day"))),
    Case("B4 the clock back 30 days, a report owed", no_answer(12), policies=ASKS,
         every_round=in_round(4, field.clock_steps(-30 * field.DAY, "back 30 days"))),
    Case("B4 the clock back 30 days, a card at the outlet", policies=RETRACTS,
         machine=RetractingMachine, wishes=_walks_away,
         every_round=in_round(3, field.clock_steps(-30 * field.DAY, "back 30 days"))),
    Case("G1 power cut in mid-print, no counter moves",
         both(field.still_witnesses, cut("print", "inside"))),
    Case("G1 power cut before the print, insertions counted, the card put in again",
         both(field.count_insertions, cut("print", "before")),
         while_off=_once(field.put_back_in)),
    Case("G2 a jam at the feed, the card taken out, the power cut",
         both(field.breaks_off("feed", "jam"), at("feed", "before", cut("commit", "after"))),
         while_off=_once(field.take_jammed_card)),
    Case("G2 a card asked for by hand, the power cut twice, the card taken out",
         machine=HandMachine, while_off=_once(cut("commit", "after")),
         every_round=both(in_round(3, lambda window: window.points.kill()),
                          in_round(4, _take_out))),
    *BROKEN_MOTIONS,
    *(
        Case(f"G2 a power cut in the {motion}, the card lost", both(_bad_first, cut(motion, when)),
             while_off=_once(_take_out), answers={question: A.LOST})
        for motion, when, question in (
            ("feed", "after", Q.FEED_IN_DOUBT),
            ("release", "before", Q.RELEASE_IN_DOUBT),
            ("reject", "before", Q.REJECT_IN_DOUBT),
        )
    ),
    Case("G1 a print that nobody can prove, the card lost",
         both(_forgets_jobs, at("print", "inside", _take_out),
              lambda window: window.points.spring("print", "inside", _torn())),
         answers={Q.FACE_IN_DOUBT: A.LOST}),
    *(
        Case(f"G5 the reject of a card that is no good stopped half-way by {how}",
             both(_forgets_jobs, field.breaks_off("reject", how),
                  lambda window: window.points.spring("print", "inside", _torn())),
             answers={Q.FACE_IN_DOUBT: A.SPOILED})
        for how in ("jam", "cover")
    ),
)  # fmt: skip


def _another_banks(window: Window) -> None:
    window.machine.at(Where.FEEDER)[0].bank = OTHER_BIN


def hand_cases() -> tuple[Case, ...]:
    """Return the cases that ask and answer what a machine with motors never has to ask."""
    return (
        Case("a card is made by hand", machine=HandMachine),
        Case("a card by hand, another bank's blank", _another_banks, machine=HandMachine),
        Case("a card by hand, another bank's blank, called spoiled", _another_banks,
             machine=HandMachine, answers={Q.TAKE_OUT: A.SPOILED}),
        Case("a card by hand, spoiled before it is taken out", machine=HandMachine,
             answers={Q.TAKE_OUT: A.SPOILED}),
        Case("nobody takes the card: taken", policies=DEFAULT_POLICIES, wishes=_walks_away,
             answers={Q.CARD_NOT_TAKEN: A.TAKEN}),
        Case("nobody takes the card: kept", policies=DEFAULT_POLICIES, wishes=_walks_away,
             answers={Q.CARD_NOT_TAKEN: A.KEPT}),
        Case("nobody takes the card: retract", wishes=_walks_away, machine=RetractingMachine,
             answers={Q.CARD_NOT_TAKEN: A.RETRACT}),
    )  # fmt: skip
