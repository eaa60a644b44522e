"""Applications besides SSSE (DF01 to DF07) as data: the content of each file, and who may write it.

Nothing here is read or written when a card is made; card services use it.

Source: 人社信息函〔2012〕37号, tables 4 to 8 and part 7 (cn, an).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, TypeAlias

from station.core.characters import decode_text, encode_text
from station.core.errors import ConfigError, InputError, RemoteProtocolError
from station.encoder.profiles.ssc.values import UNWRITTEN
from station.encoder.tlv import encode_simple_tlv, parse_simple_tlv

FILE_NAME: Final = "applications.toml"
CN, AN, BINARY = "cn", "an", "b"
PAD_DIGIT: Final = "F"

#: Text of a `cn` or `an` value, bytes of a binary one, or the values of a constructed record.
Value: TypeAlias = "str | bytes | tuple[Value, ...]"


@dataclass(frozen=True, slots=True)
class Item:
    """One value: a record, a field in a constructed record, or a field without tag.

    Attributes:
        tag: None in a cyclic file.
        coding: `cn`, `an` or `b`; empty for a constructed record.
        length: Bytes of the value.
        fields: Fields of a constructed record.
        count: How many records of this kind there are.
    """

    tag: int | None
    coding: str
    length: int
    fields: tuple[Item, ...] = ()
    count: int = 1


@dataclass(frozen=True, slots=True)
class ApplicationFile:
    """One elementary file of an application.

    Attributes:
        file: File identifier: `EF05`.
        title: The file's name in the specification.
        structure: `variable`, `cyclic` or `transparent`.
        pin: Whether the holder's PIN, instead of the key, opens it for reading.
        read: Key that opens it for reading, `free`, or what is needed together with the PIN.
        write: Key that opens it for writing; empty where only the card itself writes.
        key: Reference of the write key in the card; None where no source has it.
        hsm: HSM address of the write key's first version; empty where there is none.
        items: Records of a variable file, in order; fields of one record of a cyclic one.
        size: Bytes of the file or of one cyclic record; 0 where the records determine it.
    """

    file: str
    title: str
    structure: str
    pin: bool
    read: str
    write: str
    key: int | None
    hsm: str
    items: tuple[Item, ...]
    size: int

    @property
    def records(self) -> tuple[Item, ...]:
        """One item per record number; repeated items are listed repeatedly."""
        return tuple(item for item in self.items for _ in range(item.count))


@dataclass(frozen=True, slots=True)
class Application:
    """One DF.

    Attributes:
        name: `DF01`.
        title: Its name in the specification.
        aid: Application identifier.
        files: By file identifier.
    """

    name: str
    title: str
    aid: bytes
    files: dict[str, ApplicationFile]


def load_applications() -> dict[str, Application]:
    """Return the applications in this folder's applications.toml, by name.

    Raises:
        ConfigError: A key is missing or unknown, or a value is invalid.
    """
    text = files(__package__).joinpath(FILE_NAME).read_text(encoding="utf-8")
    try:
        applications = [_application(**entry) for entry in tomllib.loads(text)["application"]]
    except (KeyError, TypeError, ValueError) as exc:
        raise ConfigError(f"{FILE_NAME}: {type(exc).__name__}: {exc}") from exc
    return {application.name: application for application in applications}


def _application(*, name: str, title: str, aid: str, files: list[dict[str, Any]]) -> Application:
    read = [_file(**entry) for entry in files]
    return Application(name, title, bytes.fromhex(aid), {file.file: file for file in read})


def _file(
    *,
    key: str,
    size: str = "0",
    count: int = 1,
    records: list[list[Any]] | None = None,
    fields: list[list[Any]] | None = None,
    **rest: Any,  # noqa: ANN401 - TOML values, checked by the dataclass's names
) -> ApplicationFile:
    del count  # minimum number of cyclic records on a card: for people
    items = [_item(*entry) for entry in records or ()]
    items += [Item(None, coding, int(length, 16)) for coding, length in fields or ()]
    return ApplicationFile(
        key=int(key, 16) if key else None, size=int(size, 16), items=tuple(items), **rest
    )


def _item(tag: str, what: str | list[list[Any]], length: str, count: int = 1) -> Item:
    size = int(length, 16)
    if isinstance(what, str):
        return Item(int(tag, 16), what, size, count=count)
    fields = tuple(_item(*entry) for entry in what)
    if sum(field.length + 2 for field in fields) != size:
        raise ValueError(f"tag {tag}: the fields don't fill {length}")
    return Item(int(tag, 16), "", size, fields, count)


def encode_item(item: Item, value: Value) -> bytes:
    """Return the bytes of one record or field, with its tag when it has one.

    Raises:
        InputError: The value does not fit. The message does not contain it.
    """
    if item.fields:
        if not isinstance(value, tuple) or len(value) != len(item.fields):
            raise InputError(f"{_name(item)}: expected {len(item.fields)} values")
        pairs = zip(item.fields, value, strict=True)
        body = b"".join(encode_item(field, part) for field, part in pairs)
    else:
        body = _encode_value(item, value)
    return body if item.tag is None else encode_simple_tlv(item.tag, body)


def decode_item(item: Item, data: bytes) -> Value:
    """Return the value of one record or field.

    Raises:
        RemoteProtocolError: It has another tag or length.
    """
    body = data
    if item.tag is not None:
        tag, body = parse_simple_tlv(data)
        if tag != item.tag:
            raise RemoteProtocolError(f"{_name(item)}: tag {tag:02X} stands there")
    if len(body) != item.length:
        raise RemoteProtocolError(f"{_name(item)}: {len(body)} bytes, not {item.length}")
    if not item.fields:
        return _decode_value(item, body)
    values: list[Value] = []
    for field in item.fields:
        piece, body = body[: field.length + 2], body[field.length + 2 :]
        values.append(decode_item(field, piece))
    return tuple(values)


def encode_cyclic(file: ApplicationFile, values: tuple[Value, ...]) -> bytes:
    """Return one record of a cyclic file.

    Raises:
        InputError: Too few or too many values, or one does not fit.
    """
    if len(values) != len(file.items):
        raise InputError(f"{file.file}: expected {len(file.items)} values")
    return b"".join(encode_item(item, v) for item, v in zip(file.items, values, strict=True))


def decode_cyclic(file: ApplicationFile, record: bytes) -> tuple[Value, ...]:
    """Return the values of one record of a cyclic file.

    Raises:
        RemoteProtocolError: The record has another length.
    """
    if len(record) != file.size:
        raise RemoteProtocolError(f"{file.file}: a record of {len(record)} bytes")
    values: list[Value] = []
    for item in file.items:
        values.append(decode_item(item, record[: item.length]))
        record = record[item.length :]
    return tuple(values)


def _encode_value(item: Item, value: Value) -> bytes:
    if item.coding == BINARY:
        body = value if isinstance(value, bytes) else b""
        if len(body) != item.length:
            raise InputError(f"{_name(item)}: expected {item.length} bytes")
        return body
    if not isinstance(value, str):
        raise InputError(f"{_name(item)}: expected a text")
    if item.coding == CN:
        return _encode_digits(item, value)
    try:
        encoded = encode_text(value)
    except UnicodeEncodeError as exc:
        raise InputError(f"{_name(item)}: a character has no code") from exc
    if len(encoded) > item.length:
        raise InputError(f"{_name(item)}: the text finds no room in {item.length} bytes")
    return encoded.ljust(item.length, b"\x00")


def _encode_digits(item: Item, digits: str) -> bytes:
    room = item.length * 2
    if len(digits) > room or (digits and not (digits.isascii() and digits.isdecimal())):
        raise InputError(f"{_name(item)}: expected at most {room} digits")
    return bytes.fromhex(digits.ljust(room, PAD_DIGIT))


def _decode_value(item: Item, body: bytes) -> Value:
    if item.coding == BINARY:
        return body
    if item.coding == CN:
        return body.hex().upper().rstrip(PAD_DIGIT)
    return decode_text(body.rstrip(UNWRITTEN))


def _name(item: Item) -> str:
    return "a field" if item.tag is None else f"record {item.tag:02X}"
