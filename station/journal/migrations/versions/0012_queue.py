"""In which queue an order waits for the machine: a person's at the window, or a batch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column; every order of before was one of a person at the window."""
    op.add_column(
        "orders",
        sa.Column("queue", sa.String(length=8), nullable=False, server_default="window"),
    )
