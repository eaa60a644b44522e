"""Magnetic tracks: their alphabets and lengths.

Source: ISO/IEC 7811-6 (tracks 1 and 2: characters and lengths), ISO/IEC 4909 (track 3). The encoder
    adds sentinels and check characters itself; they are never part of the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from station.core.errors import TrackDataError

#: Track -> characters that are allowed as data. Track 1: the national and the control characters of
#: the 64-character set are left out, because readers interpret them differently.
ALPHABETS: Final = {
    1: re.compile(r"[ $()\-./0-9A-Z^]*", re.ASCII),
    2: re.compile(r"[0-9=]*", re.ASCII),
    3: re.compile(r"[0-9=]*", re.ASCII),
}
#: Track -> maximum number of data characters: 79, 40 and 107, less two sentinels and the check
#: character.
ROOM: Final = {1: 76, 2: 37, 3: 104}


@dataclass(frozen=True, slots=True)
class Tracks:
    """Contents of a card's stripe, read or to be written; None: track not written, or blank.

    Raises:
        TrackDataError: A character that the track can't hold, an empty text, or more characters
            than fit. The message never contains the text.
    """

    track1: str | None = field(default=None, repr=False)
    track2: str | None = field(default=None, repr=False)
    track3: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for number, data in self:
            _check(number, data)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Yield number and data of each track that has data."""
        for number, data in enumerate((self.track1, self.track2, self.track3), start=1):
            if data is not None:
                yield number, data


def _check(number: int, data: str) -> None:
    if not 0 < len(data) <= ROOM[number]:
        raise TrackDataError(number, f"{len(data)} characters, want 1..{ROOM[number]}")
    allowed = ALPHABETS[number]
    for place, character in enumerate(data, start=1):
        if not allowed.fullmatch(character):
            raise TrackDataError(number, f"character {place} is none of this track's")
