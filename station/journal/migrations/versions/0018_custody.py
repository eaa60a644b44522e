"""Custody of finished cards: where each is, who gave it to whom, papers, and checks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

ACTS = (
    "'receive', 'request', 'approve', 'refuse', 'give-unit', 'give-person', 'give-again', 'return',"
    " 'undo'"
)
CAUSES = "'mute', 'data-differs', 'face-differs', 'damaged', 'not-his', 'not-collected', 'none'"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "custody_documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("unit_name", sa.String(length=120), nullable=False),
        sa.Column("sealed_contact", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("decided_at", sa.String(length=32), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("receipt_at", sa.String(length=32), nullable=True),
        sa.Column("receipt_by", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("distributed", sa.Integer(), nullable=True),
        sa.Column("came_back", sa.Integer(), nullable=True),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            f"act IN ({ACTS})",
            name="act",
        ),
        sa.CheckConstraint("state IN ('requested', 'done', 'refused')", name="state"),
        sa.PrimaryKeyConstraint("id", name="pk_custody_documents"),
    )
    op.create_table(
        "custody_cards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("card_index", sa.String(length=64), nullable=False),
        sa.Column("person_index", sa.String(length=64), nullable=False),
        sa.Column("sealed_card", sa.LargeBinary(), nullable=True),
        sa.Column("order_id", sa.String(length=32), nullable=True),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("unit_name", sa.String(length=120), nullable=False),
        sa.Column("shelf", sa.String(length=32), nullable=False),
        sa.Column("returned", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("document", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("first_event", sa.Integer(), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "place IN ('store', 'requested', 'office', 'unit', 'person')", name="place"
        ),
        sa.ForeignKeyConstraint(
            ["document"], ["custody_documents.id"], name="fk_custody_cards_document"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_custody_cards_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_custody_cards"),
    )
    op.create_index("ix_custody_cards_document", "custody_cards", ["document"], unique=False)
    op.create_index("ix_custody_cards_event", "custody_cards", ["event"], unique=False)
    op.create_index(
        "ix_custody_cards_person_index", "custody_cards", ["person_index"], unique=False
    )
    op.create_index(
        "ix_custody_cards_place_event", "custody_cards", ["place", "event"], unique=False
    )
    op.create_index("ix_custody_cards_unit_event", "custody_cards", ["unit", "event"], unique=False)
    op.create_index(
        "ux_custody_cards_card",
        "custody_cards",
        ["card_index"],
        unique=True,
        sqlite_where=sa.text("card_index <> ''"),
        postgresql_where=sa.text("card_index <> ''"),
    )
    op.create_table(
        "custody_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("card", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=True),
        sa.Column("after", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("shelf", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Integer(), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            f"act IN ({ACTS})",
            name="act",
        ),
        sa.CheckConstraint(
            "after IN ('store', 'requested', 'office', 'unit', 'person')", name="after"
        ),
        sa.ForeignKeyConstraint(["card"], ["custody_cards.id"], name="fk_custody_moves_card"),
        sa.ForeignKeyConstraint(
            ["document"], ["custody_documents.id"], name="fk_custody_moves_document"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_custody_moves"),
    )
    op.create_index("ix_custody_moves_card", "custody_moves", ["card"], unique=False)
    op.create_index("ix_custody_moves_document", "custody_moves", ["document"], unique=False)
    op.create_table(
        "custody_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sealed_card", sa.LargeBinary(), nullable=True),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            f"cause IN ({CAUSES})",
            name="cause",
        ),
        sa.CheckConstraint("how IN ('read', 'manual')", name="how"),
        sa.CheckConstraint("verdict IN ('good', 'remake', 'destroy')", name="verdict"),
        sa.PrimaryKeyConstraint("id", name="pk_custody_checks"),
    )
