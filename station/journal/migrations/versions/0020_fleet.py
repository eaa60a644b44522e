"""A window's place in a fleet: its keys, what it was assigned, blanks on their way to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "fleet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("sealed_identity", sa.LargeBinary(), nullable=False),
        sa.Column("central_key", sa.String(length=64), nullable=False),
        sa.Column("server", sa.String(length=512), nullable=False),
        sa.Column("server_user", sa.String(length=128), nullable=False),
        sa.Column("sealed_password", sa.LargeBinary(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.Column("fork", sa.Integer(), nullable=False),
        sa.Column("contact_at", sa.String(length=32), nullable=True),
        sa.Column("lease_until", sa.String(length=32), nullable=True),
        sa.CheckConstraint("id = 1", name="id"),
        sa.PrimaryKeyConstraint("id", name="pk_fleet"),
    )
    op.create_table(
        "fleet_assignments",
        sa.Column("assignment", sa.String(length=64), nullable=False),
        sa.Column("application", sa.String(length=128), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=True),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.CheckConstraint("answer IN ('accepted', 'refused', 'returned', 'kept')", name="answer"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_fleet_assignments_order_id"),
        sa.PrimaryKeyConstraint("assignment", name="pk_fleet_assignments"),
    )
    op.create_index(
        "ix_fleet_assignments_application", "fleet_assignments", ["application"], unique=False
    )
    op.create_index(
        "ix_fleet_assignments_order_id", "fleet_assignments", ["order_id"], unique=False
    )
    op.create_table(
        "fleet_transfers",
        sa.Column("transfer", sa.String(length=64), nullable=False),
        sa.Column("bank", sa.String(length=12), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=True),
        sa.CheckConstraint("sent > 0", name="sent"),
        sa.PrimaryKeyConstraint("transfer", name="pk_fleet_transfers"),
    )
