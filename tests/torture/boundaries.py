"""Every persisted boundary and every device call, in every bad case: the power is cut there.

The program finds the boundaries itself: it runs a case once and numbers the points it passed. What
the station only thinks is lost with the power, so two cuts between which nothing was written, moved
or told are one: the power is cut at the first point after each change.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, Final

from station.core.errors import (
    GatewayRejectedError,
    GatewayUnavailableError,
    OutcomeUnknownError,
    RejectionReason,
    StationError,
)
from station.core.orders import OrderKind
from station.core.orders import OrderStep as S
from station.core.questions import AnswerKind, QuestionKind
from station.core.reprints import ReprintReason
from tests.torture.blanks import OTHER_BIN, Where
from tests.torture.case import Case, both
from tests.torture.clerk import Wish
from tests.torture.disk import commit_refused
from tests.torture.field_cases import FIELD_CASES, hand_cases
from tests.torture.people import PEOPLE
from tests.torture.runs import Hands, Result, nothing
from tests.torture.service_cases import SERVICE_CASES
from tests.torture.temporary_cases import TEMPORARY_CASES
from tests.torture.window import DEFAULT_POLICIES, Window

IMPATIENT: Final = DEFAULT_POLICIES.model_copy(update={"hold_owed": 30.0})
LEFT_MEANWHILE: Final = "left before the data was there"
PRINT_FIRST: Final = DEFAULT_POLICIES.model_copy(update={"print_first": True})


@dataclasses.dataclass(frozen=True)
class Break:
    """What happens at one numbered point of a case."""

    name: str
    case: Case
    number: int
    action: Callable[[Window, int], None]

    def run(self) -> Result:
        """Run the case with this break."""

        def prepare(window: Window) -> None:
            self.case.prepare(window)
            self.action(window, self.number)

        return self.case.run(prepare, self.name, volatile=True)


# -- what people and things do -----------------------------------------------------------------


def swap(window: Window) -> None:
    """Take the card out of the machine and put a fresh blank of the right bank in."""
    machine = window.machine
    if machine.path is not None:
        window.faults["card swapped by hand"] += 1
        machine.put_into_path(machine.add(machine.new_card()))


def take(window: Window) -> None:
    """Take the card out of the machine."""
    if window.machine.take_from_path() is not None:
        window.faults["card taken by hand"] += 1


def still_at_work(window: Window) -> None:
    """The printer is still busy when the power comes back."""
    window.machine.work_left = 2


def no_witness(window: Window) -> None:
    """The printer's memory of jobs is lost."""
    window.machine.knows_jobs = False


def _time_passes(window: Window) -> None:
    window.clock.advance(7.0)


def _refuses_data(window: Window) -> None:
    window.machine.fits = False


def _first_blank(**changes: object) -> Hands:
    def prepare(window: Window) -> None:
        card = window.machine.at(Where.FEEDER)[0]
        for name, value in changes.items():
            setattr(card, name, value)

    return prepare


def _bad_blanks(count: int) -> Hands:
    def prepare(window: Window) -> None:
        for card in window.machine.at(Where.FEEDER)[:count]:
            card.bad = True

    return prepare


def _springs(call: str, when: str, *errors: Callable[[], StationError]) -> Hands:
    return lambda window: window.points.spring(call, when, *(make() for make in errors))


def _late(window: Window) -> None:
    window.province.late = True


def _cover_open(window: Window) -> None:
    window.machine.cover_open = True


def _feeder_empty(window: Window) -> None:
    window.machine.cards.clear()


def _last_panel(window: Window) -> None:
    window.machine.ribbon = 0


def _gone() -> StationError:
    return GatewayUnavailableError("no answer")


def _lost() -> StationError:
    return OutcomeUnknownError("no answer")


def _refused() -> StationError:
    return GatewayRejectedError(RejectionReason.OTHER, province_text="批次状态不允许回盘")


def _cancelled_at(step: S, *, comes_back: bool = False) -> Callable[[], list[Wish]]:
    return lambda: [
        Wish(PEOPLE[0], "request-1", cancel_at=step, one_by_one=True, comes_back=comes_back)
    ]


def _in_the_middle(call: str, when: str, hands: Hands) -> Hands:
    return lambda window: window.points.when(call, when, lambda: hands(window))


def leave(window: Window) -> None:
    """The person of the newest order leaves, if it may be cancelled still."""
    for order in window.journal.orders.recent(1):
        if order.step is S.ACCEPTED:
            window.faults[LEFT_MEANWHILE] += 1
            window.service.orders.cancel(order.id, "clerk")


def _two() -> list[Wish]:
    return [Wish(PEOPLE[0], "request-1"), Wish(PEOPLE[1], "request-2")]


def _button_by_button() -> list[Wish]:
    return [Wish(PEOPLE[0], "request-1", one_by_one=True)]


def _before_round(number: int, hands: Hands) -> Hands:
    return lambda window: hands(window) if window.rounds == number else None


def _from_round(number: int, hands: Hands) -> Hands:
    return lambda window: hands(window) if window.rounds >= number else None


def _left_card(window: Window) -> None:
    window.machine.put_into_path(window.machine.add(window.machine.new_card(OTHER_BIN)))


#: Button by button the card is inside before these rounds: 写卡, 数据回盘, 打印, 出卡.
SWAPS: Final = tuple(
    Case(
        f"card swapped before button {number}",
        every_round=_before_round(number, swap),
        wishes=_button_by_button,
    )
    for number in (4, 5, 6, 7)
)
LOST_ANSWERS: Final = tuple(
    Case(f"answer to {call} lost, {when} its effect", _springs(call, when, _lost))
    for call in ("feed", "print", "release")
    for when in ("before", "after")
)
CANCELS: Final = (
    *(
        Case(f"cancelled at {step}", wishes=_cancelled_at(step))
        for step in (S.ACCEPTED, S.DATA_READY, S.APPROVED, S.FED)
    ),
    *(
        Case(f"cancelled, and asked for again: {name}", prepare, every_round=_time_passes,
             wishes=_cancelled_at(S.APPROVED, comes_back=True))
        for name, prepare in (
            ("the mark given back at once", nothing),
            ("no way to give the mark back", _springs("withdraw", "before", *[_gone] * 3)),
            ("the answer lost", _springs("withdraw", "after", _gone)),
            ("the answer and the question lost",
             both(_springs("withdraw", "after", _gone), _springs("find", "before", _gone))),
            ("given back late", _late),
            ("refused", _springs("withdraw", "before", _refused)),
        )
    ),
    Case("card swapped while the power is off, its order cancelled", while_off=swap,
         wishes=_cancelled_at(S.FED)),
    Case("cancelled while its data is given out", _in_the_middle("fetch", "after", leave)),
    Case("cancelled, as no card can be made of the data", _refuses_data,
         every_round=_from_round(4, leave)),
)  # fmt: skip
Q: Final = QuestionKind
A: Final = AnswerKind


def _misses(number: int) -> Hands:
    return _before_round(number, take)


def _opens(number: int) -> Hands:
    return _before_round(number, _cover_open)


def _answered(name: str, kind: QuestionKind, said: AnswerKind, **how: Any) -> Case:  # noqa: ANN401 - of `Case`
    return Case(f"{name}: {said}", answers={kind: said}, **how)


#: Button by button the card is written after the 5th round, printed after the 7th.
ANSWERS: Final = (
    *(
        _answered("a face in doubt", Q.FACE_IN_DOUBT, said, prepare=both(
            no_witness, _springs("print", when, _lost)
        ))
        for said, when in ((A.SPOILED, "inside"), (A.PRINTED, "after"))
    ),
    *(
        _answered(f"a card gone before button {number}", Q.CARD_MISSING, said,
                  every_round=_misses(number), wishes=_button_by_button)
        for number in (4, 5, 6, 7)
        for said in (A.LOST, A.DISCARDED)
    ),
    *(
        _answered(f"cover open before button {number}", Q.CARD_HELD, said,
                  every_round=_opens(number), wishes=_button_by_button)
        for number in (4, 6, 7)
        for said in (A.SPOILED, A.DISCARDED)
    ),
    *(
        _answered("a report owed for long", Q.REPORT_OWED_LONG, said,
                  prepare=_springs("report", "before", *[_gone] * 9), policies=IMPATIENT)
        for said in (A.SPOILED, A.RELEASE_INACTIVE, A.WAIT)
    ),
    Case("a refused report, its card spoiled", _springs("report", "before", _refused),
         answers={Q.CARD_HELD: A.SPOILED}),
    Case("two blanks spoiled in a row", _bad_blanks(2)),
    Case("printed before its report", _springs("report", "before", _gone, _gone),
         policies=PRINT_FIRST),
)  # fmt: skip


def _province_works(window: Window) -> None:
    window.engine.province_works()


def _waits_for_its_answer(window: Window) -> None:
    window.engine.others.wait_here()


#: Both lanes are in the middle of something about the same card.
LANES: Final = (
    Case("reported in the middle of its print", _in_the_middle("print", "inside", _province_works),
         policies=PRINT_FIRST),
    Case("printed while its report is on its way",
         _in_the_middle("report", "before", _waits_for_its_answer),
         policies=PRINT_FIRST, wishes=_two),
    Case("fed while another report is on its way",
         both(_springs("report", "before", _refused),
              _in_the_middle("report", "before", _waits_for_its_answer)),
         answers={Q.CARD_HELD: A.SPOILED}, wishes=_two),
)  # fmt: skip


def _once_more(kind: OrderKind, reason: ReprintReason) -> Callable[[], list[Wish]]:
    return lambda: [Wish(PEOPLE[0], "request-1", again=(kind, reason))]


AGAIN: Final = (
    Case("a face printed again",
         wishes=_once_more(OrderKind.FACE_ONLY, ReprintReason.FACE_UNCLEAR)),
    Case("a chip written again",
         wishes=_once_more(OrderKind.CHIP_ONLY, ReprintReason.CHIP_DATA_DAMAGED)),
)  # fmt: skip
MUTE: Final = _first_blank(mute=True)
OTHER_BANK: Final = _first_blank(bank=OTHER_BIN)
CASES: Final[tuple[Case, ...]] = (
    Case("a card is made"),
    Case("a card is made, button by button", wishes=_button_by_button),
    Case("two people", wishes=_two),
    Case("a blank of another bank", OTHER_BANK),
    Case("its release lost", both(OTHER_BANK, _springs("release", "before", _lost))),
    Case("its release lost afterwards", both(OTHER_BANK, _springs("release", "after", _lost))),
    Case("a mute chip", MUTE),
    Case("its reject lost", both(MUTE, _springs("reject", "before", _lost))),
    Case("its reject lost afterwards", both(MUTE, _springs("reject", "after", _lost))),
    Case("a chip that takes data badly", _first_blank(bad=True)),
    Case(
        "its reject lost too",
        both(_first_blank(bad=True), _springs("reject", "after", _lost)),
    ),
    Case("a write that broke off", _springs("write", "inside", _lost)),
    Case("a write without answer", _springs("write", "after", _lost)),
    Case("a print that broke off", _springs("print", "inside", _lost)),
    Case(
        "a print nobody can prove",
        both(no_witness, _springs("print", "inside", _lost)),
    ),
    Case("no HSM", _springs("hsm", "before", _gone, _gone)),
    Case("no way to report", _springs("report", "before", _gone, _gone)),
    Case("report's answer lost", _springs("report", "after", _gone)),
    Case("report's answer and question lost", both(
        _springs("report", "after", _gone), _springs("find", "before", _gone)
    )),
    Case("report arrives late", _late),
    Case("report refused once", _springs("report", "before", _refused)),
    Case("no way to activate", _springs("activate", "before", _gone)),
    Case("activation's answer lost", _springs("activate", "after", _gone)),
    Case("cover open", _cover_open),
    Case("feeder empty", _feeder_empty),
    Case("ribbon empty", _last_panel),
    Case("card swapped while the power is off", while_off=swap),
    Case("card taken while the power is off", while_off=take),
    Case("printer still at work", while_off=still_at_work),
    Case("printer forgot its jobs", while_off=no_witness),
    Case("a card of nobody inside", _left_card),
    *SWAPS,
    *LOST_ANSWERS,
    *CANCELS,
    *ANSWERS,
    *AGAIN,
    *LANES,
    *hand_cases(),
    *FIELD_CASES,
    *SERVICE_CASES,
    *TEMPORARY_CASES,
)  # fmt: skip


# -- where it happens --------------------------------------------------------------------------


def kill(window: Window, number: int) -> None:
    """Cut the power at this point."""
    window.points.kill_at(number)


def refuse_commit(window: Window, number: int) -> None:
    """The disk is full for one commit."""

    def refuse() -> None:
        window.faults["disk full, once"] += 1
        raise commit_refused()

    window.points.do_at(number, refuse)


def fill_disk(window: Window, number: int) -> None:
    """The disk is full from here until somebody frees it."""

    def fill() -> None:
        window.faults["disk full"] += 1
        window.disk.full = True

    window.points.do_at(number, fill)


def lock_database(window: Window, number: int) -> None:
    """Another program locks the database from here until somebody ends it."""

    def lock() -> None:
        window.faults["database locked"] += 1
        window.disk.locked = True

    window.points.do_at(number, lock)


def _by_hands(hands: Hands) -> Callable[[Window, int], None]:
    return lambda window, number: window.points.do_at(number, lambda: hands(window))


AT_CHANGES: Final = {"killed": kill}
AT_COMMITS: Final = {
    "commit refused": refuse_commit,
    "disk full": fill_disk,
    "database locked": lock_database,
}
#: Hands reach in only where the station still looks at the card before it does anything to it.
AT_LOOKS: Final = {"card swapped": _by_hands(swap), "card taken": _by_hands(take)}


def breaks_of(case: Case) -> Iterator[Break]:
    """Enumerate everything that is done to one case."""
    plain = case in CASES[:2]
    whole = case.run()
    for number, (call, when) in enumerate(whole.points):
        if number == 0:
            continue  # passed by the start, before anything can be planned
        actions = dict(AT_CHANGES) if whole.changed[number] else {}
        if plain and (call, when) == ("commit", "before"):
            actions |= AT_COMMITS
        if plain and call == "status":
            actions |= AT_LOOKS
        for word, action in actions.items():
            name = f"{case.name}: {word} at point {number}, {when} {call}"
            yield Break(name, case, number, action)


def named(name: str) -> Iterator[Break]:
    """Find a break again by its name."""
    for case in CASES:
        if name.startswith(f"{case.name}: "):
            yield from (one for one in breaks_of(case) if one.name == name)
