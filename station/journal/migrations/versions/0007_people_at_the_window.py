"""The people at the window for an order: holder or agent, read from a card or typed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table; existing orders have no row in it."""
    op.create_table(
        "attendances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("module", sa.String(length=64), nullable=False),
        sa.Column("agreement", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("sealed_person", sa.LargeBinary(), nullable=True),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.CheckConstraint("role IN ('holder', 'agent')", name="role"),
        sa.CheckConstraint("how IN ('read', 'typed')", name="how"),
        sa.CheckConstraint(
            "agreement IN ('pending', 'same', 'begins', 'confirmed')", name="agreement"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_attendances_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attendances"),
    )
    op.create_index("ix_attendances_order_id", "attendances", ["order_id"], unique=False)
