"""Events of stations: once, in order, with a chain that holds; forks are named on proof."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping

import pytest
import sqlalchemy as sa

from simulators.engines import Postgres
from station.central.forks import ForkDecision
from station.central.looking import list_forks, verify_chain
from station.central.tables import events, stations, superseded
from station.core.carrier import Posting
from station.core.errors import FleetLinkError
from station.core.fleet import (
    NOTHING,
    Checkpoint,
    Cursor,
    checkpoint_subject,
    cursor_key,
    events_subject,
)
from station.core.people import Approval, ApprovalMethod
from tests.rigs.central import AT, PlayedStation, Rig, end_lease, new_database

AGREED = Approval("second", ApprovalMethod.PASSWORD)


def stored(rig: Rig) -> list[tuple[str, int, str]]:
    with rig.database.transaction() as connection:
        rows = connection.execute(sa.select(events).order_by(events.c.station, events.c.seq))
        return [(row.station, row.seq, row.hash) for row in rows]


def written(*windows: PlayedStation) -> list[tuple[str, int, str]]:
    return [(one.name, event.seq, event.hash) for one in windows for event in one.journal]


def test_events_are_kept_and_the_cursor_says_how_far(rig: Rig, window: PlayedStation) -> None:
    window.publish(*(window.write(data={"at": str(n)}) for n in range(5)))
    rig.turn()
    assert stored(rig) == written(window)
    assert window.cursor() == Cursor(5, window.hash)
    assert verify_chain(rig.database, window.name) == (5, 0)


@pytest.mark.parametrize("seed", range(8))
def test_doubled_reordered_and_late_messages_do_no_harm(
    rig: Rig, window: PlayedStation, seed: int
) -> None:
    rng = random.Random(seed)
    sent = [window.write() for _ in range(40)]
    sent += rng.choices(sent, k=30)
    rng.shuffle(sent)
    while sent:
        part, sent = sent[: (size := rng.randint(1, 9))], sent[size:]
        window.publish(*part)
        rig.turn()
    assert stored(rig) == written(window)
    assert list_forks(rig.database) == ()


def test_what_was_lost_is_named_by_the_cursor(rig: Rig, window: PlayedStation) -> None:
    window.publish(window.write())
    lost = window.write()
    window.publish(window.write())
    rig.turn()
    assert window.cursor().seq == 1
    window.publish(lost)
    rig.turn()
    assert window.cursor() == Cursor(3, window.hash)


def test_a_damaged_event_is_not_kept_and_stands_in_nobodys_way(
    rig: Rig, window: PlayedStation
) -> None:
    good = window.write(data={"count": "1"})
    window.publish(dataclasses.replace(good, data={"count": "2"}))
    rig.turn()
    assert stored(rig) == []
    window.publish(good)
    rig.turn()
    assert stored(rig) == written(window)
    window.publish(dataclasses.replace(good, data={"count": "3"}, hash="0" * 64))
    rig.turn()
    assert list_forks(rig.database) == ()


def test_an_unknown_station_is_not_kept(rig: Rig, window: PlayedStation) -> None:
    stranger = PlayedStation(rig, "city.hall.window-9")
    stranger.publish(stranger.write())
    rig.turn()
    assert stored(rig) == []


def test_nobody_speaks_for_another(rig: Rig, window: PlayedStation) -> None:
    event = window.write()
    rig.carrier.publish([Posting(events_subject("city.hall.other"), "1", event.to_json())])
    rig.turn()
    assert stored(rig) == []


def test_central_killed_between_insert_and_cursor_heals(rig: Rig, window: PlayedStation) -> None:
    window.publish(window.write())
    put_all = rig.carrier.put_all

    def killed(values: Mapping[str, bytes]) -> None:
        raise FleetLinkError("killed")

    rig.carrier.put_all = killed  # type: ignore[method-assign]
    with pytest.raises(FleetLinkError):
        rig.turn()
    rig.carrier.put_all = put_all  # type: ignore[method-assign]
    assert stored(rig) == written(window)
    assert rig.carrier.get(cursor_key(window.name)) is None
    window.show()
    assert window.cursor() == Cursor(1, window.hash)
    window.publish(*window.journal)  # what was not acknowledged comes again
    rig.turn()
    assert stored(rig) == written(window)


def test_restored_from_yesterday_it_says_so_and_heals(
    postgres: Postgres, rig: Rig, window: PlayedStation
) -> None:
    window.publish(*(window.write() for _ in range(3)))
    rig.turn()
    yesterday = new_database(postgres)
    copied = Rig(yesterday, rig.carrier, rig.identity)
    with copied.database.transaction() as connection, rig.database.transaction() as old:
        for row in old.execute(sa.select(stations)):
            connection.execute(stations.insert().values(**row._mapping))
        for row in old.execute(sa.select(events)):
            connection.execute(events.insert().values(**row._mapping))
    window.publish(*(window.write() for _ in range(4)))
    rig.turn()
    window.rig = copied
    window.show()
    assert window.cursor() == Cursor(3, window.journal[2].hash)
    window.publish(*window.journal[3:])
    copied.turn()
    assert stored(copied) == written(window)
    assert list_forks(copied.database) == ()
    copied.close()


def test_the_same_number_with_another_hash_is_a_fork(rig: Rig, window: PlayedStation) -> None:
    window.publish(*(window.write() for _ in range(3)))
    rig.turn()
    twin = window.copy()
    window.publish(window.write("made-here"))
    rig.turn()
    twin.publish(twin.write("made-there"))
    rig.turn()
    (fork,) = list_forks(rig.database)
    assert (fork.station, fork.seq, fork.ancestor, fork.source) == (window.name, 4, 3, "event")
    assert fork.known_hash == window.hash
    assert fork.other_hash == twin.hash
    assert stored(rig) == written(window)
    lease = window.show()
    assert lease is not None
    assert (lease.seconds, lease.why_none) == (0, "fork")


def test_a_signed_presence_shows_a_fork_where_no_event_came(
    rig: Rig, window: PlayedStation
) -> None:
    window.publish(*(window.write() for _ in range(4)))
    rig.turn()
    twin = window.copy()
    twin.journal = twin.journal[:2]
    twin.write("other")
    lease = twin.show()
    (fork,) = list_forks(rig.database)
    assert (fork.seq, fork.source, fork.ancestor) == (3, "presence", None)
    assert lease is not None
    assert lease.why_none == "fork"


def test_a_signed_checkpoint_shows_a_fork(rig: Rig, window: PlayedStation) -> None:
    window.publish(*(window.write() for _ in range(4)))
    rig.turn()
    twin = window.copy()
    twin.journal = twin.journal[:2]
    twin.write("other")
    twin.checkpoint()
    rig.turn()
    assert [(one.seq, one.source) for one in list_forks(rig.database)] == [(3, "checkpoint")]


def test_a_checkpoint_is_compared_when_its_events_come(rig: Rig, window: PlayedStation) -> None:
    late = [window.write() for _ in range(2)]
    window.checkpoint()
    rig.turn()
    assert list_forks(rig.database) == ()
    window.publish(*late)
    rig.turn()
    from station.central.looking import audit_stations

    (audit,) = audit_stations(rig.database)
    assert (audit.events, audit.verified, audit.wrong) == (2, 2, 0)


def test_a_station_that_signs_to_lack_what_central_has_shows_a_fork(
    rig: Rig, window: PlayedStation
) -> None:
    window.publish(*(window.write() for _ in range(4)))
    rig.turn()
    denied = Checkpoint(window.name, 4, NOTHING, AT)
    window.post(checkpoint_subject(window.name), denied)
    rig.turn()
    (fork,) = list_forks(rig.database)
    assert (fork.seq, fork.source, fork.known_hash) == (4, "checkpoint", window.hash)
    window.post(checkpoint_subject(window.name), denied)  # once more, after the decision
    rig.central.decide_fork(fork.id, ForkDecision.KEEP, by="one", agreed=AGREED, why="put away")
    rig.turn()
    assert [one.decision for one in list_forks(rig.database)] == ["keep"]


def test_a_second_session_waits_until_the_lease_of_the_first_has_ended(
    rig: Rig, window: PlayedStation
) -> None:
    assert (first := window.show()) is not None
    assert first.seconds
    twin = window.copy()
    for _ in range(2):
        lease = twin.show()
        assert lease is not None
        assert (lease.seconds, lease.why_none) == (0, "earlier")
    end_lease(rig, window.name)
    assert (lease := twin.show()) is not None
    assert lease.seconds
    assert window.show() is None  # it has lost the name


def test_a_session_that_ended_in_an_orderly_way_leaves_its_lease(
    rig: Rig, window: PlayedStation
) -> None:
    assert window.show() is not None
    window.show(alive=False)
    restarted = window.copy()
    assert (lease := restarted.show()) is not None
    assert lease.seconds


def test_a_station_started_from_an_older_copy_gets_no_lease(
    rig: Rig, window: PlayedStation
) -> None:
    window.publish(*(window.write() for _ in range(4)))
    rig.turn()
    assert (first := window.show()) is not None
    assert first.seconds
    restored = window.copy()
    restored.journal = restored.journal[:2]
    lease = restored.show()
    assert lease is not None
    assert (lease.seconds, lease.why_none) == (0, "fork")


def test_adopting_puts_the_other_history_aside_and_takes_the_stations(
    rig: Rig, window: PlayedStation
) -> None:
    window.publish(*(window.write() for _ in range(3)))
    rig.turn()
    twin = window.copy()
    window.publish(*(window.write("here") for _ in range(2)))
    rig.turn()
    twin.publish(twin.write("there"))
    rig.turn()
    (fork,) = list_forks(rig.database)
    rig.central.decide_fork(fork.id, ForkDecision.ADOPT, by="one", agreed=AGREED, why="new PC")
    twin.show()
    assert twin.cursor() == Cursor(3, twin.journal[2].hash)
    twin.publish(*twin.journal[3:])
    rig.turn()
    assert stored(rig) == written(twin)
    with rig.database.transaction() as connection:
        aside = connection.execute(sa.select(superseded.c.seq).order_by(superseded.c.seq))
        assert list(aside.scalars()) == [4, 5]
    lease = twin.show()
    assert lease is not None
    assert lease.seconds


def test_keeping_lets_the_known_history_go_on(rig: Rig, window: PlayedStation) -> None:
    window.publish(window.write())
    rig.turn()
    twin = window.copy()
    window.publish(window.write("here"))
    rig.turn()
    twin.publish(twin.write("there"))
    rig.turn()
    (fork,) = list_forks(rig.database)
    rig.central.decide_fork(fork.id, ForkDecision.KEEP, by="one", agreed=AGREED, why="put away")
    window.publish(window.write("on"))
    rig.turn()
    assert stored(rig) == written(window)
    assert [one.decision for one in list_forks(rig.database)] == ["keep"]


def test_a_foreign_signature_is_not_believed(rig: Rig, window: PlayedStation) -> None:
    impostor = PlayedStation(rig, window.name)
    assert impostor.show() is None
    impostor.write()
    impostor.checkpoint()
    rig.turn()
    assert list_forks(rig.database) == ()


def test_a_late_sign_of_life_is_not_answered_again(rig: Rig, window: PlayedStation) -> None:
    assert window.show() is not None
    old = window.copy()
    old.session, old.asked = window.session, 0
    window.session = "second"
    window.asked = 0
    assert window.show() is not None
    assert old.show() is None
