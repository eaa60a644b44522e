"""Each rule of a fleet, broken on purpose, must be noticed by what is checked at the end."""

from __future__ import annotations

import pytest

from simulators.engines import Postgres
from tests.fleet import mutations
from tests.fleet.hall import broken_course
from tests.rigs.carrier import MemoryBroker, MemoryCarrier
from tests.rigs.central import new_database


def played(postgres: Postgres, mutation: str) -> list[str]:
    broker = MemoryBroker()
    return list(broken_course(new_database(postgres), lambda: MemoryCarrier(broker), mutation))


def test_nothing_is_found_where_nothing_is_broken(postgres: Postgres) -> None:
    assert played(postgres, "") == []


@pytest.mark.parametrize("mutation", mutations.ALL)
def test_a_broken_rule_is_found(postgres: Postgres, mutation: str) -> None:
    found = played(postgres, mutation)
    assert any(mutations.NAMED[mutation] in one for one in found), found
