"""Simple TLV of card records, and the BER-TLV of this card's answers.

Source: card specification part 5 (records: one byte tag, one byte length), ISO/IEC 8825-1 clause 8.
"""

from __future__ import annotations

from simulators.cards.ssc.apdu import RefusedError, StatusWord


def encode_record(tag: int, value: bytes) -> bytes:
    """Return a record: one byte of tag, one of length, the value."""
    return bytes([tag, len(value)]) + value


def check_record(record: bytes) -> int:
    """Return the tag of a complete record.

    Raises:
        RefusedError: 6A85, the length byte does not match the data sent.
    """
    if len(record) < 2 or record[1] != len(record) - 2:
        raise RefusedError(StatusWord.LENGTH_NOT_TLV)
    return record[0]


def encode_ber(tag: int, *parts: bytes) -> bytes:
    """Return one data object of up to 255 bytes of value.

    Raises:
        ValueError: The value is longer: a card of short APDUs could not answer with it.
    """
    value = b"".join(parts)
    if len(value) > 0xFF:
        raise ValueError(f"value of {len(value)} bytes in data object {tag:X}")
    length = bytes([0x81, len(value)]) if len(value) > 0x7F else bytes([len(value)])
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length + value
