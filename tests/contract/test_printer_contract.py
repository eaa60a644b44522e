"""One suite, run against every printer family on disk through its simulator, over its real link."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import station.drivers
from simulators.machine.picture import Side
from station.core.errors import (
    DeviceError,
    LocalProtocolError,
    OutcomeUnknownError,
    PrinterNotConnectedError,
    TransportError,
    TransportTimeoutError,
)
from station.core.faces import PrintGeometry
from station.core.printing import (
    Capability,
    CardPosition,
    PrinterState,
    PrinterStateReason,
)
from station.drivers import family_names, load_family
from tests.rigs.printer import (
    Case,
    Rig,
    able,
    assert_same_picture,
    cases,
    drawn,
    feeds,
    find_models,
    find_simulator,
    make_side,
    open_rig,
    prints,
)
from tests.rigs.vectors import FOLDERS


@pytest.fixture(params=cases(), ids=str)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    yield from open_rig(request.param)


def test_a_copied_family_fails_until_its_simulator_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Path(station.drivers.__path__[0]) / "manual"
    copy = tmp_path / "copied"
    shutil.copytree(original, copy)
    marker = copy / "__init__.py"
    marker.write_text(marker.read_text().replace('name="manual"', 'name="copied"'))
    monkeypatch.setattr(station.drivers, "__path__", [*station.drivers.__path__, str(tmp_path)])
    assert "copied" in family_names()
    assert Case("copied", "none") in cases()
    with pytest.raises(pytest.fail.Exception, match="has no simulator in simulators/printers/co"):
        find_models("copied")


@pytest.mark.parametrize("family", family_names())
def test_a_family_has_simulator_vectors_and_facts(family: str) -> None:
    find_models(family)
    found = [vector for folder in FOLDERS for vector in (folder / family).glob("*.toml")]
    assert found, f"no vectors in tests/vectors/{family}"
    for model in load_family(family).models.values():
        assert model.title
        assert model.geometry.width_dots > model.geometry.height_dots > 0


def test_who_the_printer_is(rig: Rig) -> None:
    identity = rig.printer.identity()
    assert identity.model
    if Capability.FEEDER not in rig.printer.model.capabilities:
        # A person has no serial number: the reader's address is all there is.
        assert rig.printer.address == f"{rig.scheme}:{rig.reader.address}"
        return
    assert identity.serial == "SIM000000001"
    assert identity.firmware
    assert rig.printer.address.startswith(f"{rig.scheme}://127.0.0.1:")


def test_at_rest_it_is_idle_with_no_reason(rig: Rig) -> None:
    status = rig.printer.status()
    assert (status.state, status.reasons, status.card) == (PrinterState.IDLE, (), None)


def test_a_goal_said_twice_moves_once(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    first = rig.card_inside()
    rig.printer.bring_card_to_chip_station()
    assert rig.card_inside() == first
    assert rig.feeds == 1
    assert rig.printer.status().card is CardPosition.CHIP_STATION
    history = rig.server.machine.cards[first or ""].history
    assert [place.value for place in history].count("contact") == 1


def test_presenting_and_rejecting_leave_an_empty_path_and_are_safe_to_repeat(rig: Rig) -> None:
    for goal, total in (
        (rig.printer.present_card, "releases"),
        (rig.printer.reject_card, "rejects"),
    ):
        goal()
        assert rig.total(total) == 0
        rig.printer.bring_card_to_chip_station()
        goal()
        goal()
        assert rig.total(total) == 1
        assert rig.printer.status().card is None
    assert rig.feeds == 2


def refused(goal: Callable[[], None]) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        goal()
    return caught.value


@feeds
def test_an_empty_feeder_is_named_and_refilling_is_enough(rig: Rig) -> None:
    rig.server.hands.empty_the_feeder()
    error = refused(rig.printer.bring_card_to_chip_station)
    assert error.code == PrinterStateReason.MEDIA_EMPTY.value
    assert error.native_code
    rig.server.hands.fill_the_feeder(1)
    rig.printer.bring_card_to_chip_station()
    assert rig.feeds == 1


@prints
def test_the_last_card_is_worked_on_although_the_feeder_is_empty(rig: Rig) -> None:
    rig.server.hands.empty_the_feeder()
    rig.server.hands.fill_the_feeder(1)
    rig.printer.bring_card_to_chip_station()
    assert rig.printer.status().errors == ()
    rig.printer.print_face(make_side(rig.printer.model.geometry, "YMCKO"), None, job_id=9)
    rig.printer.present_card()
    assert rig.total("releases") == 1


@feeds
def test_a_blocked_feeder_is_told_from_an_empty_one(rig: Rig) -> None:
    rig.server.hands.block_the_feeder()
    error = refused(rig.printer.bring_card_to_chip_station)
    assert error.code == PrinterStateReason.FEED_ERROR.value
    rig.server.hands.free_the_feeder()
    rig.printer.bring_card_to_chip_station()
    assert rig.feeds == 1


@feeds
def test_an_open_cover_is_named_and_closing_it_is_enough(rig: Rig) -> None:
    rig.server.hands.open_the_cover()
    status = rig.printer.status()
    assert status.state is PrinterState.STOPPED
    assert [reason.keyword for reason in status.errors] == [PrinterStateReason.COVER_OPEN]
    error = refused(rig.printer.bring_card_to_chip_station)
    assert error.code == PrinterStateReason.COVER_OPEN.value
    assert error.native_code
    rig.server.hands.close_the_cover()
    rig.printer.bring_card_to_chip_station()


@prints
@pytest.mark.parametrize(
    ("fault", "cure", "reason"),
    [
        (
            "loosen_the_ribbon_chip",
            "reseat_the_ribbon_chip",
            PrinterStateReason.RIBBON_CHIP_MISSING,
        ),
        ("take_the_ribbon_out", "put_a_new_ribbon_in", PrinterStateReason.RIBBON_MISSING),
        ("use_up_the_ribbon", "put_a_new_ribbon_in", PrinterStateReason.RIBBON_EMPTY),
        ("open_the_cover", "close_the_cover", PrinterStateReason.COVER_OPEN),
    ],
)
def test_what_keeps_it_from_printing_is_named_before_any_dye_is_used(
    rig: Rig, fault: str, cure: str, reason: PrinterStateReason
) -> None:
    rig.printer.bring_card_to_chip_station()
    card = rig.card_inside() or ""
    side = make_side(rig.printer.model.geometry, "YMCKO")
    getattr(rig.server.hands, fault)()
    error = refused(lambda: rig.printer.print_face(side, None, job_id=1))
    assert error.code == reason.value
    assert rig.panels(card, Side.FRONT) == ""
    getattr(rig.server.hands, cure)()
    rig.printer.print_face(side, None, job_id=1)
    assert rig.total("prints") == 1


@feeds
def test_a_jam_is_named_and_no_second_card_is_fed(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    rig.server.hands.jam_the_card()
    status = rig.printer.status()
    assert PrinterStateReason.MEDIA_JAM in {reason.keyword for reason in status.errors}
    for goal in (rig.printer.bring_card_to_chip_station, rig.printer.present_card):
        assert refused(goal).code == PrinterStateReason.MEDIA_JAM.value
    assert rig.feeds == 1
    rig.server.hands.clear_the_jam()
    rig.printer.bring_card_to_chip_station()
    assert rig.feeds == 2


@prints
def test_printing_without_a_card_is_refused(rig: Rig) -> None:
    side = make_side(rig.printer.model.geometry, "YMCKO")
    error = refused(lambda: rig.printer.print_face(side, None, job_id=1))
    assert error.code == PrinterStateReason.MEDIA_NEEDED.value


@prints
def test_a_print_leaves_the_picture_the_right_way_round(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    card = rig.card_inside() or ""
    before = rig.printer.counters()
    front = make_side(rig.printer.model.geometry, "YMCKO")
    rig.printer.print_face(front, None, job_id=17)
    assert_same_picture(rig.picture(card, Side.FRONT), drawn(rig, front))
    assert rig.panels(card, Side.FRONT) == "YMCKO"
    assert rig.panels(card, Side.BACK) == ""
    after = rig.printer.counters()
    assert after.cards_printed == before.cards_printed + 1
    assert before.ribbon_cards_left is not None
    assert after.ribbon_cards_left == before.ribbon_cards_left - 1
    assert rig.card_inside() == card
    assert rig.printer.status().card is CardPosition.PRINT_STATION
    assert rig.printer.job_printed(17) is (True if rig.simulator.remembers_jobs else None)
    assert not rig.printer.job_printed(18)


@prints
def test_the_card_can_go_back_to_the_chip_station_after_printing(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    card = rig.card_inside()
    rig.printer.print_face(make_side(rig.printer.model.geometry, "K"), None, job_id=2)
    rig.printer.bring_card_to_chip_station()
    assert rig.card_inside() == card
    assert rig.feeds == 1


@prints
def test_both_sides(rig: Rig) -> None:
    geometry = rig.printer.model.geometry
    front, back = make_side(geometry, "YMCKO"), make_side(geometry, "K")
    rig.printer.bring_card_to_chip_station()
    card = rig.card_inside() or ""
    if not rig.printer.model.duplex:
        with pytest.raises(LocalProtocolError):
            rig.printer.print_face(front, back, job_id=3)
        return
    before = rig.printer.counters()
    rig.printer.print_face(front, back, job_id=3)
    assert_same_picture(rig.picture(card, Side.FRONT), drawn(rig, front))
    assert_same_picture(rig.picture(card, Side.BACK), drawn(rig, back))
    assert rig.printer.counters().cards_printed == before.cards_printed + 1


@prints
def test_a_face_for_another_geometry_never_leaves(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    rig.tap.arm()
    own = rig.printer.model.geometry
    other = PrintGeometry(own.width_dots + 2, own.height_dots, own.dpi)
    with pytest.raises(LocalProtocolError):
        rig.printer.print_face(make_side(other, "YMCKO"), None, job_id=3)
    assert rig.tap.writes == 0


#: The families whose protocol lets the printer ask for a plane once more.
asks_again = able(Capability.PRINT_FRONT, also=lambda case: find_simulator(case.family).asks_again)


@asks_again
def test_a_damaged_plane_is_sent_again(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    card = rig.card_inside() or ""
    front = make_side(rig.printer.model.geometry, "YMCKO")
    rig.server.hands.ask_for_the_plane_again(3)
    rig.printer.print_face(front, None, job_id=4)
    assert_same_picture(rig.picture(card, Side.FRONT), drawn(rig, front))
    assert rig.panels(card, Side.FRONT) == "YMCKO"


@asks_again
def test_a_plane_that_never_arrives_whole_is_given_up_and_nothing_is_printed(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    card = rig.card_inside() or ""
    front = make_side(rig.printer.model.geometry, "YMCKO")
    rig.server.hands.ask_for_the_plane_again(4)
    refused(lambda: rig.printer.print_face(front, None, job_id=4))
    assert rig.panels(card, Side.FRONT) == ""
    assert rig.card_inside() == card
    rig.printer.print_face(front, None, job_id=5)
    assert rig.total("prints") == 1


@feeds
def test_the_cable_out_and_back_without_a_restart(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    rig.server.hands.pull_the_printer_cable()
    for _ in range(2):
        with pytest.raises(PrinterNotConnectedError):
            rig.printer.status()
    rig.server.hands.plug_the_printer_cable_in()
    assert rig.printer.status().card is CardPosition.CHIP_STATION


@feeds
def test_a_cable_that_was_out_between_two_calls_is_not_noticed(rig: Rig) -> None:
    rig.printer.status()
    rig.server.hands.pull_the_printer_cable()
    rig.server.hands.plug_the_printer_cable_in()
    rig.printer.bring_card_to_chip_station()
    assert rig.feeds == 1


@feeds
def test_a_driver_may_be_opened_before_its_printer_is_there(rig: Rig) -> None:
    rig.server.hands.pull_the_printer_cable()
    with pytest.raises(PrinterNotConnectedError):
        rig.printer.identity()
    rig.server.hands.plug_the_printer_cable_in()
    assert rig.printer.identity().serial


def test_closing_with_the_cable_out_and_twice(rig: Rig) -> None:
    rig.printer.status()
    rig.server.hands.pull_the_printer_cable()
    rig.printer.close()
    rig.printer.close()


@feeds
def test_a_late_answer_is_never_taken_for_the_next_one(rig: Rig) -> None:
    rig.printer.status()
    rig.server.hands.answer_late(3.0)
    with pytest.raises(TransportTimeoutError):
        rig.printer.status()
    rig.server.hands.open_the_cover()
    assert rig.printer.status().state is PrinterState.STOPPED
    rig.server.hands.close_the_cover()
    assert rig.printer.status().state is PrinterState.IDLE


def clear_the_path(rig: Rig) -> None:
    rig.tap.arm()
    rig.printer.reject_card()
    rig.server.hands.empty_the_reject_bin()


@feeds
def test_whichever_answer_of_a_move_is_lost_the_driver_never_says_less_than_happened(
    rig: Rig,
) -> None:
    rig.server.hands.fill_the_feeder(50)
    unknown = refused = 0
    for number in range(1, 200):
        clear_the_path(rig)
        fed = rig.feeds
        rig.tap.arm()
        rig.tap.lose_read = number
        try:
            rig.printer.bring_card_to_chip_station()
        except OutcomeUnknownError:
            unknown += 1
        except TransportError:
            settle(rig)
            assert rig.feeds == fed
            refused += 1
        if rig.tap.reads < number:
            break
        rig.tap.arm()
        rig.printer.bring_card_to_chip_station()
        assert rig.feeds == fed + 1
    else:
        pytest.fail("the goal never ran to its end")
    assert unknown + refused >= 1


@prints
def test_whichever_answer_of_a_print_is_lost_the_driver_never_says_less_than_happened(
    rig: Rig,
) -> None:
    sweep_prints(rig, lambda number: setattr(rig.tap, "lose_read", number))


@prints
def test_wherever_the_cable_goes_in_a_print_nothing_is_printed_twice_or_denied(rig: Rig) -> None:
    pull = rig.server.hands.pull_the_printer_cable
    sweep_prints(rig, lambda number: rig.tap.at_write.update({number: pull}))


def settle(rig: Rig) -> None:
    """Wait until the machine has done whatever it was told."""
    machine = rig.server.machine
    with machine.condition:
        assert machine.condition.wait_for(lambda: not machine.busy, 10.0)


def sweep_prints(rig: Rig, break_in: Callable[[int], None]) -> None:
    """Print again and again, with one fault a little later each time, until it comes too late.

    How often that is, is the protocol's affair: a print may take one write or a hundred.
    """
    front = make_side(rig.printer.model.geometry, "YK")
    rig.server.hands.fill_the_feeder(70)
    unsure: list[int] = []
    not_begun: list[int] = []
    for number in range(1, 200):
        clear_the_path(rig)
        rig.printer.bring_card_to_chip_station()
        card = rig.card_inside() or ""
        rig.tap.arm()
        break_in(number)
        try:
            rig.printer.print_face(front, None, job_id=number)
        except OutcomeUnknownError:
            unsure.append(number)
        except TransportError:
            settle(rig)
            assert rig.panels(card, Side.FRONT) == "", "denied, and printed"
            not_begun.append(number)
        if number > max(rig.tap.writes, rig.tap.reads):
            break
        rig.tap.arm()
        rig.server.hands.plug_the_printer_cable_in()
        rig.printer.bring_card_to_chip_station()
        if rig.panels(card, Side.FRONT) == "":
            assert rig.printer.job_printed(number) is not True
            rig.printer.print_face(front, None, job_id=number)
        assert rig.server.machine.cards[card].faces[Side.FRONT].prints == 1
    else:
        pytest.fail("the print never ran to its end")
    assert rig.server.machine.cards[card].faces[Side.FRONT].prints == 1
    assert unsure or not_begun


@prints
def test_when_no_answer_comes_once_the_printing_began_its_outcome_is_unknown(rig: Rig) -> None:
    machine, tap = rig.server.machine, rig.tap

    def look() -> None:
        if machine.activity is not None and machine.activity.startswith("print"):
            tap.lose_all = True

    rig.printer.bring_card_to_chip_station()
    card = rig.card_inside() or ""
    tap.arm()
    machine.watch(look)
    with pytest.raises(OutcomeUnknownError):
        rig.printer.print_face(make_side(rig.printer.model.geometry, "YK"), None, job_id=8)
    settle(rig)
    assert machine.cards[card].faces[Side.FRONT].prints == 1


@prints
def test_the_cable_out_before_the_first_byte_of_a_print_denies_it(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    card = rig.card_inside() or ""
    rig.tap.arm()
    rig.tap.at_write[1] = rig.server.hands.pull_the_printer_cable
    with pytest.raises(TransportError):
        rig.printer.print_face(make_side(rig.printer.model.geometry, "YK"), None, job_id=8)
    settle(rig)
    assert rig.panels(card, Side.FRONT) == ""


@prints
def test_the_power_cut_in_the_middle_of_a_print_is_outcome_unknown(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    rig.server.hands.pause_the_machine("print-front")
    machine = rig.server.machine

    def cut_when_printing() -> None:
        with machine.condition:
            assert machine.condition.wait_for(lambda: machine.clock.stopped_in is not None, 10.0)
        rig.server.hands.cut_the_power()

    person = threading.Thread(target=cut_when_printing)
    person.start()
    front = make_side(rig.printer.model.geometry, "YMCKO")
    with pytest.raises(OutcomeUnknownError):
        rig.printer.print_face(front, None, job_id=6)
    person.join(10.0)
    rig.server.hands.let_the_machine_go_on()
    rig.server.hands.switch_the_power_on()
    assert rig.printer.job_printed(6) is not True
    assert rig.total("prints") == 0


@prints
def test_recent_exchanges_name_every_command_and_hold_no_picture(rig: Rig) -> None:
    front = make_side(rig.printer.model.geometry, "K")
    for call in (
        rig.printer.identity,
        rig.printer.status,
        rig.printer.bring_card_to_chip_station,
        lambda: rig.printer.print_face(front, None, job_id=2),
        rig.printer.present_card,
    ):
        before = rig.printer.recent_exchanges()
        rig.tap.arm()
        call()
        assert rig.tap.writes
        assert rig.printer.recent_exchanges() != before
    lines = rig.printer.recent_exchanges()
    assert len(lines) <= 60
    assert max(map(len, lines)) < 100
