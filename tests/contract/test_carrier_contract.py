"""What every carrier must do: in memory, NATS JetStream, central's own tables, and over HTTPS."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from simulators.engines import Postgres, running_postgres
from station.central.database import Database
from station.central.mailbox import TableCarrier
from station.core import fleet
from station.core.carrier import Carrier, Posting
from station.core.errors import FleetLinkError, FleetMessageError
from station.transport.http_carrier import HttpCarrier
from station.transport.nats_carrier import CarrierLoop, NatsCarrier
from tests.rigs.carrier import MemoryBroker, MemoryCarrier, NatsServer, nats_server
from tests.rigs.central import make_template, new_database
from tests.rigs.central_https import Everybody, serving_carrier

ONE, TWO = "city.hall.one", "city.hall.two"
WAIT = 5.0
T = TypeVar("T")
Open = Callable[[], Carrier]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        make_template(server)
        yield server


@pytest.fixture(params=["memory", "nats", "tables", "https"])
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    with contextlib.ExitStack() as undo:
        if request.param == "memory":
            broker = MemoryBroker()
            yield lambda: MemoryCarrier(broker)
            return
        if request.param == "nats":
            server, loop = undo.enter_context(nats_server(tmp_path)), CarrierLoop()

            def connect_nats() -> Carrier:
                carrier = NatsCarrier(server.address, loop=loop)
                undo.callback(carrier.close)
                return carrier

            connect_nats().prepare()
            yield connect_nats
            return
        database = Database(new_database(request.getfixturevalue("postgres")))
        undo.callback(database.close)
        tables = TableCarrier(database)
        if request.param == "tables":
            yield lambda: tables
            return
        address, context = undo.enter_context(serving_carrier(tables, Everybody()))
        yield lambda: _Both(tables, address, user="any", password="any", context=context)  # noqa: S106 - everybody is let in


class _Both(HttpCarrier):
    """A window that may do everything; objects are kept by central, as at every place."""

    def __init__(self, tables: TableCarrier, address: str, **options: Any) -> None:  # noqa: ANN401 - HttpCarrier's own
        super().__init__(address, **options)
        self._tables = tables

    def put_blob(self, name: str, body: bytes) -> None:
        self._tables.put_blob(name, body)


def event(number: int, station: str = ONE, message_id: str = "") -> Posting:
    subject = fleet.events_subject(station)
    return Posting(subject, message_id or f"{station}:{number}", str(number).encode())


def letters(carrier: Carrier, station: str, wait: float = WAIT) -> list[bytes]:
    consumer, subject = fleet.inbox_consumer(station), fleet.inbox_subject(station)
    found = carrier.receive(fleet.INBOX_STREAM, consumer, subject, 10, wait)
    for one in found:
        one.done()
    return [one.body for one in found]


def letter(text: str, station: str = ONE) -> Posting:
    return Posting(fleet.inbox_subject(station), text, text.encode())


def test_messages_come_in_order_and_once(connect: Open) -> None:
    connect().publish([event(number) for number in range(1, 401)])
    central, came = connect(), []
    while found := central.receive(fleet.EVENTS_STREAM, "central", "events.>", 150, 0.0):
        for one in found:
            assert one.subject == fleet.events_subject(ONE)
            came.append(int(one.body))
            one.done()
    assert came == list(range(1, 401))


def test_the_same_id_is_kept_once_and_another_id_again(connect: Open) -> None:
    carrier = connect()
    carrier.publish([event(1), event(1)])
    carrier.publish([event(1), event(1, message_id="anew")])
    found = carrier.receive(fleet.EVENTS_STREAM, "central", "events.>", 10, WAIT)
    assert [one.body for one in found] == [b"1", b"1"]


def test_many_are_acknowledged_at_once(connect: Open) -> None:
    carrier = connect()
    carrier.publish([event(number) for number in range(1, 51)])
    found = carrier.receive(fleet.EVENTS_STREAM, "central", "events.>", 50, WAIT)
    carrier.acknowledge(found[:40])
    for one in found[40:]:
        one.again(0.0)
    left: list[int] = []
    while came := carrier.receive(fleet.EVENTS_STREAM, "central", "events.>", 50, 1.0):
        left += [int(one.body) for one in came]
        carrier.acknowledge(came)
    assert sorted(left) == list(range(41, 51))


def test_two_that_ask_by_one_name_share_what_comes(connect: Open) -> None:
    connect().publish([event(number) for number in range(6)])
    first = connect().receive(fleet.EVENTS_STREAM, "central", "events.>", 3, WAIT)
    second = connect().receive(fleet.EVENTS_STREAM, "central", "events.>", 10, WAIT)
    assert [one.body for one in (*first, *second)] == [str(number).encode() for number in range(6)]


def test_a_letter_reaches_nobody_else(connect: Open) -> None:
    carrier = connect()
    carrier.publish([letter("for one"), letter("for two", TWO)])
    assert letters(carrier, TWO) == [b"for two"]
    assert letters(carrier, TWO, 0.0) == []
    assert letters(carrier, ONE) == [b"for one"]


def test_what_is_not_acknowledged_comes_again_when_it_was_asked_for(connect: Open) -> None:
    carrier = connect()
    consumer, subject = fleet.inbox_consumer(ONE), fleet.inbox_subject(ONE)
    carrier.publish([letter("a")])
    (first,) = carrier.receive(fleet.INBOX_STREAM, consumer, subject, 10, WAIT)
    assert not carrier.receive(fleet.INBOX_STREAM, consumer, subject, 10, 0.0)
    first.again(0.0)
    assert letters(connect(), ONE) == [b"a"]
    assert letters(carrier, ONE, 0.0) == []


def test_a_letter_comes_while_somebody_waits(connect: Open) -> None:
    carrier = connect()
    assert letters(carrier, ONE, 0.05) == []
    carrier.publish([letter("late")])
    assert letters(carrier, ONE) == [b"late"]


def test_a_value_is_replaced_only_as_it_was_seen(connect: Open) -> None:
    carrier, key = connect(), fleet.applied_key(ONE)
    assert carrier.get(key) is None
    first = carrier.put(key, b"1", 0)
    with pytest.raises(FleetMessageError):
        connect().put(key, b"other", 0)
    second = carrier.put(key, b"2", first)
    with pytest.raises(FleetMessageError):
        carrier.put(key, b"3", first)
    kept = connect().get(key)
    assert kept is not None
    assert (kept.body, kept.revision) == (b"2", second)
    assert carrier.put(key, b"4") > second


def test_many_values_are_written_at_once(connect: Open) -> None:
    carrier = connect()
    carrier.put("cursor.x", b"before")
    carrier.put_all({f"cursor.{name}": name.encode() for name in "xyz"})
    kept = [carrier.get(f"cursor.{name}") for name in "xyz"]
    assert [one.body for one in kept if one is not None] == [b"x", b"y", b"z"]


def test_an_object_comes_back_whole(connect: Open) -> None:
    body = bytes(range(256)) * 1024
    connect().put_blob("release", body)
    assert connect().blob("release") == body
    with pytest.raises(FleetLinkError):
        connect().blob("nothing")


def test_what_is_there_already_is_left(connect: Open) -> None:
    carrier = connect()
    carrier.publish([letter("before")])
    carrier.prepare()
    assert letters(carrier, ONE) == [b"before"]


def test_nats_that_is_not_there_says_so_and_works_when_it_is(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "store")
    carrier = NatsCarrier(server.address)
    with pytest.raises(FleetLinkError):
        carrier.get("any")
    server.start()
    carrier.prepare()
    carrier.publish([letter("a")])
    server.stop()
    with pytest.raises(FleetLinkError):
        carrier.publish([letter("b")])
    carrier.close()


def test_an_older_store_brings_what_it_has(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "store")
    server.start()
    carrier = NatsCarrier(server.address)
    carrier.prepare()
    carrier.publish([letter("a")])
    server.stop()
    server.copy_store(tmp_path / "older")
    server.start()
    in_the_end(lambda: carrier.publish([letter("b")]))
    assert in_the_end(lambda: letters(carrier, ONE)) == [b"a", b"b"]
    server.stop()
    server.put_store(tmp_path / "older")
    server.start()
    assert in_the_end(lambda: letters(carrier, ONE)) == [b"a"]
    carrier.close()
    server.stop()


def in_the_end(work: Callable[[], T]) -> T:
    """Repeat what fails while the client connects again."""
    deadline = time.monotonic() + 20.0
    while True:
        try:
            return work()
        except FleetLinkError:
            if time.monotonic() > deadline:
                raise
            threading.Event().wait(0.1)
