"""One private PostgreSQL for all tests of central; each has a database of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulators.engines import Postgres, running_postgres
from tests.rigs.central import PlayedStation, Rig, make_template, new_database


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        make_template(server)
        yield server


@pytest.fixture
def rig(postgres: Postgres) -> Iterator[Rig]:
    made = Rig(new_database(postgres))
    yield made
    made.close()


@pytest.fixture
def window(rig: Rig) -> PlayedStation:
    made = PlayedStation(rig, "city.hall.window-1")
    made.enrol()
    return made
