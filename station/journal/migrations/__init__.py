"""Alembic migrations of the journal; one file per schema version, never edited after a release."""
