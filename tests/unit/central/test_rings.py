"""Settings go out ring by ring, stop where too many fail, and heal after a restored backup."""

from __future__ import annotations

import pytest

from station.central.revisions import Revision, list_revisions, rings_of
from station.central.rings import NewSettings
from station.central.wall import read_wall
from station.core import fleet
from station.core.errors import FleetMessageError, InputError
from station.core.errors.central import FleetEntryNotFoundError, SettingsNotUnderWayError
from station.core.fleet import Applied, Desired, SettingsOutcome, Signed
from station.core.shared_settings import digest_of
from station.signing import Identity, verify
from tests.rigs.central import PlayedStation, Rig

DOCUMENT = "[policies]\ntake_within = 180.0\n"
GOOD = NewSettings("longer", DOCUMENT, enough=100, most_failed=0)


@pytest.fixture
def windows(rig: Rig) -> list[PlayedStation]:
    """Two windows in ring 1, one in ring 3, one in ring 4; none in ring 2."""
    made = []
    for number, ring in enumerate((1, 1, 3, 4), start=1):
        station = PlayedStation(rig, f"city.hall.window-{number}")
        station.enrol()
        rig.central.rings.put_into_ring(station.name, ring, by="technician")
        made.append(station)
    return made


def give(rig: Rig, wanted: NewSettings = GOOD) -> int:
    return rig.central.rings.give_out(wanted, by="technician", agreed="supervisor")


def step(rig: Rig) -> bool:
    return rig.central.rings.step(rig.carrier)


def desired(window: PlayedStation) -> Desired | None:
    kept = window.rig.carrier.get(fleet.desired_key(window.name))
    if kept is None:
        return None
    signed = Signed.from_json(kept.body)
    assert (signed.kind, signed.to) == ("Desired", window.name)
    return Desired.from_json(verify(signed, window.rig.identity.signing_key))


def answer(
    window: PlayedStation,
    outcome: str = SettingsOutcome.APPLIED,
    *,
    revision: int = 0,
    document: str = DOCUMENT,
    by: Identity | None = None,
) -> None:
    wanted = desired(window)
    number = revision or (wanted.revision if wanted else 0)
    body = Applied(number, digest_of(document), outcome, "")
    signed = (by or window.identity).sign("Applied", window.name, body.to_json())
    window.rig.carrier.put(fleet.applied_key(window.name), signed.to_json())


def has(windows: list[PlayedStation]) -> list[bool]:
    return [desired(one) is not None for one in windows]


def newest(rig: Rig) -> Revision:
    return list_revisions(rig.database)[0]


def test_the_next_ring_gets_them_when_this_one_works_with_them(
    rig: Rig, windows: list[PlayedStation]
) -> None:
    revision = give(rig)
    assert step(rig)
    assert has(windows) == [True, True, False, False]
    found = desired(windows[0])
    assert found == Desired(revision, DOCUMENT)
    answer(windows[0])
    assert step(rig)
    assert has(windows) == [True, True, False, False], "one of two is not enough"
    answer(windows[1])
    step(rig)
    step(rig)
    assert has(windows) == [True, True, True, False], "an empty ring holds nothing up"
    answer(windows[2])
    step(rig)
    answer(windows[3])
    step(rig)
    assert newest(rig).state == "done"
    assert [one.applied for one in newest(rig).shares] == [2, 0, 1, 1]
    assert not step(rig), "nothing is new"


@pytest.mark.parametrize("outcome", [SettingsOutcome.REFUSED, SettingsOutcome.RETURNED])
def test_they_stop_where_too_many_have_not_taken_them(
    rig: Rig, windows: list[PlayedStation], outcome: SettingsOutcome
) -> None:
    give(rig)
    step(rig)
    answer(windows[0])
    answer(windows[1], outcome)
    step(rig)
    for _ in range(3):
        step(rig)
    found = newest(rig)
    assert found.state == "stopped"
    assert [(one.station, one.outcome) for one in found.failures] == [(windows[1].name, outcome)]
    assert has(windows) == [True, True, False, False]
    assert [one.kind for one in read_wall(rig.database).alarms] == ["settings-failed"]


def test_a_person_stops_them_and_lets_them_go_on(rig: Rig, windows: list[PlayedStation]) -> None:
    revision = give(rig)
    step(rig)
    rig.central.rings.stop(revision, by="technician")
    answer(windows[0])
    answer(windows[1])
    step(rig)
    assert has(windows)[2:] == [False, False]
    rig.central.rings.go_on(revision, by="technician")
    step(rig)
    step(rig)
    assert has(windows) == [True, True, True, False]


def test_a_person_who_goes_on_has_accepted_the_failures_up_to_there(
    rig: Rig, windows: list[PlayedStation]
) -> None:
    revision = give(rig)
    step(rig)
    answer(windows[0])
    answer(windows[1], SettingsOutcome.REFUSED)
    step(rig)
    assert newest(rig).state == "stopped"
    rig.central.rings.go_on(revision, by="technician")
    step(rig)
    step(rig)
    assert has(windows) == [True, True, True, False]
    answer(windows[2])
    step(rig)
    assert has(windows) == [True, True, True, True], "it goes on by itself again"
    answer(windows[3], SettingsOutcome.RETURNED)
    step(rig)
    assert newest(rig).state == "stopped", "a failure that nobody has accepted"
    alarms = [one.kind for one in read_wall(rig.database).alarms]
    assert alarms == ["settings-failed", "settings-failed"]


def test_what_is_stopped_reaches_no_window_any_more(rig: Rig, windows: list[PlayedStation]) -> None:
    revision = give(rig)
    step(rig)
    rig.central.rings.stop(revision, by="technician")
    rig.central.rings.put_into_ring(windows[3].name, 1, by="technician")
    for _ in range(3):
        step(rig)
    assert has(windows) == [True, True, False, False]


def test_newer_settings_replace_those_that_are_on_their_way(
    rig: Rig, windows: list[PlayedStation]
) -> None:
    first = give(rig)
    step(rig)
    second = give(rig, NewSettings("other", "[policies]\ntake_within = 60.0"))
    assert second > first
    step(rig)
    found = desired(windows[0])
    assert found is not None
    assert found.revision == second
    assert [one.state for one in list_revisions(rig.database)] == ["rolling", "replaced"]
    with pytest.raises(SettingsNotUnderWayError):
        rig.central.rings.go_on(first, by="technician")
    answer(windows[0], revision=first)
    step(rig)
    assert newest(rig).shares[0].applied == 0, "an answer about the earlier ones"


def test_a_window_that_comes_later_gets_what_its_ring_has(
    rig: Rig, windows: list[PlayedStation]
) -> None:
    give(rig)
    step(rig)
    late = PlayedStation(rig, "city.hall.window-9")
    late.enrol()
    assert dict(rings_of(rig.database))[late.name] == 3
    step(rig)
    assert desired(late) is None
    rig.central.rings.put_into_ring(late.name, 1, by="technician")
    step(rig)
    assert desired(late) is not None


def test_an_answer_that_the_window_has_not_signed_counts_for_nothing(
    rig: Rig, windows: list[PlayedStation]
) -> None:
    give(rig)
    step(rig)
    answer(windows[0], by=Identity.new())
    rig.carrier.put(fleet.applied_key(windows[1].name), b"nothing that can be read")
    step(rig)
    assert newest(rig).shares[0].applied == 0


@pytest.mark.parametrize("revision", [7, 1])
def test_after_a_restored_backup_they_get_a_number_that_no_window_has_had(
    rig: Rig, windows: list[PlayedStation], revision: int
) -> None:
    assert give(rig) == 1
    step(rig)
    answer(windows[0], revision=revision, document="[policies]\nhold_owed = 1.0")
    assert step(rig)
    step(rig)
    for window in windows[:2]:
        found = desired(window)
        assert found == Desired(revision + 1, DOCUMENT)
    assert "settings-unknown" in [one.kind for one in read_wall(rig.database).alarms]


def test_a_window_that_has_not_answered_is_given_them_again(
    rig: Rig, windows: list[PlayedStation]
) -> None:
    give(rig)
    step(rig)
    key = fleet.desired_key(windows[0].name)
    before = rig.carrier.get(key)
    assert not step(rig)
    with rig.database.transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE settings_answers SET given_at = given_at - interval '1 hour'"
        )
    step(rig)
    after = rig.carrier.get(key)
    assert before is not None
    assert after is not None
    assert after.revision > before.revision
    assert after.body == before.body


def test_nothing_is_given_out_while_the_first_ring_is_empty(rig: Rig) -> None:
    window = PlayedStation(rig, "city.hall.window-1")
    window.enrol()
    with pytest.raises(InputError) as refused:
        give(rig)
    assert refused.value.code == "settings-no-first-ring"
    rig.central.rings.put_into_ring(window.name, 1, by="technician")
    rig.central.assigning.block(window.name, blocked=True, by="chief", why="it takes no part")
    with pytest.raises(InputError):
        give(rig)
    assert list_revisions(rig.database) == ()


def test_what_can_not_be_given_is_refused_and_nothing_is_kept(rig: Rig) -> None:
    for wanted in (
        NewSettings("own", "[server]\nport = 1"),
        NewSettings("none", "no toml"),
    ):
        with pytest.raises(FleetMessageError):
            give(rig, wanted)
    with pytest.raises(InputError):
        give(rig, NewSettings(" ", DOCUMENT))
    with pytest.raises(InputError):
        give(rig, NewSettings("shares", DOCUMENT, enough=0))
    with pytest.raises(FleetEntryNotFoundError):
        rig.central.rings.put_into_ring("city.hall.nobody", 1, by="technician")
    assert list_revisions(rig.database) == ()
    assert not step(rig)
