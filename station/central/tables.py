"""Tables of central's database. What must never be false is a constraint here."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

#: States of an assignment in which nobody else may have its application: a card may exist.
OPEN: Final = ("sent", "accepted", "withdrawing", "kept", "done")
#: States in which the application is free again. `conflict`: central was restored, and has learnt
#: of an assignment whose application it has given to another station since.
FREE: Final = ("returned", "refused", "overridden", "conflict")


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _event_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("station", sa.Text, sa.ForeignKey("stations.name"), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        _text("order_id"),
        _text("at", None),
        _text("actor", None),
        _text("kind", None),
        sa.Column("data", JSONB, nullable=False),
        _text("hash", None),
        _time("stored_at"),
    )


#: A window. `seq` and `hash` are the cursor; `claimed` is the highest number that an earlier
#: session has vouched for; `lease_until` is never before the end of the lease in the window, which
#: is the one of `lease_session`; empty after that session's orderly end.
stations = sa.Table(
    "stations",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _text("signing_key", None),
    _text("sealing_key", None),
    _time("enrolled_at"),
    sa.Column("blocked", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("seq", sa.BigInteger, nullable=False, server_default="0"),
    _text("hash", None),
    _text("session"),
    sa.Column("asked", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("alive", sa.Boolean, nullable=False, server_default=sa.false()),
    _time("seen_at", nullable=True),
    sa.Column("claimed", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("said_seq", sa.BigInteger, nullable=False, server_default="0"),
    _text("version"),
    sa.Column("facts", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    _time("lease_until", nullable=True),
    _text("lease_session"),
    sa.Column("ring", sa.SmallInteger, nullable=False, server_default="3"),
    sa.CheckConstraint("ring BETWEEN 1 AND 4", name="ring"),
)

#: Starts of a window's daemon: a late message of an ended one is recognised.
sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("station", sa.Text, sa.ForeignKey("stations.name"), primary_key=True),
    sa.Column("session", sa.Text, primary_key=True),
    _time("first_at"),
)

registration_codes = sa.Table(
    "registration_codes",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    _text("station", None),
    _time("made_at"),
    _text("made_by", None),
    _time("used_at", nullable=True),
    _text("used_by"),
)

events = sa.Table(
    "events",
    metadata,
    *_event_columns(),
    sa.PrimaryKeyConstraint("station", "seq"),
    sa.Index("ix_events_order_id", "order_id", postgresql_where=sa.text("order_id <> ''")),
    sa.Index("ix_events_stored_at", "stored_at"),
)

#: Events of a history that a person has given up in favour of the one that the station has.
superseded = sa.Table(
    "superseded_events",
    metadata,
    *_event_columns(),
    sa.Column("fork", sa.BigInteger, sa.ForeignKey("forks.id"), nullable=False),
    sa.PrimaryKeyConstraint("fork", "station", "seq"),
)

#: Two histories of one station. `ancestor` is the last event that both have; null: not known.
forks = sa.Table(
    "forks",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("station", sa.Text, sa.ForeignKey("stations.name"), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    _text("known_hash", None),
    _text("other_hash", None),
    _text("source", None),
    sa.Column("evidence", JSONB, nullable=False),
    sa.Column("ancestor", sa.BigInteger, nullable=True),
    _time("found_at"),
    _time("decided_at", nullable=True),
    _text("decision"),
    _text("decided_by"),
    _text("agreed_by"),
    _text("note"),
    sa.Index(
        "uq_forks_open", "station", unique=True, postgresql_where=sa.text("decided_at IS NULL")
    ),
)

#: What a station has signed. `state`: waiting for its events, verified, fork, or superseded.
checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("station", sa.Text, sa.ForeignKey("stations.name"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("hash", sa.Text, primary_key=True),
    _text("at", None),
    _text("signed", None),
    _text("state", None),
    _time("received_at"),
    sa.CheckConstraint("state IN ('waiting', 'verified', 'fork', 'superseded')", name="state"),
)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("title", None),
    _time("made_at"),
    _text("made_by", None),
)

#: Numbers of people are sealed with central's own key; `number_index` finds one without opening.
applications = sa.Table(
    "applications",
    metadata,
    sa.Column("application", sa.Text, primary_key=True),
    _text("sealed_number"),
    _text("number_index"),
    _text("reason", None),
    sa.Column("batch", sa.Text, sa.ForeignKey("batches.id"), nullable=True),
    sa.Column("line", sa.Integer, nullable=False, server_default="0"),
    _time("added_at"),
    _text("added_by", None),
    sa.Index("ix_applications_number_index", "number_index"),
    sa.Index("ix_applications_batch", "batch", "line"),
)

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("application", sa.Text, sa.ForeignKey("applications.application"), nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("station", sa.Text, sa.ForeignKey("stations.name"), nullable=False),
    _text("state", None),
    _text("order_id"),
    _text("code"),
    _text("step"),
    _time("made_at"),
    _text("made_by", None),
    _time("answered_at", nullable=True),
    sa.Column("owes_answer", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.UniqueConstraint("application", "epoch"),
    sa.CheckConstraint(
        "state IN ('sent', 'accepted', 'withdrawing', 'kept', 'done',"
        " 'returned', 'refused', 'overridden', 'conflict')",
        name="state",
    ),
    sa.Index(
        "uq_assignments_open",
        "application",
        unique=True,
        postgresql_where=sa.text("state IN ('sent', 'accepted', 'withdrawing', 'kept', 'done')"),
    ),
    sa.Index("ix_assignments_station", "station", "state"),
    sa.Index("ix_assignments_order_id", "order_id"),
)

#: Letters on their way to the carrier; one that is not answered goes out again: `tries`.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("station", sa.Text, sa.ForeignKey("stations.name"), nullable=False),
    _text("kind", None),
    _text("about", None),
    _text("body", None),
    _time("made_at"),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    _time("sent_at", nullable=True),
    sa.UniqueConstraint("kind", "about"),
    sa.Index("ix_outbox_unsent", "id", postgresql_where=sa.text("sent_at IS NULL")),
)

#: Double entry: each row takes from one account what it gives to another.
stock_moves = sa.Table(
    "stock_moves",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    _text("transfer"),
    _text("bank", None),
    _text("from_account", None),
    _text("to_account", None),
    sa.Column("cards", sa.Integer, nullable=False),
    _time("at"),
    _text("made_by", None),
    _text("note"),
    sa.CheckConstraint("cards > 0", name="cards"),
    sa.CheckConstraint("from_account <> to_account", name="accounts"),
)

transfers = sa.Table(
    "transfers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("station", sa.Text, sa.ForeignKey("stations.name"), nullable=False),
    _text("bank", None),
    sa.Column("cards", sa.Integer, nullable=False),
    _time("sent_at"),
    _text("sent_by", None),
    sa.Column("received", sa.Integer, nullable=True),
    _time("received_at", nullable=True),
)

#: Settings for the windows. `ring` is the last one that they were given to; while `state` is
#: `rolling` it grows by itself. Failures up to the ring `accepted` a person has accepted. `enough`
#: and `most_failed` are shares of a ring, in percent.
given_settings = sa.Table(
    "given_settings",
    metadata,
    sa.Column("revision", sa.BigInteger, primary_key=True),
    _text("title", None),
    _text("document", None),
    _time("made_at"),
    _text("made_by", None),
    _text("agreed_by", None),
    sa.Column("ring", sa.SmallInteger, nullable=False, server_default="1"),
    sa.Column("accepted", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("enough", sa.SmallInteger, nullable=False),
    sa.Column("most_failed", sa.SmallInteger, nullable=False),
    _text("state", None),
    sa.CheckConstraint("state IN ('rolling', 'stopped', 'done', 'replaced')", name="state"),
    sa.CheckConstraint("ring BETWEEN 1 AND 4", name="ring"),
    sa.CheckConstraint("enough BETWEEN 1 AND 100", name="enough"),
    sa.CheckConstraint("most_failed BETWEEN 0 AND 100", name="most_failed"),
    sa.Index(
        "uq_given_settings_live",
        sa.text("(true)"),
        unique=True,
        postgresql_where=sa.text("state <> 'replaced'"),
    ),
)

#: What each window was given, and what became of it there: `given` until it has answered.
settings_answers = sa.Table(
    "settings_answers",
    metadata,
    sa.Column(
        "revision", sa.BigInteger, sa.ForeignKey("given_settings.revision"), primary_key=True
    ),
    sa.Column("station", sa.Text, sa.ForeignKey("stations.name"), primary_key=True),
    _text("outcome", None),
    _text("reason"),
    _time("given_at"),
    _time("answered_at", nullable=True),
    sa.CheckConstraint("outcome IN ('given', 'applied', 'refused', 'returned')", name="outcome"),
    sa.Index("ix_settings_answers_open", "station", postgresql_where=sa.text("outcome = 'given'")),
)

#: What people and central itself have done here; what must be looked at has `alarm`.
acts = sa.Table(
    "acts",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    _time("at"),
    _text("actor", None),
    _text("kind", None),
    _text("station"),
    sa.Column("data", JSONB, nullable=False),
    sa.Column("alarm", sa.Boolean, nullable=False, server_default=sa.false()),
    _time("seen_at", nullable=True),
    _text("seen_by"),
    sa.Index("ix_acts_alarm", "id", postgresql_where=sa.text("alarm AND seen_at IS NULL")),
)

#: Messages of the carrier in this database (`station.central.mailbox`); empty where NATS carries.
#: `due_at` is when a message may be read, again if need be; `done_at` when it was acknowledged.
carried = sa.Table(
    "carried",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    _text("stream", None),
    _text("subject", None),
    _text("message_id", None),
    sa.Column("body", sa.LargeBinary, nullable=False),
    _time("sent_at"),
    _time("due_at"),
    _time("done_at", nullable=True),
    sa.UniqueConstraint("stream", "message_id"),
    sa.Index("ix_carried_unread", "stream", "id", postgresql_where=sa.text("done_at IS NULL")),
    sa.Index("ix_carried_subject", "subject", "id", postgresql_where=sa.text("done_at IS NULL")),
    sa.Index("ix_carried_done_at", "done_at", postgresql_where=sa.text("done_at IS NOT NULL")),
)

#: Values of that carrier: cursors, leases, configurations.
kept = sa.Table(
    "kept",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
)

#: Objects of that carrier.
blobs = sa.Table(
    "blobs",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
