"""The carrier's own rights, on a real nats-server: a station speaks and reads for itself only."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulators.engines import Nats, Postgres
from station.central.accounts import CENTRAL_USER, accounts_file, write_accounts
from station.central.assigning import Applicant
from station.central.central import Central
from station.central.database import Database
from station.central.enrolment import CarrierAccess
from station.central.settings import CentralSettings
from station.core import fleet
from station.core.carrier import Posting
from station.core.errors import FleetLinkError
from station.core.fleet import EnrolmentRequest
from station.signing import Identity
from station.transport import nats_carrier
from station.transport.nats_carrier import NatsCarrier
from tests.rigs.carrier import MemoryBroker, MemoryCarrier
from tests.rigs.central import PlayedStation, Rig, new_database

PASSWORD = "of-central"  # noqa: S105 - of a server that ends with the test


@pytest.fixture
def hall(postgres: Postgres, tmp_path: Path) -> Iterator[tuple[Rig, list[PlayedStation]]]:
    server = Nats(tmp_path / "nats")
    server.folder.mkdir()
    carrier = NatsCarrier(server.address, user=CENTRAL_USER, password=PASSWORD)
    rig = Rig(new_database(postgres), carrier)
    server.accounts.write_text(text_of(rig))
    server.start()
    opened = [carrier]
    windows = []
    try:
        carrier.prepare()
        for number in (1, 2):
            window = PlayedStation(rig, f"city.hall.window-{number}")
            answer = window.enrol()
            write_accounts(text_of(rig), server.accounts, server.pid_file)
            own = NatsCarrier(
                server.address,
                user=answer.user,
                password=answer.password,
                reply_prefix=fleet.reply_prefix(window.name),
            )
            opened.append(own)
            windows.append(window)
            window.own = own  # type: ignore[attr-defined]
        yield rig, windows
    finally:
        for one in opened:
            one.close()
        server.stop()
        rig.close()


def text_of(rig: Rig) -> str:
    with rig.database.transaction() as connection:
        return accounts_file(connection, rig.identity, PASSWORD)


def test_a_station_does_everything_that_it_must(
    hall: tuple[Rig, list[PlayedStation]],
) -> None:
    rig, (window, _) = hall
    own: NatsCarrier = window.own  # type: ignore[attr-defined]
    event = window.write()
    own.publish([Posting(fleet.events_subject(window.name), "1", event.to_json())])
    window.checkpoint()
    assert window.show() is not None
    for key in (fleet.cursor_key, fleet.lease_key):
        assert own.get(key(window.name)) is not None
    assert own.get(fleet.desired_key(window.name)) is None
    assert own.put(fleet.applied_key(window.name), b"{}")
    rig.central.assigning.assign(Applicant("a1", "410105199003071234"), window.name, by="clerk")
    rig.send()
    consumer, subject = fleet.inbox_consumer(window.name), fleet.inbox_subject(window.name)
    (letter,) = own.receive(fleet.INBOX_STREAM, consumer, subject, 10, 5)
    letter.done()
    assert own.receive(fleet.INBOX_STREAM, consumer, subject, 10, 0) == []
    rig.carrier.put_blob("release", b"content")
    assert own.blob("release") == b"content"


def test_a_station_speaks_and_reads_for_no_other(
    hall: tuple[Rig, list[PlayedStation]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats_carrier, "PATIENCE", 1.0)
    rig, (window, other) = hall
    own: NatsCarrier = window.own  # type: ignore[attr-defined]
    rig.central.assigning.assign(Applicant("a1", "410105199003071234"), other.name, by="clerk")
    rig.send()
    event = other.write()
    with pytest.raises(FleetLinkError):
        own.publish([Posting(fleet.events_subject(other.name), "1", event.to_json())])
    with pytest.raises(FleetLinkError):
        own.put(fleet.cursor_key(window.name), b"{}")
    with pytest.raises(FleetLinkError):
        own.get(fleet.lease_key(other.name))
    for consumer in (fleet.inbox_consumer(window.name), fleet.inbox_consumer(other.name)):
        with pytest.raises(FleetLinkError):
            own.receive(fleet.INBOX_STREAM, consumer, fleet.inbox_subject(other.name), 10, 1)
    rig.turn()
    assert rig.carrier.get(fleet.cursor_key(other.name)) is None


def test_windows_that_enrol_at_once_all_have_their_account(
    postgres: Postgres, tmp_path: Path
) -> None:
    database, file = Database(new_database(postgres)), tmp_path / "accounts.conf"
    settings = CentralSettings.model_validate({"carrier": {"accounts_file": str(file)}})
    access = CarrierAccess("nats://127.0.0.1:4222", with_accounts=True)
    made = Central(settings, database, MemoryCarrier(MemoryBroker()), Identity.new(), access)
    names = [f"city.hall.window-{number}" for number in range(1, 25)]

    def enrol(name: str) -> str:
        own = Identity.new()
        code = made.enrolment.make_code(name, by="test")
        request = EnrolmentRequest(code, name, own.signing_key, own.sealing_key)
        return made.enrol(request).password

    try:
        with ThreadPoolExecutor(6) as pool:
            passwords = list(pool.map(enrol, names))
        text = file.read_text(encoding="utf-8")
        assert [name for name in names if f'user: "{name}"' not in text] == []
        assert [one for one in passwords if one not in text] == []
    finally:
        database.close()
