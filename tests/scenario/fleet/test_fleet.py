"""A hall on real servers: without network for a day, with what was lost, with two of one name."""

from __future__ import annotations

import signal
from pathlib import Path

import sqlalchemy as sa

from simulators.engines import Postgres
from station.central.looking import list_forks
from station.core.orders import EffectKind
from tests.fleet.hall import STEP, Hall
from tests.rigs.carrier import NatsServer
from tests.rigs.central import new_database

DAY = 86400.0
HEAL = 60.0  #: seconds by the windows' clocks


def work(hall: Hall) -> None:
    """A walk-in and an assigned order at each window."""
    for name in hall.names:
        hall.walk_in(name)
        hall.assign(name)
    hall.until(hall.served)
    hall.until(hall.equal)


def feeds_of_assigned(hall: Hall, name: str) -> int:
    desk = hall.desks[name]
    orders = {one.order for one in desk._accepted()}
    return sum(act.kind is EffectKind.FEED and act.order in orders for act in desk.window.acts)


def test_a_day_without_network_stops_no_window_and_loses_nothing(hall: Hall) -> None:
    work(hall)
    for name in hall.names:
        hall.assign(name)
    hall.until(lambda: all(len(desk._accepted()) == 2 for desk in hall.desks.values()))
    for desk in hall.desks.values():
        desk.set_cut(True)
        desk.away = True  # the assigned cards wait until the afternoon
    cards = 0
    for _ in range(8):
        for name in hall.names:
            hall.walk_in(name)
        hall.turn(12, seconds=DAY / 8 / 12)
        made = sum(one["cards"] for one in hall.truth().stations.values())
        assert made >= cards + len(hall.names)  # everybody who came has a card
        cards = made
    for desk in hall.desks.values():
        desk.away = False
    hall.turn(5)
    # The lease is long over: nothing that was assigned is fed.
    assert [feeds_of_assigned(hall, name) for name in hall.names] == [1, 1, 1]
    assert not hall.equal()
    for desk in hall.desks.values():
        desk.set_cut(False)
    hall.until(hall.equal, turns=round(HEAL / STEP))
    hall.until(hall.served)
    hall.until(hall.equal)
    assert hall.violations() == []


def test_a_central_restored_from_yesterday_heals_from_the_cursors(
    hall: Hall, postgres: Postgres
) -> None:
    work(hall)
    yesterday = copied(postgres, hall)
    work(hall)
    for name in hall.names:
        hall.send_blanks(name)
    given = set(hall.truth().assignments)
    hall.until(lambda: all(desk._accepted() for desk in hall.desks.values()))
    hall.use_central(yesterday)
    assert not hall.equal()
    hall.until(hall.equal, turns=round(HEAL / STEP))
    assert set(hall.truth().assignments) == given  # learnt again from the histories
    work(hall)
    hall.turn(10)
    assert [one for one in hall.violations() if not one.startswith("F3")] == []


def test_a_carrier_with_an_older_store_loses_nothing(
    hall: Hall, nats: NatsServer, tmp_path: Path
) -> None:
    work(hall)
    nats.stop(signal.SIGKILL)
    nats.copy_store(tmp_path / "older")
    nats.start()
    hall.until_connected()
    work(hall)
    for name in hall.names:  # sent, and in no inbox: the store that has them is lost
        hall.send_blanks(name)
        hall.assign(name)
    hall.rig.send()
    nats.stop(signal.SIGKILL)
    nats.put_store(tmp_path / "older")
    nats.start()
    hall.until_connected()
    for name in hall.names:
        hall.walk_in(name)
    hall.until(lambda: all(len(desk._accepted()) == 3 for desk in hall.desks.values()))
    hall.until(hall.served)
    hall.until(hall.equal, turns=round(HEAL / STEP))
    assert hall.violations() == []


def test_two_stations_with_one_identity_are_a_fork_and_feed_an_assigned_order_once(
    hall: Hall,
) -> None:
    work(hall)
    name = hall.names[0]
    hall.desks[name].away = True
    hall.assign(name)
    hall.until(lambda: len(hall.desks[name]._accepted()) == 2)
    twin = hall.copy(name)  # with the open order on its disk
    hall.turn(5)
    hall.desks[name].away = False
    hall.until(lambda: not hall.desks[name].busy)
    assert feeds_of_assigned(hall, name) == 2
    hall.until(lambda: bool(list_forks(hall.rig.database)))
    hall.end_leases()
    hall.turn(40)
    assert not [act for act in twin.window.acts if act.kind is EffectKind.FEED]
    assert [one.station for one in list_forks(hall.rig.database)] == [name]
    assert hall.violations() == []


def test_a_station_restored_from_a_backup_is_a_fork_and_feeds_nothing_assigned(
    hall: Hall,
) -> None:
    work(hall)
    name = hall.names[0]
    desk = hall.desks[name]
    desk.away = True
    hall.assign(name)
    hall.until(lambda: len(desk._accepted()) == 2)
    hall.until(hall.equal)
    backup = hall.back_up(name)
    desk.away = False
    hall.until(hall.served)
    hall.until(hall.equal)
    assert feeds_of_assigned(hall, name) == 2
    desk.restore(backup)  # there the order is not made yet
    person = hall.walk_in(name)
    hall.turn(40)
    assert person.ended  # a walk-in is served all the same
    hall.end_leases()
    hall.turn(40)
    assert [one.station for one in list_forks(hall.rig.database)] == [name]
    assert feeds_of_assigned(hall, name) == 2
    assert hall.violations() == []


def copied(postgres: Postgres, hall: Hall) -> str:
    """Return a copy of central's database, as a backup has it."""
    with hall.rig.database.transaction() as connection:
        name = str(connection.execute(sa.select(sa.func.current_database())).scalar_one())
    hall.rig.database.close()
    made = new_database(postgres)
    copy = made.partition(":///")[2].partition("?")[0]
    postgres.run(f"DROP DATABASE {copy}")
    postgres.run(f"CREATE DATABASE {copy} TEMPLATE {name}")
    return made
