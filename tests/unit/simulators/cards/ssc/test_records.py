"""Addressing, TLV checks, sizes, transparent files."""

from collections.abc import Callable

import pytest

from simulators.cards.ssc import SscCard

Talk = Callable[[SscCard, str], str]
VERSION = "0304332E30309000"


@pytest.mark.parametrize(
    "command",
    [
        "00B2030406",  # number, current file
        "00B2030006",  # identifier, current file
        "00B2032C06",  # number, short identifier 5
        "00B2032806",  # identifier, short identifier 5
    ],
)
def test_one_record_four_ways(writable: SscCard, talk: Talk, command: str) -> None:
    talk(writable, "00A4000002EF05")
    assert talk(writable, command) == VERSION


def test_identifier_and_number_differ_where_the_tag_does(writable: SscCard, talk: Talk) -> None:
    assert talk(writable, "00B2033416") == "4E14" + "00" * 20 + "9000"  # third record of EF06
    assert talk(writable, "00B2033003") == "6A83"  # but no tag 03 in it
    assert talk(writable, "00B24E3016") == "4E14" + "00" * 20 + "9000"


def test_unwritten_values(writable: SscCard, talk: Talk) -> None:
    assert talk(writable, "00B20B3003") == "0B01FF9000"
    assert talk(writable, "00B20C3005") == "0C03FFFFFF9000"
    assert talk(writable, "00B20D3006") == "0D04FFFFFFFF9000"
    assert talk(writable, "00B2093020") == "091E" + "00" * 30 + "9000"


def test_all_records_from_one_on(writable: SscCard, talk: Talk) -> None:
    assert talk(writable, "00B2062D00") == "6C11"
    assert talk(writable, "00B2062D11") == "0604FFFFFFFF" + "0709" + "00" * 9 + "9000"
    assert talk(writable, "00B2013500") == "6C5B"
    assert talk(writable, "00B2083511") == "6A83"


def test_a_short_identifier_makes_its_file_current(writable: SscCard, talk: Talk) -> None:
    assert talk(writable, "00B2030406") == "6986"
    assert talk(writable, "00B2012812")[-4:] == "9000"
    assert talk(writable, "00B2030406") == VERSION


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("00B2084C00", "6A82"),  # short identifier 9
        ("00B2014400", "6981"),  # EF08 is transparent
        ("00B2082C00", "6A83"),
        ("00B2002C00", "6A83"),
        ("00B2012E00", "6A86"),
        ("00B2012800FF", "6700"),
        ("00B20128", "6C12"),  # four bytes: P3 is 00
    ],
)
def test_refused_reads(writable: SscCard, talk: Talk, command: str, status: str) -> None:
    assert talk(writable, command) == status


@pytest.mark.parametrize("le", ["00", "05", "07", "FF"])
def test_a_wrong_le_is_told_the_right_one(writable: SscCard, talk: Talk, le: str) -> None:
    failures = writable.counts["failures"]
    assert talk(writable, f"00B20328{le}") == "6C06"
    assert writable.counts["failures"] == failures  # an answer, not a refusal


@pytest.mark.parametrize("command", ["00DC072C0B", "00DC07280B", "00DC07040B", "00DC07000B"])
def test_update_by_number_and_by_tag(writable: SscCard, talk: Talk, command: str) -> None:
    talk(writable, "00A4020002EF05")
    assert talk(writable, command + "0709443231343335363958") == "9000"
    assert talk(writable, "00B207280B") == "07094432313433353639589000"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("00DC0A30030A0231", "6A85"),  # length byte says 2
        ("00DC0A30020A01", "6A85"),
        ("00DC0A30010A", "6A85"),
        ("00DC0A30030B0131", "6A85"),  # identifier 0A, tag 0B
        ("00DC0434030B0131", "6A85"),  # record 4 has tag 0A
        ("00DC0A30040A023131", "6700"),  # shorter or longer than the data item
        ("00DC0A30040A0131", "6700"),  # Lc says 4
        ("00DC0A3500", "6A86"),
        ("00DC0934030A0131", "6A83"),  # seven records: 8 would append, 9 is nowhere
        ("00DC0034030A0131", "6A83"),
        ("00DC0738030A0131", "6981"),  # EF07 is transparent
        ("04DC0A30030A0131", "6E00"),
    ],
)
def test_refused_updates_change_nothing(
    writable: SscCard, talk: Talk, command: str, status: str
) -> None:
    before = writable.image()["files"]
    assert talk(writable, command) == status
    assert writable.image()["files"] == before
    assert writable.counts["writes"] == 0
    assert writable.counts["failures"] == 1


def test_an_unknown_identifier_appends(writable: SscCard, talk: Talk) -> None:
    assert talk(writable, "00DC60300460023132") == "9000"
    assert talk(writable, "00B2083404") == "600231329000"
    assert talk(writable, "00DC60300460023334") == "9000"
    assert talk(writable, "00B2603004") == "600233349000"
    assert talk(writable, "00B2093404") == "6A83"
    assert writable.image()["blank"] is False


def test_the_next_number_appends(writable: SscCard, talk: Talk) -> None:
    assert talk(writable, "00DC0834036101AA") == "9000"
    assert talk(writable, "00DC0934036101BB") == "6A85"  # that tag is there already
    assert talk(writable, "00B2613003") == "6101AA9000"


def test_a_full_file_takes_no_more(writable: SscCard, talk: Talk) -> None:
    assert talk(writable, "00DC613026" + "6124" + "AA" * 0x24) == "6A84"
    assert talk(writable, "00DC613025" + "6123" + "AA" * 0x23) == "9000"
    assert talk(writable, "00DC623002" + "6200") == "6A84"


def test_failing_memory(writable: SscCard, talk: Talk) -> None:
    writable.behave(writable.quirks.model_copy(update={"failing_writes": 1}))
    assert talk(writable, "00DC0A30030A0131") == "6581"
    assert talk(writable, "00B20A3003") == "0A01009000"
    assert talk(writable, "00DC0A30030A0131") == "9000"
    assert writable.counts["writes"] == 1


def test_photo_in_slices(writable: SscCard, talk: Talk) -> None:
    talk(writable, "00A4000002EF08")
    assert talk(writable, "00D60000FF" + "11" * 255) == "9000"
    assert talk(writable, "00D600FF04" + "22222222") == "9000"
    assert talk(writable, "00B000FE04") == "112222229000"
    assert talk(writable, "00B0000000") == "11" * 255 + "22" + "9000"
    assert talk(writable, "00B088FE02") == "11229000"  # short identifier 8
    assert writable.counts["writes SSSE/EF08"] == 2
    assert writable.image()["blank"] is False


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("00B0100001", "6B00"),
        ("00B00FFE00", "6C02"),
        ("00B00FFE03", "6C02"),
        ("00D60FFF020000", "6A84"),
        ("00D6100001AA", "6B00"),
        ("00D6000000", "6700"),
        ("00B2010400", "6981"),
        ("00B0850001", "6981"),  # short identifier 5 has records
        ("00B0890001", "6A82"),
    ],
)
def test_transparent_edges(writable: SscCard, talk: Talk, command: str, status: str) -> None:
    talk(writable, "00A4000002EF08")
    assert talk(writable, command) == status
    assert writable.counts["writes"] == 0
