"""Indexes for the frequent queries on a journal with a million orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

AWAITS_ACTIVATION = "step = 'released' AND goal = 'activated'"
WITHOUT_OUTCOME = "state IN ('intended', 'unknown')"


def upgrade() -> None:
    """Replace the index of steps by one that also sorts; index the few rows that are still open."""
    op.drop_index("ix_orders_step", "orders")
    op.create_index("ix_orders_step_id", "orders", ["step", "id"], unique=False)
    _partial("ix_orders_awaiting_activation", "orders", ["step", "goal"], AWAITS_ACTIVATION)
    _partial("ix_effects_without_outcome", "effects", ["state"], WITHOUT_OUTCOME)


def _partial(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=False, sqlite_where=where, postgresql_where=where)
