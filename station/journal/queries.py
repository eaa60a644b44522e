"""The journal's frequent queries. Built once; each finds its rows by an index.

The number of rows of finished work grows without limit; the cost of one cycle of the machine's
thread, of a list or of a page must not grow with it. A test has SQLite explain every statement
here.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from station.core.calls import Home
from station.core.orders import (
    CardFate,
    EffectKind,
    EffectState,
    OrderStep,
    WriteBackState,
)
from station.journal import fleet_tables, tables

_orders, _effects, _cards = tables.orders.c, tables.effects.c, tables.cards.c
_write_backs, _events = tables.write_backs.c, tables.events.c
_stock = tables.stock.c

#: Kinds of events that repeat while the station retries automatically, or that only record an
#: intention. They do not change what a person sees and decides about an order.
WISH: Final = "goal-set"
BACKGROUND_EVENTS: Final = (
    WISH,
    "held",
    "hold-cleared",
    "intent",
    "outcome",
    "report-owed",
    "report-tried",
    "report-exported",
)

_HEAD: Final = (
    _orders.id,
    _orders.seq,
    _orders.step,
    _orders.goal,
    _orders.hold,
    _orders.kind,
    _orders.card,
    _orders.previous,
    _orders.waivers,
    _orders.queue,
)
_LINE: Final = (
    *_HEAD,
    _orders.reason,
    _orders.created_at,
    _orders.sealed_person,
    _orders.sealed_hold,
)
#: A report in one of these needs its content no more.
ANSWERED_REPORTS: Final = (WriteBackState.DONE.value, WriteBackState.WITHDRAWN.value)


def _named(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name)


ORDER: Final = tables.orders.select().where(_orders.id == _named("order"))
HEAD: Final = sa.select(*_HEAD).where(_orders.id == _named("order"))
HEADS_OF: Final = (
    sa.select(*_HEAD).where(_orders.person_index == _named("person")).order_by(_orders.seq.desc())
)
PERSON_OF: Final = sa.select(_orders.id, _orders.sealed_person).where(_orders.id == _named("order"))
HEADS_OF_CARD: Final = (
    sa.select(*_HEAD).where(_orders.card_index == _named("card")).order_by(_orders.seq.desc())
)
OPEN_ORDERS: Final = (
    tables.orders.select().where(_orders.step.in_(tables.OPEN_STEPS)).order_by(_orders.seq)
)
IN_MACHINE: Final = tables.orders.select().where(_orders.step.in_(tables.IN_MACHINE_STEPS))
RECENT_ORDERS: Final = tables.orders.select().order_by(_orders.seq.desc()).limit(_named("limit"))

#: Orders that may still have to run. One statement each: combined, SQLite would read whole tables.
HEADS: Final = (
    sa.select(*_HEAD).where(_orders.step.in_(tables.OPEN_STEPS)),
    sa.select(*_HEAD).where(sa.text(tables.AWAITS_ACTIVATION)),
    # `coalesce` keeps SQLite from starting with every order that was ever spoiled.
    sa.select(*_HEAD)
    .join(tables.write_backs, _write_backs.order_id == _orders.id)
    .where(
        _write_backs.state == WriteBackState.OWED.value,
        sa.func.coalesce(_orders.step, "").in_(tables.VOID_STEPS),
    ),
)

LOOKED_AT: Final = 500  #: newest effects that are searched for the last ones of a kind
OPEN_EFFECTS: Final = (
    tables.effects.select().where(sa.text(tables.OPEN_EFFECT)).order_by(_effects.id)
)
OPEN_EFFECTS_OF: Final = OPEN_EFFECTS.where(_effects.order_id == _named("order"))
EFFECT: Final = sa.select(_effects.order_id, _effects.kind).where(_effects.id == _named("effect"))
EFFECTS_OF: Final = (
    tables.effects.select().where(_effects.order_id == _named("order")).order_by(_effects.id)
)
LAST_DONE: Final = (
    tables.effects.select()
    .where(
        _effects.id > sa.select(sa.func.max(_effects.id) - LOOKED_AT).scalar_subquery(),
        _effects.kind == _named("kind"),
        _effects.state == EffectState.DONE.value,
    )
    .order_by(_effects.id.desc())
    .limit(_named("limit"))
)

CARDS: Final = tables.cards.select().order_by(_cards.id)
CARDS_OF: Final = CARDS.where(_cards.order_id == _named("order"))
CARD: Final = tables.cards.select().where(_cards.id == _named("card"))
CARDS_OF_CHIP: Final = (
    tables.cards.select().where(_named("chip") == _cards.AAZ501).order_by(_cards.id.desc())
)
NEWEST_CARDS: Final = tables.cards.select().order_by(_cards.id.desc()).limit(_named("limit"))
CARDS_AT: Final = (
    tables.cards.select()
    .where(_cards.place.in_(sa.bindparam("places", expanding=True)))
    .order_by(_cards.id)
)
CARDS_OF_FATE: Final = tables.cards.select().where(_cards.fate == _named("fate"))
CARDS_IN_MACHINE: Final = tables.cards.select().where(_cards.fate == CardFate.IN_MACHINE.value)
_ITS_ORDERS_OWN: Final = sa.exists().where(_orders.id == _cards.order_id, _orders.card == _cards.id)
OWNED_INSIDE: Final = CARDS_IN_MACHINE.where(_ITS_ORDERS_OWN)
STRANGERS_INSIDE: Final = CARDS_IN_MACHINE.where(~_ITS_ORDERS_OWN).order_by(_cards.id)


def _count_blanks(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(sa.func.count().label("blanks")).where(_cards.blank, *conditions)


def _blanks_by_bank(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    counted = sa.select(_cards.bank, sa.func.count().label("blanks"))
    return counted.where(_cards.blank, *conditions).group_by(_cards.bank)


BLANKS_FED: Final = _blanks_by_bank(
    _cards.fed_event > _named("since"), _cards.fed_event <= _named("until")
)
BLANKS_GIVEN_BACK: Final = _blanks_by_bank(
    _cards.fate == CardFate.RETURNED.value,
    _cards.settled_event > _named("since"),
    _cards.settled_event <= _named("until"),
)
BLANKS_SETTLED: Final = (
    sa.select(_cards.fate, sa.func.count().label("blanks"))
    .where(
        _cards.blank,
        _cards.settled_event > _named("since"),
        _cards.settled_event <= _named("until"),
    )
    .group_by(_cards.fate)
)
BLANKS_INSIDE: Final = _count_blanks(
    _cards.fed_event <= _named("until"),
    sa.or_(_cards.settled_event.is_(None), _cards.settled_event > _named("until")),
)
STOCK_MOVES: Final = (
    tables.stock.select()
    .where(_stock.event > _named("since"), _stock.event <= _named("until"))
    .order_by(_stock.id)
)
STOCK_REQUEST: Final = tables.stock.select().where(_stock.request == _named("request"))
SHIFTS: Final = tables.shifts.select().order_by(tables.shifts.c.id.desc()).limit(_named("limit"))
SHIFT_REQUEST: Final = tables.shifts.select().where(tables.shifts.c.request == _named("request"))

WRITE_BACKS: Final = tables.write_backs.select().order_by(_write_backs.id)
WRITE_BACKS_IN: Final = WRITE_BACKS.where(
    _write_backs.state.in_(sa.bindparam("states", expanding=True))
)
WRITE_BACKS_OF: Final = WRITE_BACKS.where(_write_backs.order_id == _named("order"))
EXPORTS: Final = sa.select(
    sa.func.count(sa.distinct(_write_backs.export_id)).label("exports")
).where(_write_backs.export_id.is_not(None))
WRITE_BACK: Final = tables.write_backs.select().where(_write_backs.id == _named("write_back"))

EVENTS_AFTER: Final = (
    tables.events.select()
    .where(_events.seq > _named("seq"))
    .order_by(_events.seq)
    .limit(_named("limit"))
)
EVENTS_OF_AFTER: Final = EVENTS_AFTER.where(_events.order_id == _named("order"))
#: A page of the history, newest first.
EVENTS_BEFORE: Final = (
    tables.events.select()
    .where(_events.seq < _named("seq"))
    .order_by(_events.seq.desc())
    .limit(_named("limit"))
)
EVENTS_OF_BEFORE: Final = EVENTS_BEFORE.where(_events.order_id == _named("order"))
EVENTS_OF_KINDS: Final = EVENTS_AFTER.where(_events.kind.in_(sa.bindparam("kinds", expanding=True)))
LAST_EVENTS: Final = (
    tables.events.select()
    .where(_events.order_id == _named("order"), _events.kind == _named("kind"))
    .order_by(_events.seq.desc())
    .limit(_named("limit"))
)
LAST_CHANGES: Final = (
    sa.select(_events.order_id, sa.func.max(_events.seq).label("seq"))
    .where(
        _events.order_id.in_(sa.bindparam("orders", expanding=True)),
        *(_events.kind != kind for kind in BACKGROUND_EVENTS),
    )
    .group_by(_events.order_id)
)
#: The same, and what a person has wished: what a caller's precondition is compared with.
REVISION: Final = sa.select(sa.func.max(_events.seq).label("seq")).where(
    _events.order_id == _named("order"),
    *(_events.kind != kind for kind in BACKGROUND_EVENTS if kind != WISH),
    sa.or_(_events.kind != WISH, _events.actor != _named("station")),
)
NEWEST_SEQ: Final = sa.select(sa.func.max(_events.seq).label("seq"))

#: The event of the last write of an order's chip.
WRITTEN: Final = sa.select(
    sa.func.max(sa.func.coalesce(_effects.ended_event, 0)).label("seq")
).where(
    _effects.order_id == _named("order"),
    _effects.kind == EffectKind.WRITE_CHIP.value,
    _effects.state == EffectState.DONE.value,
)
PRESENTED: Final = sa.select(_cards.presented_event.label("seq")).where(
    _cards.id == _named("card"), _cards.presented_at.is_not(None)
)
AGE_AT: Final = sa.select(_events.age).where(_events.seq == _named("seq"))

#: Versions before 0005 stored keys unchanged.
REQUEST: Final = tables.requests.select().where(
    tables.requests.c.idempotency_key.in_((_named("keyed"), _named("key")))
)
ATTENDANCES_OF: Final = (
    tables.attendances.select()
    .where(tables.attendances.c.order_id == _named("order"))
    .order_by(tables.attendances.c.event)
)

_services = tables.card_services.c
CARD_SERVICE: Final = tables.card_services.select().where(_services.id == _named("service"))
CARD_SERVICES: Final = (
    tables.card_services.select().order_by(_services.id.desc()).limit(_named("limit"))
)
CARD_SERVICES_OF: Final = (
    tables.card_services.select()
    .where(_services.person_index == _named("person"))
    .order_by(_services.id)
)
DUE_SERVICES: Final = (
    sa.select(_services.id)
    .where(
        _services.sealed_card.is_not(None),
        _services.at < _named("before"),
        sa.select(sa.func.coalesce(_events.age, 0.0))
        .where(_events.seq == _services.event)
        .scalar_subquery()
        <= _named("aged"),
    )
    .order_by(_services.id)
    .limit(_named("limit"))
)

WEBHOOKS: Final = tables.webhooks.select().order_by(tables.webhooks.c.name)
WEBHOOK: Final = tables.webhooks.select().where(tables.webhooks.c.name == _named("name"))
_letters = tables.dead_letters.c
LETTERS: Final = tables.dead_letters.select().order_by(_letters.id.desc()).limit(_named("limit"))
LETTER: Final = tables.dead_letters.select().where(_letters.id == _named("letter"))
LETTERS_IN: Final = (
    tables.dead_letters.select().where(_letters.state == _named("state")).order_by(_letters.id)
)


FLEET: Final = fleet_tables.fleet.select().where(fleet_tables.fleet.c.id == 1)
_assignments, _transfers = fleet_tables.fleet_assignments, fleet_tables.fleet_transfers
ASSIGNMENT: Final = _assignments.select().where(_assignments.c.assignment == _named("assignment"))
ASSIGNMENT_OF: Final = _assignments.select().where(_assignments.c.order_id == _named("order"))
ASSIGNMENTS_FOR: Final = (
    _assignments.select()
    .where(_assignments.c.application == _named("application"))
    .order_by(_assignments.c.epoch)
)
TRANSFER: Final = _transfers.select().where(_transfers.c.transfer == _named("transfer"))
TRANSFERS_ON_THEIR_WAY: Final = _transfers.select().where(_transfers.c.received.is_(None))


def _home(
    home: Home, key: sa.ColumnElement[bool], *columns: sa.ColumnElement[Any]
) -> sa.Select[Any]:
    told = columns or (sa.literal(""), sa.literal(""), sa.true(), sa.literal(""))
    names = ("operation", "content", "ended", "made")
    shown = (column.label(name) for column, name in zip(told, names, strict=True))
    return sa.select(sa.literal(home.value).label("home"), *shown).where(key).limit(1)


_calls, _requests = tables.calls.c, tables.requests.c
#: Every home of one key; each is looked up by an index of its own.
CALL: Final = sa.union_all(
    *(
        sa.select(one.subquery())
        for one in (
            _home(
                Home.CALLS,
                _calls.key == _named("of_call"),
                _calls.operation,
                _calls.content,
                _calls.ended,
                _calls.made,
            ),
            _home(Home.ORDERS, _requests.idempotency_key.in_((_named("of_order"), _named("key")))),
            _home(Home.STOCK, _stock.request == _named("key")),
            _home(Home.SHIFTS, tables.shifts.c.request == _named("key")),
            _home(Home.EXPORTS, _write_backs.export_id == _named("of_export")),
        )
    )
)

#: What the list of orders is narrowed to.
FILTERS: Final = ("person", "day", "kind", "step")
#: Filters that an index leads to, the most selective first. Without statistics SQLite would choose
#: any of them, so only these are written as it needs them to use the index.
_LEADING: Final = (("person",), ("day",), ("kind", "step"), ("kind",), ("step",), ())
_FILTERED: Final = {
    "person": _orders.person_index,
    "day": _orders.day,
    "kind": _orders.kind,
    "step": _orders.step,
}


def order_lines(*filters: str, before: bool = False) -> sa.Select[Any]:
    """Return the list of orders, newest first: parameters `limit`, `before`, and the `filters`.

    It opens no data and no photo: fifty of them are megabytes. What it reads is bounded by what the
    journal has of the person, the day, or the kind and step.
    """
    query = sa.select(*_LINE).order_by(_orders.seq.desc()).limit(_named("limit"))
    if before:
        other = tables.orders.alias("other").c
        oldest = sa.select(other.seq).where(other.id == _named("before")).scalar_subquery()
        query = query.where(_orders.seq < oldest)
    leading = next(names for names in _LEADING if set(names) <= set(filters))
    for name in filters:
        column = _FILTERED[name]
        compared = column if name in leading else sa.func.coalesce(column, "")
        query = query.where(compared == _named(name))
    return query


# -- personal data ---------------------------------------------------------------------------------

_LATER: Final = tables.orders.alias("later")
NOT_ERASED: Final = _orders.erased_at.is_(None)
#: Ended, answered by the province, and not the first order of one that is still open.
HAS_ENDED: Final = (
    # `coalesce` keeps SQLite from beginning with every order that has ever ended.
    sa.func.coalesce(_orders.step, "").in_(tables.CLOSED_STEPS),
    sa.or_(
        _orders.step != OrderStep.RELEASED.value,
        sa.func.coalesce(_orders.goal, "") != OrderStep.ACTIVATED.value,
    ),
    ~sa.exists().where(
        _write_backs.order_id == _orders.id, _write_backs.state.not_in(ANSWERED_REPORTS)
    ),
    ~sa.exists().where(_LATER.c.previous == _orders.id, _LATER.c.step.in_(tables.OPEN_STEPS)),
)
DUE_ERASURES: Final = (
    sa.select(_orders.id)
    .where(
        NOT_ERASED,
        *HAS_ENDED,
        # As above: the rows are walked in the order of `seq`, those that are not erased.
        sa.func.coalesce(_orders.kind, "").in_(tables.PERSONAL_KINDS),
        _orders.updated_at < _named("before"),
        ~sa.exists().where(
            _write_backs.order_id == _orders.id, _write_backs.done_at >= _named("before")
        ),
        sa.select(sa.func.max(sa.func.coalesce(_events.age, 0.0)))
        .where(_events.order_id == _orders.id)
        .scalar_subquery()
        <= _named("aged"),
    )
    .order_by(_orders.seq)
    .limit(_named("limit"))
)
