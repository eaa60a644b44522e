"""Batches: units and their collectors, rows, pictures, printed lists, results that left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "batches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("naming", sa.String(length=16), nullable=False),
        sa.Column("making", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.CheckConstraint("making IN ('off', 'on', 'paused')", name="making"),
        sa.CheckConstraint("naming IN ('number', 'number-name', 'receipt')", name="naming"),
        sa.CheckConstraint("source IN ('file', 'package', 'province', 'api')", name="source"),
        sa.CheckConstraint("state IN ('reading', 'open')", name="state"),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_index("ix_batches_seq", "batches", ["seq"], unique=False)
    op.create_index("ix_batches_unit", "batches", ["unit"], unique=False)
    op.create_table(
        "units",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("AAE008", sa.String(length=16), nullable=False),
        sa.Column("branch", sa.String(length=32), nullable=False),
        sa.Column("branch_name", sa.String(length=120), nullable=False),
        sa.Column("fixed", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("updated_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_units"),
    )
    op.create_table(
        "batch_exports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("request", sa.String(length=128), nullable=False),
        sa.Column("sealed_contact", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("receipt_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_batch_exports_batch"),
        sa.PrimaryKeyConstraint("id", name="pk_batch_exports"),
        sa.UniqueConstraint("batch", "part", name="uq_batch_exports_batch_part"),
        sa.UniqueConstraint("request", name="uq_batch_exports_request"),
    )
    op.create_table(
        "batch_lists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_batch_lists_batch"),
        sa.PrimaryKeyConstraint("id", name="pk_batch_lists"),
    )
    op.create_index("ix_batch_lists_batch", "batch_lists", ["batch"], unique=False)
    op.create_table(
        "batch_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("sealed_cells", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_chosen", sa.LargeBinary(), nullable=True),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("photo", sa.Integer(), nullable=True),
        sa.Column("order_id", sa.String(length=32), nullable=True),
        sa.Column("listed", sa.Integer(), nullable=True),
        sa.Column("exported", sa.Integer(), nullable=True),
        sa.Column("bank", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.CheckConstraint("bank IN ('', 'sent', 'passed', 'failed')", name="bank"),
        sa.CheckConstraint(
            "state IN ('faulty', 'ready', 'confirmed', 'refused', 'making', 'made', 'withdrawn')",
            name="state",
        ),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_batch_rows_batch"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_batch_rows_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_batch_rows"),
        sa.UniqueConstraint("batch", "line", name="uq_batch_rows_batch_line"),
    )
    op.create_index(
        "ix_batch_rows_batch_state", "batch_rows", ["batch", "state", "line"], unique=False
    )
    op.create_index("ix_batch_rows_exported", "batch_rows", ["exported"], unique=False)
    op.create_index("ix_batch_rows_listed", "batch_rows", ["listed"], unique=False)
    op.create_index("ix_batch_rows_order_id", "batch_rows", ["order_id"], unique=False)
    op.create_index("ix_batch_rows_person", "batch_rows", ["person"], unique=False)
    op.create_table(
        "collectors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("sealed_person", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.number"], name="fk_collectors_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_collectors"),
    )
    op.create_index("ix_collectors_unit", "collectors", ["unit"], unique=False)
    op.create_table(
        "batch_photos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_jpeg", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.CheckConstraint("state IN ('new', 'fits', 'soft', 'bad')", name="state"),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_batch_photos_batch"),
        sa.ForeignKeyConstraint(["row_id"], ["batch_rows.id"], name="fk_batch_photos_row_id"),
        sa.PrimaryKeyConstraint("id", name="pk_batch_photos"),
        sa.UniqueConstraint("batch", "content", name="uq_batch_photos_batch_content"),
    )
    op.create_index("ix_batch_photos_row_id", "batch_photos", ["row_id"], unique=False)
    op.create_index("ix_batch_photos_state", "batch_photos", ["state", "id"], unique=False)
