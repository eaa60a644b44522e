"""Central's pages on a port, with people who may log in, and a fleet to look at."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import sqlalchemy as sa
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI

from station.access import Doors, open_doors
from station.api.server import server_config
from station.central.app import create_central_app
from station.central.assigning import Applicant
from station.central.rings import NewSettings
from station.central.tables import stations
from station.core import fleet
from station.core.fleet import Applied, FleetEvent
from station.core.people import Role
from station.core.shared_settings import digest_of
from tests.rigs.central import PlayedStation, Rig

PASSWORD = "Central-1-only"  # noqa: S105 - of nobody
NUMBER = "410105199003071234"
BANK = "95533"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PEOPLE = {
    "clerk": Role.OPERATOR,
    "chief": Role.SUPERVISOR,
    "second": Role.SUPERVISOR,
    "eye": Role.AUDITOR,
}


@contextlib.contextmanager
def opened_doors(folder: Path) -> Iterator[Doors]:
    """Open doors with a clerk, two supervisors and an auditor."""
    made = open_doors(folder, hasher=QUICK)
    try:
        for name, role in PEOPLE.items():
            code = made.operators.add(name, [role], by="test")
            made.operators.register(name, code, PASSWORD)
        yield made
    finally:
        made.close()


@dataclass
class Served:
    """The application on a port; central's threads do not run: a test turns it."""

    app: FastAPI
    address: str
    clients: list[httpx.Client]


@contextlib.contextmanager
def served(rig: Rig, doors: Doors) -> Iterator[Served]:
    """Serve central's application until the end."""
    made = create_central_app(rig.central, doors, allowed_hosts=["127.0.0.1"])
    config = server_config(made)
    config.lifespan = "off"
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    there = Served(made, "http://{}:{}".format(*listener.getsockname()), [])
    try:
        yield there
    finally:
        for one in there.clients:
            one.close()
        rig.central.pulse.end()  # open walls end their streams
        server.should_exit = True
        thread.join(30.0)


@dataclass
class PlayedFleet:
    """Windows in every state that a wall shows, a batch over some of them, blanks and alarms."""

    rig: Rig
    windows: dict[str, PlayedStation]

    @property
    def well(self) -> PlayedStation:
        """A window with nothing wrong."""
        return self.windows["zhengzhou.jinshui.window-1"]


FACTS = {
    "printer": "HiTi CS-220e",
    "printer-state": "idle",
    "printer-errors": "",
    "reader": "present",
    "blanks-left": "164",
    "ribbon-cards-left": "212",
    "owed-reports": "0",
    "refused-reports": "0",
    "open-orders": "1",
    "held-orders": "0",
}


def played_fleet(rig: Rig) -> PlayedFleet:
    """Play a morning of a city: eight windows, a batch of twenty, a fork, and blanks under way."""
    made = PlayedFleet(rig, {})
    for hall, count in (("jinshui", 4), ("erqi", 2), ("zhongyuan", 2)):
        for number in range(1, count + 1):
            window = PlayedStation(rig, f"zhengzhou.{hall}.window-{number}")
            window.enrol()
            made.windows[window.name] = window
    first, second, third, fourth, silent, ended, twin, _never = made.windows.values()
    for window in (first, second, third, fourth, silent, ended, twin):
        window.publish(*(window.write("noted") for _ in range(3)))
        window.show(facts=FACTS)
    second.show(facts=FACTS | {"blanks-left": "12", "ribbon-cards-left": "9"})
    third.show(
        facts=FACTS
        | {
            "printer-state": "stopped",
            "printer-errors": "marker-print-ribbon-missing",
            "held-orders": "1",
            "owed-reports": "2",
        }
    )
    central = rig.central
    people = [Applicant(f"henan-2026-{one:04}", NUMBER) for one in range(1, 21)]
    batch = central.assigning.add_batch("河南某大学 2026 级新生", people, by="clerk")
    chosen = [one.name for one in (first, second, third, fourth)]
    central.assigning.split_batch(batch, chosen, by="clerk")
    central.assigning.add_batch(
        "某企业补换卡", [Applicant(f"unit-{one}", NUMBER) for one in range(5)], by="clerk"
    )
    rig.send()
    for window, cards in ((first, 4), (second, 2), (third, 1)):
        for line, letter in enumerate(window.assignments()[: cards + 1]):
            order = f"order-{window.name[-1]}-{line}"
            window.answer(FleetEvent.ACCEPTED, letter, order)
            if line < cards:
                step = {"from": "printed", "to": "released"}
                window.publish(window.write("card-released", step, order))
    rig.turn()
    _stock(rig, first, second)
    central.assigning.block(fourth.name, blocked=True, by="chief", why="readers are exchanged")
    ended.show(alive=False, facts=FACTS)
    _fork(rig, twin)
    _settings(rig, first, second)
    with rig.database.transaction() as connection:
        ago = sa.func.clock_timestamp() - dt.timedelta(minutes=47)
        connection.execute(
            stations.update().where(stations.c.name == silent.name).values(seen_at=ago)
        )
    return made


def _stock(rig: Rig, counted: PlayedStation, under_way: PlayedStation) -> None:
    """Send blanks to two windows: one has counted two too few, the other has not counted yet."""
    rig.central.take_blanks_in(BANK, 2000, by="chief")
    rig.central.take_blanks_in("95588", 1000, by="chief")
    transfer = rig.central.send_blanks(counted.name, BANK, 200, by="clerk")
    data = {"transfer": transfer, "bank": BANK, "count": "198"}
    counted.publish(counted.write(FleetEvent.RECEIVED.value, data))
    rig.turn()
    rig.central.send_blanks(under_way.name, BANK, 200, by="clerk")


def _settings(rig: Rig, good: PlayedStation, other: PlayedStation) -> None:
    """Give settings out that one window of the first ring has taken, and the other refused."""
    rings = rig.central.rings
    for window in (good, other):
        rings.put_into_ring(window.name, 1, by="chief")
    documents = ("[policies]\ntake_within = 180.0\n", "[policies]\ntake_within = -1.0\n")
    for document in documents:
        rings.give_out(NewSettings("取卡时限 3 分钟", document), by="technician", agreed="chief")
        rings.step(rig.carrier)
    revision, digest = len(documents), digest_of(documents[-1])
    for window, outcome, reason in (
        (good, "applied", ""),
        (other, "refused", "policies.take_within: 太小"),
    ):
        said = Applied(revision, digest, outcome, reason)
        signed = window.identity.sign("Applied", window.name, said.to_json())
        rig.carrier.put(fleet.applied_key(window.name), signed.to_json())
    rings.step(rig.carrier)


def _fork(rig: Rig, window: PlayedStation) -> None:
    """Have a window write on in an old copy of its history."""
    twin = window.copy()
    window.publish(window.write("here"))
    window.checkpoint()
    rig.turn()
    twin.publish(twin.write("there"))
    rig.turn()
