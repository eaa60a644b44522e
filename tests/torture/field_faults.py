"""Faults that were met in the field: what hands, other programs, the clock and the province do.

Each is a change of a window's world, at once or when a named point is passed. `boundaries` makes a
case of each kind, `schedules` mixes them; the numbers are those of the list of field cases.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from typing import Final

from station.core.errors import JournalError, StockMissingError
from station.core.ledger import Counted
from station.core.life import AT_PROVINCE
from station.core.orders import StockMove
from tests.torture.blanks import Card, Where
from tests.torture.lies import LIES
from tests.torture.machine import MOVES
from tests.torture.window import Window

Hands = Callable[[Window], None]
DAY: Final = 86400.0
HOUR: Final = 3600.0
MOTIONS: Final = ("feed", "release", "reject")
LOADED: Final = 100  #: blanks of one package


# -- A: a look or an absence taken for a proof -------------------------------------------------


def lose_seal_key(window: Window) -> None:
    """A1: the key is gone from beside a journal that is filled; a person has a copy."""
    if window.acts and not window.disk.key_is_gone:
        window.faults["seal key gone"] += 1
        window.disk.lose_key()


def lie(text: str) -> Hands:
    """A2: the province commits the next report and answers this."""

    def change(window: Window) -> None:
        window.faults[f"answer that lies: {text or 'nothing'}"] += 1
        window.province.lie = text

    return change


def stick(window: Window) -> None:
    """A3: the next two blanks stick together."""
    window.faults["two blanks stick"] += 1
    window.machine.stuck = 1


def open_cover_in_print(window: Window) -> None:
    """A4: the cover is opened after the first panel; the job is finished after it is closed."""
    window.machine.breaks["print"] = "cover"


def exchange(window: Window) -> None:
    """A5: the other printer of this make is plugged in where the first one was."""
    window.faults["machine exchanged"] += 1
    if window.machine.unit.serial != "1":
        window.machine.clear_for_exchange()
    window.machine.exchange()


def put_right_machine_back(window: Window) -> None:
    """Plug the window's own printer in again."""
    if window.machine.unit.serial != "1":
        exchange(window)


def reserve(window: Window) -> None:
    """A6: another host has the printer, for three requests."""
    window.faults["printer reserved by another host"] += 1
    window.machine.reserved = 3


def other_host_moves(window: Window) -> None:
    """A6: another host has the card put into the reject bin."""
    machine = window.machine  # a plain reader moves no card, and nobody moves a jammed one
    if machine.path is not None and machine.prints and not machine.jammed:
        window.faults["card moved by another host"] += 1
        window.machine.moved_by_another_host()


def second_daemon(window: Window) -> None:
    """A7: the program is started a second time on the same folder and machine."""
    if not window.disk.locked and not window.disk.full:
        window.faults["second daemon"] += 1
        window.second_daemon()


def mute_feeder(window: Window) -> None:
    """A9: every blank in the feeder is mute."""
    window.faults["feeder of mute blanks"] += 1
    for card in _blanks(window):
        card.mute = True


def bad_numbers(window: Window) -> None:
    """A9: the bank number of no blank in the feeder can be read."""
    window.faults["feeder of bad bank numbers"] += 1
    for card in _blanks(window):
        card.bad_number = True


def _blanks(window: Window) -> list[Card]:
    """Return what came with the package; a card that was put back has been read already."""
    return [card for card in window.machine.at(Where.FEEDER) if not card.left_feeder]


# -- B: the wall clock -------------------------------------------------------------------------


def clock_steps(seconds: float, name: str) -> Hands:
    """B1, B3, B4: somebody sets the clock of the PC."""

    def change(window: Window) -> None:
        window.faults[f"clock {name}"] += 1
        window.clock.jump(seconds)

    return change


def close_shift(window: Window) -> None:
    """B2: the shift is counted and closed."""
    window.faults["shift closed"] += 1
    with contextlib.suppress(JournalError):  # the disk is full: it is closed another time
        name = f"shift-{len(window.all_shifts())}"
        window.service.ledger.close_shift(Counted(0, 0), "clerk", request=name)


def load_blanks(window: Window) -> None:
    """Write down that a package was loaded; refused when a shift was closed over an open one."""
    with contextlib.suppress(JournalError, StockMissingError):
        name, move = f"{window.loaded()}", window.service.ledger.move_stock
        move(StockMove.OPENED, LOADED, "clerk", request=f"open-{name}")
        move(StockMove.LOADED, LOADED, "clerk", request=f"load-{name}")


def shift_with_clock_set_back(window: Window) -> None:
    """B2: a shift is closed, the clock set back an hour, blanks loaded, a shift closed again."""
    close_shift(window)
    clock_steps(-HOUR, "back an hour")(window)
    load_blanks(window)
    close_shift(window)


# -- G: witnesses and motions ------------------------------------------------------------------


def still_witnesses(window: Window) -> None:
    """G1: the ribbon counter reads 0, and neither it nor the others move any more."""
    window.faults["counters that can't move"] += 1
    window.machine.still = True


def count_insertions(window: Window) -> None:
    """G1: the counter of cards grows when a card comes in, not when one is printed."""
    window.faults["counter counts insertions"] += 1
    window.machine.counts_insertions = True


def put_back_in(window: Window) -> None:
    """A person takes the card out, looks at it, and puts it in again: an insertion more."""
    card = window.machine.path
    if card is not None:
        window.faults["card taken out and put in again"] += 1
        window.machine.put_into_path(card)


def breaks_off(motion: str, how: str) -> Hands:
    """G2, G5: the next such motion is stopped half-way by a jam or an open cover."""

    def change(window: Window) -> None:
        window.machine.breaks[motion] = how

    return change


def take_jammed_card(window: Window) -> None:
    """G2: the card that is jammed is taken out by hand while nobody looks."""
    if window.machine.jammed:
        window.faults["jammed card taken out by hand"] += 1
        window.machine.take_from_path()


# -- in random schedules -----------------------------------------------------------------------

Fault = Callable[[Window, random.Random], None]


def _at_random(*hands: Hands) -> Fault:
    return lambda window, rng: rng.choice(hands)(window)


def _outside_commits(action: Hands, ahead: int) -> Fault:
    """Have something happen at one of the next points, but in the middle of no transaction."""

    def plan(window: Window, rng: random.Random) -> None:
        points = window.points

        def act() -> None:
            if points.passed[-1] == ("commit", "before"):
                points.do_at(len(points.passed), act)
            else:
                action(window)

        points.do_at(len(points.passed) + rng.randrange(ahead), act)

    return plan


def _unless_moving(action: Hands) -> Hands:
    """What moves a card between two looks of the station, not within one of its own motions."""

    def act(window: Window) -> None:
        locked, window.disk.locked = window.disk.locked, False
        at_work = [one.kind for one in window.moving() if one.kind not in AT_PROVINCE]
        window.disk.locked = locked
        # Behind one that another host takes away in the middle of a print, a second one that stuck
        # to it would take its place unseen: no program can exclude that.
        behind = len(window.machine.at(Where.PATH)) > 1
        if not (behind and at_work) and not MOVES & set(at_work):
            action(window)

    return act


AHEAD: Final = 40

#: Name in a schedule -> what it does. `while_off` adds those that need the power off.
FIELD_FAULTS: Final[dict[str, Fault]] = {
    "lie": _at_random(*(lie(text) for text in LIES)),
    "stick": _at_random(stick),
    "cover in print": _at_random(open_cover_in_print),
    "reserved": _at_random(reserve),
    "other host": _outside_commits(_unless_moving(other_host_moves), AHEAD),
    "second daemon": _outside_commits(second_daemon, AHEAD),
    "mute feeder": _at_random(mute_feeder),
    "bad numbers": _at_random(bad_numbers),
    "clock a day": _at_random(
        clock_steps(-DAY, "back a day"),
        clock_steps(DAY, "forward a day"),
        clock_steps(-30 * DAY, "back 30 days"),
    ),
    "shift": _at_random(close_shift, load_blanks, shift_with_clock_set_back),
    "still": _at_random(still_witnesses, count_insertions),
    "motion": lambda window, rng: breaks_off(rng.choice(MOTIONS), rng.choice(("jam", "cover")))(
        window
    ),
}
#: What must have happened in a full run; `clock back an hour` comes with a shift.
SEEN: Final = (
    "seal key gone",
    *(f"answer that lies: {text or 'nothing'}" for text in LIES),
    "two blanks stick",
    "print: cover",
    "machine exchanged",
    "printer reserved by another host",
    "card moved by another host",
    "second daemon",
    "feeder of mute blanks",
    "feeder of bad bank numbers",
    *(f"clock {name}" for name in ("back an hour", "back a day", "forward a day", "back 30 days")),
    "shift closed",
    "counters that can't move",
    "counter counts insertions",
    "card taken out and put in again",
    *(f"{motion}: {how}" for motion in MOTIONS for how in ("jam", "cover")),
    "jammed card taken out by hand",
)
