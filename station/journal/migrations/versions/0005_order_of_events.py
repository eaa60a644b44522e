"""Order by event number, time by age; drop the digests of requests.

Rows that earlier versions stored with a wall time only are numbered from the history, which has an
event for each of them. Nothing in this file copies the table of orders: its photos are gigabytes.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"

ENTERED = ("blank-left-feeder", "card-put-back-in")  #: kinds of events: a card was fed
INSIDE = "in-machine"


def upgrade() -> None:
    """Number orders, cards, stock and shifts; drop digests of people's numbers."""
    _overwrite_what_is_deleted()
    op.add_column("events", sa.Column("age", sa.Float()))
    op.add_column("orders", sa.Column("seq", sa.Integer(), nullable=False, server_default="0"))
    for table, columns in (
        ("cards", ("fed_event", "settled_event", "presented_event")),
        ("effects", ("ended_event",)),
    ):
        for column in columns:
            op.add_column(table, sa.Column(column, sa.Integer()))
    for table in ("stock", "shifts"):
        op.add_column(table, sa.Column("event", sa.Integer(), nullable=False, server_default="0"))
    op.drop_column("requests", "digest")
    op.create_table(
        "age",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.Column("boot_seconds", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_age"),
    )
    op.execute("INSERT INTO age (id, boot, boot_seconds, seconds) VALUES (1, '', 0, 0)")
    _number_orders()
    _number_cards()
    _number_rows("stock", "stock-moved")
    _number_rows("shifts", "shift-closed")
    op.drop_index("ix_orders_step_id", "orders")
    op.create_index("ix_orders_step_seq", "orders", ["step", "seq"], unique=False)
    op.create_index("ux_orders_seq", "orders", ["seq"], unique=True)
    for table, column in (("cards", "fed_event"), ("cards", "settled_event"), ("stock", "event")):
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)
    for table, column in (("cards", "fed_at"), ("cards", "settled_at"), ("stock", "at")):
        op.drop_index(f"ix_{table}_{column}", table)


def _overwrite_what_is_deleted() -> None:
    # A dropped column would remain readable in the file's free space.
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete=ON")


def _number_orders() -> None:
    op.execute(
        "UPDATE orders SET seq = coalesce("
        "(SELECT min(events.seq) FROM events WHERE events.order_id = orders.id), 0)"
    )
    left = _rows("SELECT id FROM orders WHERE seq = 0 ORDER BY created_at DESC, id DESC")
    for older, (order,) in enumerate(left, start=1):  # not in the history: before all others
        _set("orders", order, seq=-older)


def _number_cards() -> None:
    kinds = ", ".join(f"'{kind}'" for kind in (*ENTERED, "card-moved"))
    fed: dict[int, int] = {}
    settled: dict[int, int] = {}
    for seq, kind, data in _rows(
        f"SELECT seq, kind, data FROM events WHERE kind IN ({kinds}) ORDER BY seq"  # noqa: S608 - words of this file
    ):
        told = data if isinstance(data, dict) else json.loads(data)
        if "card" not in told:
            continue
        card = int(told["card"])
        if kind in ENTERED:
            fed.setdefault(card, seq)
        elif told.get("fate", INSIDE) != INSIDE:
            settled.setdefault(card, seq)
    for card, out in _rows("SELECT id, settled_at IS NOT NULL FROM cards"):
        settled_event = settled.get(card, 0) if out else None
        _set("cards", card, fed_event=fed.get(card, 0), settled_event=settled_event)


def _number_rows(table: str, kind: str) -> None:
    # Every row was written together with one event of its kind, in this order.
    rows = _rows(f"SELECT id FROM {table} ORDER BY id")  # noqa: S608 - words of this file
    events = _rows(f"SELECT seq FROM events WHERE kind = '{kind}' ORDER BY seq")  # noqa: S608 - likewise
    for (row,), (seq,) in zip(rows, events, strict=False):
        _set(table, row, event=seq)


def _rows(query: str) -> list[Any]:
    return list(op.get_bind().exec_driver_sql(query))


def _set(table: str, row: object, **values: object) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in values)
    statement = sa.text(f"UPDATE {table} SET {columns} WHERE id = :row")  # noqa: S608 - words of this file
    op.get_bind().execute(statement, {"row": row, **values})
