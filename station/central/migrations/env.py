"""Alembic's entry: uses the connection that `station.central.database.migrate` provides."""

from __future__ import annotations

from alembic import context

from station.central.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
