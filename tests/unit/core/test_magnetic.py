"""What may stand on a magnetic track, checked before anything is sent."""

import pytest

from station.core.errors import TrackDataError
from station.core.magnetic import Tracks

#: ISO/IEC 7811-6: the 64 characters of track 1, in the order of the table.
TRACK_1_SET = [chr(code) for code in range(0x20, 0x60)]
GOOD_1 = " $()-./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^"


def test_tracks_are_given_by_number_and_left_out_ones_are_not() -> None:
    assert dict(Tracks("B123^TEST/PERSON^", None, "01=2")) == {1: "B123^TEST/PERSON^", 3: "01=2"}
    assert dict(Tracks()) == {}


@pytest.mark.parametrize("character", TRACK_1_SET)
def test_each_character_of_the_set_on_track_1(character: str) -> None:
    if character in GOOD_1:
        assert Tracks(f"A{character}").track1 == f"A{character}"
    else:  # sentinels % ?, control characters, national ones
        with pytest.raises(TrackDataError, match="track 1: character 2"):
            Tracks(f"A{character}")


@pytest.mark.parametrize("track", [2, 3])
@pytest.mark.parametrize("character", [chr(code) for code in range(0x30, 0x40)])
def test_each_character_of_the_numeric_set(track: int, character: str) -> None:
    given = {f"track{track}": f"1{character}"}
    if character in "0123456789=":
        assert dict(Tracks(**given)) == {track: f"1{character}"}
    else:
        with pytest.raises(TrackDataError, match=f"track {track}: character 2"):
            Tracks(**given)


@pytest.mark.parametrize("bad", ["a", "é", "张", "\x1b", "\r", "\0", "１", ";"])
def test_what_could_end_a_command_or_is_no_character_of_the_stripe(bad: str) -> None:
    for track in (1, 2, 3):
        with pytest.raises(TrackDataError):
            Tracks(**{f"track{track}": bad})


@pytest.mark.parametrize(("track", "room"), [(1, 76), (2, 37), (3, 104)])
def test_room_without_sentinels_and_check_character(track: int, room: int) -> None:
    assert Tracks(**{f"track{track}": "1" * room})
    for count in (0, room + 1):
        with pytest.raises(TrackDataError, match=f"{count} characters, want 1..{room}") as caught:
            Tracks(**{f"track{track}": "1" * count})
        assert caught.value.details["track"] == str(track)


def test_what_is_on_the_card_shows_in_no_error_or_repr() -> None:
    assert "6227" not in repr(Tracks(track2="6227000000000000000=3012"))
    with pytest.raises(TrackDataError) as caught:
        Tracks(track2="6227:")
    assert "6227" not in f"{caught.value} {caught.value.details}"
