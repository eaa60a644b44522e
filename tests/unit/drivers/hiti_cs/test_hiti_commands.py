import pytest

from station.core.errors import LocalProtocolError, RemoteProtocolError
from station.core.faces import Panel
from station.drivers.hiti_cs import commands, replies
from station.drivers.hiti_cs.commands import Command, encode_image_header, encode_request

NEVER = [0x8306, 0x8307, 0x8308, 0x8403, 0x8406, 0x840C, 0x840E, 0x8900, 0x8901]
CATALOGUE = [value for value in vars(commands).values() if isinstance(value, Command)]


@pytest.mark.parametrize(
    ("command", "payload", "wire"),
    [
        (commands.SUMMARY, b"", "a5 00 03 50 01 00"),
        (commands.RESET, commands.SOFT_RESET, "a5 00 04 50 03 01 02"),
        (commands.COUNTER, commands.TOTAL_CARDS, "a5 00 04 50 80 05 01"),
        (commands.SERIAL_NUMBER, commands.SERIAL_LENGTH, "a5 00 04 50 80 07 12"),
        (commands.JOBS, commands.ALL_JOBS, "a5 00 06 50 05 03 00 00 00"),
        (commands.END_PAGE, b"", "a5 00 03 50 82 01"),
    ],
)
def test_requests_as_the_wire_sheet_has_them(command: Command, payload: bytes, wire: str) -> None:
    assert encode_request(command, payload) == bytes.fromhex(wire)


def test_job_arguments_as_the_wire_sheet_has_them() -> None:
    assert commands.job_arguments(0x1234) == bytes.fromhex("00 12 34")
    assert commands.job_completed_arguments(7) == bytes.fromhex("00 00 07 00 01")


@pytest.mark.parametrize("job_id", [-1, 0, 32768])
def test_a_job_id_that_a_host_may_not_choose(job_id: int) -> None:
    with pytest.raises(LocalProtocolError, match="job id"):
        commands.job_arguments(job_id)


def test_the_header_of_one_plane() -> None:
    wire = bytes.fromhex("a5 0a 65 50 83 09 c8 00 00 03 f6")
    assert encode_image_header(1014, 681408) == wire


def test_the_planes_have_the_ids_of_the_card_printers_not_of_the_photo_printers() -> None:
    front = {panel: command.id for panel, command in commands.FRONT_PLANES.items()}
    back = {panel: command.id for panel, command in commands.BACK_PLANES.items()}
    letters = [Panel(letter) for letter in "YMCKO"]
    assert front == dict(zip(letters, (0x8202, 0x8203, 0x8204, 0x8206, 0x8208), strict=True))
    assert back == dict(zip(letters, (0x8209, 0x820A, 0x820B, 0x820D, 0x820F), strict=True))
    assert list(front) == letters  # this is the order on the wire
    assert list(back) == letters


@pytest.mark.parametrize("command_id", NEVER)
def test_a_dangerous_command_can_not_leave(command_id: int) -> None:
    with pytest.raises(LocalProtocolError):
        encode_request(Command(command_id, "whatever", changes=True))
    with pytest.raises(LocalProtocolError):
        commands.move(command_id, "a slip in a model's file")
    assert command_id not in {command.id for command in CATALOGUE}


def test_only_what_changes_nothing_counts_as_a_look() -> None:
    looks = {command.id for command in CATALOGUE if not command.changes}
    classes = {0x01, 0x04, 0x05, 0x80}
    assert {command >> 8 for command in looks} == classes
    assert not looks & {0x0500, 0x0501}


def test_summary_from_offset_33() -> None:
    data = bytes(33) + b"\x07CS-220e" + b"\x5a" + b"01.02.003" + bytes(28)
    assert len(data) == 79
    assert replies.decode_summary(data) == ("CS-220e", "01.02.003")
    with pytest.raises(RemoteProtocolError):
        replies.decode_summary(data[:45])


def test_engine_statistics_counter_and_serial() -> None:
    engine = bytes.fromhex("1e 02a0 012c 012c 02a0 03f6 ffff 01020304 0000000000")
    assert replies.decode_engine(engine) == replies.Engine(672, 300, 1014)
    assert replies.decode_ribbon_left(bytes.fromhex("02 01 00000005 03 000000c8")) == 200
    assert replies.decode_ribbon_left(bytes.fromhex("01 01 00000005")) is None
    assert replies.decode_counter(bytes.fromhex("00 01 00 00")) == 65536
    assert replies.decode_serial(b"CS220E0001" + bytes(8)) == "CS220E0001"
    with pytest.raises(RemoteProtocolError, match="records"):
        replies.decode_ribbon_left(bytes.fromhex("02 03 000000c8"))
    with pytest.raises(RemoteProtocolError, match="ASCII"):
        replies.decode_serial(b"\xff" * 18)


def test_jobs() -> None:
    assert replies.decode_jobs(bytes.fromhex("00")) == {}
    assert replies.decode_jobs(bytes.fromhex("02 00 0007 00 00 0123 80")) == {7: 0, 0x123: 0x80}
    assert replies.decode_job_state(bytes.fromhex("00 0007 01 0000"), 7) == 1
    with pytest.raises(RemoteProtocolError, match="told of job 8"):
        replies.decode_job_state(bytes.fromhex("00 0008 01 0000"), 7)
