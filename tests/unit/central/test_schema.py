"""The migrations make what the tables say, and one central at a time uses a database."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from station.central.database import Database
from station.central.tables import metadata
from station.core.errors import JournalError, StationHeldError
from tests.rigs.central import Rig


def test_the_migrated_schema_is_that_of_the_tables(rig: Rig) -> None:
    with rig.database.transaction() as connection:
        context = MigrationContext.configure(connection)
        found = [
            one for one in compare_metadata(context, metadata) if "procrastinate" not in str(one)
        ]
    assert found == []


def test_a_second_central_is_refused(rig: Rig) -> None:
    with rig.database.held():
        second = Database(rig.database.url)
        with pytest.raises(StationHeldError), second.held():
            pass
        second.close()
    with rig.database.held():
        pass


def test_a_database_that_is_not_there_is_said() -> None:
    nowhere = Database("postgresql:///nothing?host=/nonexistent&user=nobody")
    with pytest.raises(JournalError), nowhere.transaction():
        pass
