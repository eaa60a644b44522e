"""Frames of the security module, byte for byte as the makers' pages have them."""

from __future__ import annotations

import pytest

from station.desk.id_reader.codec import (
    LONGEST,
    PREAMBLE,
    Answer,
    AnswerReader,
    Command,
    Damage,
    DamagedAnswerError,
    Status,
    check_form,
    decode_module_id,
    encode_command,
    split_content,
)

#: The whole frame of every command of the table.
COMMANDS = {
    Command.RESET: "AA AA AA 96 69 00 03 10 FF EC",
    Command.STATE: "AA AA AA 96 69 00 03 11 FF ED",
    Command.MODULE_ID: "AA AA AA 96 69 00 03 12 FF EE",
    Command.FIND: "AA AA AA 96 69 00 03 20 01 22",
    Command.SELECT: "AA AA AA 96 69 00 03 20 02 21",
    Command.READ: "AA AA AA 96 69 00 03 30 01 32",
    Command.READ_NEW_ADDRESS: "AA AA AA 96 69 00 03 30 03 30",
    Command.READ_WITH_FINGERPRINT: "AA AA AA 96 69 00 03 30 10 23",
    Command.BAUD_115200: "AA AA AA 96 69 00 03 60 00 63",
    Command.BAUD_57600: "AA AA AA 96 69 00 03 60 01 62",
    Command.BAUD_38400: "AA AA AA 96 69 00 03 60 02 61",
    Command.BAUD_19200: "AA AA AA 96 69 00 03 60 03 60",
    Command.BAUD_9600: "AA AA AA 96 69 00 03 60 04 67",
}

MODULE_ID = "05 00 03 00 25 67 32 01 01 00 00 00 01 00 00 00"
#: Command, whole answer, its status, its data.
ANSWERS = [
    (Command.RESET, "AA AA AA 96 69 00 04 00 00 90 94", Status.DONE, ""),
    (Command.STATE, "AA AA AA 96 69 00 04 00 00 90 94", Status.DONE, ""),
    (Command.STATE, "AA AA AA 96 69 00 04 00 00 60 64", Status.SELF_TEST_FAILED, ""),
    (Command.STATE, "AA AA AA 96 69 00 04 00 00 66 62", Status.NOT_AUTHORISED, ""),
    (
        Command.MODULE_ID,
        f"AA AA AA 96 69 00 14 00 00 90 {MODULE_ID} F3",
        Status.DONE,
        MODULE_ID,
    ),
    (Command.FIND, "AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97", Status.FOUND, "00 00 00 00"),
    (Command.FIND, "AA AA AA 96 69 00 04 00 00 80 84", Status.NO_CARD, ""),
    (
        Command.SELECT,
        "AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C",
        Status.DONE,
        "00 00 00 00 00 00 00 00",
    ),
    (Command.SELECT, "AA AA AA 96 69 00 04 00 00 81 85", Status.SELECTING_FAILED, ""),
    (Command.READ, "AA AA AA 96 69 00 04 00 00 41 45", Status.READING_FAILED, ""),
    (Command.READ_NEW_ADDRESS, "AA AA AA 96 69 00 04 00 00 91 95", Status.NOTHING_THERE, ""),
    (Command.BAUD_115200, "AA AA AA 96 69 00 04 00 00 90 94", Status.DONE, ""),
]

TEXT = bytes(range(256))
#: 1295 bytes: 5 + 2 + 3 + 4 + 256 + 1024 + 1.
READING = bytes.fromhex("AA AA AA 96 69 05 08 00 00 90 01 00 04 00") + TEXT + bytes(1024) + b"\x98"
#: The same with 1024 bytes of fingerprints.
WITH_FINGERPRINT = (
    bytes.fromhex("AA AA AA 96 69 09 0A 00 00 90 01 00 04 00 04 00")
    + TEXT
    + bytes(1024)
    + bytes(1024)
    + b"\x92"
)


def frame(text: str) -> bytes:
    return bytes.fromhex(text)


@pytest.mark.parametrize("command", Command)
def test_every_command_has_its_literal_frame(command: Command) -> None:
    assert encode_command(command) == frame(COMMANDS[command])


@pytest.mark.parametrize(("command", "raw", "status", "data"), ANSWERS)
def test_every_answer_of_the_table(command: Command, raw: str, status: Status, data: str) -> None:
    answer = AnswerReader().feed(frame(raw))
    assert answer == Answer(status, frame(data))
    check_form(command, answer)


STATUS_BYTES = bytes.fromhex("90 9F 10 11 21 23 24 31 32 33 40 41 47 60 66 80 81 91")


@pytest.mark.parametrize(("status", "value"), list(zip(Status, STATUS_BYTES, strict=True)))
def test_every_status_of_the_list(status: Status, value: int) -> None:
    raw = bytes([0, 4, 0, 0, value, 4 ^ value])
    answer = AnswerReader().feed(PREAMBLE + raw)
    assert answer == Answer(status, b"")
    assert status == value


def test_a_reading_is_1295_bytes_and_gives_its_text_only() -> None:
    assert len(READING) == 1295
    answer = AnswerReader().feed(READING)
    assert answer is not None
    check_form(Command.READ, answer)
    assert split_content(Command.READ, answer.data).text == TEXT
    with_fingerprint = AnswerReader().feed(WITH_FINGERPRINT)
    assert with_fingerprint is not None
    check_form(Command.READ_WITH_FINGERPRINT, with_fingerprint)
    assert split_content(Command.READ_WITH_FINGERPRINT, with_fingerprint.data).text == TEXT
    assert "00" not in repr(answer)


@pytest.mark.parametrize("size", [0, 512])
def test_a_reading_may_have_fewer_fingerprints(size: int) -> None:
    lengths = bytes.fromhex("01 00 04 00") + size.to_bytes(2, "big")
    data = lengths + TEXT + bytes(1024 + size)
    assert split_content(Command.READ_WITH_FINGERPRINT, data).text == TEXT


def test_the_new_address_has_70_bytes() -> None:
    check_form(Command.READ_NEW_ADDRESS, Answer(Status.DONE, bytes(70)))
    with pytest.raises(DamagedAnswerError, match="answer-to-another-command"):
        check_form(Command.READ_NEW_ADDRESS, Answer(Status.DONE, bytes(68)))


def test_the_module_id_is_shown_as_on_the_reader() -> None:
    assert decode_module_id(frame(MODULE_ID)) == "05.03-20080421-0000000001-0000000001"
    with pytest.raises(DamagedAnswerError):
        decode_module_id(b"\x05")


@pytest.mark.parametrize("raw", [READING, frame(ANSWERS[5][1])])
def test_one_byte_at_a_time_behind_noise(raw: bytes) -> None:
    reader = AnswerReader()
    noisy = b"\xaa\xaa\x00\xaa\xaa" + raw
    found = [reader.feed(noisy[at : at + 1]) for at in range(len(noisy))]
    assert found[:-1] == [None] * (len(noisy) - 1)
    assert found[-1] == AnswerReader().feed(raw)


GOOD = frame("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97")


@pytest.mark.parametrize(
    ("raw", "damage"),
    [
        (GOOD[:-1] + b"\x96", Damage.CHECKSUM),
        (GOOD + GOOD, Damage.DOUBLED),
        (GOOD + GOOD[:4], Damage.DOUBLED),
        (GOOD + b"\x00", Damage.MORE_BYTES),
        (GOOD[:5] + b"\xff\xff" + GOOD[7:], Damage.LENGTH_IMPOSSIBLE),
        (GOOD[:5] + b"\x00\x03" + GOOD[7:], Damage.LENGTH_IMPOSSIBLE),
        (GOOD[:5] + b"\x00\x07" + GOOD[7:], Damage.CHECKSUM),
        (PREAMBLE + frame("00 04 00 00 77 73"), Damage.STATUS_UNKNOWN),
        (PREAMBLE + frame("00 04 01 00 90 95"), Damage.STATUS_UNKNOWN),
        (bytes(LONGEST + 1), Damage.NO_PREAMBLE),
    ],
)
def test_each_damage_has_its_name(raw: bytes, damage: Damage) -> None:
    with pytest.raises(DamagedAnswerError) as caught:
        AnswerReader().feed(raw)
    assert caught.value.damage is damage


@pytest.mark.parametrize(
    ("raw", "damage"),
    [(GOOD[:-1], Damage.CUT_SHORT), (GOOD[:6], Damage.CUT_SHORT), (b"\x00", Damage.NO_PREAMBLE)],
)
def test_what_never_becomes_whole_is_named_at_its_end(raw: bytes, damage: Damage) -> None:
    reader = AnswerReader()
    assert reader.feed(raw) is None
    assert reader.end().damage is damage
    assert not reader.is_empty


@pytest.mark.parametrize(
    ("asked", "status", "size"),
    [
        (Command.FIND, Status.DONE, 8),  # of a select
        (Command.SELECT, Status.FOUND, 4),  # of the find before
        (Command.SELECT, Status.DONE, 0),  # of a reset
        (Command.READ, Status.DONE, 8),
        (Command.READ, Status.DONE, 1284 + 1026),  # of the reading with fingerprints
        (Command.STATE, Status.DONE, 16),
        (Command.MODULE_ID, Status.DONE, 0),
    ],
)
def test_an_answer_to_another_command_is_not_taken(
    asked: Command, status: Status, size: int
) -> None:
    with pytest.raises(DamagedAnswerError, match="answer-to-another-command"):
        check_form(asked, Answer(status, bytes(size)))
