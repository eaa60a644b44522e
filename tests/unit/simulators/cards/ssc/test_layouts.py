"""Every record and file of every layout, byte by byte, through the commands of the card."""

from collections.abc import Callable
from typing import Any

import pytest

from simulators.cards.ssc.layout import (
    FileLayout,
    RecordLayout,
    file_layouts,
    known_versions,
    load_applications,
    load_layout,
    required_names,
)
from simulators.master_keys import load_test_keys
from tests.unit.simulators.cards.ssc.host import SSSE, Host, blank

Vectors = Callable[[str], dict[str, Any]]
SELECT = {
    "SSSE": SSSE,
    "DF01": "00A4040006D15600000500",
    "DF02": "00A4040006D15600000501",
    "DF03": "00A4040006D15600000502",
    "DF04": "00A4040006D15600000503",
    "DF07": "00A4040006D15600000504",
}
#: The whole tree, from the document: what is missing in a layout must be missing here.
FILES_2012 = {
    "SSSE": ["EF05", "EF06", "EF07", "EF08"],
    "DF01": [
        *("EF05", "EF06", "EF07", "EF08", "EF09", "EF0A", "EF15"),
        *("EF16", "EF17", "EF18", "EF19", "EF1A"),
    ],
    "DF02": ["EF05", "EF06", "EF07", "EF09", "EF15", "EF16"],
    "DF03": ["EF05", "EF06", "EF07", "EF15", "EF16", "EF17", "EF18", "EF19"],
    "DF04": ["EF05", "EF06", "EF08", "EF15"],
    "DF07": ["EF05", "EF06", "EF07"],
}
TREES = {
    "1.00": {"SSSE": ["EF05", "EF06"]},
    "2.00": FILES_2012,
    "3.00": FILES_2012 | {"CERT": ["0012", "0014", "0018", "0019"]},
}

#: Who writes what: reference in the card (0 where none is published) and address in the HSM.
WRITERS = {
    "SSSE/EF05": (0x04, "0094"),
    "SSSE/EF06": (0x04, "0094"),
    "SSSE/EF07": (0x04, "0094"),
    "SSSE/EF08": (0x04, "0094"),
    "DF01/EF05": (0x83, "0097"),
    "DF01/EF06": (0x86, "0179"),
    "DF01/EF07": (0x84, "009A"),
    "DF01/EF08": (0x85, "0176"),
    "DF01/EF09": (0x84, "009A"),
    "DF01/EF0A": (0x87, "009D"),
    "DF01/EF15": (0, "0052"),
    "DF01/EF16": (0, "0055"),
    "DF01/EF17": (0, "0058"),
    "DF01/EF18": (0, "005B"),
    "DF01/EF19": (0, "005E"),
    "DF01/EF1A": (0, "0061"),
    "DF02/EF05": (0x83, "0187"),
    "DF02/EF06": (0x84, "00A0"),
    "DF02/EF07": (0x85, "00A3"),
    "DF02/EF09": (0x86, "018A"),
    "DF02/EF15": (0x87, "018D"),
    "DF02/EF16": (0, "0067"),
    "DF03/EF05": (0x86, "00A6"),
    "DF03/EF06": (0x87, "0190"),
    "DF03/EF07": (0x88, "00A9"),
    "DF03/EF15": (0, "006A"),
    "DF03/EF16": (0, "006D"),
    "DF03/EF17": (0, "0070"),
    "DF03/EF18": (0, "0073"),
    "DF03/EF19": (0, "0076"),
    "DF04/EF05": (0x85, "00AC"),
    "DF04/EF06": (0x86, "017C"),
    "DF04/EF08": None,
    "DF04/EF15": (0x86, "017C"),
    "DF07/EF05": (0, "007D"),
    "DF07/EF06": (0, "0083"),
    "DF07/EF07": (0, "0089"),
}


def _opened(version: str, title: str, file: FileLayout) -> Host:
    """A blank with everything proven that this file asks for."""
    host = Host(blank(version))
    host.talk(SELECT[title])
    for name in required_names(file.read) | required_names(file.write):
        if name == "PIN":
            assert host.talk("0020000003123456") == "9000"
        else:
            assert host.prove("UKSSSE" if name == "UKMF" else name) == "9000", name
    assert host.talk(f"00A4020002{file.name}") == "9000"
    return host


def _places(version: str) -> list[tuple[str, FileLayout]]:
    tables = file_layouts(version).items()
    return [(title, file) for title, files in tables for file in files if title != "CERT"]


def test_every_version_has_the_files_of_its_document() -> None:
    assert list(TREES) == known_versions()
    for version, tree in TREES.items():
        tables = file_layouts(version)
        assert {title: [file.name for file in files] for title, files in tables.items()} == tree


@pytest.mark.parametrize("version", ["2.00", "3.00"])
def test_every_file_is_written_under_its_published_key(version: str) -> None:
    files = {f"{title}/{file.name}": file for title, file in _places(version)}
    assert set(files) == set(WRITERS)
    for place, published in WRITERS.items():
        writer = files[place].write
        if published is None:
            assert writer == "never", place
            continue
        reference, address = published
        key = load_test_keys()[writer]
        assert key.hsm_address == address, place
        assert reference in (0, key.card_key_id), place


@pytest.mark.parametrize("version", known_versions())
def test_every_record_reads_blank_and_written(version: str, vectors: Vectors) -> None:
    cases = vectors("layouts")["record"]
    for title, file in _places(version):
        if file.structure != "records":
            continue
        items = [item for item in file.records for _ in range(item.times)]
        place = f"{title}/{file.name}"
        expected = {case["number"]: case for case in cases if case["file"] == place}
        if (version, place) == ("1.00", "SSSE/EF06"):
            expected = {n - (n > 3): case for n, case in expected.items() if n != 3}
        carried = {number for number, item in enumerate(items, 1) if item.carried}
        assert set(expected) | carried == set(range(1, len(items) + 1)), place
        host = _opened(version, title, file)
        for number, case in sorted(expected.items()):
            _check_record(host, number, case, place)
        assert host.talk(f"00B2{len(items) + 1:02X}0400") == "6A83", place
        assert host.card.counts["writes"] == len(expected)


def _check_record(host: Host, number: int, case: dict[str, str], place: str) -> None:
    length = len(case["blank"]) // 2
    read = f"00B2{number:02X}04{length:02X}"
    assert host.talk(read) == case["blank"] + "9000", (place, number)
    assert host.talk(f"00DC{number:02X}04{length:02X}{case['written']}") == "9000", (place, number)
    assert host.talk(read) == case["written"] + "9000", (place, number)
    assert host.talk(f"00DC{number:02X}04{length - 1:02X}{case['written'][:-2]}") == "6A85"


@pytest.mark.parametrize("version", ["2.00", "3.00"])
def test_every_cyclic_file_keeps_its_newest_records(version: str, vectors: Vectors) -> None:
    cases = {case["file"]: case for case in vectors("layouts")["cyclic"]}
    places = {f"{t}/{f.name}": (t, f) for t, f in _places(version) if f.structure == "cyclic"}
    assert set(places) == set(cases) == {"DF02/EF07", "DF02/EF16", "DF04/EF08", "DF04/EF15"}
    for place, case in cases.items():
        title, file = places[place]
        assert (file.count, file.size) == (case["count"], case["length"])
        if file.write != "never":
            _check_cycle(_opened(version, title, file), case["count"], case["length"])


def _check_cycle(host: Host, count: int, length: int) -> None:
    assert host.talk("00B2010400") == "6A83"
    for value in range(count + 2):
        assert host.talk(f"00E20000{length:02X}" + f"{value:02X}" * length) == "9000"
    newest = f"{count + 1:02X}" * length
    assert host.talk(f"00B20104{length:02X}") == newest + "9000"
    assert host.talk(f"00B2{count:02X}04{length:02X}") == "02" * length + "9000"
    assert host.talk(f"00B2{count + 1:02X}0400") == "6A83"
    assert host.talk(f"00DC0003{length:02X}" + "EE" * length) == "9000"  # previous: as APPEND
    assert host.talk(f"00B20204{length:02X}") == newest + "9000"
    assert host.talk(f"00DC0204{length:02X}" + "DD" * length) == "9000"  # in its place
    assert host.talk(f"00B20204{length:02X}") == "DD" * length + "9000"
    assert host.talk(f"00E20000{length - 1:02X}" + "EE" * (length - 1)) == "6700"
    assert host.talk(f"00DC0100{length:02X}" + "EE" * length) == "6A86"  # it has no identifiers
    assert host.talk(f"00E20100{length:02X}" + "EE" * length) == "6A86"


def test_only_the_card_writes_its_medical_transactions() -> None:
    host = Host(blank("2.00"))
    host.talk(SELECT["DF04"])
    assert host.talk("0020000003123456") == "9000"
    assert host.talk("00E200401C" + "00" * 28) == "6982"
    assert host.talk("00B2014400") == "6A83"


@pytest.mark.parametrize("version", ["2.00", "3.00"])
def test_every_transparent_file_has_its_size(version: str) -> None:
    sizes = {"SSSE/EF07": 0x300, "SSSE/EF08": 0x1000}
    sizes |= {f"DF01/EF{number}": 0x128 for number in ("16", "17", "18", "19", "1A")}
    found = {f"{t}/{f.name}": (t, f) for t, f in _places(version) if f.structure == "transparent"}
    assert set(found) == set(sizes)
    for place, size in sizes.items():
        host = _opened(version, *found[place])
        end = f"{size - 1:04X}"
        assert host.talk(f"00B0{end}01") == "009000"
        assert host.talk(f"00D6{end}01A5") == "9000"
        assert host.talk(f"00B0{end}01") == "A59000"
        assert host.talk(f"00D6{end}02A5A5") == "6A84"
        assert host.talk(f"00D6{size:04X}01A5") == "6B00"


@pytest.mark.parametrize(
    ("title", "file", "ways"),
    [
        ("DF01", "EF06", [["PIN"], ["RK1DF01"]]),
        ("DF01", "EF16", [[]]),
        ("DF03", "EF05", [["PIN"], ["RK2DF03"]]),
        ("DF03", "EF06", [["PIN"], ["RK1DF03"]]),
        ("DF04", "EF06", [["PIN", "RK1DF04"]]),
        ("DF07", "EF06", [["RK2DF07"]]),
    ],
)
def test_who_may_read(title: str, file: str, ways: list[list[str]]) -> None:
    everything = ["PIN", "RK1DF01", "RK1DF03", "RK2DF03", "RK1DF04", "RK1DF07", "RK2DF07"]
    here = [name for name in everything if name == "PIN" or name.endswith(title)]
    for count in range(1 << len(here)):
        proven = [name for bit, name in enumerate(here) if count >> bit & 1]
        host = Host(blank("2.00"))
        host.talk(SELECT[title])
        for name in proven:
            host.talk("0020000003123456") if name == "PIN" else host.prove(name)
        host.talk(f"00A4020002{file}")
        read = "00B0000001" if file == "EF16" else "00B2010400"
        refused = host.talk(read) == "6982"
        assert refused == (not any(set(way) <= set(proven) for way in ways)), proven


def test_keys_belong_to_their_df() -> None:
    host = Host(blank("2.00"))
    host.talk(SELECT["DF01"])
    assert host.prove("UK1DF01") == "9000"
    assert host.prove("UK1DF02") == "63C2"  # the same reference, 83, is another key here
    assert host.prove("UKSSSE") == "9000"  # a key of the whole application
    host.talk("00A4000002DF02")
    assert host.prove("UK1DF02") == "9000"
    host.talk(SSSE)
    assert host.prove("UK1DF02") == "6A88"


def test_a_df_is_selected_by_its_id_inside_the_application() -> None:
    host = Host(blank("3.00"))
    assert host.talk("00A4000002DF01") == "6A82"
    host.talk(SSSE)
    assert host.talk("00A4000002DF01") == "610A"
    assert host.talk("00C000000A") == "6F088406D156000005009000"
    assert host.prove("UK4DF01") == "9000"
    assert host.talk("00A4000002DF04") == "610A"  # from one to the next; state is lost
    assert host.talk("00A4000002DF01") == "610A"
    assert host.talk("00DC233052" + "2350" + "00" * 80) == "6982"


def test_records_of_one_tag_are_reached_by_number_and_the_first_by_tag() -> None:
    host = Host(blank("2.00"))
    host.talk(SELECT["DF02"])
    host.prove("UK5DF02")
    host.prove("RK1DF02")
    second = "9910" + "1003414243" + "110420260101" + "1203410702"
    assert host.talk("00A4020002EF15") == "9000"
    assert host.talk(f"00DC020412{second}") == "9000"
    assert host.talk("00B2020412") == second + "9000"
    assert host.talk("00B2990012") == "9910" + "1003000000" + "1104FFFFFFFF" + "1203FFFFFF" + "9000"


def test_a_file_of_unpublished_lengths_takes_appended_records() -> None:
    host = Host(blank("3.00"))
    host.talk(SELECT["DF07"])
    host.prove("UK1DF07")
    host.prove("RK1DF07")
    assert host.talk("00E2002804F0024142") == "9000"
    assert host.talk("00E2002804F0024344") == "6A85"  # there is one
    assert host.talk("00B2010404") == "F00241429000"
    copy = host.card.fork()
    assert copy.image()["files"] == host.card.image()["files"]
    assert copy.image()["blank"] is False


def test_a_copy_keeps_everything_that_was_written() -> None:
    host = Host(blank("2.00"))
    host.talk(SELECT["DF02"])
    for name in ("UK3DF02", "UK5DF02"):
        host.prove(name)
    host.talk("00E2003855" + "41" * 0x55)
    host.talk("00E2003855" + "42" * 0x55)
    host.talk("00A4020002EF15")
    host.talk("00DC030412" + "9910" + "41" * 16)
    image = host.card.image()
    files = image["files"]
    assert isinstance(files, dict)
    assert files["DF02/EF07"] == {"01": "42" * 0x55, "02": "41" * 0x55}
    assert list(files["DF02/EF15"]) == ["99", "99.2", "99.3", "99.4", "0F", "1F"]
    assert files["DF02/EF15"]["99.3"] == "41" * 16
    assert host.card.fork().image() == image


def test_a_compound_record_is_as_long_as_its_parts() -> None:
    for entry in load_applications(load_layout("3.00").applications):
        for item in (item for file in entry.file for item in file.records):
            assert isinstance(item, RecordLayout)
            assert len(item.blank_value()) == item.length, (entry.title, item.tag)
