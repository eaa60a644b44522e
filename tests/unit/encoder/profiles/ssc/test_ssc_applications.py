"""Every entry of DF01 to DF07 by literal bytes; layouts.toml binds the simulated card and us."""

from __future__ import annotations

import pytest

from station.core.errors import InputError, RemoteProtocolError
from station.encoder.profiles.ssc.applications import (
    ApplicationFile,
    Item,
    Value,
    decode_cyclic,
    decode_item,
    encode_cyclic,
    encode_item,
    load_applications,
)
from tests.rigs.scripted_chip import read_vectors

APPLICATIONS = load_applications()
RECORDS = [
    entry
    for entry in read_vectors("ssc/layouts.toml")["record"]
    if not entry["file"].startswith("SSSE")
]


def file_of(path: str) -> ApplicationFile:
    name, file = path.split("/")
    return APPLICATIONS[name].files[file]


@pytest.mark.parametrize("entry", RECORDS, ids=lambda e: f"{e['file']}-{e['number']}")
def test_each_record_is_the_documents(entry: dict[str, str]) -> None:
    item = file_of(entry["file"]).records[int(entry["number"]) - 1]
    for content in ("blank", "written"):
        raw = bytes.fromhex(entry[content])
        value = decode_item(item, raw)
        assert encode_item(item, value) == raw
        has_text = any(_texts(value))
        assert has_text is (content == "written") or item.coding == "b"


def _texts(value: Value) -> list[str | bytes]:
    if isinstance(value, tuple):
        return [text for part in value for text in _texts(part)]
    return [value]


def test_no_record_is_left_out_of_the_vectors() -> None:
    with_vectors = {(entry["file"], int(entry["number"])) for entry in RECORDS}
    of_tables = {
        (f"{application.name}/{file.file}", number)
        for application in APPLICATIONS.values()
        for file in application.files.values()
        if file.structure == "variable"
        for number, _ in enumerate(file.records, 1)
    }
    assert of_tables == with_vectors


@pytest.mark.parametrize(
    ("path", "values", "record"),
    [
        (
            "DF02/EF07",
            ("1020304", "20240101", "20251231", "测试单位"),
            "31303230333034" + "20240101" + "20251231" + "B2E2CAD4B5A5CEBB".ljust(140, "0"),
        ),
        (
            "DF02/EF16",
            ("A01", "20240101", "20240201", "20240301", "410700"),
            "413031" + "20240101" + "20240201" + "20240301" + "410700",
        ),
        (
            "DF04/EF08",
            (b"\x00\x01", "1", "202601021530", "41070012345678", *[bytes(3) + b"\x64"] * 3),
            "0001" + "31" + "202601021530" + "41070012345678" + "00000064" * 3,
        ),
        ("DF04/EF15", (b"\x12\x34", "2"), "123432"),
    ],
)
def test_each_cyclic_record(path: str, values: tuple[Value, ...], record: str) -> None:
    file = file_of(path)
    assert encode_cyclic(file, values) == bytes.fromhex(record)
    assert decode_cyclic(file, bytes.fromhex(record)) == values
    assert len(bytes.fromhex(record)) == file.size
    with pytest.raises(InputError):
        encode_cyclic(file, values[:-1])
    with pytest.raises(RemoteProtocolError):
        decode_cyclic(file, bytes.fromhex(record)[:-1])


def test_every_cyclic_file_was_tried() -> None:
    cyclic = {
        f"{name}/{file.file}"
        for name, application in APPLICATIONS.items()
        for file in application.files.values()
        if file.structure == "cyclic"
    }
    assert cyclic == {"DF02/EF07", "DF02/EF16", "DF04/EF08", "DF04/EF15"}


@pytest.mark.parametrize(
    ("application", "file", "key", "hsm"),
    [
        ("DF01", "EF06", 0x86, "0179"),  # these three also in a public writer
        ("DF01", "EF09", 0x84, "009A"),
        ("DF01", "EF0A", 0x87, "009D"),
        ("DF04", "EF05", 0x85, "00AC"),
        ("DF02", "EF16", None, "0067"),
        ("DF07", "EF07", None, "0089"),
    ],
)
def test_write_keys(application: str, file: str, key: int | None, hsm: str) -> None:
    found = APPLICATIONS[application].files[file]
    assert (found.key, found.hsm) == (key, hsm)


def test_aids() -> None:
    assert {name: item.aid.hex().upper() for name, item in APPLICATIONS.items()} == {
        "DF01": "D15600000500",
        "DF02": "D15600000501",
        "DF03": "D15600000502",
        "DF04": "D15600000503",
        "DF07": "D15600000504",
    }


@pytest.mark.parametrize(
    ("item", "value"),
    [
        (Item(0x24, "cn", 3), "4107020"),
        (Item(0x24, "cn", 3), "41o702"),
        (Item(0x24, "cn", 3), b"\x41"),
        (Item(0x2B, "an", 1), "未"),
        (Item(0x2B, "an", 4), "\ud800"),
        (Item(0x4A, "b", 2), b"\x01"),
        (Item(0x99, "", 5, (Item(0x10, "an", 3),)), ("a", "b")),
    ],
)
def test_what_does_not_fit_is_refused_unseen(item: Item, value: Value) -> None:
    with pytest.raises(InputError) as refused:
        encode_item(item, value)
    assert not isinstance(value, str) or value not in str(refused.value)


def test_an_odd_number_of_digits_ends_in_f() -> None:
    item = Item(0x24, "cn", 3)
    assert encode_item(item, "410") == bytes.fromhex("2403410FFF")
    assert decode_item(item, bytes.fromhex("2403410FFF")) == "410"


@pytest.mark.parametrize("raw", ["2503410702", "2402410702", "2403"])
def test_another_record_is_not_taken_for_it(raw: str) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_item(Item(0x24, "cn", 3), bytes.fromhex(raw))
