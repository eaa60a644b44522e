import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.core.errors import LocalProtocolError, RemoteProtocolError
from station.encoder.apdu import CommandApdu, ResponseApdu

#: Literal commands of the card specification, part 5, and of two public writers.
COMMANDS = {
    "case 1: RELOAD without data": ("80120000", (0x80, 0x12, 0, 0, "", None)),
    "case 2: GET CHALLENGE": ("0084000008", (0x00, 0x84, 0, 0, "", 8)),
    "case 2: READ RECORD, Le 00": ("00B2010C00", (0x00, 0xB2, 0x01, 0x0C, "", 256)),
    "case 3: SELECT SSSE": (
        "00A404000F7378312E73682EC9E7BBE1B1A3D5CF",
        (0x00, 0xA4, 0x04, 0x00, "7378312E73682EC9E7BBE1B1A3D5CF", None),
    ),
    "case 3: UPDATE RECORD of 发卡日期": (
        "00DC052806050420261122",
        (0x00, 0xDC, 0x05, 0x28, "050420261122", None),
    ),
    "case 4: SELECT debit application": (
        "00A4040008A00000033301010100",
        (0x00, 0xA4, 0x04, 0x00, "A000000333010101", 256),
    ),
    "case 4: INTERNAL AUTHENTICATE": (
        "0088000010" + "11" * 8 + "22" * 8 + "08",
        (0x00, 0x88, 0, 0, "11" * 8 + "22" * 8, 8),
    ),
}


@pytest.mark.parametrize(("raw", "parts"), COMMANDS.values(), ids=COMMANDS)
def test_commands_are_the_documents_bytes(
    raw: str, parts: tuple[int, int, int, int, str, int | None]
) -> None:
    cla, ins, p1, p2, data, le = parts
    command = CommandApdu("x", cla, ins, p1, p2, bytes.fromhex(data), le)
    assert command.encode() == bytes.fromhex(raw)
    assert CommandApdu.decode(bytes.fromhex(raw), name="x") == command


@given(
    header=st.tuples(*[st.integers(0, 255)] * 4),
    data=st.binary(max_size=255),
    le=st.none() | st.integers(1, 256),
)
def test_commands_survive_encoding(
    header: tuple[int, int, int, int], data: bytes, le: int | None
) -> None:
    command = CommandApdu("", *header, data, le)
    assert CommandApdu.decode(command.encode()) == command


@pytest.mark.parametrize("raw", ["", "00A404", "00A404000301", "00A40400000000"])
def test_broken_commands_are_refused(raw: str) -> None:
    with pytest.raises(RemoteProtocolError):
        CommandApdu.decode(bytes.fromhex(raw))


def test_what_does_not_fit_a_short_apdu_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        CommandApdu("x", 0, 0xD6, 0, 0, bytes(256))
    with pytest.raises(LocalProtocolError):
        CommandApdu("x", 0, 0xB0, 0, 0, le=0)
    with pytest.raises(LocalProtocolError):
        CommandApdu("x", 0, 0xB0, 0, 256)


def test_data_never_shows() -> None:
    assert "41" not in repr(CommandApdu("UPDATE EF06 08", 0, 0xDC, 8, 0x30, b"A" * 18))
    assert "41" not in repr(ResponseApdu(b"A" * 18, 0x9000))
    assert "AAA" not in repr(ResponseApdu(b"A" * 18, 0x9000))


@given(data=st.binary(max_size=256), sw=st.integers(0x6000, 0x6FFF) | st.integers(0x9000, 0x9FFF))
def test_responses_survive_encoding(data: bytes, sw: int) -> None:
    response = ResponseApdu(data, sw)
    assert ResponseApdu.decode(response.encode()) == response
    assert response.is_ok is (sw == 0x9000)


@pytest.mark.parametrize("raw", ["", "90", "0000", "01025000"])
def test_responses_without_status_word_are_refused(raw: str) -> None:
    with pytest.raises(RemoteProtocolError):
        ResponseApdu.decode(bytes.fromhex(raw))
