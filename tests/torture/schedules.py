"""Random schedules of faults on all faces at once; the same seed is always the same schedule."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Final

from station.core.errors import (
    GatewayRejectedError,
    GatewayUnavailableError,
    OutcomeUnknownError,
    RejectionReason,
    StationError,
)
from station.core.questions import ANSWERS
from station.production.life.policies import Policies, WhenNotTaken, WhenOwedTooLong
from tests.torture import (
    boundaries,
    field_faults,
    service_hands,
    temporary_hands,
    temporary_rules,
)
from tests.torture.blanks import OTHER_BIN
from tests.torture.boundaries import LEFT_MEANWHILE, leave
from tests.torture.claims import MARK_GIVEN_BACK
from tests.torture.clerk import CANCELLABLE, Wish
from tests.torture.disk import commit_refused
from tests.torture.field_faults import FIELD_FAULTS
from tests.torture.machine import MOVES, Machine
from tests.torture.other_machines import HandMachine, RetractingMachine
from tests.torture.people import PEOPLE
from tests.torture.runs import Result, run
from tests.torture.service_rules import DONE_IN_RUNS
from tests.torture.window import Window

ROUNDS_WITH_OTHER_MACHINE: Final = 3  #: then somebody plugs the right one in again
#: The power is off: what does not need somebody's hand in a moving machine.
FIELD_WHILE_OFF: Final[dict[str, Callable[[Window], None]]] = {
    "seal key": field_faults.lose_seal_key,
    "exchange": field_faults.exchange,
    "other host": field_faults.other_host_moves,
    "jam": field_faults.take_jammed_card,
    "in again": field_faults.put_back_in,
}
WHILE_OFF: Final = (
    *10 * ["nothing"],
    *2 * ["still at work", "no witness", "hands"],
    *FIELD_WHILE_OFF,
)
ROUNDS_OF_FAULTS: Final = 14  #: after these the world is left in peace, so that all can end
CUTS: Final = 0.2  #: share of the faults that are power cuts anyway
SELDOM: Final = 0.25  #: share of the sites that print first, and of a person's own answers
TEMPORARY_SEEDS: Final = 3  #: one in so many has somebody who wants a temporary card
HALF: Final = 0.5  #: of those who change their mind ask again
AHEAD: Final = 40  #: how many points ahead something may be planned

Fault = Callable[[Window, random.Random], None]


def result_of(seed: int) -> Result:
    """Run one schedule."""
    rng, later = random.Random(seed), random.Random(f"later {seed}")
    # Drawn beside the others, and not for every seed, so that the others stay what they were.
    at_desk = random.Random(f"temporary {seed}") if seed % TEMPORARY_SEEDS == 0 else None
    rounds = [0]

    exchanged = [0]

    def every_round(window: Window) -> None:
        rounds[0] += 1
        window.machine.knows_jobs = True
        exchanged[0] += window.machine.unit.serial != "1"
        if exchanged[0] > ROUNDS_WITH_OTHER_MACHINE:
            exchanged[0] = 0
            window.restart(lambda: field_faults.put_right_machine_back(window))
        if rounds[0] <= ROUNDS_OF_FAULTS:
            for _ in range(rng.choice((0, 1, 2, 3))):
                name = "power cut" if rng.random() < CUTS else rng.choice(list(FAULTS))
                FAULTS[name](window, rng)
            if later.random() < HALF:
                LATER_FAULTS[later.choice(LATER)](window, later)
            if at_desk is not None and at_desk.random() < HALF:
                DESK_FAULTS[at_desk.choice(list(DESK_FAULTS))](window, at_desk)

    return run(
        f"seed {seed}",
        _wishes(rng, later, at_desk),
        while_off=lambda window: _while_off(window, rng),
        every_round=every_round,
        seed=seed,
        volatile=seed % 2 == 0,
        policies=Policies(
            print_first=rng.random() < SELDOM,
            hold_owed=rng.choice((0.0, 60.0)),
            when_owed_too_long=rng.choice((*2 * [WhenOwedTooLong.ASK], WhenOwedTooLong.SPOIL)),
            when_not_taken=rng.choice(list(WhenNotTaken)),
        ),
        machine=rng.choice((*6 * [Machine], *2 * [RetractingMachine], HandMachine)),
        answers=lambda kind: rng.choice(ANSWERS[kind]) if rng.random() < SELDOM else None,
    )


def _wishes(
    rng: random.Random, later: random.Random, temporary: random.Random | None
) -> list[Wish]:
    people = rng.sample(PEOPLE, rng.choice((1, 2, 2, 3)))
    wishes = [
        Wish(
            person,
            f"request-{number}",
            cancel_at=rng.choice((None, None, None, None, *CANCELLABLE)),
            presses=rng.choice((1, 1, 2)),
            one_by_one=rng.random() < 0.3,
            walks_away=rng.random() < SELDOM,
            comes_in=rng.choice((0, 0, 0, 5)),
            comes_back=later.random() < HALF,
        )
        for number, person in enumerate(people)
    ]
    return wishes + ([] if temporary is None else [_temporary(temporary, people)])


def _temporary(rng: random.Random, others: list[str]) -> Wish:
    """Return the wish of somebody who wants a temporary card."""
    return Wish(
        rng.choice([person for person in PEOPLE if person not in others]),
        "request-temporary",
        presses=rng.choice((1, 1, 2)),
        comes_in=rng.choice((0, 0, 5)),
        temporary=True,
        rewrites=rng.random() < HALF,
        returns=rng.random() < HALF,
    )


def _while_off(window: Window, rng: random.Random) -> None:
    name = rng.choice(WHILE_OFF)
    if name == "still at work":
        boundaries.still_at_work(window)
    elif name == "no witness":
        boundaries.no_witness(window)
    elif name == "hands":
        _hands(window, rng)
    elif name in FIELD_WHILE_OFF:
        FIELD_WHILE_OFF[name](window)


def _hands(window: Window, rng: random.Random) -> None:
    # While a card moves nobody reaches in: no machine could say afterwards which card it was.
    locked, window.disk.locked = window.disk.locked, False
    moving = any(effect.kind in MOVES for effect in window.moving())
    window.disk.locked = locked
    if not moving:
        rng.choice((boundaries.swap, boundaries.take))(window)


def _count(name: str, change: Fault) -> Fault:
    def counted(window: Window, rng: random.Random) -> None:
        window.faults[name] += 1
        change(window, rng)

    return counted


def _soon(action: Callable[[Window], None]) -> Fault:
    """Have something happen within the next points."""

    def plan(window: Window, rng: random.Random) -> None:
        number = len(window.points.passed) + rng.randrange(AHEAD)
        window.points.do_at(number, lambda: action(window))

    return plan


def _cut(window: Window, rng: random.Random) -> None:
    window.points.kill_at(len(window.points.passed) + rng.randrange(AHEAD))


def _breaks(action: Callable[[Window, int], None]) -> Fault:
    """Have a commit fail: the next one at or after a random point."""

    def plan(window: Window, rng: random.Random) -> None:
        action(window, len(window.points.passed) + rng.randrange(AHEAD))

    return plan


def _answer_lost(window: Window, rng: random.Random) -> None:
    call = rng.choice(("feed", "print", "release", "reject"))
    when = rng.choice(("before", "after"))
    window.points.spring(call, when, OutcomeUnknownError("no answer"))


def _printer_cable(window: Window) -> None:
    window.machine.printer_cable = False


def _reader_cable(window: Window) -> None:
    window.machine.reader_cable = False


def _cover(window: Window) -> None:
    window.machine.cover_open = True


def _empty_feeder(window: Window) -> None:
    window.machine.empty_feeder()


def _empty_ribbon(window: Window) -> None:
    window.machine.ribbon = 0


def _bad_blank(**changes: object) -> Fault:
    def spoil(window: Window, rng: random.Random) -> None:
        card = window.machine.new_card()
        for name, value in changes.items():
            setattr(card, name, value)
        window.machine.add(card, first=True)

    return spoil


def _province_down(window: Window) -> None:
    window.province.down = True


def _late(window: Window, rng: random.Random) -> None:
    window.province.late = True


def _twice(window: Window, rng: random.Random) -> None:
    window.province.twice = True


def _slow(window: Window, rng: random.Random) -> None:
    window.province.slow_answers = rng.choice((1, 3, 10))


def _spring(call: str, when: str, make: Callable[[], StationError]) -> Fault:
    return lambda window, _: window.points.spring(call, when, make())


def _clock(window: Window, rng: random.Random) -> None:
    window.clock.jump(rng.choice((-7200.0, -30.0, 45.0, 86400.0)))


def _gone() -> StationError:
    return GatewayUnavailableError("no answer")


def _torn() -> StationError:
    return OutcomeUnknownError("torn")


def _refused() -> StationError:
    return GatewayRejectedError(RejectionReason.OTHER, province_text="批次状态不允许回盘")


FAULTS: Final[dict[str, Fault]] = {
    "power cut": _cut,
    "printer's answer lost": _answer_lost,
    "print broke off": _spring("print", "inside", _torn),
    "chip torn": _spring("write", "inside", _torn),
    "chip's answer lost": _spring("write", "after", _torn),
    "printer's cable": _count("printer's cable", _soon(_printer_cable)),
    "reader's cable": _count("reader's cable", _soon(_reader_cable)),
    "cover": _count("cover opened", _soon(_cover)),
    "feeder": _count("feeder empty", _soon(_empty_feeder)),
    "ribbon": _count("ribbon empty", _soon(_empty_ribbon)),
    "other bank": _count("blank of another bank", _bad_blank(bank=OTHER_BIN)),
    "mute": _count("mute chip", _bad_blank(mute=True)),
    "bad": _count("chip that takes data badly", _bad_blank(bad=True)),
    "hands": _hands,
    "province down": _count("province down", _soon(_province_down)),
    "late": _count("report arrives late", _late),
    "twice": _count("report arrives twice", _twice),
    "slow": _count("province slow", _slow),
    "report lost": _spring("report", "after", _gone),
    "report not sent": _spring("report", "before", _gone),
    "report refused": _spring("report", "before", _refused),
    "question lost": _spring("find", "before", _gone),
    "no HSM": _spring("hsm", "before", _gone),
    "no data": _spring("fetch", "before", _gone),
    "activation lost": _spring("activate", "after", _gone),
    "clock": _count("clock jump", _clock),
    "commit": lambda window, _: window.points.spring("commit", "before", commit_refused()),
    "disk": _breaks(boundaries.fill_disk),
    "lock": _breaks(boundaries.lock_database),
    **FIELD_FAULTS,
}


def _service(window: Window, rng: random.Random) -> None:
    service_hands.anything(window, rng)


#: Drawn beside the others, so that a seed of them stays what it was.
LATER_FAULTS: Final[dict[str, Fault]] = {
    "mark: answer lost": _spring("withdraw", "after", _gone),
    "mark: not sent": _spring("withdraw", "before", _gone),
    "mark: refused": _spring("withdraw", "before", _refused),
    "service": _service,
    "service's answer lost": _spring("change", "after", _gone),
    "service not sent": _spring("change", "before", _gone),
    "state not told": _spring("state", "before", _gone),
    "late service": lambda window, _: setattr(window.province, "late_service", True),
    "PIN's answer lost": _spring("pin", "after", _torn),
    "leaves": lambda window, _: window.points.when("fetch", "after", partial(leave, window)),
}
LATER: Final = (*LATER_FAULTS, *5 * ["service"])  #: what is drawn of them
#: Of temporary cards.
DESK_FAULTS: Final[dict[str, Fault]] = {
    "card lifted in its write": _spring("desk write", "inside", _torn),
    "card lifted after its write": _spring("desk write", "after", _torn),
    "return lost": _spring("collect", "after", _gone),
    "return not sent": _spring("collect", "before", _gone),
    "return refused": _spring("collect", "before", _refused),
    "another blank": lambda window, _: temporary_hands.another_blank(window),
    "a bank's blank": lambda window, _: temporary_hands.banks_blank(window),
    "bad temporary blank": lambda window, _: temporary_hands.bad_blank(window),
    "temporary card breaks": lambda window, _: temporary_hands.breaks(window),
    "return cancelled": lambda window, _: temporary_hands.cancels(window),
}
ALL_FAULTS: Final = {**FAULTS, **LATER_FAULTS}  #: of a window without a desk
#: What must have happened in a full run, as the runs name it.
SEEN: Final = (
    MARK_GIVEN_BACK,
    "withdraw refused",
    "withdraw: no answer, done",
    "withdraw: no answer, not done",
    LEFT_MEANWHILE,
    *DONE_IN_RUNS,
    temporary_rules.WRITTEN,
    temporary_rules.BACK,
    "desk write: no answer, half done",
    "desk write: no answer, done",
    "collect: no answer, done",
    "collect: no answer, not done",
    "collect refused",
    "wrong card at the desk",
    "a temporary card breaks",
    "change: no answer, done",
    "change: no answer, not done",
    "state: no answer, not done",
    "pin: no answer, done",
    "power cut",
    "printer's cable",
    "reader's cable",
    "cover opened",
    "feeder empty",
    "ribbon empty",
    "blank of another bank",
    "mute chip",
    "chip that takes data badly",
    "card swapped by hand",
    "card taken by hand",
    "province down",
    "report arrives late",
    "report arrives twice",
    "province slow",
    "clock jump",
    "disk full",
    "disk full, once",
    "database locked",
    "report refused",
    *field_faults.SEEN,
)
