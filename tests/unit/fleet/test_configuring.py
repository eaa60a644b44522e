"""Settings from central at a window: newer ones only, taken when nobody is served, answered."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from station.core import fleet
from station.core.fleet import Applied, Desired, SettingsOutcome, Signed
from station.fleet.configuring import LOOK_EVERY, TRY_EVERY, Configuring
from station.signing import Identity, verify
from tests.fleet.stations import Station
from tests.rigs.played_central import PlayedCentral

NAME = "xinxiang.hall-1.window-1"
DOCUMENT = "[policies]\ntake_within = 180.0\n"


@dataclass
class Site:
    """A window's settings: `in_use` keeps it from taking any."""

    newest: int = 0
    outcome: Applied | None = None
    in_use: bool = False
    taken: list[Desired] = field(default_factory=list)

    def take(self, desired: Desired) -> bool:
        if self.in_use:
            return False
        self.taken.append(desired)
        self.newest = desired.revision
        self.outcome = None
        return True

    def end(self, outcome: SettingsOutcome) -> None:
        self.outcome = Applied(self.newest, "digest", outcome.value, "")


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def configuring(station: Station, central: PlayedCentral, site: Site) -> Configuring:
    assert station.member is not None
    assert station.carrier is not None
    journal = station.window.journal
    keys = journal.fleet.keys()
    assert keys is not None
    identity, key = Identity.from_bytes(keys.identity), central.identity.signing_key
    return Configuring(journal, station.carrier, station.member.link, identity, key, site)


def give(
    central: PlayedCentral, revision: int, *, to: str = NAME, by: Identity | None = None
) -> None:
    body = Desired(revision, DOCUMENT).to_json()
    signed = (by or central.identity).sign("Desired", to, body)
    central.carrier.put(fleet.desired_key(NAME), signed.to_json())


def told(central: PlayedCentral) -> Applied | None:
    kept = central.carrier.get(fleet.applied_key(NAME))
    if kept is None:
        return None
    signed = Signed.from_json(kept.body)
    return Applied.from_json(verify(signed, central.stations[NAME].identity.signing_key))


def after(station: Station, configuring: Configuring, seconds: float) -> None:
    station.window.clock.advance(seconds)
    configuring.turn()


def test_settings_are_taken_once_and_answered(
    station: Station, central: PlayedCentral, configuring: Configuring, site: Site
) -> None:
    give(central, 3)
    configuring.turn()
    assert [one.document for one in site.taken] == [DOCUMENT]
    assert told(central) is None, "on trial"
    site.end(SettingsOutcome.APPLIED)
    after(station, configuring, LOOK_EVERY)
    assert told(central) == Applied(3, "digest", "applied", "")
    for _ in range(3):
        after(station, configuring, LOOK_EVERY)
    assert len(site.taken) == 1


def test_they_wait_while_somebody_is_served(
    station: Station, central: PlayedCentral, configuring: Configuring, site: Site
) -> None:
    site.in_use = True
    give(central, 1)
    assert configuring.turn() <= TRY_EVERY
    after(station, configuring, TRY_EVERY)
    assert site.taken == []
    site.in_use = False
    after(station, configuring, TRY_EVERY)
    assert len(site.taken) == 1


@pytest.mark.parametrize("revision", [4, 5])
def test_an_older_copy_of_the_carrier_brings_nothing_back(
    central: PlayedCentral, configuring: Configuring, site: Site, revision: int
) -> None:
    site.newest = 5
    give(central, revision)
    configuring.turn()
    assert site.taken == []


def test_what_central_has_not_signed_for_this_window_is_not_taken(
    station: Station, central: PlayedCentral, configuring: Configuring, site: Site
) -> None:
    give(central, 1, to="xinxiang.hall-1.window-2")
    configuring.turn()
    give(central, 2, by=Identity.new())
    after(station, configuring, LOOK_EVERY)
    assert site.taken == []
    assert station.member is not None
    assert station.member.link.error == "fleet-message"


def test_the_answer_is_said_again_when_central_asks_again(
    station: Station, central: PlayedCentral, configuring: Configuring, site: Site
) -> None:
    give(central, 1)
    configuring.turn()
    site.end(SettingsOutcome.REFUSED)
    after(station, configuring, LOOK_EVERY)
    central.carrier.put(fleet.applied_key(NAME), b"an older copy")
    after(station, configuring, LOOK_EVERY)
    kept = central.carrier.get(fleet.applied_key(NAME))
    assert kept is not None
    assert kept.body == b"an older copy"
    give(central, 1)
    after(station, configuring, LOOK_EVERY)
    assert told(central) == Applied(1, "digest", "refused", "")
    assert len(site.taken) == 1
