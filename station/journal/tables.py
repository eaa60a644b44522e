"""The journal's tables, with the rules that no code path may break as constraints.

Orders hold the current state, events the history, effects intents and outcomes, cards the ledger of
blanks, stock and shifts what people do with blanks outside the machine, write_backs the outbox,
attendances the people at the window. The Alembic migrations build the same schema; a test compares
the two. The PostgreSQL form of the partial indexes is only in the migrations: naming it here would
load that dialect at every start.

Order and time. A PC's wall clock jumps, so no column of type `UtcTime` is ever compared or sorted
by; those are for people. Order is decided by the number of an event (`events.seq`): the columns
`orders.seq`, `stock.event`, `shifts.event`, `cards.*_event` and `effects.ended_event` hold the
number of the event that was written with them. Durations are computed from the journal's age
(`events.age`, seconds; see `station.journal.age`). Both are empty (0 or NULL) in rows of versions
that did not keep them: such a row is older than every numbered one, and its time counts from the
upgrade.
"""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any, Final

import sqlalchemy as sa

from station.core import life
from station.core.attendance import AttendanceRole, How, NameAgreement
from station.core.card_states import ServiceResult, StateService
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectState,
    OrderKind,
    OrderReason,
    OrderStep,
    StockMove,
    WriteBackState,
)
from station.core.recipes import RECIPES
from station.core.webhooks import LetterState

SCHEMA_VERSION: Final = "0021"  #: the newest migration; a newer database is refused

#: An order at one of these does not prevent a person's next order.
CLOSED_STEPS: Final = tuple(step.value for step in OrderStep if step in life.CLOSED)
#: An order at one of these makes no card; at most a report about it is owed.
VOID_STEPS: Final = tuple(step.value for step in OrderStep if step in life.VOID)
#: Kinds of orders that hold personal data.
PERSONAL_KINDS: Final = tuple(kind.value for kind, recipe in RECIPES.items() if recipe.is_personal)
OPEN_STEPS: Final = tuple(step.value for step in OrderStep if step not in life.CLOSED)
#: An order at one of these has a card inside the machine.
IN_MACHINE_STEPS: Final = tuple(step.value for step in OrderStep if step in life.IN_MACHINE)
#: An effect whose outcome is not known.
OPEN_EFFECT: Final = "state IN ('intended', 'unknown')"
#: Effects that move no card.
_AT_PROVINCE: Final = (f"'{kind.value}'" for kind in EffectKind if kind in life.AT_PROVINCE)
AT_PROVINCE_KINDS: Final = f"({', '.join(_AT_PROVINCE)})"

#: Conditions of partial indexes; a query uses such an index only with exactly this condition.
AWAITS_ACTIVATION: Final = "step = 'released' AND goal = 'activated'"
NOT_ERASED: Final = "erased_at IS NULL"

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(sa.types.TypeDecorator[dt.datetime]):
    """Timezone-aware UTC datetimes as ISO 8601 text: one form for sorting and reading."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> Any:  # noqa: ANN401 - SQLAlchemy's signature
        """Refuse naive times."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone can't be stored")
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:  # noqa: ANN401 - SQLAlchemy's signature
        """Return a timezone-aware time."""
        return None if value is None else dt.datetime.fromisoformat(value)


def one_of(column: str, words: type[enum.StrEnum]) -> sa.CheckConstraint:
    """Return the constraint that a column holds one of these words."""
    listed = ", ".join(f"'{word.value}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


orders = sa.Table(
    "orders",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("machine", sa.String(64), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False, index=True),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("reason", sa.String(16), nullable=False),
    sa.Column("step", sa.String(16), nullable=False),
    sa.Column("goal", sa.String(16)),
    sa.Column("hold", sa.JSON(none_as_null=True)),
    sa.Column("person_index", sa.String(64), nullable=False, index=True),
    sa.Column("sealed_person", sa.LargeBinary, nullable=False),
    sa.Column("sealed_data", sa.LargeBinary),
    sa.Column("sealed_photo", sa.LargeBinary),
    sa.Column("face_sha256", sa.String(64), nullable=False),
    sa.Column("sealed_chip", sa.LargeBinary),
    sa.Column("card", sa.Integer),
    sa.Column("previous", sa.String(32), sa.ForeignKey("orders.id"), index=True),
    sa.Column("kind", sa.String(16), nullable=False, server_default="full"),
    sa.Column("reason_code", sa.String(32)),
    sa.Column("approver", sa.String(64)),
    sa.Column("waivers", sa.JSON(none_as_null=True)),
    sa.Column("seq", sa.Integer, nullable=False, server_default="0"),
    sa.Column("sealed_hold", sa.LargeBinary),
    # Calendar day of the acceptance where the PC stands, YYYY-MM-DD: what people search by.
    sa.Column("day", sa.String(10), nullable=False, server_default=""),
    sa.Column("erased_at", UtcTime),
    # Keyed digest of the 卡号 that the province has given: finds the order by the card's number.
    sa.Column("card_index", sa.String(64), index=True),
    sa.Column("queue", sa.String(8), nullable=False, server_default="window"),
    one_of("step", OrderStep),
    one_of("reason", OrderReason),
    one_of("kind", OrderKind),
)
sa.Index("ix_orders_step_seq", orders.c.step, orders.c.seq)
sa.Index("ux_orders_seq", orders.c.seq, unique=True)
sa.Index("ix_orders_day_seq", orders.c.day, orders.c.seq)
sa.Index("ix_orders_kind_seq", orders.c.kind, orders.c.seq)
sa.Index("ix_orders_kind_step_seq", orders.c.kind, orders.c.step, orders.c.seq)
sa.Index("ix_orders_not_erased", orders.c.seq, sqlite_where=sa.text(NOT_ERASED))
sa.Index(
    "ix_orders_awaiting_activation",
    orders.c.step,
    orders.c.goal,
    sqlite_where=sa.text(AWAITS_ACTIVATION),
)
sa.Index(
    "ux_orders_open_person",
    orders.c.person_index,
    unique=True,
    sqlite_where=sa.text(f"step NOT IN ({_quoted(CLOSED_STEPS)})"),
)
sa.Index(
    "ux_orders_in_machine",
    orders.c.machine,
    unique=True,
    sqlite_where=sa.text(f"step IN ({_quoted(IN_MACHINE_STEPS)})"),
)

effects = sa.Table(
    "effects",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("order_id", sa.String(32), sa.ForeignKey("orders.id"), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("intended_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.Column("evidence_before", sa.JSON, nullable=False),
    sa.Column("evidence_after", sa.JSON, nullable=False),
    sa.Column("ended_event", sa.Integer),
    one_of("kind", EffectKind),
    one_of("state", EffectState),
)
# The outcome at the province may stay unknown for days while the card's work continues; the outcome
# on the card may not.
sa.Index(
    "ux_effects_one_open_intent",
    effects.c.order_id,
    unique=True,
    sqlite_where=sa.text(f"{OPEN_EFFECT} AND kind NOT IN {AT_PROVINCE_KINDS}"),
)
sa.Index(
    "ux_effects_one_open_at_province",
    effects.c.order_id,
    unique=True,
    sqlite_where=sa.text(f"{OPEN_EFFECT} AND kind IN {AT_PROVINCE_KINDS}"),
)
sa.Index("ix_effects_without_outcome", effects.c.state, sqlite_where=sa.text(OPEN_EFFECT))

cards = sa.Table(
    "cards",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("order_id", sa.String(32), sa.ForeignKey("orders.id"), nullable=False, index=True),
    sa.Column("AAZ501", sa.String(32), nullable=False, index=True),
    sa.Column("place", sa.String(16), nullable=False, index=True),
    sa.Column("fate", sa.String(16), nullable=False, index=True),
    sa.Column("reason", sa.String(64), nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("blank", sa.Boolean, nullable=False, server_default="1"),
    sa.Column("fed_at", UtcTime),
    sa.Column("settled_at", UtcTime),
    sa.Column("presented_at", UtcTime),
    sa.Column("ribbon_planned", sa.Integer, nullable=False, server_default="0"),
    sa.Column("ribbon_used", sa.Integer, nullable=False, server_default="0"),
    sa.Column("destroyed_at", UtcTime),
    sa.Column("destroyed_by", sa.String(64)),
    sa.Column("witness", sa.String(64)),
    sa.Column("fed_event", sa.Integer, index=True),
    sa.Column("settled_event", sa.Integer, index=True),
    sa.Column("presented_event", sa.Integer),
    # AAE008 of the bank whose blank it was; empty when unknown.
    sa.Column("bank", sa.String(12), nullable=False, server_default=""),
    one_of("place", CardPlace),
    one_of("fate", CardFate),
)

write_backs = sa.Table(
    "write_backs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("order_id", sa.String(32), sa.ForeignKey("orders.id"), nullable=False, index=True),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", sa.String(64), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("done_at", UtcTime),
    sa.Column("sealed_report", sa.LargeBinary, nullable=False),
    sa.Column("export_id", sa.String(32), index=True),
    sa.Column("exported_at", UtcTime),
    sa.Column("receipt", sa.String(64)),
    sa.Column("receipt_at", UtcTime),
    one_of("state", WriteBackState),
    sa.UniqueConstraint("order_id", "outcome", name="uq_write_backs_order_outcome"),
)

stock = sa.Table(
    "stock",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("machine", sa.String(64), nullable=False),
    sa.Column("request", sa.String(128), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("move", sa.String(16), nullable=False),
    sa.Column("blanks", sa.Integer, nullable=False),
    sa.Column("event", sa.Integer, nullable=False, server_default="0", index=True),
    sa.Column("bank", sa.String(12), nullable=False, server_default=""),
    one_of("move", StockMove),
    sa.CheckConstraint("blanks > 0", name="blanks"),
    sa.UniqueConstraint("request", name="uq_stock_request"),
)

shifts = sa.Table(
    "shifts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("machine", sa.String(64), nullable=False),
    sa.Column("request", sa.String(128), nullable=False),
    sa.Column("began_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime, nullable=False),
    sa.Column("ended_by", sa.String(64), nullable=False),
    sa.Column("report", sa.JSON, nullable=False),
    sa.Column("event", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("request", name="uq_shifts_request"),
)

attendances = sa.Table(
    "attendances",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("order_id", sa.String(32), sa.ForeignKey("orders.id"), nullable=False, index=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("how", sa.String(16), nullable=False),
    sa.Column("module", sa.String(64), nullable=False),
    sa.Column("agreement", sa.String(16), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("sealed_person", sa.LargeBinary),
    sa.Column("event", sa.Integer, nullable=False),
    one_of("role", AttendanceRole),
    one_of("how", How),
    one_of("agreement", NameAgreement),
)

card_services = sa.Table(
    "card_services",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("service", sa.String(16), nullable=False),
    sa.Column("result", sa.String(16), nullable=False),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("before", sa.String(16), nullable=False),
    sa.Column("after", sa.String(16)),
    sa.Column("proven", sa.Boolean, nullable=False),
    sa.Column("person_index", sa.String(64), nullable=False, index=True),
    sa.Column("sealed_card", sa.LargeBinary),
    sa.Column("event", sa.Integer, nullable=False, index=True),
    one_of("service", StateService),
    one_of("result", ServiceResult),
)
sa.Index(
    "ix_card_services_sealed",
    card_services.c.id,
    sqlite_where=sa.text("sealed_card IS NOT NULL"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("order_id", sa.String(32), nullable=False, index=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(48), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("age", sa.Float),
)

#: One row: the journal's age at the last write, and the reading of the PC's own clock then.
age = sa.Table(
    "age",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("boot", sa.String(64), nullable=False),
    sa.Column("boot_seconds", sa.Float, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
)

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("idempotency_key", sa.String(128), primary_key=True),
    sa.Column("order_id", sa.String(32), sa.ForeignKey("orders.id"), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("operation", sa.String(96), nullable=False),
    sa.Column("content", sa.String(64), nullable=False),
    sa.Column("ended", sa.Boolean, nullable=False),
    sa.Column("made", sa.String(64), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("url", sa.String(512), nullable=False),
    sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_age", sa.Float, nullable=False),
    sa.Column("last_error", sa.String(64), nullable=False),
    sa.Column("gone", sa.Boolean, nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("made_by", sa.String(64), nullable=False),
)

dead_letters = sa.Table(
    "dead_letters",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("webhook", sa.String(64), nullable=False),
    sa.Column("event", sa.Integer, nullable=False),
    sa.Column("state", sa.String(8), nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", sa.String(64), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    one_of("state", LetterState),
)

#: On SQLite these keep the history append-only; on PostgreSQL the role has no UPDATE or DELETE
#: right.
APPEND_ONLY_TRIGGERS: Final = tuple(
    f"CREATE TRIGGER events_no_{word} BEFORE {word.upper()} ON events "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
    for word in ("update", "delete")
)
