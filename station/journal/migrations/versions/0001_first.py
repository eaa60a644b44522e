"""The first schema: orders, effects, ledger, outbox, requests, history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from station.journal.tables import APPEND_ONLY_TRIGGERS

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table of the first version."""
    _events()
    _orders()
    _cards()
    _effects()
    _requests()
    _write_backs()
    if op.get_bind().dialect.name == "sqlite":
        for trigger in APPEND_ONLY_TRIGGERS:
            op.execute(trigger)


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
    )
    op.create_index("ix_events_order_id", "events", ["order_id"], unique=False)


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("machine", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("goal", sa.String(length=16), nullable=True),
        sa.Column("hold", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("person_index", sa.String(length=64), nullable=False),
        sa.Column("sealed_person", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_data", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_photo", sa.LargeBinary(), nullable=True),
        sa.Column("face_sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed_chip", sa.LargeBinary(), nullable=True),
        sa.Column("card", sa.Integer(), nullable=True),
        sa.Column("previous", sa.String(length=32), nullable=True),
        sa.CheckConstraint("reason IN ('new', 'replacement', 'remake')", name="ck_orders_reason"),
        sa.CheckConstraint(
            "step IN ('accepted', 'data-ready', 'approved', 'fed', 'encoded', "
            "'reported', 'printed', 'released', 'activated', 'cancelled', 'spoiled')",
            name="ck_orders_step",
        ),
        sa.ForeignKeyConstraint(["previous"], ["orders.id"], name="fk_orders_previous"),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
    )
    op.create_index("ix_orders_created_at", "orders", ["created_at"], unique=False)
    op.create_index("ix_orders_person_index", "orders", ["person_index"], unique=False)
    op.create_index("ix_orders_step", "orders", ["step"], unique=False)
    op.create_index(
        "ux_orders_in_machine",
        "orders",
        ["machine"],
        unique=True,
        sqlite_where=sa.text("step IN ('fed', 'encoded', 'reported', 'printed')"),
        postgresql_where=sa.text("step IN ('fed', 'encoded', 'reported', 'printed')"),
    )
    op.create_index(
        "ux_orders_open_person",
        "orders",
        ["person_index"],
        unique=True,
        sqlite_where=sa.text("step NOT IN ('released', 'activated', 'cancelled', 'spoiled')"),
        postgresql_where=sa.text("step NOT IN ('released', 'activated', 'cancelled', 'spoiled')"),
    )


def _cards() -> None:
    op.create_table(
        "cards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("AAZ501", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("fate", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "fate IN ('in-machine', 'issued', 'spoiled', 'refused', 'returned')",
            name="ck_cards_fate",
        ),
        sa.CheckConstraint(
            "place IN ('feeder', 'chip-station', 'print-station', "
            "'output-hopper', 'taken', 'reject-bin', 'unknown')",
            name="ck_cards_place",
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_cards_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cards"),
    )
    op.create_index("ix_cards_fate", "cards", ["fate"], unique=False)
    op.create_index("ix_cards_order_id", "cards", ["order_id"], unique=False)


def _effects() -> None:
    op.create_table(
        "effects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("intended_at", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.Column("evidence_before", sa.JSON(), nullable=False),
        sa.Column("evidence_after", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('feed', 'write-chip', 'report', 'print', 'release', 'reject', 'activate')",
            name="ck_effects_kind",
        ),
        sa.CheckConstraint(
            "state IN ('intended', 'done', 'not-done', 'unknown')", name="ck_effects_state"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_effects_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_effects"),
    )
    op.create_index("ix_effects_order_id", "effects", ["order_id"], unique=False)
    op.create_index(
        "ux_effects_one_open_intent",
        "effects",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('intended', 'unknown')"),
        postgresql_where=sa.text("state IN ('intended', 'unknown')"),
    )


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("idempotency_key", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_requests_order_id"),
        sa.PrimaryKeyConstraint("idempotency_key", name="pk_requests"),
    )


def _write_backs() -> None:
    op.create_table(
        "write_backs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("done_at", sa.String(length=32), nullable=True),
        sa.Column("sealed_report", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("state IN ('owed', 'done', 'dead')", name="ck_write_backs_state"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_write_backs_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_write_backs"),
        sa.UniqueConstraint("order_id", "outcome", name="uq_write_backs_order_outcome"),
    )
    op.create_index("ix_write_backs_order_id", "write_backs", ["order_id"], unique=False)
    op.create_index("ix_write_backs_state", "write_backs", ["state"], unique=False)
