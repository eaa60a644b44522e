"""The driver over real lines: a pseudo terminal, a TCP port and USB/IP."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from simulators.desk.id_cards import KINDS as CARD_KINDS
from simulators.desk.id_cards import invented
from simulators.desk.sam_module import SamModule, frame
from station.core.errors import (
    ConfigError,
    DeskDeviceError,
    DeskDeviceNotConnectedError,
    DeskFault,
    StationError,
    TransportTimeoutError,
)
from station.core.identity_cards import OnReader
from station.desk.id_reader.codec import Damage
from station.desk.id_reader.driver import SamReader
from station.transport.desk_link import check_desk_address
from tests.rigs.id_reader import KINDS, PATIENT, ReaderRig, Seen, id_reader, open_id_link

CARD = invented(random.Random(7))
HURRIED = replace(PATIENT, short=0.5, reading=0.5, quiet=0.002)


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ReaderRig]:
    with id_reader(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[ReaderRig]:
    with id_reader("pty", tmp_path, patience=HURRIED) as made:
        yield made


def fault_of(act: Callable[[], object]) -> tuple[DeskFault, str]:
    with pytest.raises(DeskDeviceError) as caught:
        act()
    return caught.value.fault, caught.value.reason


def test_a_card_is_read_once_and_then_stays_until_it_is_lifted(rig: ReaderRig) -> None:
    assert rig.reader.look().found is OnReader.NOTHING
    rig.module.put_card(CARD)
    look = rig.reader.look()
    assert (look.found, look.module) == (OnReader.READ, "05.03-20080101-0000000001-0000000001")
    assert look.card is not None
    assert (look.card.number, look.card.name) == (CARD.number, CARD.name)
    assert [rig.reader.look().found for _ in range(3)] == [OnReader.STAYS] * 3
    rig.module.lift_card()
    assert rig.reader.look().found is OnReader.STAYS  # nobody can tell
    rig.module.put_card(CARD)
    assert rig.reader.look().found is OnReader.READ
    assert rig.module.counts["3001"] == 2


def test_the_four_kinds_of_cards(rig: ReaderRig) -> None:
    for seed, kind in enumerate(CARD_KINDS):
        card = invented(random.Random(seed), kind)
        rig.module.put_card(card)
        read = rig.reader.look().card
        assert read is not None
        assert read.number == card.number


def test_polling_sends_one_harmless_command_a_look(rig: ReaderRig) -> None:
    for _ in range(20):
        rig.reader.look()
    assert rig.module.counts == Counter({"2001": 20, "12ff": 1})


def test_the_modules_state_is_asked_for(rig: ReaderRig) -> None:
    assert rig.reader.check() == "05.03-20080101-0000000001-0000000001"
    assert rig.module.counts["11ff"] == 1


@pytest.mark.parametrize(
    ("status", "fault"),
    [(0x60, DeskFault.READER_SELF_TEST_FAILED), (0x66, DeskFault.READER_NOT_AUTHORISED)],
)
def test_a_module_that_is_broken_says_so(hurried: ReaderRig, status: int, fault: DeskFault) -> None:
    hurried.module.be_broken(status)
    assert fault_of(hurried.reader.check) == (fault, f"SW3 {status:02X}")
    hurried.module.be_broken(0)
    assert hurried.reader.check()


@pytest.mark.parametrize(
    ("command", "status", "fault"),
    [
        ("2001", 0x24, DeskFault.READER_REFUSED),
        ("2002", 0x81, DeskFault.CARD_NOT_SELECTED),
        ("3001", 0x31, DeskFault.CARD_NOT_READ),
        ("3001", 0x32, DeskFault.CARD_NOT_GENUINE),
        ("3001", 0x33, DeskFault.CARD_NOT_GENUINE),
        ("3001", 0x40, DeskFault.CARD_UNKNOWN_KIND),
        ("3001", 0x41, DeskFault.CARD_NOT_READ),
        ("3001", 0x47, DeskFault.CARD_NOT_READ),
        ("3001", 0x10, DeskFault.READER_REFUSED),
    ],
)
def test_each_refusal_has_its_name(
    hurried: ReaderRig, command: str, status: int, fault: DeskFault
) -> None:
    hurried.reader.look()
    hurried.module.put_card(CARD)
    hurried.module.refuse_once(command, status)
    assert fault_of(hurried.reader.look) == (fault, f"SW3 {status:02X}")
    hurried.module.put_card(CARD)
    assert hurried.reader.look().found is OnReader.READ


@pytest.mark.parametrize(
    ("command", "fault"), [("2002", DeskFault.CARD_NOT_SELECTED), ("3001", DeskFault.CARD_NOT_READ)]
)
def test_a_card_that_is_lifted_in_the_middle(
    rig: ReaderRig, command: str, fault: DeskFault
) -> None:
    rig.module.put_card(CARD)
    rig.module.lift_before(command)
    assert fault_of(rig.reader.look)[0] is fault
    assert rig.reader.look().found is OnReader.STAYS
    rig.module.put_card(CARD)
    assert rig.reader.look().found is OnReader.READ


def test_an_answer_in_pieces_and_behind_noise(rig: ReaderRig) -> None:
    rig.reader.look()
    rig.module.put_card(CARD)
    rig.module.answer_in_pieces(1, times=2)
    rig.module.damage(lambda a: [b"\x00\xaa\xaa" + a[:9], a[9:700], a[700:]])
    assert rig.reader.look().found is OnReader.READ


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda m: m.say_nothing(), (DeskFault.READER_SILENT, "FIND")),
        (lambda m: m.cut(9), (DeskFault.READER_ANSWER_DAMAGED, "cut-short")),
        (lambda m: m.spoil_checksum(), (DeskFault.READER_ANSWER_DAMAGED, "checksum-wrong")),
        (lambda m: m.double(), (DeskFault.READER_ANSWER_DAMAGED, "doubled")),
        (lambda m: m.send_after(b"\x01"), (DeskFault.READER_ANSWER_DAMAGED, "more-bytes")),
        (lambda m: m.lie_about_length(300), (DeskFault.READER_ANSWER_DAMAGED, "cut-short")),
        (
            lambda m: m.lie_about_length(40000),
            (DeskFault.READER_ANSWER_DAMAGED, "length-impossible"),
        ),
        (
            lambda m: m.damage(lambda a: [frame(0x90, bytes(8))]),
            (DeskFault.READER_ANSWER_DAMAGED, "answer-to-another-command"),
        ),
    ],
)
def test_each_fault_has_its_name_and_the_next_look_is_good(
    hurried: ReaderRig, act: Callable[[SamModule], None], expected: tuple[DeskFault, str]
) -> None:
    hurried.reader.look()
    act(hurried.module)
    assert fault_of(hurried.reader.look) == expected
    hurried.module.put_card(CARD)
    assert hurried.reader.look().found is OnReader.READ


def test_an_answer_that_comes_late_is_never_taken_for_the_next_one(hurried: ReaderRig) -> None:
    """A second copy that arrives behind the answer would shift every later answer by one."""
    hurried.reader.look()
    for _ in range(20):
        hurried.module.damage(lambda answer: [answer, answer])
        hurried.module.put_card(CARD)
        with_card = [outcome(hurried.reader) for _ in range(2)]
        assert with_card[0] in ("read", "doubled", "more-bytes", "answer-to-another-command")
        hurried.module.put_card(CARD)
        assert "read" in (outcome(hurried.reader), outcome(hurried.reader))


def outcome(reader: SamReader) -> str:
    try:
        return reader.look().found.value
    except DeskDeviceError as exc:
        return exc.reason


def reading(reader: SamReader) -> tuple[str, tuple[str, str] | None]:
    try:
        look = reader.look()
    except DeskDeviceError as exc:
        return exc.reason, None
    return look.found.value, (look.card.number, look.card.name) if look.card else None


def damages(rng: random.Random) -> Callable[[bytes], list[bytes]]:
    """Return one damage, drawn."""
    kind = rng.randrange(6)
    where, bit, noise = rng.random(), 1 << rng.randrange(8), rng.randbytes(rng.randrange(1, 40))

    def change(answer: bytes) -> list[bytes]:
        at = int(where * len(answer))
        length = int(where * 0x10000).to_bytes(2, "big")
        return [
            [answer[:at]],
            [answer + answer[: at + 1]],
            [answer[:at] + bytes([answer[at] ^ bit]) + answer[at + 1 :]],
            [answer[:5] + length + answer[7:]],
            [answer + noise],
            [answer[:at] + noise + answer[at:]],
        ][kind]

    return change


@pytest.mark.parametrize("seed", range(4))
def test_damaged_answers_never_crash_and_never_give_another_card(seed: int, tmp_path: Path) -> None:
    """2,000 damaged answers, 500 a seed: each ends in a named reason, or was not damaged."""
    rng = random.Random(seed)
    damaged = {damage.value for damage in Damage}
    named = damaged | {found.value for found in OnReader} | {"FIND", "SELECT", "READ", "MODULE_ID"}
    found: Counter[str] = Counter()
    impatient = replace(PATIENT, short=0.004, reading=0.008, quiet=0.001)
    with id_reader("pty", tmp_path, patience=impatient) as rig:
        made = 0
        while made < 500:
            rig.module.put_card(CARD)
            spared = rng.randrange(3)
            rig.module.damage(lambda answer: [answer], spared)
            rig.module.damage(damages(rng))
            made += 1
            word, read = reading(rig.reader)
            found[word] += 1
            assert word in named or word.startswith("SW3")
            assert read in (None, (CARD.number, CARD.name))
            rig.module.settle()
    assert len(damaged & set(found)) >= 6, found


@pytest.mark.parametrize("kind", ["pty", "usbip"])
def test_unplugged_and_plugged_in_fifty_times_under_polling(kind: str, tmp_path: Path) -> None:
    stopping = threading.Event()
    seen = Seen()

    with id_reader(kind, tmp_path) as rig:

        def poll() -> None:
            while not stopping.is_set():
                try:
                    seen.add(rig.reader.look().found.value)
                except StationError as exc:
                    seen.add(exc.code)
                except BaseException as exc:
                    seen.add(f"defect: {exc!r}")
                    raise
                stopping.wait(0.002)

        thread = threading.Thread(target=poll)
        thread.start()
        try:
            for _ in range(50):
                seen.wait_for("read", lambda: rig.module.put_card(CARD))
                seen.wait_for("id-reader-not-connected", rig.line.unplug)
                rig.line.plug()
        finally:
            stopping.set()
            thread.join()
    assert set(seen.words) <= {
        "nothing",
        "read",
        "stays",
        "id-reader-not-connected",
        "id-reader-silent",
        "id-reader-answer-damaged",
    }


def test_another_program_and_a_missing_port_are_told_apart(rig: ReaderRig) -> None:
    rig.reader.look()
    other = SamReader(rig.line.address, lambda: open_id_link(rig.line.address))
    if rig.line.address.startswith("serial"):
        with pytest.raises(DeskDeviceNotConnectedError, match="another program holds"):
            other.look()
    rig.reader.close()
    rig.line.unplug()
    with pytest.raises(DeskDeviceNotConnectedError) as caught:
        other.look()
    assert caught.value.code == "id-reader-not-connected"


@pytest.mark.parametrize(
    "address",
    [
        "serial:///dev/ttyUSB0",
        "serial:///dev/serial/by-id/usb-1a86?baud=57600",
        "socket://127.0.0.1:4001",
        "usb://0400:c35a",
        "usb://0400:c35a@1-2.3",
        "usbip://127.0.0.1:3240",
    ],
)
def test_addresses_that_may_be_configured(address: str) -> None:
    check_desk_address(address, "id_reader.link")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/dev/ttyUSB0",
        "serial://",
        "serial:///dev/x?baud=1",
        "socket://h",
        "usb://1",
        "tcp://h:1",
        "serial:///dev/x?speed=9600",
        "socket://h:0",
        "socket://h:99999",
    ],
)
def test_other_addresses_name_the_setting(address: str) -> None:
    with pytest.raises(ConfigError, match=r"id_reader\.link"):
        check_desk_address(address, "id_reader.link")


def test_a_serial_line_times_out_and_loses_nothing(tmp_path: Path) -> None:
    module = SamModule()
    with id_reader("pty", tmp_path, module=module) as rig:
        link = open_id_link(rig.line.address)
        with pytest.raises(TransportTimeoutError):
            link.read(1, timeout=0.0)
        link.close()
        link.close()
