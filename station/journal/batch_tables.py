"""The journal's tables of batches; see `station.journal.tables`."""

from __future__ import annotations

import sqlalchemy as sa

from station.core.batches import (
    BankVerdict,
    BatchSource,
    BatchState,
    Making,
    PhotoNaming,
    PhotoState,
    RowState,
)
from station.journal.tables import UtcTime, metadata, one_of

units = sa.Table(
    "units",
    metadata,
    sa.Column("number", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("AAE008", sa.String(16), nullable=False),
    sa.Column("branch", sa.String(32), nullable=False),
    sa.Column("branch_name", sa.String(120), nullable=False),
    sa.Column("fixed", sa.Boolean, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("updated_by", sa.String(64), nullable=False),
)

collectors = sa.Table(
    "collectors",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("unit", sa.String(32), sa.ForeignKey("units.number"), nullable=False, index=True),
    sa.Column("sealed_person", sa.LargeBinary, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("unit", sa.String(32), nullable=False, index=True),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("number", sa.String(40), nullable=False),
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("naming", sa.String(16), nullable=False),
    sa.Column("making", sa.String(16), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("created_by", sa.String(64), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False, index=True),
    one_of("source", BatchSource),
    one_of("state", BatchState),
    one_of("naming", PhotoNaming),
    one_of("making", Making),
)

batch_rows = sa.Table(
    "batch_rows",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("batch", sa.String(32), sa.ForeignKey("batches.id"), nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("person", sa.String(64), nullable=False, index=True),
    sa.Column("content", sa.String(64), nullable=False),
    sa.Column("sealed_cells", sa.LargeBinary, nullable=False),
    sa.Column("sealed_chosen", sa.LargeBinary),
    sa.Column("faults", sa.JSON, nullable=False),
    sa.Column("photo", sa.Integer),
    sa.Column("order_id", sa.String(32), sa.ForeignKey("orders.id"), index=True),
    sa.Column("listed", sa.Integer, index=True),
    sa.Column("exported", sa.Integer, index=True),
    sa.Column("bank", sa.String(8), nullable=False),
    sa.Column("reason", sa.String(64), nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("decided_by", sa.String(64), nullable=False, server_default=""),
    sa.Column("AAE008", sa.String(16), nullable=False, server_default=""),
    one_of("state", RowState),
    one_of("bank", BankVerdict),
    sa.UniqueConstraint("batch", "line", name="uq_batch_rows_batch_line"),
)
sa.Index("ix_batch_rows_batch_state", batch_rows.c.batch, batch_rows.c.state, batch_rows.c.line)

batch_photos = sa.Table(
    "batch_photos",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("batch", sa.String(32), sa.ForeignKey("batches.id"), nullable=False),
    sa.Column("row_id", sa.Integer, sa.ForeignKey("batch_rows.id"), index=True),
    sa.Column("content", sa.String(64), nullable=False),
    sa.Column("sealed_name", sa.LargeBinary, nullable=False),
    sa.Column("sealed_jpeg", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("rules", sa.JSON, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    one_of("state", PhotoState),
    sa.UniqueConstraint("batch", "content", name="uq_batch_photos_batch_content"),
)
sa.Index("ix_batch_photos_state", batch_photos.c.state, batch_photos.c.id)

batch_lists = sa.Table(
    "batch_lists",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("batch", sa.String(32), sa.ForeignKey("batches.id"), nullable=False, index=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("lines", sa.Integer, nullable=False),
)

batch_exports = sa.Table(
    "batch_exports",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("batch", sa.String(32), sa.ForeignKey("batches.id"), nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("request", sa.String(128), nullable=False),
    sa.Column("sealed_contact", sa.LargeBinary, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("receipt_at", UtcTime),
    sa.UniqueConstraint("batch", "part", name="uq_batch_exports_batch_part"),
    sa.UniqueConstraint("request", name="uq_batch_exports_request"),
)

#: Every table of this module.
TABLES = (units, collectors, batches, batch_rows, batch_photos, batch_lists, batch_exports)
