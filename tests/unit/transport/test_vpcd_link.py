"""VpcdLink against a card on a real loopback socket."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from station.core.errors import (
    CardMuteError,
    LocalProtocolError,
    ReaderNotConnectedError,
    TransportClosedError,
)
from station.transport.vpcd import VpcdLink

ATR: Final = bytes.fromhex("3B6D0000") + bytes(13)
DEADLINE: Final = 30.0
Answer = Callable[[bytes], bytes | None]


class Card:
    """A vpcd card in a thread; `answer` returns None to be torn out."""

    def __init__(
        self, port: int, answer: Answer = lambda _command: b"\x90\x00", *, atr: bytes = ATR
    ) -> None:
        self._answer = answer
        self._atr = atr
        self.controls: list[int] = []
        self.commands: list[str] = []
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def tear_out(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(DEADLINE)
        self.socket.close()

    def _serve(self) -> None:
        stream = self.socket.makefile("rb")
        with contextlib.suppress(OSError):
            while length := stream.read(2):
                message = stream.read(int.from_bytes(length, "big"))
                answer = self._control(message[0]) if len(message) == 1 else self._command(message)
                if answer is None:
                    self.socket.shutdown(socket.SHUT_RDWR)
                    break
                self.socket.sendall(answer)
        stream.close()

    def _control(self, control: int) -> bytes:
        self.controls.append(control)
        return len(self._atr).to_bytes(2, "big") + self._atr if control == 4 else b""

    def _command(self, command: bytes) -> bytes | None:
        self.commands.append(command.hex().upper())
        answer = self._answer(command)
        return None if answer is None else len(answer).to_bytes(2, "big") + answer


@pytest.fixture
def link() -> Iterator[VpcdLink]:
    opened = VpcdLink(0, card_wait=0.05)
    assert opened.reader_present()
    yield opened
    opened.close()
    opened.close()


@pytest.fixture
def insert(link: VpcdLink) -> Iterator[Callable[..., Card]]:
    cards: list[Card] = []

    def make(answer: Answer = lambda _command: b"\x90\x00", *, atr: bytes = ATR) -> Card:
        cards.append(Card(int(link.address.removeprefix("vpcd:")), answer, atr=atr))
        return cards[-1]

    yield make
    for card in cards:
        card.tear_out()


def test_a_card_is_seen_coming_and_going_without_power(
    link: VpcdLink, insert: Callable[..., Card]
) -> None:
    assert not link.card_present()
    card = insert()
    deadline = time.monotonic() + DEADLINE
    while not link.card_present():
        assert time.monotonic() < deadline
    assert card.controls == []
    card.tear_out()
    assert not link.card_present()


def test_a_session(link: VpcdLink, insert: Callable[..., Card]) -> None:
    card = insert(lambda _command: bytes.fromhex("11223344556677889000"))
    assert link.power_on() == ATR
    assert link.transmit(bytes.fromhex("0084000008")) == bytes.fromhex("11223344556677889000")
    assert link.transmit(bytes.fromhex("00A4040002A00000"))
    link.power_off()
    link.power_off()
    assert link.power_on() == ATR
    assert card.commands == ["0084000008", "00A4040002A000"]  # as T=0 carries them
    assert card.controls == [1, 4, 0, 1, 4]


def test_power_on_again_is_a_cold_reset(link: VpcdLink, insert: Callable[..., Card]) -> None:
    card = insert()
    link.power_on()
    link.power_on()
    assert card.controls == [1, 4, 0, 1, 4]


def test_no_card(link: VpcdLink) -> None:
    with pytest.raises(CardMuteError) as mute:
        link.power_on()
    assert mute.value.details == {"cause": "no-card"}
    with pytest.raises(LocalProtocolError):
        link.transmit(b"\x00\x84\x00\x00\x08")


def test_a_mute_card(link: VpcdLink, insert: Callable[..., Card]) -> None:
    insert(atr=b"")
    with pytest.raises(CardMuteError) as mute:
        link.power_on()
    assert mute.value.details == {"cause": "no-atr"}


def test_a_card_torn_out_in_a_command(link: VpcdLink, insert: Callable[..., Card]) -> None:
    insert(lambda _command: None)
    link.power_on()
    with pytest.raises(TransportClosedError, match="GET CHALLENGE"):
        link.transmit(b"\x00\x84\x00\x00\x08", name="GET CHALLENGE")
    link.power_off()
    with pytest.raises(CardMuteError):
        link.power_on()


def test_an_answer_without_status_word(link: VpcdLink, insert: Callable[..., Card]) -> None:
    insert(lambda _command: b"")
    link.power_on()
    with pytest.raises(TransportClosedError):
        link.transmit(b"\x00\x84\x00\x00\x08")


def test_the_next_card_is_taken_after_the_first_went(
    link: VpcdLink, insert: Callable[..., Card]
) -> None:
    first = insert()
    link.power_on()
    link.power_off()
    first.tear_out()
    second = insert()
    assert link.power_on() == ATR
    assert second.controls == [1, 4]


def test_a_taken_port_is_no_reader(link: VpcdLink) -> None:
    other = VpcdLink(int(link.address.removeprefix("vpcd:")), card_wait=0.0)
    assert not other.reader_present()
    with pytest.raises(ReaderNotConnectedError):
        other.power_on()
    other.close()


def test_only_this_machine_can_insert_a_card(link: VpcdLink) -> None:
    assert link._listen().getsockname()[0] == "127.0.0.1"
