"""Whose blanks are moved, fed and used up: the bank of each blank."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the columns; of what was there before, nobody knows the bank."""
    for table in ("cards", "stock"):
        op.add_column(
            table, sa.Column("bank", sa.String(length=12), nullable=False, server_default="")
        )
