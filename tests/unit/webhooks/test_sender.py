"""Webhooks over real HTTP: signed, in order, again until taken, and given up where people see it.

The receiver verifies as the standard says, with its own few lines.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from station.core.changes import AddOrder, MoveOrder, SetGoal
from station.core.errors import InputError
from station.core.orders import OrderReason, OrderStep
from station.core.webhooks import LetterState
from station.journal import Journal
from station.production.services.webhooks import WebhookService, require_sendable
from station.webhooks import Sender
from station.webhooks.sender import GIVE_UP, WAITS
from tests.rigs.doors import PlayedClock
from tests.rigs.journals import journal_in

ORDER = "a" * 32
NUMBER = "410701199003074534"  # invented


class Receiver(http.server.ThreadingHTTPServer):
    """Takes events, or answers what it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int] = []  # of the next requests; 204 when there is none left
        self.tried: list[tuple[str, str]] = []  # id and kind of every request
        self.secret = ""
        self.taken = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/events"

    def verify(self, headers: Any, body: bytes) -> None:  # noqa: ANN401
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{right}"
        assert headers["Content-Type"].startswith("application/cloudevents+json")


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            self.server.verify(self.headers, body)
            event = json.loads(body)
            assert event["specversion"] == "1.0"
            assert event["id"] == self.headers["webhook-id"]
            assert event["subject"] == event["data"]["order"] == ORDER
            status = self.server.answers.pop(0) if self.server.answers else 204
            self.server.tried.append((event["id"], event["data"]["kind"]))
        except AssertionError:
            status = 400
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if status < 300:
            self.server.taken.set()

    def log_message(self, *given: object) -> None:
        del given


@pytest.fixture
def clock() -> PlayedClock:
    return PlayedClock()


@pytest.fixture
def journal(tmp_path: Path, clock: PlayedClock) -> Iterator[Journal]:
    opened = journal_in(tmp_path, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def receiver(journal: Journal) -> Iterator[Receiver]:
    made = Receiver()
    made.secret = WebhookService(journal).add("hall", made.url, "test")
    yield made
    made.shutdown()
    made.server_close()


def happens(journal: Journal) -> list[str]:
    """Three events that are told, and one that is not; returns their kinds."""
    with journal.transaction("clerk") as change:
        change.apply(
            AddOrder(ORDER, "m", OrderReason.NEW, NUMBER, previous=None),
            SetGoal(ORDER, OrderStep.RELEASED),
            MoveOrder(ORDER, OrderStep.ACCEPTED, OrderStep.DATA_READY, "data-fetched"),
            MoveOrder(ORDER, OrderStep.DATA_READY, OrderStep.APPROVED, "approved"),
        )
    return ["order-accepted", "data-fetched", "approved"]


def kinds(receiver: Receiver) -> list[str]:
    return [kind for _, kind in receiver.tried]


def test_what_happens_is_told_in_order_and_once(journal: Journal, receiver: Receiver) -> None:
    told = happens(journal)
    sender = Sender(journal, "窗口一")
    while sender.turn() is not None:
        pass
    assert kinds(receiver) == told
    Sender(journal, "窗口一").turn()  # after a restart
    assert kinds(receiver) == told
    (state,) = journal.webhooks.all()
    assert (state.position, state.attempts) == (journal.last_seq, 0)


def test_what_is_not_taken_is_sent_again_with_the_same_id_and_keeps_its_place(
    journal: Journal, receiver: Receiver, clock: PlayedClock
) -> None:
    told = happens(journal)
    receiver.answers = [500, 429]
    sender = Sender(journal, "w")
    assert sender.turn() == pytest.approx(WAITS[0])
    assert sender.turn() == pytest.approx(WAITS[0])  # not due: nothing is sent
    assert kinds(receiver) == told[:1]
    clock.pass_by(WAITS[0])
    assert sender.turn() == pytest.approx(WAITS[1])
    clock.pass_by(WAITS[1])
    while sender.turn() is not None:
        pass
    assert kinds(receiver) == [told[0], told[0], *told]
    assert len({identity for identity, _ in receiver.tried[:3]}) == 1


def test_nobody_at_home_is_tried_again_and_after_days_given_up(
    journal: Journal, receiver: Receiver, clock: PlayedClock
) -> None:
    told = happens(journal)
    receiver.answers = [500]
    sender = Sender(journal, "w")
    sender.turn()
    clock.pass_by(GIVE_UP + 1)
    receiver.answers = [503]
    while sender.turn() is not None:
        pass
    (letter,) = WebhookService(journal).letters()
    assert (letter.state, letter.attempts, letter.last_error) == (LetterState.DEAD, 2, "http-503")
    assert kinds(receiver) == [told[0], *told]  # the others were taken, each at its one attempt
    WebhookService(journal).send_again(letter.id, "test")
    sender.turn()
    assert kinds(receiver)[-1] == told[0]
    assert WebhookService(journal).letters()[0].state is LetterState.SENT


def test_the_wall_clock_gives_nothing_up(
    journal: Journal, receiver: Receiver, clock: PlayedClock
) -> None:
    happens(journal)
    receiver.answers = [500]
    clock.wall += 40 * (clock.wall - clock.wall.replace(day=clock.wall.day - 1))
    Sender(journal, "w").turn()
    assert WebhookService(journal).letters() == []


def test_a_receiver_that_is_gone_is_sent_nothing_more(journal: Journal, receiver: Receiver) -> None:
    happens(journal)
    receiver.answers = [410]
    sender = Sender(journal, "w")
    assert [sender.turn(), sender.turn()] == [None, None]
    assert len(receiver.tried) == 1
    assert journal.webhooks.all()[0].gone


def test_no_connection_is_no_delivery(journal: Journal, receiver: Receiver) -> None:
    happens(journal)
    receiver.shutdown()
    receiver.server_close()
    Sender(journal, "w").turn()
    (state,) = journal.webhooks.all()
    assert (state.attempts, state.last_error) == (1, "no-answer")


def test_the_thread_tells_what_happens_at_once(journal: Journal, receiver: Receiver) -> None:
    sender = Sender(journal, "w")
    sender.start()
    try:
        happens(journal)
        assert receiver.taken.wait(30)
    finally:
        sender.stop(30)


def test_the_secret_and_the_person_stay_here(
    journal: Journal, receiver: Receiver, tmp_path: Path
) -> None:
    happens(journal)
    key = base64.b64decode(receiver.secret.removeprefix("whsec_"))
    raw = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.name != "seal.key")
    assert key not in raw
    assert receiver.secret.encode() not in raw


@pytest.mark.parametrize(
    "url",
    [
        "http://hall.example/x",
        "http://10.0.0.1/x",
        "https://user:word@hall.example/",
        "https://hall.example/#x",
        "ftp://127.0.0.1/",
        "https://",
        "https://hall.example:99999/",
        "https://[::1/",
        "https://hall.example/\r\nX: 1",
        "https://大厅.example/",
        "",
    ],
)
def test_events_go_nowhere_else(url: str) -> None:
    with pytest.raises(InputError):
        require_sendable(url)


@pytest.mark.parametrize(
    "url", ["https://hall.example/x?y", "http://127.0.0.1:9/", "http://[::1]/"]
)
def test_events_go_where_they_may(url: str) -> None:
    require_sendable(url)
