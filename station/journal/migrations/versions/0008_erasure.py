"""When the personal data of an order was erased; none of before was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column, and an index of the orders that still hold personal data."""
    op.add_column("orders", sa.Column("erased_at", sa.String(length=32), nullable=True))
    op.create_index(
        "ix_orders_not_erased",
        "orders",
        ["seq"],
        unique=False,
        sqlite_where=sa.text("erased_at IS NULL"),
    )
