"""Alembic's entry: uses the connection that `station.journal.schema.migrate` provides."""

from __future__ import annotations

from alembic import context

from station.journal.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
