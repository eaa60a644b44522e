"""Services on the state of a card at the province, with what their receipts say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "card_services",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=False),
        sa.Column("after", sa.String(length=16), nullable=True),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("person_index", sa.String(length=64), nullable=False),
        sa.Column("sealed_card", sa.LargeBinary(), nullable=True),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "service IN ('suspend', 'report-loss', 'lift-loss', 'cancel', 'activate')",
            name="service",
        ),
        sa.CheckConstraint(
            "result IN ('begun', 'done', 'refused', 'unknown', 'not-seen')", name="result"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_card_services"),
    )
    op.create_index(
        "ix_card_services_person_index", "card_services", ["person_index"], unique=False
    )
    op.create_index("ix_card_services_event", "card_services", ["event"], unique=False)
    op.create_index(
        "ix_card_services_sealed",
        "card_services",
        ["id"],
        unique=False,
        sqlite_where=sa.text("sealed_card IS NOT NULL"),
    )
