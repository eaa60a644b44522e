"""Events go up once, in order and whole, whatever the carrier and central lose."""

from __future__ import annotations

from pathlib import Path

from station.core.changes import AddEvent
from station.core.fleet import NOTHING, cursor_key
from tests.fleet.stations import Station, person
from tests.rigs.carrier import MemoryBroker
from tests.rigs.played_central import PlayedCentral
from tests.torture.clerk import Wish

NAME = "xinxiang.hall-1.window-1"


def note(station: Station, count: int = 1, kind: str = "noted") -> None:
    with station.window.journal.transaction("test") as change:
        change.apply(*(AddEvent("", kind, {"n": str(number)}) for number in range(count)))


def exchange(station: Station, central: PlayedCentral, times: int = 4) -> None:
    for _ in range(times):
        station.turn()
        central.turn()
        station.window.clock.advance(3.0)
    station.turn()


def equal(station: Station, central: PlayedCentral) -> bool:
    own = station.window.journal.history.after(0, 10_000)
    return [one.hash for one in own] == [one.hash for one in central.stations[NAME].events]


def broker(central: PlayedCentral) -> MemoryBroker:
    found = central.carrier.broker  # type: ignore[attr-defined]
    assert isinstance(found, MemoryBroker)
    return found


def test_a_card_is_at_central_event_by_event(station: Station, central: PlayedCentral) -> None:
    exchange(station, central)
    station.finish([Wish(person(1), "request")])
    exchange(station, central)
    assert equal(station, central)
    assert central.received == len(central.stations[NAME].events)  # none was sent twice
    assert station.member is not None
    assert station.member.link.confirmed == station.window.journal.last_seq


def test_a_window_says_that_it_lives_each_minute(station: Station, central: PlayedCentral) -> None:
    exchange(station, central)
    for _ in range(3):
        station.window.clock.advance(60.0)
        exchange(station, central, 1)
    came = central.stations[NAME].presences
    assert [one.asked for one in came] == [1, 2, 3, 4]
    assert len({one.session for one in came}) == 1
    assert came[0].facts == {"printer": "torture"}


def test_the_end_is_of_the_session_that_began(station: Station, central: PlayedCentral) -> None:
    exchange(station, central)
    assert station.member is not None
    station.member.upward.end()
    central.turn()
    birth, *_, death = central.stations[NAME].presences
    assert birth.session == death.session
    assert (birth.alive, death.alive) == (True, False)
    newest = station.window.journal.history.after(0, 10_000)[-1]
    last = central.stations[NAME].checkpoints[-1]
    assert (last.seq, last.hash) == (newest.seq, newest.hash)


def test_a_window_that_ends_has_no_lease_any_more(station: Station, central: PlayedCentral) -> None:
    exchange(station, central, 8)
    lease, clock = station.window.engine.bench.equipment.lease, station.window.clock
    assert lease.left(clock.monotonic())
    assert station.member is not None
    station.member.upward.end()
    lease.hold(clock.monotonic() + 60.0)  # an answer that came late
    assert not lease.left(clock.monotonic())


def test_a_checkpoint_is_signed_each_hour(station: Station, central: PlayedCentral) -> None:
    exchange(station, central)
    station.window.clock.advance(3500.0)
    exchange(station, central, 1)
    before = len(central.stations[NAME].checkpoints)
    station.window.clock.advance(100.0)
    exchange(station, central, 1)
    assert (before, len(central.stations[NAME].checkpoints)) == (1, 2)


def test_a_day_without_network_delays_nothing_and_loses_nothing(
    station: Station, central: PlayedCentral
) -> None:
    exchange(station, central)
    broker(central).down = True
    station.finish([Wish(person(1), "request")])
    station.turn()
    assert station.member is not None
    assert station.member.link.error == "fleet-not-reached"
    known = station.window.journal.fleet.membership()
    assert known is not None
    assert known.error == "fleet-not-reached"
    station.window.clock.advance(86400.0)
    broker(central).down = False
    exchange(station, central, 8)
    assert equal(station, central)
    assert station.member.link.error == ""


def test_what_the_carrier_has_lost_is_sent_again(station: Station, central: PlayedCentral) -> None:
    exchange(station, central)
    note(station, 5)
    station.turn()
    del broker(central).kept[-3]  # central has not read it, and reads what comes after
    exchange(station, central, 8)
    assert equal(station, central)


def test_a_central_restored_from_yesterday_gets_again_what_it_lacks(
    station: Station, central: PlayedCentral
) -> None:
    note(station, 20)
    exchange(station, central)
    del central.stations[NAME].events[7:]
    central.turn()
    station.window.clock.advance(60.0)
    exchange(station, central, 8)
    assert equal(station, central)


def test_a_carrier_without_central_s_word_makes_the_window_begin_anew(
    station: Station, central: PlayedCentral
) -> None:
    note(station, 20)
    exchange(station, central)
    station.restart()
    del central.stations[NAME].events[:]
    del broker(central).values[cursor_key(NAME)]
    for _ in range(8):
        station.turn()
        station.window.clock.advance(3.0)
    exchange(station, central, 8)
    assert equal(station, central)


def test_a_restart_goes_on_where_central_is(station: Station, central: PlayedCentral) -> None:
    note(station, 20)
    exchange(station, central)
    before = central.received
    station.restart()
    note(station, 2)
    exchange(station, central)
    assert equal(station, central)
    assert central.received - before <= 6  # those two, and what the start itself has written


def test_a_stalled_central_is_not_flooded(station: Station, central: PlayedCentral) -> None:
    exchange(station, central)
    note(station, 10)
    for _ in range(60):
        station.turn()
        station.window.clock.advance(1.0)
    central.turn()
    assert central.received <= 10 * 4 + 20
    exchange(station, central, 8)
    assert equal(station, central)


def test_a_restored_journal_is_named_a_fork(
    station: Station, central: PlayedCentral, tmp_path: Path
) -> None:
    exchange(station, central)
    station.window.journal.empty_log()
    station.copy_disk(tmp_path / "backup")
    note(station, 50, "was lost")
    exchange(station, central)
    station.put_disk(tmp_path / "backup")
    exchange(station, central)
    assert station.member is not None
    assert station.member.link.fork > station.window.journal.last_seq
    proof = central.stations[NAME].checkpoints[-1]  # it will never have had that event
    assert (proof.seq, proof.hash) == (station.member.link.fork, NOTHING)
    assert not station.window.engine.bench.equipment.lease.left(station.window.clock.monotonic())
    known = station.window.journal.fleet.membership()
    assert known is not None
    assert known.fork == station.member.link.fork


def test_a_fork_that_has_grown_is_seen_by_its_hash(
    station: Station, central: PlayedCentral, tmp_path: Path
) -> None:
    exchange(station, central)
    station.window.journal.empty_log()
    station.copy_disk(tmp_path / "backup")
    note(station, 3, "was lost")
    exchange(station, central)
    station.put_disk(tmp_path / "backup")
    note(station, 30, "another")
    before = len(central.stations[NAME].events)
    exchange(station, central)
    assert station.member is not None
    assert station.member.link.fork == before
    assert len(central.stations[NAME].events) == before  # nothing of it was sent
    own = station.window.journal.history.after(before - 1, 1)[0]
    proof = central.stations[NAME].checkpoints[-1]
    assert (proof.seq, proof.hash) == (before, own.hash)
    assert own.hash != central.stations[NAME].events[-1].hash


def test_a_fork_ends_when_central_has_this_history(
    station: Station, central: PlayedCentral, tmp_path: Path
) -> None:
    exchange(station, central)
    station.window.journal.empty_log()
    station.copy_disk(tmp_path / "backup")
    common = len(central.stations[NAME].events)
    note(station, 3, "was lost")
    exchange(station, central)
    station.put_disk(tmp_path / "backup")
    exchange(station, central)
    del central.stations[NAME].events[common:]  # a person has decided for it
    exchange(station, central, 20)
    assert station.member is not None
    assert station.member.link.fork == 0
    assert equal(station, central)
