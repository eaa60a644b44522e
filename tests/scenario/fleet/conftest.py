"""A private PostgreSQL and NATS for the scenarios of a fleet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulators.engines import Postgres, running_postgres
from station.core.carrier import Carrier
from station.transport.nats_carrier import CarrierLoop, NatsCarrier
from tests.fleet.hall import Hall
from tests.rigs.carrier import NatsServer, nats_server
from tests.rigs.central import make_template, new_database


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        make_template(server)
        yield server


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path) as server:
        yield server


@pytest.fixture
def connect(nats: NatsServer) -> Callable[[], Carrier]:
    loop = CarrierLoop()
    return lambda: NatsCarrier(nats.address, loop=loop)


@pytest.fixture
def hall(postgres: Postgres, connect: Callable[[], Carrier]) -> Iterator[Hall]:
    made = Hall(new_database(postgres), connect)
    yield made
    made.close()
