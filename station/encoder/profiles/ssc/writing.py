"""Writes records and the portrait, after the update key was proven.

Source: card specification part 5 (UPDATE RECORD, UPDATE BINARY, SELECT by file identifier);
    人社信息函〔2012〕37号, table 15 (EF08).
"""

from __future__ import annotations

from typing import Final

from station.core.errors import InputError
from station.encoder.apdu import MAX_DATA, CommandApdu
from station.encoder.card_profile import Script, exchange_ok
from station.encoder.profiles.ssc.facts import PhotoFacts
from station.encoder.profiles.ssc.files import Record
from station.encoder.tlv import encode_simple_tlv

JPEG_START: Final = b"\xff\xd8"
JPEG_END: Final = b"\xff\xd9"


def update_record(record: Record, value: bytes) -> Script[None]:
    """Replace one record, by its tag.

    Raises:
        StatusWordError: The card refused.
    """
    data = encode_simple_tlv(record.tag, value)
    yield from exchange_ok(
        CommandApdu(f"UPDATE {record.place}", 0x00, 0xDC, record.tag, record.sfi << 3, data)
    )


def check_photo(photo: bytes, size: int) -> None:
    """Check that `photo` can be stored on a chip.

    Raises:
        InputError: Not one complete JPEG, or larger than `size`.
    """
    if not photo.startswith(JPEG_START) or not photo.endswith(JPEG_END):
        raise InputError("the portrait for the chip is no whole JPEG")
    if len(photo) > size:
        raise InputError(f"the portrait for the chip has {len(photo)} bytes, room is for {size}")


def write_photo(facts: PhotoFacts, photo: bytes) -> Script[None]:
    """Write a checked portrait with as few commands as possible. Not read back: too slow.

    Raises:
        StatusWordError: The card refused.
    """
    name = f"EF{facts.file[1]:02X}"
    yield from exchange_ok(CommandApdu(f"SELECT {name}", 0x00, 0xA4, 0x00, 0x00, facts.file))
    yield from update_binary(name, photo, MAX_DATA)


def update_binary(name: str, content: bytes, slice_length: int) -> Script[None]:
    """Write `content` from offset 0 into the selected transparent file.

    Raises:
        StatusWordError: The card refused a slice.
    """
    for offset in range(0, len(content), slice_length):
        piece = content[offset : offset + slice_length]
        high, low = divmod(offset, 0x100)
        yield from exchange_ok(
            CommandApdu(f"UPDATE {name} at {offset}", 0x00, 0xD6, high, low, piece)
        )
