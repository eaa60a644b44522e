import tomllib
from pathlib import Path

import pytest

from station.core.errors import ConfigError
from station.core.printing import CardPosition, PrinterState, PrinterStatus
from station.drivers.evolis.codec import Status
from station.drivers.evolis.model import load_meanings, parse_meanings
from station.drivers.evolis.status_map import decode_status, is_at_work

VECTORS = Path(__file__).parents[3] / "vectors" / "evolis" / "conditions.toml"
ROWS = tomllib.loads(VECTORS.read_text(encoding="utf-8"))["condition"]
MEANINGS = load_meanings()


def words(*, information: int = 0, warning: int = 0, error: int = 0, ext1: int = 0) -> Status:
    return Status(0x00542000, information, warning, error, 0, (ext1, 0, 0, 0))


def read(status: Status) -> PrinterStatus:
    own = frozenset({2, 21332})
    return decode_status(status, meanings=MEANINGS, ribbon_left=7, own_sessions=own)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['word']}-{row['mask']}")
def test_every_bit_has_its_reason(row: dict[str, str]) -> None:
    status = read(words(**{row["word"]: int(row["mask"], 16)}))
    assert [str(reason) for reason in status.reasons] == [row["reason"]]
    assert status.reasons[0].native_number == int(row["mask"], 16)
    is_error = row["reason"].endswith("-error")
    assert (status.state is PrinterState.STOPPED) is is_error


@pytest.mark.parametrize(
    ("information", "place"),
    [
        (0, None),
        (0x04000000, CardPosition.CHIP_STATION),
        (0x02000000, CardPosition.PRINT_STATION),
        (0x10000000, CardPosition.FLIPPER),
        (0x08000000, CardPosition.UNKNOWN),
        (0x01000000, CardPosition.OUTPUT_HOPPER),
        (0x06000000, CardPosition.UNKNOWN),
    ],
)
def test_where_the_card_is(information: int, place: CardPosition | None) -> None:
    status = read(words(information=information))
    assert (status.card, status.reasons) == (place, ())


def test_a_mechanical_error_with_a_card_is_a_jammed_card() -> None:
    assert read(words(information=0x04000000, error=0x01000000)).card is CardPosition.JAMMED
    assert read(words(error=0x01000000)).card is None


@pytest.mark.parametrize("information", [0x1, 0x80, 0x40, 0x20, 0x2])
def test_at_work(information: int) -> None:
    assert is_at_work(words(information=information))
    assert read(words(information=information)).state is PrinterState.PROCESSING


def test_an_open_job_alone_is_no_work() -> None:
    # After a crash nothing would ever end it, and the order would wait indefinitely.
    assert read(words(information=0x80000000)).state is PrinterState.IDLE


def test_the_empty_feeder_stops_nothing_while_a_card_is_inside() -> None:
    assert read(words(warning=0x01000000, information=0x02000000)).errors == ()


def test_the_same_cause_in_two_words_is_one_reason_and_the_first_to_clear_comes_first() -> None:
    status = read(words(warning=0x00030000, error=0x02000000))
    assert [str(reason) for reason in status.errors] == [
        "cover-open-error",
        "marker-print-ribbon-missing-error",
    ]


def test_another_hosts_session_is_shown_and_ours_is_not() -> None:
    for session, shown in ((0, []), (2, []), (21332, []), (None, []), (4711, ["1267/session"])):
        status = read(Status(0, 0, 0, 0, session, (0, 0, 0, 0)))
        assert [reason.native for reason in status.reasons] == shown


def test_the_raw_words_are_kept() -> None:
    status = read(words(information=1, warning=2, error=4, ext1=8))
    assert status.native.hex() == "00542000" + "00000001" + "00000002" + "00000004" + (
        "00000008" + "00000000" * 3 + "0000"
    )
    assert status.ribbon_cards_left == 7


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[information]", "warning is missing"),
        ("information={}\nwarning={}\nerror={}\next1={}\nmore={}", "unknown more"),
        ('information={}\nwarning={32="cover-open error"}\nerror={}\next1={}', "32 is no bit"),
        ('information={}\nwarning={1="ajar error"}\nerror={}\next1={}', "ajar"),
        ('information={}\nwarning={1="cover-open"}\nerror={}\next1={}', "warning.1"),
    ],
)
def test_a_slip_in_the_table_is_found_at_the_start(content: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_meanings(content.encode())
