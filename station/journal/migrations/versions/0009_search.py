"""Orders are found by the day of their acceptance and by their kind, each from an index."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

PAGE = 10_000  #: orders read at a time: a journal may have a million


def upgrade() -> None:
    """Add the day, fill it in from the times of acceptance, and index what is searched by."""
    op.add_column(
        "orders", sa.Column("day", sa.String(length=10), nullable=False, server_default="")
    )
    bind = op.get_bind()
    last = ""
    while True:
        rows = bind.execute(
            sa.text("SELECT id, created_at FROM orders WHERE id > :last ORDER BY id LIMIT :page"),
            {"last": last, "page": PAGE},
        ).all()
        if not rows:
            break
        bind.execute(
            sa.text("UPDATE orders SET day = :day WHERE id = :id"),
            [{"id": row.id, "day": _day(row.created_at)} for row in rows],
        )
        last = rows[-1].id
    op.create_index("ix_orders_day_seq", "orders", ["day", "seq"], unique=False)
    op.create_index("ix_orders_kind_seq", "orders", ["kind", "seq"], unique=False)
    op.create_index("ix_orders_kind_step_seq", "orders", ["kind", "step", "seq"], unique=False)


def _day(stored: str) -> str:
    return dt.datetime.fromisoformat(stored).astimezone().date().isoformat()
