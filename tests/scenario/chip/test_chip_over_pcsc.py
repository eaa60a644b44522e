"""The encoder over the real pcscd and its virtual reader, with a 3.00 card in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Final

import pytest

from simulators.cards.ssc import AtrForm, CaseFour, Quirks, SscCard, WrongLe
from simulators.pcsc_service import READER_NAME, PcscService
from station.core.cards import CardEncoder, ChipCondition, ChipData
from station.core.errors import (
    CardMuteError,
    OutcomeUnknownError,
    ReaderBusyError,
    ReaderNotConnectedError,
    StationError,
    TransportError,
)
from station.encoder import open_encoder
from station.transport import pcsc as pcsc_module
from station.transport.chip_link import open_chip_link
from station.words import explain
from tests.rigs.province_hsm import hsm_answer
from tests.rigs.vpcd_card import CardInSlot
from tests.scenario.chip.conftest import blank

pytestmark = pytest.mark.timeout(600)  # the machine's only pcscd may have to be waited for

SECOND_READER: Final = "Virtual PCD 00 01"
DEADLINE: Final = 30.0
PERSON: Final = ChipData(
    AAC002="41070219900307123X",
    AAC003="阿卜杜热西提·买买提吐尔逊江·艾",
    AAC004="1",
    AAC005="05",
    AAC025="410702",
    AAC006="19900307",
    AAZ500="X00000019",
    AAZ503="20261122",
    valid_until="20361122",
)
HOLDS_THE_CARD: Final = """
import pathlib, sys
from smartcard import scard
pathlib.Path("/proc/self/comm").write_text("bank-terminal")
code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
code, handle, protocol = scard.SCardConnect(
    context, sys.argv[1], scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T0)
sys.stdout.write(f"{code}\\n")
sys.stdout.flush()
sys.stdin.read()
"""


def encoder_at(reader: str = READER_NAME, *, card_wait: float = DEADLINE) -> CardEncoder:
    return open_encoder(open_chip_link(f"pcsc:{reader}", card_wait=card_wait), "ssc")


@pytest.fixture
def encoder(slot: CardInSlot) -> Iterator[CardEncoder]:
    opened = encoder_at()
    yield opened
    opened.close()


def test_a_whole_session_of_a_3_00_card(encoder: CardEncoder, slot: CardInSlot) -> None:
    identity = encoder.identify()
    assert slot.card.card_id == identity.AAZ501
    assert encoder.inspect(PERSON, hsm_answer) is ChipCondition.BLANK
    written = encoder.personalise(identity, PERSON, hsm_answer)
    assert written.same_card(identity)
    assert encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA
    files = slot.card.image()["files"]
    assert isinstance(files, dict)
    assert files["SSSE/EF06"]["4E"] == "B0AC".ljust(40, "0")  # 艾
    assert slot.card.counts["writes"] == 10


def test_t0_answers_in_two_steps_are_followed(encoder: CardEncoder, slot: CardInSlot) -> None:
    encoder.identify()
    instructions = [command[1] for command in slot.sent]
    assert 0xC0 in instructions  # 61xx: GET RESPONSE came from us, not from the reader
    reads = [command[:4] for command in slot.sent if command[1] == 0xB2]
    assert len(reads) > len(set(reads))  # 6Cxx: the same record again with its real length


def test_a_card_that_answers_in_one_step_is_read_too(
    encoder: CardEncoder, slot: CardInSlot
) -> None:
    assert isinstance(slot.card, SscCard)
    slot.card.behave(Quirks(case_four=CaseFour.DIRECT, wrong_le=WrongLe.DATA))
    assert slot.card.card_id == encoder.identify().AAZ501
    assert 0xC0 not in [command[1] for command in slot.sent]


def test_a_card_that_speaks_t1_is_written_too(pcsc: PcscService) -> None:
    del pcsc
    quirks = Quirks(atr_form=AtrForm.CONTACTLESS, case_four=CaseFour.DIRECT)
    with CardInSlot(blank(7, quirks)) as slot:
        encoder = encoder_at()
        encoder.personalise(encoder.identify(), PERSON, hsm_answer)
        assert encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA
        encoder.close()
    selects = [command for command in slot.sent if command[:2] == b"\x00\xa4"]
    assert all(len(command) == 6 + command[4] for command in selects)  # T=1 carries the Le


@pytest.mark.parametrize("answer_lost", [False, True], ids=["not-received", "answer-lost"])
def test_a_card_torn_while_writing_is_finished_later(
    encoder: CardEncoder, slot: CardInSlot, answer_lost: bool
) -> None:
    identity = encoder.identify()
    slot.lose_answer = answer_lost
    slot.tear_at = lambda command: command[:3] == bytes.fromhex("00DC4E")
    with pytest.raises(OutcomeUnknownError):
        encoder.personalise(identity, PERSON, hsm_answer)
    with pytest.raises(CardMuteError) as mute:
        encoder_at(card_wait=0.2).identify()
    assert mute.value.details["cause"] == "no-card"
    slot.insert()
    assert encoder.inspect(PERSON, hsm_answer) is ChipCondition.HALF_WRITTEN
    encoder.personalise(encoder.identify(), PERSON, hsm_answer)
    assert encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA


def test_another_program_that_holds_the_card_is_named(slot: CardInSlot) -> None:
    _wait_for_card(READER_NAME)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_CARD, READER_NAME],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == b"0\n"
        programs = pcsc_module._programs_using_pcsc()
        with pytest.raises(ReaderBusyError, match="another program holds the card") as busy:
            encoder_at(card_wait=0.3).identify()
        assert "bank-terminal" in programs
        if len(programs) == 1:  # somebody else's program may use PC/SC on this machine too
            assert busy.value.details == {"holder": "bank-terminal"}
            told = explain(busy.value.code, busy.value.details)
            assert told.title == "读卡器被其他程序占用"
            assert told.cause == "另一程序正在使用读卡器：bank-terminal。"
        waiting = encoder_at()
        threading.Timer(0.3, other.stdin.close).start()
        assert slot.card.card_id == waiting.identify().AAZ501  # as soon as it lets go
        waiting.close()
        other.wait(DEADLINE)


def test_while_a_session_runs_nobody_else_gets_in(slot: CardInSlot) -> None:
    link = open_chip_link(f"pcsc:{READER_NAME}", card_wait=DEADLINE)
    link.power_on()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_CARD, READER_NAME],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as other:
        said, _ = other.communicate(timeout=DEADLINE)
    assert int(said) & 0xFFFFFFFF == 0x8010000B  # SCARD_E_SHARING_VIOLATION
    link.close()


def test_an_outside_client_reads_the_issuers_file(encoder: CardEncoder, slot: CardInSlot) -> None:
    tool = shutil.which("opensc-tool")
    assert tool is not None, "run `make setup`: the Debian package opensc is missing"
    encoder.personalise(encoder.identify(), PERSON, hsm_answer)
    # SELECT SSSE, then the records 01 to 07 of EF05 by their tags.
    lengths = {0x01: 18, 0x02: 3, 0x03: 6, 0x04: 14, 0x05: 6, 0x06: 6, 0x07: 11}
    commands = ["00A404000F7378312E73682EC9E7BBE1B1A3D5CF"]
    commands += [f"00B2{tag:02X}28{length:02X}" for tag, length in lengths.items()]
    sent = [word for command in commands for word in ("--send-apdu", command)]
    done = subprocess.run(
        [tool, "--reader", READER_NAME, *sent],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    # Each answer: "Received (SW1=0x90, SW2=0x00):", then lines of at most 16 bytes: hex, ASCII.
    answers = [part.split("Sending")[0].splitlines()[1:] for part in done.stdout.split("Received")]
    records = [
        "".join(_hex_of(line) for line in lines)[: 2 * length]  # short text may look like hex
        for lines, length in zip(answers[2:], lengths.values(), strict=True)
    ]
    assert done.stdout.count("SW1=0x90, SW2=0x00") == len(commands)
    assert records[0] == "0110" + slot.card.card_id
    assert records[1] == "020133"
    assert records[2] == "0304332E3030"
    assert records[3].startswith("040C91560000")
    assert records[4:] == ["050420261122", "060420361122", "0709583030303030303139"]


def test_of_two_readers_the_configured_one_is_used(pcsc: PcscService) -> None:
    del pcsc
    for here, there in ((1, 2), (2, 1)):  # the same names, the cards the other way round
        with CardInSlot(blank(here)) as first, CardInSlot(blank(there), 1) as second:
            for reader, wanted in ((SECOND_READER, second), (READER_NAME, first)):
                encoder = encoder_at(reader)
                assert wanted.card.card_id == encoder.identify().AAZ501
                encoder.close()


def test_a_name_that_fits_two_readers_chooses_none(slot: CardInSlot) -> None:
    encoder = encoder_at("Virtual PCD")
    assert not encoder.reader_present()
    with pytest.raises(ReaderNotConnectedError) as refused:
        encoder.identify()
    assert refused.value.details["readers"] == f"{READER_NAME}, {SECOND_READER}"
    assert slot.sent == []


def test_the_configured_reader_is_not_replaced_by_another(pcsc: PcscService) -> None:
    del pcsc
    with CardInSlot(blank(1)):  # a card, but in the wrong reader
        with pytest.raises(CardMuteError):
            encoder_at(SECOND_READER, card_wait=0.3).identify()
        with pytest.raises(ReaderNotConnectedError):
            encoder_at("ACME Encoder", card_wait=0.3).identify()


class Load:
    """Identifies the card over and over through one encoder that is never made anew."""

    def __init__(self, encoder: CardEncoder, card_id: str) -> None:
        self._encoder = encoder
        self._card_id = card_id
        self._condition = threading.Condition()
        self._stopping = False
        self.good = 0
        self.errors: list[StationError] = []
        self.wrong: list[BaseException] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait_for_good(self, count: int = 2) -> None:
        """Wait until the card was read `count` times more: the second began after this call."""
        with self._condition:
            wanted = self.good + count
            done = self._condition.wait_for(lambda: self.good >= wanted or self.wrong, DEADLINE)
        assert not self.wrong, self.wrong
        assert done, f"not readable again: {self.errors[-1:]}"

    def wait_for_error(self, kind: type[StationError], after: int) -> None:
        """Wait until a reading failed with `kind`; the first `after` errors don't count."""
        with self._condition:
            done = self._condition.wait_for(
                lambda: any(isinstance(error, kind) for error in self.errors[after:]), DEADLINE
            )
        assert done, f"not noticed: {self.errors[after:]}"

    def stop(self) -> None:
        self._stopping = True
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive(), "a call hangs"

    def _run(self) -> None:
        while not self._stopping:
            try:
                assert self._card_id == self._encoder.identify().AAZ501
            except (TransportError, CardMuteError) as exc:
                with self._condition:
                    self.errors.append(exc)
                    self._condition.notify_all()
                time.sleep(0.01)
                continue
            except BaseException as exc:  # noqa: BLE001 - shown by the test's own thread
                with self._condition:
                    self.wrong.append(exc)
                    self._condition.notify_all()
                return
            with self._condition:
                self.good += 1
                self._condition.notify_all()


@pytest.fixture
def load(encoder: CardEncoder, slot: CardInSlot) -> Iterator[Load]:
    running = Load(encoder, slot.card.card_id)
    yield running
    running.stop()


@pytest.mark.parametrize("replugs", [20, pytest.param(100, marks=pytest.mark.alone)])
def test_the_link_outlives_replugs_of_the_reader_and_restarts_of_pcscd(
    load: Load, pcsc: PcscService, replugs: int
) -> None:
    """One link, under load all the time. pcscd never takes a configured reader away while it runs:
    to pull the cable, our own pcscd is started anew without the reader.
    """
    files_before = len(_open_files())
    load.wait_for_good()
    for number in range(replugs):
        seen = len(load.errors)
        pcsc.pull_cable()
        load.wait_for_error(ReaderNotConnectedError, seen)
        pcsc.plug_cable()
        load.wait_for_good(1)  # none is under way: there was no reader
        if number % 5 == 0:
            pcsc.restart()
            load.wait_for_good()
    assert "reader-no-permission" not in {error.code for error in load.errors}
    assert len(_open_files()) <= files_before + 4


def test_the_link_outlives_10_cards_that_are_torn_out(load: Load, slot: CardInSlot) -> None:
    load.wait_for_good()
    for _ in range(10):
        seen = len(load.errors)
        slot.tear_at = lambda _: True  # whatever comes next
        load.wait_for_error(TransportError, seen)
        slot.insert()
        load.wait_for_good()


def _hex_of(line: str) -> str:
    return "".join(takewhile(lambda word: len(word) == 2, line.split(" ")[:16]))


def _open_files() -> list[str]:
    return [entry.name for entry in Path("/proc/self/fd").iterdir()]


def _wait_for_card(reader: str) -> None:
    """Wait until PC/SC has seen the card, which it polls for."""
    encoder = encoder_at(reader)
    encoder.identify()
    encoder.close()
