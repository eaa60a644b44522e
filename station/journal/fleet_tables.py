"""The journal's tables of the fleet; see `station.journal.tables`."""

from __future__ import annotations

import sqlalchemy as sa

from station.core.fleet_state import LetterAnswer
from station.journal.tables import UtcTime, metadata, one_of

#: One row in a window that belongs to a fleet; none in another.
fleet = sa.Table(
    "fleet",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("sealed_identity", sa.LargeBinary, nullable=False),
    sa.Column("central_key", sa.String(64), nullable=False),
    sa.Column("server", sa.String(512), nullable=False),
    sa.Column("server_user", sa.String(128), nullable=False),
    sa.Column("sealed_password", sa.LargeBinary, nullable=False),
    sa.Column("authority", sa.Text, nullable=False),
    sa.Column("confirmed", sa.Integer, nullable=False),
    sa.Column("error", sa.String(64), nullable=False),
    sa.Column("fork", sa.Integer, nullable=False),
    sa.Column("contact_at", UtcTime),
    sa.Column("lease_until", UtcTime),
    sa.CheckConstraint("id = 1", name="id"),
)

fleet_assignments = sa.Table(
    "fleet_assignments",
    metadata,
    sa.Column("assignment", sa.String(64), primary_key=True),
    sa.Column("application", sa.String(128), nullable=False, index=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("order_id", sa.String(32), sa.ForeignKey("orders.id"), index=True),
    sa.Column("answer", sa.String(16), nullable=False),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("event", sa.Integer, nullable=False),
    one_of("answer", LetterAnswer),
)

fleet_transfers = sa.Table(
    "fleet_transfers",
    metadata,
    sa.Column("transfer", sa.String(64), primary_key=True),
    sa.Column("bank", sa.String(12), nullable=False),
    sa.Column("sent", sa.Integer, nullable=False),
    sa.Column("received", sa.Integer),
    sa.CheckConstraint("sent > 0", name="sent"),
)

TABLES = (fleet, fleet_assignments, fleet_transfers)
