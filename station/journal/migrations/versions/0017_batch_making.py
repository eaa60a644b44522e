"""Rows of batches say who compared them, and of which bank their cards are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the columns; rows of before name neither."""
    for name, length in (("decided_by", 64), ("AAE008", 16)):
        column = sa.Column(name, sa.String(length=length), nullable=False, server_default="")
        op.add_column("batch_rows", column)
