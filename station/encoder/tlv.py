"""BER-TLV data objects, and the one-byte simple TLV of the social security files.

Source: ISO/IEC 7816-4:2013, 5.2 (both forms); EMV 4.3 Book 3 annex B (padding between objects).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from station.core.errors import LocalProtocolError, RemoteProtocolError

CONSTRUCTED: Final = 0x20
TAG_CONTINUES: Final = 0x1F
MORE: Final = 0x80
MAX_TAG_BYTES: Final = 3  # ISO/IEC 7816-4 5.2.2.1: longer tag fields are reserved
MAX_LENGTH_BYTES: Final = 4  # 81 to 84: the longest that 5.2.2.2 defines
MAX_DEPTH: Final = 8  # no card structure nests deeper; bounds a hostile answer
PADDING: Final = b"\x00\xff"
SIMPLE_LONG: Final = 0xFF  # a simple TLV length of FF announces two more bytes


@dataclass(frozen=True, slots=True)
class Tlv:
    """One data object. Values may be personal, so they are kept out of the repr.

    Attributes:
        tag: The tag field as a number: 0x5A, 0x9F38.
        value: The value field, unparsed.
        children: The objects inside a constructed one.
    """

    tag: int
    value: bytes = field(repr=False)
    children: tuple[Tlv, ...] = ()


def parse_tlv(data: bytes, *, nested: bool = True) -> tuple[Tlv, ...]:
    """Return the objects that follow one another in `data`.

    Args:
        data: The objects.
        nested: Whether the values of constructed ones are objects as well. In some standards the
            tag says so and the value is something else: a certificate, compressed data.

    Raises:
        RemoteProtocolError: A tag or length is cut short, too long, or does not fit.
    """
    return _parse(data, depth=0, nested=nested)


def _parse(data: bytes, *, depth: int, nested: bool) -> tuple[Tlv, ...]:
    if depth > MAX_DEPTH:
        raise RemoteProtocolError(f"TLV nests deeper than {MAX_DEPTH}")
    found: list[Tlv] = []
    at = 0
    while at < len(data):
        if data[at] in PADDING:
            at += 1
            continue
        tag, after_tag = _tag_at(data, at)
        length, start = _length_at(data, after_tag)
        value = data[start : start + length]
        if len(value) < length:
            raise RemoteProtocolError(f"tag {tag:02X}: {length} bytes announced, {len(value)} left")
        is_tree = nested and data[at] & CONSTRUCTED
        children = _parse(value, depth=depth + 1, nested=True) if is_tree else ()
        found.append(Tlv(tag, value, children))
        at = start + length
    return tuple(found)


def _tag_at(data: bytes, at: int) -> tuple[int, int]:
    end = at + 1
    if data[at] & TAG_CONTINUES == TAG_CONTINUES:
        while end < len(data) and data[end] & MORE:
            end += 1
        end += 1
    if end > len(data) or end - at > MAX_TAG_BYTES:
        raise RemoteProtocolError("a tag is cut short or too long")
    return int.from_bytes(data[at:end], "big"), end


def _length_at(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise RemoteProtocolError("a length is missing")
    first = data[at]
    if first < MORE:
        return first, at + 1
    count = first & ~MORE
    raw = data[at + 1 : at + 1 + count]
    if not 1 <= count <= MAX_LENGTH_BYTES or len(raw) < count:
        raise RemoteProtocolError(f"length field {first:02X} is cut short or not defined")
    return int.from_bytes(raw, "big"), at + 1 + count


def find_tags(objects: Iterable[Tlv], tag: int) -> Iterator[bytes]:
    """Yield the value of every object with `tag`, at any depth, depth first."""
    for item in objects:
        if item.tag == tag:
            yield item.value
        yield from find_tags(item.children, tag)


def find_tag(objects: Iterable[Tlv], tag: int) -> bytes | None:
    """Return the first value that `find_tags` yields, if any."""
    return next(find_tags(objects, tag), None)


def encode_tlv(tag: int, value: bytes) -> bytes:
    """Return one object with the shortest length field."""
    return tag.to_bytes(max(1, (tag.bit_length() + 7) // 8), "big") + _length(len(value)) + value


def _length(count: int) -> bytes:
    if count < MORE:
        return bytes([count])
    raw = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes([MORE | len(raw)]) + raw


def parse_tags_and_lengths(data: bytes) -> tuple[tuple[int, int], ...]:
    """Return the entries of a data object list (PDOL): tag and requested length, without values.

    Raises:
        RemoteProtocolError: The list is cut short.
    """
    entries: list[tuple[int, int]] = []
    at = 0
    while at < len(data):
        tag, at = _tag_at(data, at)
        length, at = _length_at(data, at)
        entries.append((tag, length))
    return tuple(entries)


def encode_simple_tlv(tag: int, value: bytes) -> bytes:
    """Return a record with a one-byte tag and a one-byte length.

    Raises:
        LocalProtocolError: The value is longer than 254 bytes.
    """
    if len(value) >= SIMPLE_LONG:
        raise LocalProtocolError(f"{len(value)} bytes don't fit a one-byte length")
    return bytes([tag, len(value)]) + value


def parse_simple_tlv(record: bytes) -> tuple[int, bytes]:
    """Return tag and value of a record; bytes after the value are the record's unused room.

    Raises:
        RemoteProtocolError: The length does not fit.
    """
    if len(record) < 2:
        raise RemoteProtocolError(f"a record of {len(record)} bytes has no tag and length")
    tag, length = record[0], record[1]
    value = record[2 : 2 + length]
    if length == SIMPLE_LONG or len(value) < length:
        raise RemoteProtocolError(f"record {tag:02X}: {length} bytes announced, {len(value)} there")
    return tag, value
