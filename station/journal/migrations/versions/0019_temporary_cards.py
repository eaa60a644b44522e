"""Temporary cards: kinds of order, a step, two effects, and what becomes of such a card."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

STEPS = (
    "'accepted', 'data-ready', 'approved', 'fed', 'encoded', 'reported', 'printed', "
    "'printed-owed', 'released', 'released-owed', 'activated', 'cancelled', 'spoiled', 'collected'"
)
OPEN = "step NOT IN ('released', 'activated', 'cancelled', 'spoiled', 'collected')"
UNKNOWN = "state IN ('intended', 'unknown')"
AT_PROVINCE = "('report', 'activate', 'collect')"

#: Table -> the checks whose words have grown. SQLite can't alter a check: the table is rebuilt.
CHECKS: Mapping[str, Mapping[str, str]] = {
    "orders": {
        "ck_orders_step": f"step IN ({STEPS})",
        "ck_orders_kind": (
            "kind IN ('full', 'face-only', 'chip-only', 'test', 'temporary', 'temporary-again', "
            "'temporary-back')"
        ),
    },
    "cards": {
        "ck_cards_fate": (
            "fate IN ('in-machine', 'issued', 'spoiled', 'refused', 'returned', 'test', "
            "'temporary', 'collected')"
        ),
    },
    "effects": {
        "ck_effects_kind": (
            "kind IN ('feed', 'write-chip', 'report', 'print', 'release', 'reject', "
            "'activate', 'retract', 'write-at-desk', 'collect')"
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
    "ux_effects_one_open_intent": (
        "effects",
        ("order_id",),
        True,
        f"{UNKNOWN} AND kind NOT IN {AT_PROVINCE}",
    ),
    "ux_effects_one_open_at_province": (
        "effects",
        ("order_id",),
        True,
        f"{UNKNOWN} AND kind IN {AT_PROVINCE}",
    ),
    "ix_effects_without_outcome": ("effects", ("state",), False, UNKNOWN),
}


def upgrade() -> None:
    """Let the checks and the partial indexes know the new words."""
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
