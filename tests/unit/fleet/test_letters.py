"""Letters: one order for one assignment, withdrawn or kept, fed only under a live lease."""

from __future__ import annotations

import dataclasses

import pytest

from station.core.errors import CardNotFoundError, JournalBusyError
from station.core.fleet import FleetEvent, Transfer, Withdrawal
from station.core.orders import EffectKind, OrderStep
from station.fleet.inbox import SETTLED
from station.production.services.assigned import OLD_EPOCH, AssignedOrders
from station.signing import Identity
from tests.fleet.stations import Station, person
from tests.rigs.played_central import PlayedCentral
from tests.torture.clerk import Wish

NAME = "xinxiang.hall-1.window-1"
ACCEPTED, REFUSED = FleetEvent.ACCEPTED.value, FleetEvent.REFUSED.value
RETURNED, KEPT = FleetEvent.RETURNED.value, FleetEvent.KEPT.value


def exchange(station: Station, central: PlayedCentral, times: int = 4) -> None:
    for _ in range(times):
        station.turn()
        central.turn()
        station.window.clock.advance(4.0)
    station.turn()
    central.turn()


def events(station: Station, kind: str) -> list[dict[str, str]]:
    return [dict(one.data) for one in station.window.journal.history.of_kinds([kind], 0)]


def feeds(station: Station) -> int:
    return sum(act.kind is EffectKind.FEED for act in station.window.acts)


def tries(station: Station, wishes: list[Wish], rounds: int = 12) -> None:
    for _ in range(rounds):
        station.serve(wishes)


def made(station: Station, central: PlayedCentral, wishes: list[Wish]) -> None:
    for _ in range(40):
        station.serve(wishes)
        exchange(station, central, 1)
    assert all(wish.ended for wish in wishes)


def test_an_assignment_becomes_one_order_however_often_it_comes(
    station: Station, central: PlayedCentral
) -> None:
    letter = central.assignment(NAME, "a-1", person(1))
    signed = central.post(NAME, letter)
    exchange(station, central)
    central.send(NAME, signed.to_json())
    station.restart()
    central.send(NAME, signed.to_json())
    exchange(station, central)
    (told,) = events(station, ACCEPTED)
    assert told == {"assignment": "a-1", "application": letter.application, "epoch": "1"}
    (wish,) = station.assigned(set())
    made(station, central, [wish])
    assert wish.order is not None
    assert station.window.journal.orders.one(wish.order).id_number == person(1)
    assert feeds(station) == 1


def test_a_letter_is_acknowledged_after_the_commit(
    station: Station, central: PlayedCentral, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange(station, central)

    def busy(*given: object) -> None:
        raise JournalBusyError("another program")

    monkeypatch.setattr(AssignedOrders, "accept", busy)
    central.post(NAME, central.assignment(NAME, "a-1", person(1)))
    station.turn()
    monkeypatch.undo()
    assert not events(station, ACCEPTED)
    station.window.clock.advance(1.0)
    station.turn()
    assert not events(station, ACCEPTED)  # it was asked for again in two seconds
    station.window.clock.advance(1.5)
    station.turn()
    assert events(station, ACCEPTED)


def test_order_and_answer_are_one_transaction(station: Station, central: PlayedCentral) -> None:
    central.post(NAME, central.assignment(NAME, "a-1", person(1)))
    station.turn()
    (told,) = station.window.journal.history.of_kinds([ACCEPTED], 0)
    (made,) = station.window.journal.history.of_kinds(["order-accepted"], 0)
    assert told.order == made.order
    assert told.at == made.at
    assert told.seq == made.seq + 1


@pytest.mark.parametrize("wrong", ["signature", "receiver", "kind", "text"])
def test_what_central_has_not_signed_for_this_window_is_put_away(
    station: Station, central: PlayedCentral, wrong: str
) -> None:
    letter = central.assignment(NAME, "a-1", person(1))
    right = central.identity.sign("assign", NAME, letter.to_json())
    other = {
        "signature": Identity.new().sign("assign", NAME, letter.to_json()).to_json(),
        "receiver": central.identity.sign("assign", "city.hall.other", letter.to_json()).to_json(),
        "kind": dataclasses.replace(right, kind="withdraw").to_json(),
        "text": b"{}",
    }
    central.send(NAME, other[wrong])
    central.post(NAME, central.assignment(NAME, "a-2", person(2)))
    station.turn()
    assert [one["assignment"] for one in events(station, ACCEPTED)] == ["a-2"]
    assert station.member is not None
    assert station.member.link.error == "fleet-message"


def test_a_number_that_is_sealed_for_another_is_refused(
    station: Station, central: PlayedCentral
) -> None:
    letter = central.assignment(NAME, "a-1", person(1))
    central.post(NAME, dataclasses.replace(letter, assignment="a-2"))
    exchange(station, central)
    assert events(station, REFUSED)[0]["code"] == "fleet-message"
    assert central.answers(NAME) == [(REFUSED, "a-2")]


def test_a_person_who_is_served_at_the_window_is_refused(
    station: Station, central: PlayedCentral
) -> None:
    station.serve([Wish(person(1), "walk-in")])
    central.post(NAME, central.assignment(NAME, "a-1", person(1)))
    exchange(station, central)
    assert events(station, REFUSED)[0]["code"] == "person-has-open-order"


def test_an_assignment_without_a_new_epoch_is_refused(
    station: Station, central: PlayedCentral
) -> None:
    central.post(NAME, central.assignment(NAME, "a-1", person(1), epoch=2))
    central.post(NAME, central.assignment(NAME, "a-2", person(1), epoch=2))
    exchange(station, central)
    assert events(station, REFUSED)[0]["code"] == OLD_EPOCH


def test_a_withdrawn_order_makes_no_card(station: Station, central: PlayedCentral) -> None:
    central.post(NAME, central.assignment(NAME, "a-1", person(1)))
    exchange(station, central)
    wishes = station.assigned(set())
    station.serve(wishes)
    central.post(NAME, Withdrawal("a-1", 1))
    exchange(station, central)
    tries(station, wishes)
    assert feeds(station) == 0
    assert central.answers(NAME) == [(ACCEPTED, "a-1"), (RETURNED, "a-1")]


def test_order_s_end_and_return_are_one_transaction(
    station: Station, central: PlayedCentral
) -> None:
    central.post(NAME, central.assignment(NAME, "a-1", person(1)))
    central.post(NAME, Withdrawal("a-1", 1))
    station.turn()
    journal = station.window.journal
    (ended,) = journal.history.of_kinds(["cancelled"], 0)
    (told,) = journal.history.of_kinds([RETURNED], 0)
    assert (told.order, told.at) == (ended.order, ended.at)


def test_a_withdrawal_that_comes_first_wins(station: Station, central: PlayedCentral) -> None:
    central.post(NAME, Withdrawal("a-1", 1))
    central.post(NAME, central.assignment(NAME, "a-1", person(1)))
    exchange(station, central)
    assert central.answers(NAME) == [(RETURNED, "a-1")]
    assert not station.assigned(set())


def test_a_withdrawal_too_late_says_where_the_order_is(
    station: Station, central: PlayedCentral
) -> None:
    central.post(NAME, central.assignment(NAME, "a-1", person(1)))
    exchange(station, central)
    (wish,) = wishes = station.assigned(set())
    made(station, central, wishes)
    central.post(NAME, Withdrawal("a-1", 1))
    central.post(NAME, Withdrawal("a-1", 1))
    exchange(station, central)
    (told,) = events(station, KEPT)
    assert told["step"] == "activated"
    assert wish.order is not None
    assert station.window.journal.orders.one(wish.order).step is OrderStep.ACTIVATED


def test_what_a_clerk_has_cancelled_is_returned(station: Station, central: PlayedCentral) -> None:
    central.post(NAME, central.assignment(NAME, "a-1", person(1)))
    exchange(station, central)
    (wish,) = station.assigned(set())
    assert wish.order is not None
    station.window.service.orders.cancel(wish.order, "clerk")
    central.post(NAME, Withdrawal("a-1", 1))
    exchange(station, central)
    assert central.answers(NAME)[-1] == (RETURNED, "a-1")


# -- the lease -------------------------------------------------------------------------------------


def test_without_a_lease_nothing_assigned_is_fed_and_walk_ins_are(
    station: Station, central: PlayedCentral
) -> None:
    central.lease = 0
    central.post(NAME, central.assignment(NAME, "a-1", person(1)))
    exchange(station, central)
    wishes = station.assigned(set())
    tries(station, wishes)
    assert feeds(station) == 0
    assert wishes[0].order is not None
    hold = station.window.journal.orders.one(wishes[0].order).hold
    assert hold is not None
    assert hold.code == "no-lease"
    walk_in = [Wish(person(2), "walk-in")]
    station.finish(walk_in)
    assert feeds(station) == 1


def lease(station: Station) -> float:
    now = station.window.clock.monotonic()
    return station.window.engine.bench.equipment.lease.left(now)


def test_a_lease_counts_from_when_it_was_asked_for(
    station: Station, central: PlayedCentral
) -> None:
    station.turn()
    asked = station.window.clock.monotonic()
    station.window.clock.advance(40.0)  # central is slow
    central.turn()
    while not lease(station):
        station.window.clock.advance(2.0)
        station.turn()
    assert central.stations[NAME].presences[-1].asked == 1
    passed = station.window.clock.monotonic() - asked
    assert lease(station) == pytest.approx(central.lease - passed, abs=1.0)


def test_a_clock_that_is_set_does_not_lengthen_it(station: Station, central: PlayedCentral) -> None:
    exchange(station, central)
    before = lease(station)
    station.window.clock.jump(-7200.0)
    station.window.clock.advance(10.0)
    assert before - 11 < lease(station) < before - 9


def test_a_lease_ends_with_the_process(station: Station, central: PlayedCentral) -> None:
    exchange(station, central)
    assert lease(station)
    station.restart()
    station.turn()
    assert not lease(station)


def test_an_answer_to_another_session_is_none(station: Station, central: PlayedCentral) -> None:
    station.turn()
    central.give_lease(NAME, "another session", 1, 600)
    for _ in range(8):
        station.window.clock.advance(4.0)
        station.turn()
    assert not lease(station)


def test_a_forged_lease_is_none(station: Station, central: PlayedCentral) -> None:
    central.identity, right = Identity.new(), central.identity
    exchange(station, central, 8)
    assert not lease(station)
    central.identity = right
    station.window.clock.advance(60.0)
    exchange(station, central, 8)
    assert lease(station)


def test_an_older_copy_of_a_lease_does_not_bring_it_back(
    station: Station, central: PlayedCentral
) -> None:
    exchange(station, central)
    presence = central.stations[NAME].presences[-1]
    station.window.clock.advance(60.0)
    central.lease = 0
    exchange(station, central)
    assert not lease(station)
    central.give_lease(NAME, presence.session, presence.asked, 600)
    for _ in range(10):
        station.window.clock.advance(2.0)
        station.turn()
    assert not lease(station)


def test_who_comes_back_reads_withdrawals_before_it_feeds(
    station: Station, central: PlayedCentral
) -> None:
    """The letter was received by the process that died, and comes again only after a while."""
    exchange(station, central)
    central.post(NAME, central.assignment(NAME, "a-1", person(1)))
    exchange(station, central)
    wishes = station.assigned(set())
    central.post(NAME, Withdrawal("a-1", 1))
    assert station.member is not None
    assert station.member.inbox._receive(0.0)  # and dies with it in its hand
    station.restart()
    for _ in range(12):
        station.turn()
        central.turn()
        station.window.clock.advance(1.0)
        station.serve(wishes)
    assert feeds(station) == 0
    assert station.window.clock.monotonic() > SETTLED
    exchange(station, central)
    assert central.answers(NAME)[-1] == (RETURNED, "a-1")


# -- blanks ----------------------------------------------------------------------------------------


def test_blanks_on_their_way_are_known_once(station: Station, central: PlayedCentral) -> None:
    central.post(NAME, Transfer("t-1", "95588", 200))
    central.post(NAME, Transfer("t-1", "95588", 200))
    central.post(NAME, Transfer("t-2", "95588", 0))
    exchange(station, central)
    (one,) = station.window.journal.fleet.on_their_way()
    assert (one.transfer, one.bank, one.sent, one.received) == ("t-1", "95588", 200, None)


def test_blanks_are_received_once_and_are_in_the_drawer(
    station: Station, central: PlayedCentral
) -> None:
    central.post(NAME, Transfer("t-1", "95588", 200))
    exchange(station, central)
    assigned = station.window.service.assigned
    before = station.window.service.ledger.shift().drawer
    assigned.receive_blanks("t-1", 199, "clerk")
    with pytest.raises(CardNotFoundError):
        assigned.receive_blanks("t-1", 199, "clerk")
    exchange(station, central)
    assert station.window.service.ledger.shift().drawer == before + 199
    assert central.answers(NAME) == [(FleetEvent.RECEIVED.value, "t-1")]
    assert not station.window.journal.fleet.on_their_way()
