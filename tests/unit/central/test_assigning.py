"""One application is with one station; only its answer, or two people, free it."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from station.central.assigning import Applicant
from station.central.letters import send_again
from station.central.looking import list_batches, one_assignment, search
from station.central.tables import assignments, outbox
from station.central.wall import read_wall
from station.core.errors import FleetLinkError, InputError
from station.core.errors.central import (
    ApplicationAssignedError,
    LeaseAliveError,
    StationOnHoldError,
)
from station.core.fleet import FleetEvent, LetterKind, number_context
from station.core.people import Approval, ApprovalMethod
from tests.rigs.central import PlayedStation, Rig, end_lease

NUMBER = "410105199003071234"
AGREED = Approval("second", ApprovalMethod.PASSWORD)


@pytest.fixture
def other(rig: Rig) -> PlayedStation:
    made = PlayedStation(rig, "city.hall.window-2")
    made.enrol()
    return made


def give(rig: Rig, window: PlayedStation, application: str = "a1") -> str:
    made = rig.central.assigning.assign(Applicant(application, NUMBER), window.name, by="clerk")
    rig.send()
    return made


def state(rig: Rig, assignment: str) -> str:
    return one_assignment(rig.database, assignment).state


def test_the_letter_is_signed_and_the_number_sealed_for_the_one_station(
    rig: Rig, window: PlayedStation, other: PlayedStation
) -> None:
    made = give(rig, window)
    (letter,) = window.assignments()
    assert (letter.assignment, letter.application, letter.epoch) == (made, "a1", 1)
    context = number_context(made)
    assert window.identity.open(letter.sealed_number, context=context) == NUMBER.encode()
    assert other.letters() == []
    with rig.database.transaction() as connection:
        dump = connection.execute(sa.text("SELECT applications::text FROM applications")).scalar()
    assert NUMBER not in str(dump)


def test_an_application_is_with_one_station_at_a_time(
    rig: Rig, window: PlayedStation, other: PlayedStation
) -> None:
    give(rig, window)
    with pytest.raises(ApplicationAssignedError):
        give(rig, other)


def test_of_two_at_the_same_moment_one_wins(
    rig: Rig, window: PlayedStation, other: PlayedStation
) -> None:
    together, outcomes = threading.Barrier(2), []

    def try_it(to: PlayedStation) -> None:
        together.wait(10)
        try:
            rig.central.assigning.assign(Applicant("a1", NUMBER), to.name, by="clerk")
            outcomes.append("given")
        except ApplicationAssignedError:
            outcomes.append("refused")

    threads = [threading.Thread(target=try_it, args=(to,)) for to in (window, other)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(outcomes) == ["given", "refused"]


@pytest.mark.parametrize("kind", [FleetEvent.RETURNED, FleetEvent.REFUSED])
def test_only_the_stations_own_answer_frees_it(
    rig: Rig, window: PlayedStation, other: PlayedStation, kind: FleetEvent
) -> None:
    first = give(rig, window)
    (letter,) = window.assignments()
    rig.central.assigning.withdraw(first, by="clerk")
    rig.send()
    assert [one.kind for one in window.letters()] == [LetterKind.WITHDRAW.value]
    with pytest.raises(ApplicationAssignedError):
        rig.central.assigning.assign_again("a1", other.name, by="clerk")
    window.answer(kind, letter)
    second = rig.central.assigning.assign_again("a1", other.name, by="clerk")
    assert one_assignment(rig.database, second).epoch == 2
    assert state(rig, first) == kind.value.removeprefix("fleet-")


def test_an_order_is_followed_until_its_card_is_out(rig: Rig, window: PlayedStation) -> None:
    made = give(rig, window)
    (letter,) = window.assignments()
    window.answer(FleetEvent.ACCEPTED, letter, "order-1")
    assert state(rig, made) == "accepted"
    window.publish(window.write("face-printed", {"from": "reported", "to": "printed"}, "order-1"))
    window.publish(window.write("card-released", {"from": "printed", "to": "released"}, "order-1"))
    rig.turn()
    assert state(rig, made) == "done"
    with pytest.raises(ApplicationAssignedError):
        rig.central.assigning.withdraw(made, by="clerk")
    assert read_wall(rig.database).made == 1


def test_what_a_person_cancels_at_the_window_is_asked_back(rig: Rig, window: PlayedStation) -> None:
    made = give(rig, window)
    (letter,) = window.assignments()
    window.answer(FleetEvent.ACCEPTED, letter, "order-1")
    window.publish(window.write("cancelled", {"from": "accepted", "to": "cancelled"}, "order-1"))
    rig.turn()
    assert state(rig, made) == "withdrawing"
    rig.send()
    assert [one.kind for one in window.letters()] == [LetterKind.WITHDRAW.value]


def test_kept_stays_with_the_station(rig: Rig, window: PlayedStation) -> None:
    made = give(rig, window)
    (letter,) = window.assignments()
    rig.central.assigning.withdraw(made, by="clerk")
    window.answer(FleetEvent.KEPT, letter, "order-1", step="encoded")
    found = one_assignment(rig.database, made)
    assert (found.state, found.step) == ("kept", "encoded")


def test_two_people_free_it_after_the_lease_and_the_station_gets_no_lease_until_it_answers(
    rig: Rig, window: PlayedStation, other: PlayedStation
) -> None:
    first = give(rig, window)
    (letter,) = window.assignments()
    window.show()
    with pytest.raises(LeaseAliveError):
        rig.central.override(first, by="one", agreed=AGREED, evidence="burnt down")
    end_lease(rig, window.name)
    with pytest.raises(InputError):
        rig.central.override(first, by="one", agreed=AGREED, evidence=" ")
    rig.central.override(first, by="one", agreed=AGREED, evidence="burnt down")
    second = rig.central.assigning.assign_again("a1", other.name, by="one")
    assert one_assignment(rig.database, second).epoch == 2
    lease = window.show()
    assert lease is not None
    assert (lease.seconds, lease.why_none) == (0, "blocked")
    assert LetterKind.WITHDRAW.value in [one.kind for one in window.letters()]
    window.answer(FleetEvent.RETURNED, letter)
    assert state(rig, first) == "overridden"
    lease = window.show()
    assert lease is not None
    assert lease.seconds


def test_a_card_after_an_override_is_an_alarm(
    rig: Rig, window: PlayedStation, other: PlayedStation
) -> None:
    first = give(rig, window)
    (letter,) = window.assignments()
    rig.central.override(first, by="one", agreed=AGREED, evidence="burnt down")
    rig.central.assigning.assign_again("a1", other.name, by="one")
    window.answer(FleetEvent.KEPT, letter, "order-1", step="released")
    assert [one.kind for one in read_wall(rig.database).alarms] == ["kept-after-override"]


def test_a_fork_and_a_block_keep_orders_away(rig: Rig, window: PlayedStation) -> None:
    rig.central.assigning.block(window.name, blocked=True, by="one", why="repair")
    with pytest.raises(StationOnHoldError):
        give(rig, window)
    lease = window.show()
    assert lease is not None
    assert (lease.seconds, lease.why_none) == (0, "blocked")
    rig.central.assigning.block(window.name, blocked=False, by="one", why="repaired")
    window.publish(window.write())
    rig.turn()
    twin = window.copy()
    twin.journal.clear()
    twin.publish(twin.write("another"))
    rig.turn()
    with pytest.raises(StationOnHoldError):
        give(rig, window)


def test_a_letter_that_the_carrier_has_lost_goes_out_again(rig: Rig, window: PlayedStation) -> None:
    give(rig, window)
    (first,) = window.letters()
    assert send_again(rig.database) == 0
    window.show()
    with rig.database.transaction() as connection:
        old = sa.func.clock_timestamp() - dt.timedelta(minutes=5)
        connection.execute(outbox.update().values(sent_at=old))
    assert send_again(rig.database) == 1
    rig.send()
    assert window.letters() == [first]  # under another message id: the carrier did not drop it


def test_letters_wait_for_a_carrier_that_is_down(rig: Rig, window: PlayedStation) -> None:
    rig.broker.down = True
    rig.central.assigning.assign(Applicant("a1", NUMBER), window.name, by="clerk")
    with pytest.raises(FleetLinkError):
        rig.send()
    assert read_wall(rig.database).letters == 1
    rig.broker.down = False
    rig.send()
    assert len(window.letters()) == 1


def test_a_batch_is_split_over_the_windows_that_are_there(
    rig: Rig, window: PlayedStation, other: PlayedStation
) -> None:
    window.show()
    other.show()
    away = PlayedStation(rig, "city.hall.window-3")
    away.enrol()
    people = [Applicant(f"a{n}", NUMBER) for n in range(7)]
    batch = rig.central.assigning.add_batch("spring", people, by="clerk")
    assert rig.central.assigning.split_batch(batch, by="clerk") == {
        window.name: 4,
        other.name: 3,
    }
    assert rig.central.assigning.split_batch(batch, by="clerk") == {
        window.name: 0,
        other.name: 0,
    }
    (found,) = list_batches(rig.database)
    assert (found.people, found.assigned, found.made) == (7, 7, 0)


def test_a_batch_with_one_application_twice_is_refused(rig: Rig) -> None:
    twice = [Applicant("a", NUMBER), Applicant("a", NUMBER)]
    with pytest.raises(InputError):
        rig.central.assigning.add_batch("spring", twice, by="clerk")
    rig.central.assigning.add_batch("spring", twice[:1], by="clerk")
    with pytest.raises(ApplicationAssignedError):
        rig.central.assigning.add_batch("summer", twice[:1], by="clerk")


def test_a_restored_central_learns_of_an_assignment_again(
    rig: Rig, window: PlayedStation, other: PlayedStation
) -> None:
    give(rig, window)
    (letter,) = window.assignments()
    with rig.database.transaction() as connection:  # as in yesterday's copy
        connection.execute(assignments.delete())
    window.answer(FleetEvent.ACCEPTED, letter, "order-1")
    assert state(rig, letter.assignment) == "accepted"
    with pytest.raises(ApplicationAssignedError):
        give(rig, other)


def test_a_restored_central_that_has_given_it_away_says_so(
    rig: Rig, window: PlayedStation, other: PlayedStation
) -> None:
    give(rig, window)
    (letter,) = window.assignments()
    with rig.database.transaction() as connection:
        connection.execute(assignments.delete())
    give(rig, other)
    window.answer(FleetEvent.ACCEPTED, letter, "order-1")
    assert state(rig, letter.assignment) == "conflict"
    assert [one.kind for one in read_wall(rig.database).alarms] == ["assigned-twice"]


def test_a_search_finds_an_order_by_everything_it_has(rig: Rig, window: PlayedStation) -> None:
    made = give(rig, window)
    (letter,) = window.assignments()
    window.answer(FleetEvent.ACCEPTED, letter, "order-1")
    index = rig.central.assigning.number_index
    for wanted in (made, "a1", "order-1", window.name, NUMBER):
        found = search(rig.database, f" {wanted} ", index)
        assert [one.id for one in found.assignments] == [made]
        assert [one.kind for one in found.events] == ["fleet-accepted"]
    assert search(rig.database, "nothing", index).assignments == ()
