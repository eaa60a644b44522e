"""Magnetic tracks, written and read back through the simulated printer, over both links."""

from collections.abc import Callable, Iterator

import pytest

from simulators.machine.picture import Side
from station.core.errors import (
    DeviceError,
    OutcomeUnknownError,
    StationError,
    TrackDataError,
    TrackError,
)
from station.core.magnetic import Tracks
from station.core.printing import Capability, CardPosition, MagneticEncoder
from tests.rigs.printer import Case, Rig, open_rig

WANTED = Tracks("B123^TEST/PERSON^3012", "123=3012", "01123=456")
LINKS = [Case("evolis", "tcp-transaction"), Case("evolis", "usbip")]
over_usb = pytest.mark.parametrize("rig", LINKS[1:], indirect=True, ids=str)
over_tcp = pytest.mark.parametrize("rig", LINKS[:1], indirect=True, ids=str)


@pytest.fixture(params=LINKS, ids=str)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    for made in open_rig(request.param):
        made.printer.bring_card_to_chip_station()
        yield made


def head(rig: Rig) -> MagneticEncoder:
    assert Capability.MAGNETIC in rig.printer.model.capabilities
    printer: object = rig.printer
    assert isinstance(printer, MagneticEncoder)
    return printer


def on_card(rig: Rig) -> dict[int, str]:
    card = rig.server.machine.path_card
    assert card is not None
    return card.tracks


def test_what_was_written_is_on_the_card_and_survives_the_power(rig: Rig) -> None:
    head(rig).write_tracks(WANTED)
    assert on_card(rig) == dict(WANTED)
    assert rig.printer.status().card is CardPosition.PRINT_STATION
    rig.server.hands.cut_the_power()
    rig.server.hands.switch_the_power_on()
    assert head(rig).read_tracks() == WANTED
    assert rig.total("swipes") == 3
    assert rig.panels(rig.card_inside() or "", Side.FRONT) == ""


def test_a_track_that_is_not_given_is_left_as_it_was(rig: Rig) -> None:
    head(rig).write_tracks(Tracks(track2="1=1"))
    head(rig).write_tracks(Tracks(track1="A"))
    assert head(rig).read_tracks() == Tracks("A", "1=1", None)


@over_tcp
def test_a_blank_stripe_reads_as_nothing_and_is_no_fault(rig: Rig) -> None:
    assert head(rig).read_tracks() == Tracks()
    assert rig.printer.status().errors == ()


@over_tcp
def test_a_scratched_stripe_is_told_from_a_blank_one(rig: Rig) -> None:
    rig.printer.reject_card()
    rig.server.hands.scratch_the_next_blank()
    rig.printer.bring_card_to_chip_station()
    for goal in (head(rig).read_tracks, lambda: head(rig).write_tracks(WANTED)):
        with pytest.raises(TrackError) as caught:
            goal()
        assert caught.value.code == "magnetic-track-unreadable"
    rig.printer.reject_card()  # and it does not block the next card
    assert rig.total("rejects") == 2


@over_tcp
def test_what_reads_otherwise_than_written_is_never_called_written(rig: Rig) -> None:
    card = rig.server.machine.path_card
    assert card is not None
    card.tracks = Worn()
    with pytest.raises(TrackError) as caught:
        head(rig).write_tracks(WANTED)
    assert caught.value.code == "magnetic-read-back-differs"
    assert caught.value.details == {"track": "2"}
    assert "123" not in str(caught.value)


class Worn(dict[int, str]):
    """A stripe that loses a digit of track 2."""

    def __ior__(self, other: object) -> "Worn":  # type: ignore[override,misc]
        assert isinstance(other, dict)
        self.update(other)
        self[2] = "123=301"
        return self


@over_tcp
def test_no_card_and_nothing_that_moves(rig: Rig) -> None:
    rig.printer.reject_card()
    with pytest.raises(DeviceError) as caught:
        head(rig).write_tracks(WANTED)
    assert caught.value.code == "media-needed"
    assert rig.feeds == 1


@over_tcp
def test_an_open_cover_is_named(rig: Rig) -> None:
    rig.server.hands.open_the_cover()
    with pytest.raises(StationError) as caught:
        head(rig).write_tracks(WANTED)
    assert caught.value.code == "cover-open"
    assert on_card(rig) == {}


def test_bad_data_never_leaves(rig: Rig) -> None:
    rig.tap.arm()
    with pytest.raises(TrackDataError):
        head(rig).write_tracks(Tracks(track2="1;2"))
    assert rig.tap.writes == 0


@over_usb
def test_whichever_answer_is_lost_reading_the_tracks_proves_what_happened(rig: Rig) -> None:
    lose: Callable[[int], None] = lambda number: setattr(rig.tap, "lose_read", number)  # noqa: E731
    unknown = 0
    for number in range(1, 120):
        wanted = Tracks(track2=f"{number}={number}")
        before = head(rig).read_tracks()
        rig.tap.arm()
        lose(number)
        try:
            head(rig).write_tracks(wanted)
        except OutcomeUnknownError:
            unknown += 1
        except StationError:
            rig.tap.arm()
            assert head(rig).read_tracks() == before  # it did not begin
        if rig.tap.reads < number:
            break
        rig.tap.arm()
        assert head(rig).read_tracks() in (before, wanted)
    else:
        pytest.fail("the write never ran to its end")
    assert unknown >= 2
    assert on_card(rig)[2] == f"{number}={number}"


@over_tcp
def test_what_stands_on_the_card_is_in_no_list_of_exchanges(rig: Rig) -> None:
    head(rig).write_tracks(WANTED)
    lines = "\n".join(rig.printer.recent_exchanges())
    assert "read track 1 -> ***" in lines
    assert not [data for _, data in WANTED if data in lines]
