import tomllib
from pathlib import Path

import pytest

from station.core.errors import LocalProtocolError, RemoteProtocolError
from station.drivers.hiti_cs.codec import NEED_DATA, Frame, FrameDecoder, encode

VECTORS = Path(__file__).parents[3] / "vectors" / "hiti_cs" / "frames.toml"
STATUS_IDLE = bytes.fromhex("a5 00 06 50 04 00 00 00 00")
REFUSED = bytes.fromhex("a5 00 03 db e0 2e")


def load_vectors() -> list[object]:
    rows = tomllib.loads(VECTORS.read_text(encoding="utf-8"))["frame"]
    return [pytest.param(row, id=row["name"]) for row in rows]


def frame_of(row: dict[str, object]) -> Frame:
    payload = bytes.fromhex(str(row["payload"]))
    following = row.get("following", 0)
    assert isinstance(following, int)
    return Frame(int(str(row["command"]), 16), payload, int(str(row["flag"]), 16), following)


@pytest.mark.parametrize("row", load_vectors())
def test_encode(row: dict[str, object]) -> None:
    assert encode(frame_of(row)) == bytes.fromhex(str(row["wire"]))


@pytest.mark.parametrize("row", load_vectors())
def test_decode_one_byte_at_a_time(row: dict[str, object]) -> None:
    decoder = FrameDecoder(requests=row["from"] == "host")
    wire = bytes.fromhex(str(row["wire"]))
    for byte in wire[:-1]:
        decoder.receive_data(bytes([byte]))
        assert decoder.next_frame() is NEED_DATA
    decoder.receive_data(wire[-1:])
    assert decoder.next_frame() == frame_of(row)
    assert decoder.next_frame() is NEED_DATA
    assert decoder.discarded == 0


def test_two_frames_in_one_read_and_noise_before_between_and_after() -> None:
    decoder = FrameDecoder()
    decoder.receive_data(b"\xff\x00" + STATUS_IDLE + b"\x50" + REFUSED + b"\x01\x02")
    assert decoder.next_frame() == Frame(0x0400, bytes(3))
    refusal = decoder.next_frame()
    assert isinstance(refusal, Frame)
    assert (refusal.command, refusal.refused, refusal.reason) == (0xE02E, True, 0x0B)
    assert decoder.next_frame() is NEED_DATA
    assert decoder.discarded == 5


@pytest.mark.parametrize("row", load_vectors())
def test_every_form_twice_in_one_read_with_noise_before_between_and_after(
    row: dict[str, object],
) -> None:
    decoder = FrameDecoder(requests=row["from"] == "host")
    wire, frame = bytes.fromhex(str(row["wire"])), frame_of(row)
    data = b"\xa4" * frame.following  # dots, or a table; no start of a frame
    decoder.receive_data(b"\x00\x5a" + wire + data + b"\xff" + wire + data + b"\x50")
    for noise in (2, 3):
        assert decoder.next_frame() == frame
        assert decoder.discarded == noise
        assert decoder.take_raw(frame.following) == data
    assert decoder.next_frame() is NEED_DATA
    assert decoder.discarded == 4


@pytest.mark.parametrize("row", load_vectors())
def test_every_form_cut_off_anywhere_is_no_frame_and_says_that_more_is_missing(
    row: dict[str, object],
) -> None:
    wire = bytes.fromhex(str(row["wire"]))
    for cut in range(len(wire)):
        decoder = FrameDecoder(requests=row["from"] == "host")
        decoder.receive_data(wire[:cut])
        assert decoder.next_frame() is NEED_DATA
        assert 0 < decoder.missing <= len(wire) - cut or cut < 6


@pytest.mark.parametrize("size", [0, 1, 58, 63, 64, 65, 79, 128, 1024])
def test_a_reply_in_packets_of_64_bytes_is_one_frame(size: int) -> None:
    data = bytes(at % 251 for at in range(size))
    wire = bytes.fromhex("a5") + (3 + size).to_bytes(2, "big") + bytes.fromhex("50 01 04")
    packets = [wire, *(data[at : at + 64] for at in range(0, size, 64))]
    if size and size % 64 == 0:
        packets.append(b"")  # only a shorter packet ends a reply
    decoder = FrameDecoder()
    frames = []
    for packet in packets:
        decoder.receive_data(packet)
        if (frame := decoder.next_frame()) is not NEED_DATA:
            frames.append(frame)
    assert frames == [Frame(0x0104, data)]
    assert (decoder.missing, decoder.discarded) == (6, 0)


def test_a_truncated_frame_waits_and_says_how_much_is_missing() -> None:
    decoder = FrameDecoder()
    assert decoder.missing == 6
    decoder.receive_data(STATUS_IDLE[:4])
    assert decoder.next_frame() is NEED_DATA
    assert decoder.missing == 2
    decoder.receive_data(STATUS_IDLE[4:6])
    assert decoder.next_frame() is NEED_DATA
    assert decoder.missing == 3
    decoder.receive_data(STATUS_IDLE[6:])
    assert decoder.missing == 0
    assert decoder.next_frame() == Frame(0x0400, bytes(3))


@pytest.mark.parametrize(
    "wire", ["a5 00 00", "a5 00 02", "a5 04 04", "a5 ff ff"], ids=["0", "2", "1028", "65535"]
)
def test_an_impossible_length_is_refused_before_the_rest_and_the_next_frame_survives(
    wire: str,
) -> None:
    decoder = FrameDecoder()
    decoder.receive_data(bytes.fromhex(wire))
    with pytest.raises(RemoteProtocolError, match="length field"):
        decoder.next_frame()
    decoder.receive_data(STATUS_IDLE)
    assert decoder.next_frame() == Frame(0x0400, bytes(3))


@pytest.mark.parametrize(
    "wire",
    [
        "a5 00 00 50 83 09 08 00 00 00 00",
        "a5 ff ff 50 83 09 00 00 00 03 f6",
        "a5 00 02 50 04 00",
        "a5 00 00 50 83 03 05 02",
        "a5 01 00 50 83 03 05 02",
        "a5 00 03 50 83 0c",
        "a5 00 02 50 e0 02",
    ],
    ids=[
        "image-of-nothing",
        "image-beyond-every-head",
        "short-too-short",
        "table-of-nothing",
        "table-beyond-16-bits",
        "parameters-of-nothing",
        "behind-too-short",
    ],
)
def test_an_impossible_request_is_refused(wire: str) -> None:
    decoder = FrameDecoder(requests=True)
    decoder.receive_data(bytes.fromhex(wire))
    with pytest.raises(RemoteProtocolError, match="length field"):
        decoder.next_frame()


def test_raw_data_behind_an_image_header_is_never_parsed() -> None:
    decoder = FrameDecoder(requests=True)
    header = bytes.fromhex("a5 00 00 50 83 09 0c 00 00 00 01")
    decoder.receive_data(header + b"\xa5\xa5\x00\x01" + bytes.fromhex("a5 00 03 50 04 00"))
    assert decoder.next_frame() == Frame(0x8309, bytes.fromhex("00 00 00 01"), following=4)
    assert decoder.take_raw(4) == b"\xa5\xa5\x00\x01"
    assert decoder.next_frame() == Frame(0x0400)


@pytest.mark.parametrize(
    "frame",
    [
        Frame(0x8007, bytes(1025)),
        Frame(0x10000),
        Frame(0x0400, flag=0x100),
        Frame(0x8309, bytes(4), following=0x1000000),
        Frame(0x8309, bytes(3), following=1),
        Frame(0x8303, bytes(4), following=1),
        Frame(0x8303, bytes(1), following=0x10000),
        Frame(0x830C, bytes(1), following=1),
        Frame(0x830C, following=0xFFFD),
        Frame(0x0400, following=1),
    ],
)
def test_what_does_not_fit_is_our_fault(frame: Frame) -> None:
    with pytest.raises(LocalProtocolError):
        encode(frame)


@pytest.mark.parametrize(
    "command", [0x8306, 0x8307, 0x8308, 0x8403, 0x8406, 0x840C, 0x840E, 0x8900, 0x8901]
)
def test_a_dangerous_command_can_not_be_encoded_but_its_refusal_can(command: int) -> None:
    with pytest.raises(LocalProtocolError, match="never sent"):
        encode(Frame(command))
    assert encode(Frame(command, flag=0xD8))[3] == 0xD8
