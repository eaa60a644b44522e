"""A motion that broke off is unknown; one that never began is a refusal. For every family.

The workflow ends an effect as "not done" on a refusal, so a driver that calls a broken motion one
loses the card out of the ledger.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest

from station.core.errors import BrokeOffError, DeviceError, OutcomeUnknownError, TransportError
from station.core.printing import Capability, PrinterStateReason
from tests.rigs.printer import Rig, able, feeds, make_side, open_rig, prints

PATIENCE = 30.0
#: Goal -> the motion of the machine that a test breaks into.
ACTIVITIES = {
    "feed": "feed",
    "present": "to-output",
    "reject": "to-reject",
    "print": "print-front",
}
every_motion = pytest.mark.parametrize("goal", list(ACTIVITIES))


@pytest.fixture
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    yield from open_rig(request.param)


def goal_of(rig: Rig, goal: str) -> Callable[[], None]:
    printer = rig.printer
    side = make_side(printer.model.geometry, "YMCKO")
    goals: dict[str, Callable[[], None]] = {
        "feed": printer.bring_card_to_chip_station,
        "present": printer.present_card,
        "reject": printer.reject_card,
        "print": lambda: printer.print_face(side, None, job_id=1),
    }
    return goals[goal]


def card_where_the_goal_needs_it(rig: Rig, goal: str) -> None:
    if goal != "feed":
        rig.printer.bring_card_to_chip_station()


@contextlib.contextmanager
def in_mid_motion(rig: Rig, activity: str, do: Callable[[], object]) -> Iterator[None]:
    """Stop the machine in its next motion of this kind, and do something there."""
    machine = rig.server.machine
    rig.server.hands.pause_the_machine(activity)
    stopped = threading.Event()

    def when_stopped() -> None:
        with machine.condition:
            if machine.condition.wait_for(lambda: machine.clock.stopped_in is not None, PATIENCE):
                stopped.set()
        do()
        rig.server.hands.let_the_machine_go_on()

    person = threading.Thread(target=when_stopped)
    person.start()
    try:
        yield
    finally:
        person.join(PATIENCE)
    assert stopped.is_set()


def broke_off(rig: Rig, goal: str, fault: Callable[[], object]) -> OutcomeUnknownError:
    card_where_the_goal_needs_it(rig, goal)
    with (
        in_mid_motion(rig, ACTIVITIES[goal], fault),
        pytest.raises(OutcomeUnknownError) as caught,
    ):
        goal_of(rig, goal)()
    return caught.value


@pytest.mark.field_case("G5")
@every_motion
@prints
def test_the_cover_opened_in_mid_motion_is_a_motion_that_broke_off(rig: Rig, goal: str) -> None:
    error = broke_off(rig, goal, rig.server.hands.open_the_cover)
    assert isinstance(error, BrokeOffError)
    assert error.code == PrinterStateReason.COVER_OPEN.value
    assert error.native_code


@pytest.mark.field_case("G5")
@every_motion
@prints
def test_a_jam_in_mid_motion_is_a_motion_that_broke_off(rig: Rig, goal: str) -> None:
    error = broke_off(rig, goal, rig.server.machine.jam)
    assert isinstance(error, BrokeOffError)
    assert error.code == PrinterStateReason.MEDIA_JAM.value


@pytest.mark.field_case("G5")
@every_motion
@prints
def test_a_card_pulled_out_of_a_jam_by_hand_is_never_nothing_happened(rig: Rig, goal: str) -> None:
    def jam_and_clear() -> None:
        rig.server.machine.jam()
        rig.server.hands.clear_the_jam()

    if goal in ("present", "reject"):  # the card is gone, which is what was asked for
        card_where_the_goal_needs_it(rig, goal)
        with (
            in_mid_motion(rig, ACTIVITIES[goal], jam_and_clear),
            contextlib.suppress(BrokeOffError),
        ):
            goal_of(rig, goal)()
        assert rig.printer.status().card is None
        return
    broke_off(rig, goal, jam_and_clear)


@pytest.mark.field_case("G5")
@feeds
def test_the_last_blank_lost_in_a_jam_is_not_taken_for_an_empty_feeder(rig: Rig) -> None:
    def jam_and_clear() -> None:
        rig.server.machine.jam()
        rig.server.hands.clear_the_jam()

    rig.server.hands.empty_the_feeder()
    rig.server.hands.fill_the_feeder(1)
    broke_off(rig, "feed", jam_and_clear)
    assert rig.feeds == 1
    assert PrinterStateReason.MEDIA_EMPTY in {r.keyword for r in rig.printer.status().errors}


@every_motion
@prints
def test_the_cable_pulled_in_mid_motion_is_outcome_unknown(rig: Rig, goal: str) -> None:
    broke_off(rig, goal, rig.server.hands.pull_the_printer_cable)
    rig.server.hands.plug_the_printer_cable_in()


@pytest.mark.field_case("G7")
@pytest.mark.parametrize("goal", ["present", "reject"])
@prints
def test_a_jam_at_an_outlet_leaves_a_card_that_can_be_put_out_once_it_is_free(
    rig: Rig, goal: str
) -> None:
    broke_off(rig, goal, rig.server.machine.jam)
    with pytest.raises(DeviceError) as caught:
        goal_of(rig, goal)()
    assert caught.value.code == PrinterStateReason.MEDIA_JAM.value
    rig.server.machine.jammed = False
    goal_of(rig, goal)()
    assert rig.printer.status().card is None


@every_motion
@prints
@pytest.mark.parametrize(
    ("fault", "cure", "reason"),
    [
        ("open_the_cover", "close_the_cover", PrinterStateReason.COVER_OPEN),
        ("pull_the_printer_cable", "plug_the_printer_cable_in", None),
    ],
)
def test_what_was_there_before_a_motion_is_a_refusal_and_nothing_moves(
    rig: Rig, goal: str, fault: str, cure: str, reason: PrinterStateReason | None
) -> None:
    card_where_the_goal_needs_it(rig, goal)
    before = dict(rig.server.machine.totals), rig.card_inside()
    getattr(rig.server.hands, fault)()
    with pytest.raises((DeviceError, TransportError)) as caught:
        goal_of(rig, goal)()
    if reason is not None:
        assert caught.value.code == reason.value
    assert (dict(rig.server.machine.totals), rig.card_inside()) == before
    getattr(rig.server.hands, cure)()
    goal_of(rig, goal)()


@feeds
@pytest.mark.parametrize(
    ("fault", "cure", "reason"),
    [
        ("empty_the_feeder", "fill_the_feeder", PrinterStateReason.MEDIA_EMPTY),
        ("block_the_feeder", "free_the_feeder", PrinterStateReason.FEED_ERROR),
    ],
)
def test_a_feeder_that_gives_no_card_is_a_refusal_each_time(
    rig: Rig, fault: str, cure: str, reason: PrinterStateReason
) -> None:
    getattr(rig.server.hands, fault)()
    for _ in range(2):
        with pytest.raises(DeviceError) as caught:
            rig.printer.bring_card_to_chip_station()
        assert caught.value.code == reason.value
        assert rig.feeds == 0
    getattr(rig.server.hands, cure)()
    rig.printer.bring_card_to_chip_station()
    assert rig.feeds == 1


@able(Capability.FEEDER, Capability.REJECT_BIN)
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("fill_the_reject_bin", PrinterStateReason.REJECT_FULL),
        ("take_the_reject_bin_out", PrinterStateReason.REJECT_MISSING),
    ],
)
def test_a_reject_box_that_takes_no_card_is_a_refusal_and_the_card_stays(
    rig: Rig, fault: str, reason: PrinterStateReason
) -> None:
    rig.printer.bring_card_to_chip_station()
    card = rig.card_inside()
    getattr(rig.server.hands, fault)()
    with pytest.raises(DeviceError) as caught:
        rig.printer.reject_card()
    assert caught.value.code == reason.value
    assert rig.card_inside() == card
