"""USB: one stream of texts that says of no answer which question it belongs to."""

import tomllib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from station.core.errors import (
    OutcomeUnknownError,
    RemoteProtocolError,
    TransportClosedError,
    TransportTimeoutError,
)
from station.core.faces import FaceSide, Panel
from station.core.printing import CardPosition, CardPrinter
from station.drivers import load_family
from station.drivers.evolis.codec import MAX_REPLY, TextDecoder, decode_status_text
from station.drivers.evolis.wires import MAX_STALE_REPLIES

VECTORS = tomllib.loads(
    (Path(__file__).parents[3] / "vectors" / "evolis" / "usb.toml").read_text(encoding="utf-8")
)
AT_REST = "00562000" + "0" * 56
RIBBON = "type:4\r\nqty:200\r\ncount:{left}"


def texts(decoder: TextDecoder) -> list[str]:
    found = []
    while (reply := decoder.next_reply()) is not None:
        assert reply.status is None
        found.append(reply.text)
    return found


@pytest.mark.parametrize("row", VECTORS["reply"], ids=lambda row: row["name"])
def test_a_reply_in_one_piece_in_single_bytes_and_doubled(row: dict[str, str]) -> None:
    wire = bytes.fromhex(row["wire"])
    decoder = TextDecoder()
    decoder.receive_data(wire + wire)
    assert texts(decoder) == [row["text"]] * 2
    for byte in wire[:-1]:
        decoder.receive_data(bytes([byte]))
        assert texts(decoder) == []
    decoder.receive_data(wire[-1:] + wire[:1])
    assert texts(decoder) == [row["text"]] + ([""] if wire[:1] == b"\0" else [])


def test_what_is_no_reply_is_dropped_and_the_next_one_found() -> None:
    decoder = TextDecoder()
    decoder.receive_data(b"\x80\xff\0OK\0")
    with pytest.raises(RemoteProtocolError, match="not ASCII: 80 ff"):
        decoder.next_reply()
    assert texts(decoder) == ["OK"]
    decoder.receive_data(b"x" * (MAX_REPLY + 1))  # refused before its end has come
    with pytest.raises(RemoteProtocolError, match="more than"):
        decoder.next_reply()
    decoder.receive_data(b"OK\0")
    assert texts(decoder) == ["OK"]


@pytest.mark.parametrize("row", VECTORS["status"], ids=lambda row: row["name"])
def test_status_words_as_text(row: dict[str, Any]) -> None:
    status = decode_status_text(row["text"])
    words = [status.config, status.information, status.warning, status.error]
    assert (words, list(status.extensions)) == (row["words"], row["extensions"])
    assert status.session is None


@pytest.mark.parametrize("text", ["", "OK", "0" * 31, "0" * 33, "0" * 48, "0" * 65, "g" * 32])
def test_what_is_not_four_or_eight_words(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match="status words"):
        decode_status_text(text)


@dataclass
class Stream:
    """A USB link to a printer that a test plays; unread answers stay when it is opened again."""

    replies: dict[str, str | list[str]]
    address: str = "usb://0f49:0a00"
    asked: list[str] = field(default_factory=list)
    waiting: deque[bytes] = field(default_factory=deque)
    swallow: int = 0  # bytes that the printer takes for dots
    on_job: Callable[["Stream", bytes], None] = lambda stream, _: stream.say("OK")
    mute: str = ""
    zeros: int = 0

    def say(self, *texts: str) -> None:
        self.waiting.extend(text.encode() + b"\0" for text in texts)

    def write(self, data: bytes, *, timeout: float) -> None:
        del timeout
        if self.swallow:
            self.swallow = max(0, self.swallow - len(data))
            self.zeros += data.count(0)
            return
        if data.startswith(b"\x1bPsync;1;0"):
            self.asked.append("job")
            self.on_job(self, data)
            return
        command = data.strip(b"\x1b\r\0").decode("latin-1")
        self.asked.append(command)
        if command != self.mute:
            known = self.replies.get(command, "OK")
            answer = known if isinstance(known, str) else known.pop(0)
            self.say(*answer.split("|"))

    def read(self, size: int, *, timeout: float) -> bytes:
        del size
        if not self.waiting:
            raise TransportTimeoutError(f"nothing in {timeout}")
        return self.waiting.popleft()

    def reopen(self) -> None:
        pytest.fail("a link is thrown away, not opened again")

    def close(self) -> None:
        """What the printer has said stays in its buffer."""


def played(**replies: str | list[str]) -> tuple[CardPrinter, Stream]:
    table: dict[str, str | list[str]] = {
        "Rpst": AT_REST,
        "Rco;card": "inserted_head:1000",
        "Rrt;all": RIBBON.format(left=150),
        "Rco;clean": "rem_advised:77",
        "Rem;1": "2",
        "Rcim": "Feeder (F)",
        "Rcem": "Standard (D)",
        "Rcrm": "Error (D)",
        "Rtp;d": "Evolis Zenius",
        "Rsn": "Z1",
        "Rfv": "1000",
    }
    stream = Stream(table | {name.replace("_", ";"): value for name, value in replies.items()})
    return load_family("evolis").open(lambda: stream, "zenius"), stream


def test_answers_from_before_the_link_was_opened_are_thrown_away() -> None:
    printer, stream = played()
    stream.say("OK", AT_REST.replace("0056", "ffff"), "someone else's", "inserted_head:1")
    assert printer.status().native.startswith(bytes.fromhex("00562000"))
    assert printer.counters().cards_printed == 1000
    assert stream.asked[:2] == ["Rco;card", "Rpst"]


def test_an_answer_that_comes_late_is_never_taken_for_the_next_one() -> None:
    printer, stream = played()
    assert printer.identity().serial == "Z1"
    stream.mute = "Rsn"
    with pytest.raises(TransportTimeoutError):
        printer.identity()
    stream.mute = ""
    stream.say("Z1")  # at last
    identity = printer.identity()
    assert (identity.model, identity.serial, identity.firmware) == ("Evolis Zenius", "Z1", "1000")


def test_a_stray_ok_is_asked_again_and_leaves_nothing_behind() -> None:
    stray = "OK|" + RIBBON.format(left=1)
    printer, _ = played(Rrt_all=[stray, stray, RIBBON.format(left=150)])
    status = printer.status()
    assert (status.ribbon_cards_left, status.cleaning_cards_left) == (150, 77)
    assert status.native.startswith(bytes.fromhex("00562000"))


def test_a_printer_that_never_says_anything_of_ours_is_given_up() -> None:
    printer, stream = played(Rco_card="OK")
    stream.say(*["OK"] * (MAX_STALE_REPLIES + 2))
    with pytest.raises(RemoteProtocolError, match="no answer to Rco;card"):
        printer.status()


def side() -> FaceSide:
    plane = np.full(1016 * 648, 255, np.uint8).tobytes()
    geometry = load_family("evolis").models["zenius"].geometry
    return FaceSide(geometry, {Panel.RESIN_BLACK: plane}, b"")


READY = "0056200002000000" + "0" * 48
TAKEN = "0056200082000000" + "0" * 48


@pytest.mark.parametrize("count", [0, 1, 45])
def test_however_often_a_job_is_answered_the_next_answer_is_the_right_one(count: int) -> None:
    printer, stream = played(Rpst=READY)

    def take(stream: Stream, data: bytes) -> None:
        assert data.count(b"\x1bDb;k;2;") == 1
        stream.say(*["OK"] * count)
        stream.replies["Rpst"] = TAKEN
        stream.replies["Rco;card"] = "inserted_head:1001"
        stream.replies["Rrt;all"] = RIBBON.format(left=149)

    stream.on_job = take
    end = "Pcla;0\r\x1bPsync;11;1\r<END>\x1bPsync;11;0"
    stream.replies[end] = "OK"
    write = stream.write

    def drop_claim(data: bytes, *, timeout: float) -> None:
        write(data, timeout=timeout)
        if b"Pcla;0" in data:
            stream.replies["Rpst"] = READY

    stream.write = drop_claim  # type: ignore[method-assign]
    printer.print_face(side(), None, job_id=1)
    assert stream.asked.count("job") == 1
    assert printer.status().card is CardPosition.PRINT_STATION
    assert printer.counters().cards_printed == 1001


def test_a_job_that_broke_off_is_filled_up_with_zeros_before_anything_is_asked() -> None:
    printer, stream = played(Rpst=READY)

    def break_off(stream: Stream, data: bytes) -> None:
        stream.swallow = len(data) - 5000
        raise TransportClosedError("the cable")

    stream.on_job = break_off
    with pytest.raises(OutcomeUnknownError):
        printer.print_face(side(), None, job_id=1)
    assert printer.status().card is CardPosition.PRINT_STATION
    assert stream.zeros > 70_000
    assert stream.asked.count("job") == 1


def test_the_session_can_not_be_seen_and_is_asked_for_all_the_same() -> None:
    printer, stream = played(Rpst=[AT_REST] * 9 + ["0056200004000000" + "0" * 48] * 9, Sis="OK")
    printer.bring_card_to_chip_station()
    reserved = [n for n, text in enumerate(stream.asked) if text.startswith("Psid;")]
    assert reserved[0] < stream.asked.index("Sis")
    assert stream.asked[reserved[-1]] == "Psid;0;45"
