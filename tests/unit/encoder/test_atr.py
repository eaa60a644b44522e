import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.core.errors import RemoteProtocolError
from station.encoder.atr import historical_bytes

HISTORY = bytes.fromhex("0081202603866041070000000A")


@pytest.mark.parametrize(
    "wrapped",
    [
        "3B6D0000{}",  # card specification part 10: TB1, TC1, 13 historical bytes
        "3B7D960000{}",  # the same with TA1
        "3B8D8001{}5A",  # contactless, as PC/SC part 3 shows it: TD1, TD2, TCK
    ],
)
def test_the_thirteen_bytes_are_found(wrapped: str) -> None:
    atr = bytes.fromhex(wrapped.format(HISTORY.hex()))
    assert historical_bytes(atr) == HISTORY


def test_fewer_bytes_are_returned_as_announced() -> None:
    assert historical_bytes(bytes.fromhex("3B021450")) == bytes.fromhex("1450")
    assert historical_bytes(bytes.fromhex("3B00")) == b""


@pytest.mark.parametrize("raw", ["", "3B", "3B6D0000", "3B80", "3BFF", "3B6D0000" + "00" * 12])
def test_a_cut_atr_is_refused(raw: str) -> None:
    with pytest.raises(RemoteProtocolError):
        historical_bytes(bytes.fromhex(raw))


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        assert len(historical_bytes(raw)) <= 15
    except RemoteProtocolError:
        return
