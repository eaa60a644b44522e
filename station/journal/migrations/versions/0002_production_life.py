"""Reprints, waivers and approvals, the blanks' stock and shifts, offline exports of reports."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

STEPS = (
    "'accepted', 'data-ready', 'approved', 'fed', 'encoded', 'reported', 'printed', "
    "'printed-owed', 'released', 'released-owed', 'activated', 'cancelled', 'spoiled'"
)
IN_MACHINE = "step IN ('fed', 'encoded', 'reported', 'printed-owed', 'printed')"
OPEN = "step NOT IN ('released', 'activated', 'cancelled', 'spoiled')"

#: Table -> allowed values of its checks after this version. SQLite can't alter a check: the table
#: is rebuilt.
CHECKS: Mapping[str, Mapping[str, str]] = {
    "orders": {
        "ck_orders_step": f"step IN ({STEPS})",
        "ck_orders_reason": "reason IN ('new', 'replacement', 'remake')",
        "ck_orders_kind": "kind IN ('full', 'face-only', 'chip-only', 'test')",
    },
    "cards": {
        "ck_cards_fate": (
            "fate IN ('in-machine', 'issued', 'spoiled', 'refused', 'returned', 'test')"
        ),
        "ck_cards_place": (
            "place IN ('feeder', 'chip-station', 'print-station', "
            "'output-hopper', 'taken', 'kept', 'reject-bin', 'unknown')"
        ),
    },
    "effects": {
        "ck_effects_kind": (
            "kind IN ('feed', 'write-chip', 'report', 'print', 'release', 'reject', "
            "'activate', 'retract')"
        ),
        "ck_effects_state": "state IN ('intended', 'done', 'not-done', 'unknown')",
    },
    "write_backs": {"ck_write_backs_state": "state IN ('owed', 'done', 'dead', 'withdrawn')"},
}
#: Partial indexes of the rebuilt tables: table, column, condition.
PARTIAL: Mapping[str, tuple[str, str, str]] = {
    "ux_orders_in_machine": ("orders", "machine", IN_MACHINE),
    "ux_orders_open_person": ("orders", "person_index", OPEN),
    "ux_effects_one_open_intent": (
        "effects",
        "order_id",
        "state IN ('intended', 'unknown') AND kind NOT IN ('report', 'activate')",
    ),
    "ux_effects_one_open_at_province": (
        "effects",
        "order_id",
        "state IN ('intended', 'unknown') AND kind IN ('report', 'activate')",
    ),
}


def upgrade() -> None:
    """Bring the first version's tables to this one, and create the new ones."""
    for name in ("ux_orders_in_machine", "ux_orders_open_person"):
        op.drop_index(name, "orders")
    op.drop_index("ux_effects_one_open_intent", "effects")
    _change("orders", *_order_columns())
    _change("cards", *_card_columns())
    _change("effects")
    _change("write_backs", *_write_back_columns())
    for name, (table, column, condition) in PARTIAL.items():
        where = sa.text(condition)
        op.create_index(
            name, table, [column], unique=True, sqlite_where=where, postgresql_where=where
        )
    for column in ("place", "fed_at", "settled_at"):
        op.create_index(f"ix_cards_{column}", "cards", [column], unique=False)
    op.create_index("ix_orders_previous", "orders", ["previous"], unique=False)
    op.execute("UPDATE cards SET fed_at = updated_at")
    op.execute("UPDATE cards SET settled_at = updated_at WHERE fate <> 'in-machine'")
    op.create_index("ix_write_backs_export_id", "write_backs", ["export_id"], unique=False)
    _stock()
    _shifts()


def _change(table: str, *columns: sa.Column[object]) -> None:
    old = sa.inspect(op.get_bind()).get_check_constraints(table)
    with op.batch_alter_table(table) as batch:
        for check in old:
            batch.drop_constraint(op.f(str(check["name"])), type_="check")
        for column in columns:
            batch.add_column(column)
        for name, words in CHECKS[table].items():
            batch.create_check_constraint(op.f(name), sa.text(words))


def _order_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("kind", sa.String(length=16), nullable=False, server_default="full"),
        sa.Column("reason_code", sa.String(length=32), nullable=True),
        sa.Column("approver", sa.String(length=64), nullable=True),
        sa.Column("waivers", sa.JSON(none_as_null=True), nullable=True),
    )


def _card_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("blank", sa.Boolean(), nullable=False, server_default="1"),
        sa.Column("fed_at", sa.String(length=32), nullable=True),
        sa.Column("settled_at", sa.String(length=32), nullable=True),
        sa.Column("presented_at", sa.String(length=32), nullable=True),
        sa.Column("ribbon_planned", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("ribbon_used", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("destroyed_at", sa.String(length=32), nullable=True),
        sa.Column("destroyed_by", sa.String(length=64), nullable=True),
        sa.Column("witness", sa.String(length=64), nullable=True),
    )


def _write_back_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("export_id", sa.String(length=32), nullable=True),
        sa.Column("exported_at", sa.String(length=32), nullable=True),
        sa.Column("receipt", sa.String(length=64), nullable=True),
        sa.Column("receipt_at", sa.String(length=32), nullable=True),
    )


def _stock() -> None:
    op.create_table(
        "stock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("machine", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=128), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("move", sa.String(length=16), nullable=False),
        sa.Column("blanks", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "move IN ('opened', 'loaded', 'unloaded', 'returned')", name=op.f("ck_stock_move")
        ),
        sa.CheckConstraint("blanks > 0", name=op.f("ck_stock_blanks")),
        sa.PrimaryKeyConstraint("id", name="pk_stock"),
        sa.UniqueConstraint("request", name="uq_stock_request"),
    )
    op.create_index("ix_stock_at", "stock", ["at"], unique=False)


def _shifts() -> None:
    op.create_table(
        "shifts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("machine", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=128), nullable=False),
        sa.Column("began_at", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.String(length=32), nullable=False),
        sa.Column("ended_by", sa.String(length=64), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shifts"),
        sa.UniqueConstraint("request", name="uq_shifts_request"),
    )
