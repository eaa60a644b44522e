"""The carrier over HTTPS: a window speaks and reads for itself only, and a whole turn works."""

from __future__ import annotations

import dataclasses
import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from simulators.engines import Postgres
from station.access import open_doors
from station.central.app import create_central_app
from station.central.assigning import Applicant
from station.central.database import Database
from station.central.enrolment import CarrierAccess
from station.central.mailbox import DUPLICATES, LONGEST, TableCarrier
from station.central.tables import carried
from station.clock import monotonic
from station.core import fleet
from station.core.carrier import ACK_WAIT, Posting
from station.core.errors import FleetLinkError
from station.transport.http_carrier import MOST_SENT, HttpCarrier
from tests.rigs.central import PlayedStation, Rig, new_database
from tests.rigs.central_https import serving

NUMBER = "410105199003071234"
WAIT = 10.0


@dataclasses.dataclass
class Place:
    """Central with its own carrier, two windows, and the way to it."""

    rig: Rig
    tables: TableCarrier
    windows: tuple[PlayedStation, PlayedStation]
    address: str
    context: ssl.SSLContext
    passwords: dict[str, str]

    def carrier(self, window: PlayedStation, password: str = "") -> HttpCarrier:
        password = password or self.passwords[window.name]
        return HttpCarrier(self.address, user=window.name, password=password, context=self.context)


@pytest.fixture
def place(postgres: Postgres, tmp_path: Path) -> Iterator[Place]:
    url = new_database(postgres)
    database = Database(url)
    tables = TableCarrier(database)
    rig = Rig(url, tables, access=CarrierAccess("https://central.example:8480"))
    doors = open_doors(tmp_path, hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    windows = tuple(PlayedStation(rig, f"city.hall.window-{number}") for number in (1, 2))
    passwords = {one.name: one.enrol().password for one in windows}
    app = create_central_app(rig.central, doors, allowed_hosts=["127.0.0.1"])
    try:
        with serving(app) as (address, authority):
            context = ssl.create_default_context(cafile=authority)
            yield Place(rig, tables, (windows[0], windows[1]), address, context, passwords)
    finally:
        tables.close()
        doors.close()
        rig.close()
        database.close()


def letters(place: Place, window: PlayedStation, wait: float = 0.0) -> list[fleet.Signed]:
    consumer, subject = fleet.inbox_consumer(window.name), fleet.inbox_subject(window.name)
    carrier = place.carrier(window)
    found = carrier.receive(fleet.INBOX_STREAM, consumer, subject, 10, wait)
    for one in found:
        one.done()
    return [fleet.Signed.from_json(one.body) for one in found]


def test_a_station_does_everything_that_it_must(place: Place) -> None:
    window, rig = place.windows[0], place.rig
    own = place.carrier(window)
    events = [window.write() for _ in range(300)]  # more than one request takes
    sent = [
        Posting(fleet.events_subject(window.name), str(one.seq), one.to_json()) for one in events
    ]
    assert sum(len(one.body) for one in sent) > MOST_SENT
    own.publish(sent)
    rig.turn()
    cursor = own.get(fleet.cursor_key(window.name))
    assert cursor is not None
    assert fleet.Cursor.from_json(cursor.body) == fleet.Cursor(300, window.hash)
    assert window.show() is not None
    assert own.get(fleet.lease_key(window.name)) is not None
    assert own.get(fleet.desired_key(window.name)) is None
    assert own.put(fleet.applied_key(window.name), b"{}")
    rig.central.assigning.assign(Applicant("a1", NUMBER), window.name, by="clerk")
    rig.send()
    (letter,) = letters(place, window)
    assert letter.kind == fleet.LetterKind.ASSIGN.value
    assert letters(place, window) == []
    rig.carrier.put_blob("release", b"content")
    assert own.blob("release") == b"content"


def test_a_station_speaks_and_reads_for_no_other(place: Place) -> None:
    window, other = place.windows
    own, rig = place.carrier(window), place.rig
    rig.central.assigning.assign(Applicant("a1", NUMBER), other.name, by="clerk")
    rig.send()
    event = other.write()
    with pytest.raises(FleetLinkError):
        own.publish([Posting(fleet.events_subject(other.name), "1", event.to_json())])
    with pytest.raises(FleetLinkError):
        own.publish([Posting(fleet.inbox_subject(window.name), "1", b"a letter to itself")])
    with pytest.raises(FleetLinkError):
        own.put(fleet.cursor_key(window.name), b"{}")
    with pytest.raises(FleetLinkError):
        own.get(fleet.lease_key(other.name))
    for stream, subject in (
        (fleet.INBOX_STREAM, fleet.inbox_subject(other.name)),
        (fleet.EVENTS_STREAM, fleet.events_subject(window.name)),
        (fleet.INBOX_STREAM, "inbox.>"),
    ):
        with pytest.raises(FleetLinkError):
            own.receive(stream, "any", subject, 10, 0)
    theirs = place.carrier(other).receive(
        fleet.INBOX_STREAM, "any", fleet.inbox_subject(other.name), 10, 0
    )
    own.tell_read(theirs[0]._number)  # type: ignore[attr-defined]
    with place.rig.database.transaction() as connection:
        (unread,) = connection.execute(sa.select(carried.c.done_at)).scalars()
    assert unread is None


@pytest.mark.parametrize("password", ["wrong", "\u00e4\u00f6", ":"])
def test_a_wrong_password_is_refused(place: Place, password: str) -> None:
    with pytest.raises(FleetLinkError, match="401"):
        place.carrier(place.windows[0], password).get("any")
    with pytest.raises(FleetLinkError, match="401"):
        place.carrier(PlayedStation(place.rig, "city.hall.nobody"), password).get("any")


def test_a_letter_wakes_whoever_waits(place: Place) -> None:
    window, came = place.windows[0], []
    waiting = threading.Thread(target=lambda: came.append(letters(place, window, WAIT)))
    began = monotonic()
    waiting.start()
    place.rig.central.assigning.assign(Applicant("a1", NUMBER), window.name, by="clerk")
    place.rig.send()
    waiting.join(30.0)
    assert len(came[0]) == 1
    assert monotonic() - began < WAIT


def test_central_that_is_not_there_is_said(place: Place) -> None:
    gone = HttpCarrier(
        "https://127.0.0.1:9",
        user="any",
        password="any",  # noqa: S106 - of nobody
        context=place.context,
    )
    with pytest.raises(FleetLinkError):
        gone.get("any")


def test_only_the_newest_sign_of_life_waits(place: Place) -> None:
    subject = fleet.presence_subject(place.windows[0].name)
    place.tables.publish([Posting(subject, str(number), b"%d" % number) for number in range(3)])
    place.tables.publish([Posting(subject, "2", b"2")])  # the same again
    found = place.tables.receive(fleet.PRESENCE_STREAM, "central", "presence.>", 10, 0)
    assert [one.body for one in found] == [b"2"]


def test_what_was_read_goes_away(place: Place) -> None:
    subject = fleet.events_subject(place.windows[0].name)
    place.tables.publish([Posting(subject, name, name.encode()) for name in ("read", "old", "new")])
    (read, *_) = place.tables.receive(fleet.EVENTS_STREAM, "central", "events.>", 10, 0)
    read.done()
    now = sa.func.clock_timestamp()
    with place.rig.database.transaction() as connection:
        past = now - DUPLICATES - dt.timedelta(seconds=1)
        connection.execute(
            carried.update().where(carried.c.done_at.is_not(None)).values(done_at=past)
        )
        past = now - LONGEST - dt.timedelta(seconds=1)
        connection.execute(
            carried.update().where(carried.c.message_id == "old").values(sent_at=past)
        )
    place.tables.publish([])
    with place.rig.database.transaction() as connection:
        left = list(connection.execute(sa.select(carried.c.message_id)).scalars())
    assert left == ["new"]


def test_what_a_reader_has_lost_comes_again(place: Place) -> None:
    subject = fleet.events_subject(place.windows[0].name)
    place.tables.publish([Posting(subject, "1", b"1")])
    assert len(place.tables.receive(fleet.EVENTS_STREAM, "central", "events.>", 10, 0)) == 1
    assert place.tables.receive(fleet.EVENTS_STREAM, "central", "events.>", 10, 0) == []
    with place.rig.database.transaction() as connection:
        due = carried.c.due_at - dt.timedelta(seconds=ACK_WAIT)
        connection.execute(carried.update().values(due_at=due))
    assert len(place.tables.receive(fleet.EVENTS_STREAM, "central", "events.>", 10, 0)) == 1
