"""Orders are found by the number of their card, cards by the id of their chip."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add both indexes. Orders before this one stay to be found by their person."""
    op.add_column("orders", sa.Column("card_index", sa.String(length=64), nullable=True))
    op.create_index("ix_orders_card_index", "orders", ["card_index"], unique=False)
    op.create_index("ix_cards_AAZ501", "cards", ["AAZ501"], unique=False)
