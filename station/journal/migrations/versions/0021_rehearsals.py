"""Rehearsals: a kind of order, and what becomes of its test card."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

OPEN = "step NOT IN ('released', 'activated', 'cancelled', 'spoiled', 'collected')"

#: Table -> the checks whose words have grown. SQLite can't alter a check: the table is rebuilt.
CHECKS: Mapping[str, Mapping[str, str]] = {
    "orders": {
        "ck_orders_kind": (
            "kind IN ('full', 'face-only', 'chip-only', 'test', 'temporary', 'temporary-again', "
            "'temporary-back', 'rehearsal')"
        ),
    },
    "cards": {
        "ck_cards_fate": (
            "fate IN ('in-machine', 'issued', 'spoiled', 'refused', 'returned', 'test', "
            "'temporary', 'collected', 'training')"
        ),
    },
}
#: Partial indexes of the rebuilt tables: table, columns, unique, condition.
PARTIAL: Mapping[str, tuple[str, tuple[str, ...], bool, str]] = {
    "ux_orders_in_machine": (
        "orders",
        ("machine",),
        True,
        "step IN ('fed', 'encoded', 'reported', 'printed', 'printed-owed')",
    ),
    "ux_orders_open_person": ("orders", ("person_index",), True, OPEN),
    "ix_orders_not_erased": ("orders", ("seq",), False, "erased_at IS NULL"),
    "ix_orders_awaiting_activation": (
        "orders",
        ("step", "goal"),
        False,
        "step = 'released' AND goal = 'activated'",
    ),
}


def upgrade() -> None:
    """Let the checks know the new words; rebuilt tables lose their partial indexes."""
    for name, (table, *_) in PARTIAL.items():
        op.drop_index(name, table)
    for table, checks in CHECKS.items():
        with op.batch_alter_table(table) as batch:
            for name in checks:
                batch.drop_constraint(op.f(name), type_="check")
            for name, words in checks.items():
                batch.create_check_constraint(op.f(name), sa.text(words))
    for name, (table, columns, unique, condition) in PARTIAL.items():
        where = sa.text(condition)
        op.create_index(
            name, table, list(columns), unique=unique, sqlite_where=where, postgresql_where=where
        )
