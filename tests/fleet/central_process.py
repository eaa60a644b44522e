"""Central in a process of its own, which the run kills and starts again."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import signal
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Final
from unittest import mock

from station.central import letters
from station.central.central import Central
from station.central.database import Database
from station.central.enrolment import CarrierAccess
from station.central.settings import CentralSettings
from station.core.errors import FleetLinkError, StationError
from station.signing import Identity
from station.transport import nats_carrier
from station.transport.nats_carrier import NatsCarrier
from tests.fleet.worker import ACK_WAIT

UNANSWERED: Final = dt.timedelta(seconds=8)
LOOK: Final = 2.0  #: seconds between two looks for letters without an answer
DIE: Final = "die before the cursor"


class Mortal(NatsCarrier):
    """Kills its own process when it is to say how far it is: after the commit, before the word."""

    dies = False

    def put_all(self, values: Mapping[str, bytes]) -> None:
        if self.dies and any(key.startswith("cursor.") for key in values):
            os.kill(os.getpid(), signal.SIGKILL)
        super().put_all(values)


def main(url: str, server: str, key: bytes, lease_seconds: int, commands: Connection) -> None:
    """Serve until it is killed."""
    logging.getLogger("station").setLevel(logging.CRITICAL)
    mock.patch.object(nats_carrier, "ACK_WAIT", ACK_WAIT).start()
    mock.patch.object(letters, "UNANSWERED", UNANSWERED).start()
    mock.patch.object(letters, "UNCOUNTED", UNANSWERED).start()
    carrier, database = Mortal(server), Database(url)
    central = Central(
        CentralSettings(), database, carrier, Identity.from_bytes(key), CarrierAccess(server)
    )
    central.signs.lease_seconds = lease_seconds
    with contextlib.suppress(FleetLinkError):
        carrier.prepare()
    central.receiver.start()
    commands.send("ready")
    while True:
        with contextlib.suppress(StationError):
            letters.send_again(database)
            letters.send_letters(database, carrier)
        if commands.poll(LOOK) and commands.recv() == DIE:
            carrier.dies = True
