"""A registration code is good for one station, and a lost answer is given again."""

from __future__ import annotations

import pytest

from station.core.errors import FleetMessageError
from station.core.errors.central import EnrolmentRefusedError, StationNameTakenError
from station.signing import Identity
from tests.rigs.central import PlayedStation, Rig


def test_asked_again_the_same_station_gets_the_same_answer(rig: Rig) -> None:
    window = PlayedStation(rig, "city.hall.window-1")
    code = rig.central.enrolment.make_code(window.name, by="admin")
    first = rig.central.enrolment.enrol(window.request(code))
    assert rig.central.enrolment.enrol(window.request(code.lower())) == first
    assert first.central_key == rig.identity.signing_key
    assert first.user == window.name
    assert len(first.password) == 64


def test_a_code_is_good_for_its_station_once(rig: Rig) -> None:
    window = PlayedStation(rig, "city.hall.window-1")
    code = rig.central.enrolment.make_code(window.name, by="admin")
    with pytest.raises(EnrolmentRefusedError):
        rig.central.enrolment.enrol(PlayedStation(rig, "city.hall.other").request(code))
    rig.central.enrolment.enrol(window.request(code))
    with pytest.raises(EnrolmentRefusedError):
        rig.central.enrolment.enrol(PlayedStation(rig, window.name).request(code))
    with pytest.raises(EnrolmentRefusedError):
        rig.central.enrolment.enrol(window.request("AAAA-BBBB-CCCC-DDDD"))


def test_a_name_stays_with_its_keys(rig: Rig, window: PlayedStation) -> None:
    stranger = PlayedStation(rig, window.name, Identity.new())
    code = rig.central.enrolment.make_code(window.name, by="admin")
    with pytest.raises(StationNameTakenError):
        rig.central.enrolment.enrol(stranger.request(code))
    # The refusal was rolled back: the code is still good for the station that has the keys.
    rig.central.enrolment.enrol(window.request(code))


def test_a_name_and_a_key_of_another_form_are_refused(rig: Rig) -> None:
    with pytest.raises(FleetMessageError):
        rig.central.enrolment.make_code("window 1", by="admin")
    window = PlayedStation(rig, "city.hall.window-1")
    code = rig.central.enrolment.make_code(window.name, by="admin")
    import dataclasses

    with pytest.raises(FleetMessageError):
        rig.central.enrolment.enrol(dataclasses.replace(window.request(code), signing_key="no key"))
