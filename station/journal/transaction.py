"""One durable change: order row, event, effect, ledger and outbox row together, or none of them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from station.core.cards import ChipIdentity
from station.core.errors import JournalError, OrderMovedError, OrderNotFoundError
from station.core.gateways import IssuanceReport, ProductionData
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectState,
    Hold,
    OrderKind,
    OrderReason,
    OrderStep,
    WriteBackState,
)
from station.journal import records, tables
from station.journal.ledger_writing import LedgerWriting
from station.journal.sealing import Sealer

GENESIS: Final = "0" * 64  #: what the first event is chained to
REQUEST_KEY: Final = "requests.idempotency_key"  #: kind of the keyed digest of such a key

# Built once: to build and to look up a statement costs more than SQLite needs to run it. What is
# set comes with the parameters.
_ADD: Final = {table.name: table.insert() for table in tables.metadata.tables.values()}
_CHANGE_ORDER: Final = tables.orders.update().where(tables.orders.c.id == sa.bindparam("which"))
_MOVE_ORDER: Final = _CHANGE_ORDER.where(tables.orders.c.step == sa.bindparam("before"))
_STEP_OF: Final = sa.select(tables.orders.c.step).where(tables.orders.c.id == sa.bindparam("which"))
_EFFECT: Final = tables.effects.select().where(tables.effects.c.id == sa.bindparam("which"))
_END_EFFECT: Final = tables.effects.update().where(tables.effects.c.id == sa.bindparam("which"))
_CHANGE_CARD: Final = (
    tables.cards.update()
    .where(tables.cards.c.id == sa.bindparam("which"))
    .returning(tables.cards.c.order_id)
)
_CHANGE_REPORT: Final = (
    tables.write_backs.update()
    .where(tables.write_backs.c.id == sa.bindparam("which"))
    .returning(tables.write_backs.c.order_id, tables.write_backs.c.outcome)
)
_NOTE_REPORT: Final = _CHANGE_REPORT.values(attempts=tables.write_backs.c.attempts + 1)
_NEWEST_EVENT: Final = (
    sa.select(tables.events.c.seq, tables.events.c.hash)
    .order_by(tables.events.c.seq.desc())
    .limit(1)
)


def chain_hash(
    previous: str, seq: int, order: str, at: str, actor: str, kind: str, data: Mapping[str, str]
) -> str:
    """Return the hash that binds one event to all before it."""
    line = json.dumps(
        [previous, seq, order, at, actor, kind, dict(data)],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(line.encode()).hexdigest()


class Transaction(LedgerWriting):
    """What may be changed inside `Journal.transaction()`. Nothing is durable before its end."""

    def __init__(
        self,
        connection: sa.Connection,
        sealer: Sealer,
        actor: str,
        at: dt.datetime,
        age: float,
    ) -> None:
        self._connection = connection
        self._sealer = sealer
        self._actor = actor
        self._at = at
        self._age = age
        self._hash = ""  # of the newest event written here
        self.last_seq = 0  #: of the newest event written here

    def add_order(
        self,
        order: str,
        *,
        machine: str,
        reason: OrderReason,
        id_number: str,
        previous: str | None,
        kind: OrderKind = OrderKind.FULL,
        reason_code: str = "",
        approver: str = "",
    ) -> None:
        """Insert an order at `accepted`."""
        self._add(
            "orders",
            id=order,
            machine=machine,
            created_at=self._at,
            updated_at=self._at,
            reason=reason.value,
            step=OrderStep.ACCEPTED.value,
            person_index=self._sealer.person_index(id_number),
            sealed_person=records.seal_text(self._sealer, id_number, f"orders.person.{order}"),
            face_sha256="",
            previous=previous,
            kind=kind.value,
            reason_code=reason_code or None,
            approver=approver or None,
            seq=self._upcoming(),
        )
        reprint = {"kind": kind.value, "reason_code": reason_code, "previous": previous or ""}
        data = {"reason": reason.value, "approver": approver} | reprint
        self.add_event(order, "order-accepted", {k: v for k, v in data.items() if v})

    def remember_request(self, key: str, order: str) -> None:
        """Bind an Idempotency-Key to the order that it made; the key may be somebody's number."""
        keyed = self._sealer.digest(REQUEST_KEY, key)
        self._add("requests", idempotency_key=keyed, order_id=order, created_at=self._at)

    def move_order(self, order: str, before: OrderStep, after: OrderStep, event: str) -> None:
        """Move an order from one step to another and clear its hold.

        Raises:
            OrderMovedError: The order is not at `before` any more.
        """
        changed = self._connection.execute(
            _MOVE_ORDER,
            {
                "which": order,
                "before": before.value,
                "step": after.value,
                "hold": None,
                "sealed_hold": None,
                "updated_at": self._at,
            },
        )
        if changed.rowcount != 1:
            raise OrderMovedError(
                f"order {order} is not at {before.value}", details={"step": before.value}
            )
        self.add_event(order, event, {"from": before.value, "to": after.value})

    def set_goal(self, order: str, goal: OrderStep | None) -> None:
        """Remember up to which step the order runs by itself."""
        self._update(order, goal=goal.value if goal else None)
        self.add_event(order, "goal-set", {"goal": goal.value if goal else "none"})

    def set_hold(self, order: str, hold: Hold | None) -> None:
        """Say why the order does not go on, or that it may; free text goes sealed into the row."""
        sealed = records.seal_hold(self._sealer, hold, order)
        self._update(order, hold=records.hold_to_json(hold), sealed_hold=sealed)
        if hold is None:
            self.add_event(order, "hold-cleared", {})
        else:
            data = {"code": hold.code, **records.plain_details(hold)}
            self.add_event(order, "held", data | ({"effect": hold.effect} if hold.effect else {}))

    def store_data(self, order: str, data: ProductionData, face_sha256: str) -> None:
        """Keep the province's data, sealed, and fix the face's digest."""
        sealed, photo = records.seal_data(self._sealer, data, order)
        self._update(order, sealed_data=sealed, sealed_photo=photo, face_sha256=face_sha256)
        self.add_event(order, "face-fixed", {"sha256": face_sha256})

    def set_waivers(self, order: str, waivers: Mapping[str, str]) -> None:
        """Say which soft photo rules the order's picture breaks, and who let each one pass."""
        self._update(order, waivers=dict(waivers))

    def bind_chip(self, order: str, chip: ChipIdentity) -> None:
        """Bind the order to the physical card that was read."""
        self._update(order, sealed_chip=records.seal_chip(self._sealer, chip, order))
        self.add_event(order, "chip-read", {"AAZ501": chip.AAZ501, "AAZ508": chip.AAZ508})

    def release_chip(self, order: str) -> None:
        """Forget the card: it was put aside and the order takes another."""
        self._update(order, sealed_chip=None, card=None)

    def begin_effect(
        self,
        order: str,
        kind: EffectKind,
        evidence: Mapping[str, str],
        step: OrderStep | None = None,
    ) -> int:
        """Write the intent; returns the effect's id.

        An order has at most one open intent about its card, and one at the province.

        Raises:
            OrderMovedError: The order is not at `step` any more: it was cancelled meanwhile.
            JournalError: It has an open intent.
        """
        if step is not None:
            now = self._connection.execute(_STEP_OF, {"which": order}).one()
            if now.step != step.value:
                raise OrderMovedError(
                    f"order {order} is at {now.step}", details={"step": str(now.step)}
                )
        try:
            result = self._add(
                "effects",
                order_id=order,
                kind=kind.value,
                state=EffectState.INTENDED.value,
                intended_at=self._at,
                evidence_before=dict(evidence),
                evidence_after={},
            )
        except sa.exc.IntegrityError as exc:
            raise JournalError(f"order {order} has an open intent already") from exc
        effect = int(_key(result))
        self.add_event(order, "intent", {"effect": kind.value, **evidence})
        return effect

    def end_effect(self, effect: int, state: EffectState, evidence: Mapping[str, str]) -> None:
        """Write the outcome.

        Raises:
            JournalError: The effect is not open.
        """
        row = self._connection.execute(_EFFECT, {"which": effect}).one()
        if row.state not in (EffectState.INTENDED.value, EffectState.UNKNOWN.value):
            raise JournalError(f"effect {effect} has its outcome already")
        ended = None if state is EffectState.UNKNOWN else self._at
        self._connection.execute(
            _END_EFFECT,
            {
                "which": effect,
                "state": state.value,
                "ended_at": ended,
                "evidence_after": dict(evidence),
                "ended_event": None if ended is None else self._upcoming(),
            },
        )
        data = {"effect": row.kind, "state": state.value, **evidence}
        self.add_event(row.order_id, "outcome", data)

    def open_card(
        self, order: str, place: CardPlace, *, blank: bool = True, bind: bool = True
    ) -> int:
        """Write a card that came into the machine into the ledger; returns its ledger id.

        Without `bind` it came during the order's work and is not the order's card.
        """
        result = self._add(
            "cards",
            order_id=order,
            AAZ501="",
            place=place.value,
            fate=CardFate.IN_MACHINE.value,
            reason="",
            updated_at=self._at,
            blank=blank,
            fed_at=self._at,
            fed_event=self._upcoming(),
        )
        card = int(_key(result))
        if bind:
            self._update(order, card=card)
        kind = "blank-left-feeder" if blank else "card-put-back-in"
        self.add_event(order, kind, {"card": str(card), "place": place.value})
        return card

    def note_export(self, write_back: int, export: str) -> None:
        """Say that a report has left for the data centre, in which offline file."""
        values = {"which": write_back, "export_id": export, "exported_at": self._at}
        row = self._connection.execute(_CHANGE_REPORT, values).one()
        self.add_event(row.order_id, "report-exported", {"outcome": row.outcome, "export": export})

    def note_receipt(self, write_back: int, receipt: str, word: str, state: WriteBackState) -> None:
        """Write down the data centre's word on an exported report, and what follows from it."""
        done = state is WriteBackState.DONE
        values = {
            "which": write_back,
            "receipt": word,
            "receipt_at": self._at,
            "state": state.value,
            "last_error": "" if done else "province-refused",
            "done_at": self._at if done else None,
        }
        row = self._connection.execute(_CHANGE_REPORT, values).one()
        data = {"outcome": row.outcome, "receipt": receipt, "word": word, "state": state.value}
        self.add_event(row.order_id, "report-receipt", data)

    def withdraw_report(self, write_back: int) -> None:
        """Take back a report that the province never took: its card was spoiled."""
        row = self._connection.execute(
            _CHANGE_REPORT, {"which": write_back, "state": WriteBackState.WITHDRAWN.value}
        ).one()
        self.add_event(row.order_id, "report-withdrawn", {"outcome": row.outcome})

    def update_card(
        self,
        card: int,
        *,
        place: CardPlace | None = None,
        fate: CardFate | None = None,
        reason: str | None = None,
        AAZ501: str | None = None,
    ) -> None:
        """Change what is believed about one card."""
        values: dict[str, Any] = {
            "place": place.value if place else None,
            "fate": fate.value if fate else None,
            "reason": reason,
            "AAZ501": AAZ501,
        }
        values = {name: value for name, value in values.items() if value is not None}
        times: dict[str, Any] = {}
        if fate is not None and fate is not CardFate.IN_MACHINE:
            self._settle_card(card)
        if place is CardPlace.OUTPUT_HOPPER:
            times |= {"presented_at": self._at, "presented_event": self._upcoming()}
        row = self._connection.execute(
            _CHANGE_CARD, {"which": card, **values, **times, "updated_at": self._at}
        ).one()
        self.add_event(row.order_id, "card-moved", {"card": str(card), **values})

    def owe_report(self, order: str, report: IssuanceReport) -> None:
        """Put a write-back into the outbox; the same order and outcome only once."""
        self._add(
            "write_backs",
            order_id=order,
            outcome=report.outcome.value,
            state=WriteBackState.OWED.value,
            attempts=0,
            last_error="",
            created_at=self._at,
            sealed_report=records.seal_report(self._sealer, report, order),
        )
        self.add_event(order, "report-owed", {"outcome": report.outcome.value})

    def note_report(self, write_back: int, state: WriteBackState, error: str = "") -> None:
        """Write down one attempt to send a report."""
        row = self._connection.execute(
            _NOTE_REPORT,
            {
                "which": write_back,
                "state": state.value,
                "last_error": error,
                "done_at": self._at if state is WriteBackState.DONE else None,
            },
        ).one()
        data = {"outcome": row.outcome, "state": state.value}
        self.add_event(row.order_id, "report-tried", data | ({"error": error} if error else {}))

    def add_event(self, order: str, kind: str, data: Mapping[str, str]) -> None:
        """Append one line of history. `data` holds nothing personal."""
        seq = self._upcoming()
        at = self._at.isoformat(timespec="microseconds")
        line = chain_hash(self._hash, seq, order, at, self._actor, kind, data)
        self._add(
            "events",
            seq=seq,
            order_id=order,
            at=self._at,
            actor=self._actor,
            kind=kind,
            data=dict(data),
            hash=line,
            age=self._age,
        )
        self.last_seq, self._hash = seq, line

    def _upcoming(self) -> int:
        if not self._hash:
            last = self._connection.execute(_NEWEST_EVENT).one_or_none()
            self.last_seq, self._hash = (last.seq, last.hash) if last else (0, GENESIS)
        return self.last_seq + 1

    def _add(self, table: str, **values: Any) -> sa.CursorResult[Any]:  # noqa: ANN401 - column values
        return self._connection.execute(_ADD[table], values)

    def _update(self, order: str, **values: Any) -> None:  # noqa: ANN401 - column values
        changed = self._connection.execute(
            _CHANGE_ORDER, {"which": order, **values, "updated_at": self._at}
        )
        if changed.rowcount != 1:
            raise OrderNotFoundError(f"no order {order}")


def _key(result: sa.CursorResult[Any]) -> int:
    key = result.inserted_primary_key
    if key is None:  # pragma: no cover - every dialect we use returns it
        raise JournalError("the database gave no row id")
    return int(key[0])
