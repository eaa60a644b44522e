"""Exchanges are noted as they were, and nothing that may not be shown is kept."""

from __future__ import annotations

import itertools

import pytest

from station.core.errors import CardMuteError, TransportTimeoutError
from station.core.wire_trace import KEPT, WireKind, WireTrace, exchanges_about
from station.drivers import load_family
from station.drivers.hiti_cs import commands
from station.gateways.kit.outline import outline
from station.transport.watching import WatchedLink, WatchedReader

NAME, NUMBER, PIN = "张三丰", "110101199003078888", "271828"
KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
CANARIES = (NAME.encode(), NUMBER.encode(), PIN.encode(), KEY, NUMBER[:17].encode("utf-16-be"))


class Device:
    """Answers every read from a list; the last answer may be an error."""

    address = "test:"

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.written: list[bytes] = []

    def write(self, data: bytes, *, timeout: float) -> None:
        self.written.append(data)

    def read(self, size: int, *, timeout: float) -> bytes:
        return self.next()

    def next(self) -> bytes:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def reopen(self) -> None:
        pass

    def close(self) -> None:
        pass

    def card_present(self) -> bool:
        return True

    def reader_present(self) -> bool:
        return True

    def check_reader(self) -> None:
        pass

    def power_on(self) -> bytes:
        return self.next()

    def transmit(self, command: bytes, *, name: str = "") -> bytes:
        self.written.append(command)
        return self.next()

    def power_off(self) -> None:
        pass


@pytest.fixture
def trace() -> WireTrace:
    ticks = itertools.count()
    return WireTrace(lambda: float(next(ticks)))


def watched(trace: WireTrace, device: Device, family: str = "hiti_cs") -> WatchedLink:
    known = load_family(family)
    assert known.may_watch is not None
    return WatchedLink(
        device, trace, WireKind.PRINTER, may_show=known.may_watch, naming=known.name_request
    )


def assert_no_canary(trace: WireTrace) -> None:
    kept = b"".join(
        (one.sent or b"") + one.got + (one.name + one.told + one.outcome).encode()
        for one in trace.kept()
    )
    for canary in CANARIES:
        assert canary not in kept


def test_a_request_and_the_parts_of_its_answer_are_one_exchange(trace: WireTrace) -> None:
    link = watched(trace, Device(b"\xa5\x00\x06\x50\x04\x00", b"\x01\x02\x03"))
    request = commands.encode_request(commands.STATUS)
    with exchanges_about("an-order"):
        link.write(request, timeout=1.0)
    link.read(6, timeout=1.0)
    link.read(3, timeout=1.0)
    (one,) = trace.kept()
    assert (one.order, one.sent, one.got) == (
        "an-order",
        request,
        bytes.fromhex("a50006500400010203"),
    )
    assert one.naming is not None
    assert one.naming(request) == "0400 read status"
    assert one.took is not None


def test_pieces_of_an_image_are_one_job_of_which_only_the_length_is_kept(trace: WireTrace) -> None:
    link = watched(trace, Device())
    for piece in (b"\x00" * 5000, NAME.encode() + KEY, NUMBER.encode()):
        link.write(piece, timeout=1.0)
    (one,) = trace.kept()
    assert (one.sent, one.sent_size) == (None, 5000 + 9 + 16 + 18)
    assert_no_canary(trace)


@pytest.mark.parametrize("command", [f"Dm;1;{NUMBER}", "Rmb;1"])
def test_a_magnetic_stripe_is_kept_neither_sent_nor_read(trace: WireTrace, command: str) -> None:
    link = watched(trace, Device(f"{NUMBER}{PIN}".encode()), "evolis")
    link.write(f"\x1b{command}\r\0".encode(), timeout=1.0)
    link.read(64, timeout=1.0)
    (one,) = trace.kept()
    assert (one.sent, one.got, one.got_size) == (None, b"", 24)
    assert_no_canary(trace)


def test_another_command_of_evolis_is_shown_with_its_answer(trace: WireTrace) -> None:
    link = watched(trace, Device(b"OK\r\0"), "evolis")
    link.write(b"\x1bRrt;count\r\0", timeout=1.0)
    link.read(64, timeout=1.0)
    (one,) = trace.kept()
    assert one.naming is not None
    assert (one.naming(one.sent or b""), one.got) == ("Rrt;count", b"OK\r\0")
    assert one.naming(b"") == "status poll"


def test_an_error_is_noted_and_raised(trace: WireTrace) -> None:
    link = watched(trace, Device(TransportTimeoutError("nothing")))
    link.write(commands.encode_request(commands.STATUS), timeout=1.0)
    with pytest.raises(TransportTimeoutError):
        link.read(6, timeout=1.0)
    assert trace.kept()[0].outcome == TransportTimeoutError.code


def test_of_an_apdu_its_header_and_status_word_are_kept(trace: WireTrace) -> None:
    device = Device(b"\x3b\x00", b"\x90\x00", NAME.encode() + b"\x90\x00", b"\x63\xc2")
    reader = WatchedReader(device, trace, WireKind.CHIP)
    reader.power_on()
    reader.transmit(bytes.fromhex("00A4000C02EF05"), name="select EF05")
    reader.transmit(bytes.fromhex("00B2070400"), name="read record")
    reader.transmit(b"\x00\x20\x00\x00\x06" + PIN.encode(), name="verify PIN")
    verify, read, select, _ = trace.kept()
    assert (select.sent or b"").hex().upper() == "00A4000C02EF05"
    assert (read.got, read.got_size, read.outcome) == (b"", 9, "9000")
    assert (verify.sent, verify.sent_size, verify.outcome) == (
        b"\x00\x20\x00\x00\x06",
        11,
        "63C2",
    )
    assert_no_canary(trace)


@pytest.mark.parametrize("ins", range(0, 256, 2))
def test_no_command_but_select_keeps_its_data(trace: WireTrace, ins: int) -> None:
    reader = WatchedReader(Device(KEY + b"\x90\x00"), trace, WireKind.DESK)
    if ins != 0xA4:
        reader.transmit(bytes((0x80, ins, 0, 0, len(KEY))) + KEY)
        assert_no_canary(trace)


def test_a_mute_card_is_noted(trace: WireTrace) -> None:
    reader = WatchedReader(Device(CardMuteError("mute")), trace, WireKind.CHIP)
    with pytest.raises(CardMuteError):
        reader.power_on()
    assert trace.kept()[0].outcome == CardMuteError.code


def test_of_a_message_only_names_and_lengths_are_kept() -> None:
    inner = (
        f"&lt;AAC003&gt;{NAME}&lt;/AAC003&gt;&lt;AAC002 of='{NUMBER}'&gt;{NUMBER}&lt;/AAC002&gt;"
    )
    told = outline(f"<s:Body><in0>{inner}</in0><n{NUMBER}>{PIN}</n{NUMBER}></s:Body>".encode())
    assert told == "AAC003[3] AAC002[18] ?[6]"
    chinese = f"<姓名>{NAME}</姓名><{NAME}>{PIN}</{NAME}>"
    for charset in ("utf-8", "gb18030"):
        assert outline(chinese.encode(charset), {"姓名"}) == "姓名[3] ?[6]"


def test_only_the_last_exchanges_of_each_kind_are_kept(trace: WireTrace) -> None:
    for _ in range(KEPT + 10):
        trace.begin(WireKind.PRINTER, "poll", None, 1)
    trace.begin(WireKind.CHIP, "power on", None, 0)
    kept = trace.kept()
    assert len(kept) == KEPT + 1
    assert kept[0].kind is WireKind.CHIP


def test_what_is_seen_is_what_was_sent(trace: WireTrace) -> None:
    device = Device(b"\x90\x00")
    command = b"\x00\x20\x00\x00\x06" + PIN.encode()
    assert WatchedReader(device, trace, WireKind.CHIP).transmit(command) == b"\x90\x00"
    assert device.written == [command]
