"""The journal's tables of finished cards; see `station.journal.tables`."""

from __future__ import annotations

import sqlalchemy as sa

from station.core.custody import (
    CheckCause,
    CheckHow,
    CheckVerdict,
    CustodyAct,
    CustodyPlace,
    DocumentState,
)
from station.journal.tables import UtcTime, metadata, one_of

custody_documents = sa.Table(
    "custody_documents",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("unit_name", sa.String(120), nullable=False),
    sa.Column("sealed_contact", sa.LargeBinary),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("decided_at", UtcTime),
    sa.Column("decided_by", sa.String(64), nullable=False, server_default=""),
    sa.Column("receipt_at", UtcTime),
    sa.Column("receipt_by", sa.String(64), nullable=False, server_default=""),
    sa.Column("distributed", sa.Integer),
    sa.Column("came_back", sa.Integer),
    sa.Column("event", sa.Integer, nullable=False),
    one_of("act", CustodyAct),
    one_of("state", DocumentState),
)

custody_cards = sa.Table(
    "custody_cards",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    # Keyed digests of 卡号 and 社会保障号码; empty once erased.
    sa.Column("card_index", sa.String(64), nullable=False),
    sa.Column("person_index", sa.String(64), nullable=False, index=True),
    sa.Column("sealed_card", sa.LargeBinary),
    sa.Column("order_id", sa.String(32), sa.ForeignKey("orders.id")),
    sa.Column("place", sa.String(16), nullable=False),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("unit_name", sa.String(120), nullable=False),
    sa.Column("shelf", sa.String(32), nullable=False),
    sa.Column("returned", sa.Boolean, nullable=False, server_default="0"),
    sa.Column("document", sa.Integer, sa.ForeignKey("custody_documents.id"), index=True),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("first_event", sa.Integer, nullable=False),
    sa.Column("event", sa.Integer, nullable=False, index=True),
    one_of("place", CustodyPlace),
)
sa.Index(
    "ux_custody_cards_card",
    custody_cards.c.card_index,
    unique=True,
    sqlite_where=sa.text("card_index <> ''"),
)
sa.Index("ix_custody_cards_place_event", custody_cards.c.place, custody_cards.c.event)
sa.Index("ix_custody_cards_unit_event", custody_cards.c.unit, custody_cards.c.event)

custody_moves = sa.Table(
    "custody_moves",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("card", sa.Integer, sa.ForeignKey("custody_cards.id"), nullable=False, index=True),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("before", sa.String(16)),
    sa.Column("after", sa.String(16), nullable=False),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("shelf", sa.String(32), nullable=False),
    sa.Column("document", sa.Integer, sa.ForeignKey("custody_documents.id"), index=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("undone", sa.Boolean, nullable=False, server_default="0"),
    sa.Column("event", sa.Integer, nullable=False),
    one_of("act", CustodyAct),
    one_of("after", CustodyPlace),
)

custody_checks = sa.Table(
    "custody_checks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sealed_card", sa.LargeBinary),
    sa.Column("how", sa.String(16), nullable=False),
    sa.Column("cause", sa.String(16), nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("event", sa.Integer, nullable=False),
    one_of("how", CheckHow),
    one_of("cause", CheckCause),
    one_of("verdict", CheckVerdict),
)

TABLES = (custody_documents, custody_cards, custody_moves, custody_checks)
