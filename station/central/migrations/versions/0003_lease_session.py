"""Which start of a window's daemon has the lease: another start waits until it has ended."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; whoever has a lease now is the session that is known now."""
    op.execute("ALTER TABLE stations ADD COLUMN lease_session TEXT DEFAULT '' NOT NULL")
    op.execute("UPDATE stations SET lease_session = session")
