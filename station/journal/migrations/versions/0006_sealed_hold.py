"""Store the province's texts about an order sealed; remove the unsealed ones.

The texts of holds that an earlier version wrote are dropped, since a migration can't seal: the
operator asks again and sees the province's answer then. The history is unchanged: its lines are
chained by their hashes.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

FREE_TEXT = ("province_text", "character")


def upgrade() -> None:
    """Add the sealed column; remove the free text from the holds."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete=ON")  # overwritten data must not remain in the file
    op.add_column("orders", sa.Column("sealed_hold", sa.LargeBinary()))
    held = bind.exec_driver_sql("SELECT id, hold FROM orders WHERE hold IS NOT NULL").all()
    for order, stored in held:
        hold = stored if isinstance(stored, dict) else json.loads(stored)
        if not hold or not any(name in hold["details"] for name in FREE_TEXT):
            continue
        hold["details"] = {k: v for k, v in hold["details"].items() if k not in FREE_TEXT}
        statement = sa.text("UPDATE orders SET hold = :hold WHERE id = :order")
        bind.execute(statement, {"hold": json.dumps(hold), "order": order})
