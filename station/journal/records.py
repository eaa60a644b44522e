"""Conversion of rows to records and back, with sealing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from station.core.cards import ChipData, ChipIdentity
from station.core.evidence import EffectRecord
from station.core.gateways import IssuanceReport, ProductionData, ReportOutcome
from station.core.orders import (
    FREE_TEXT,
    CardFate,
    CardPlace,
    CardRecord,
    EffectKind,
    EffectState,
    EventRecord,
    Hold,
    OrderHead,
    OrderKind,
    OrderLine,
    OrderReason,
    OrderRecord,
    OrderStep,
    Queue,
    WriteBackRecord,
    WriteBackState,
)
from station.core.secrets import BankNumber
from station.core.stored_evidence import intent_from_json, outcome_from_json
from station.journal.sealing import Sealer

Row = sa.Row[Any]


def _to_bytes(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def seal_text(sealer: Sealer, text: str, context: str) -> bytes:
    """Seal a short text."""
    return sealer.seal(text.encode(), context=context)


def seal_data(sealer: Sealer, data: ProductionData, order: str) -> tuple[bytes, bytes]:
    """Return the sealed fields and the sealed photo of one order."""
    fields = dataclasses.asdict(data)
    photo = fields.pop("photo_jpeg")
    return (
        sealer.seal(_to_bytes(fields), context=f"orders.data.{order}"),
        sealer.seal(photo, context=f"orders.photo.{order}"),
    )


def open_data(sealer: Sealer, sealed: bytes, photo: bytes, order: str) -> ProductionData:
    """Undo `seal_data`."""
    fields = json.loads(sealer.open(sealed, context=f"orders.data.{order}"))
    chip = ChipData(**fields.pop("chip"))
    jpeg = sealer.open(photo, context=f"orders.photo.{order}")
    return ProductionData(chip=chip, photo_jpeg=jpeg, **fields)


def _with_number(fields: dict[str, Any], number: BankNumber | None) -> dict[str, Any]:
    return {**fields, "bank_number": None if number is None else number.reveal()}


def _number(value: str | None) -> BankNumber | None:
    return None if value is None else BankNumber(value)


def seal_chip(sealer: Sealer, chip: ChipIdentity, order: str) -> bytes:
    """Seal the data read from the card, which include the bank number."""
    fields = {f.name: getattr(chip, f.name) for f in dataclasses.fields(chip)}
    return sealer.seal(
        _to_bytes(_with_number(fields, chip.bank_number)), context=f"orders.chip.{order}"
    )


def open_chip(sealer: Sealer, sealed: bytes, order: str) -> ChipIdentity:
    """Undo `seal_chip`."""
    fields = json.loads(sealer.open(sealed, context=f"orders.chip.{order}"))
    return ChipIdentity(**{**fields, "bank_number": _number(fields["bank_number"])})


def seal_report(sealer: Sealer, report: IssuanceReport, order: str) -> bytes:
    """Seal one write-back."""
    fields = {f.name: getattr(report, f.name) for f in dataclasses.fields(report)}
    context = f"write_backs.report.{order}.{report.outcome.value}"
    return sealer.seal(_to_bytes(_with_number(fields, report.bank_number)), context=context)


def open_report(sealer: Sealer, row: Row) -> IssuanceReport:
    """Undo `seal_report`."""
    context = f"write_backs.report.{row.order_id}.{row.outcome}"
    fields = json.loads(sealer.open(row.sealed_report, context=context))
    fields |= {
        "bank_number": _number(fields["bank_number"]),
        "outcome": ReportOutcome(fields["outcome"]),
    }
    return IssuanceReport(**fields)


def hold_to_json(hold: Hold | None) -> dict[str, Any] | None:
    """Return the value of the `hold` column: everything but the free text."""
    if hold is None:
        return None
    return {
        "code": hold.code,
        "details": plain_details(hold),
        "effect": hold.effect.value if hold.effect else None,
        "retry_at": hold.retry_at.isoformat() if hold.retry_at else None,
        "due_age": hold.due_age,
    }


def plain_details(hold: Hold) -> dict[str, str]:
    """Return the details that may be stored unsealed."""
    return {name: text for name, text in hold.details.items() if name not in FREE_TEXT}


def seal_hold(sealer: Sealer, hold: Hold | None, order: str) -> bytes | None:
    """Seal the free text of a hold; None when it has none."""
    details = {} if hold is None else hold.details
    told = {name: text for name, text in details.items() if name in FREE_TEXT}
    return sealer.seal(_to_bytes(told), context=f"orders.hold.{order}") if told else None


def hold_from_json(
    value: dict[str, Any] | None, told: Mapping[str, str] = MappingProxyType({})
) -> Hold | None:
    """Undo `hold_to_json`, with the free text that was stored sealed beside it."""
    if value is None:
        return None
    return Hold(
        code=value["code"],
        details=value["details"] | dict(told),
        effect=EffectKind(value["effect"]) if value["effect"] else None,
        retry_at=dt.datetime.fromisoformat(value["retry_at"]) if value["retry_at"] else None,
        due_age=value.get("due_age"),
    )


def _hold(sealer: Sealer, row: Row) -> Hold | None:
    if not row.sealed_hold:
        return hold_from_json(row.hold)
    told = json.loads(sealer.open(row.sealed_hold, context=f"orders.hold.{row.id}"))
    return hold_from_json(row.hold, told)


def order_from_row(sealer: Sealer, row: Row) -> OrderRecord:
    """Return one order, unsealed."""
    return OrderRecord(
        id=row.id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        reason=OrderReason(row.reason),
        id_number=_person(sealer, row),
        step=OrderStep(row.step),
        goal=OrderStep(row.goal) if row.goal else None,
        hold=_hold(sealer, row),
        data=open_data(sealer, row.sealed_data, row.sealed_photo, row.id)
        if row.sealed_data
        else None,
        face_sha256=row.face_sha256,
        chip=open_chip(sealer, row.sealed_chip, row.id) if row.sealed_chip else None,
        card=row.card,
        previous=row.previous,
        kind=OrderKind(row.kind),
        reason_code=row.reason_code or "",
        approver=row.approver or "",
        waivers=row.waivers or {},
        erased_at=row.erased_at,
    )


def head_from_row(row: Row) -> OrderHead:
    """Return an order's head; unseals nothing."""
    return OrderHead(
        id=row.id,
        step=OrderStep(row.step),
        goal=OrderStep(row.goal) if row.goal else None,
        hold=hold_from_json(row.hold),
        kind=OrderKind(row.kind),
        card=row.card,
        previous=row.previous,
        waivers=row.waivers or {},
        queue=Queue(row.queue),
    )


def line_from_row(sealer: Sealer, row: Row) -> OrderLine:
    """Return what a list shows of one order, unsealed."""
    return OrderLine(
        id=row.id,
        created_at=row.created_at,
        reason=OrderReason(row.reason),
        id_number=_person(sealer, row),
        step=OrderStep(row.step),
        hold=_hold(sealer, row),
        kind=OrderKind(row.kind),
        seq=row.seq,
    )


def person_of_row(sealer: Sealer, row: Row) -> str:
    """Return the number of the person whom an order is for."""
    return _person(sealer, row)


def _person(sealer: Sealer, row: Row) -> str:
    return sealer.open(row.sealed_person, context=f"orders.person.{row.id}").decode()


def effect_from_row(row: Row) -> EffectRecord:
    """Return one effect."""
    kind = EffectKind(row.kind)
    return EffectRecord(
        id=row.id,
        order=row.order_id,
        kind=kind,
        state=EffectState(row.state),
        intended_at=row.intended_at,
        ended_at=row.ended_at,
        before=intent_from_json(kind, row.evidence_before),
        after=outcome_from_json(row.evidence_after),
    )


def card_from_row(row: Row) -> CardRecord:
    """Return one ledger row."""
    return CardRecord(
        id=row.id,
        order=row.order_id,
        AAZ501=row.AAZ501,
        place=CardPlace(row.place),
        fate=CardFate(row.fate),
        reason=row.reason,
        updated_at=row.updated_at,
        blank=row.blank,
        fed_at=row.fed_at,
        settled_at=row.settled_at,
        presented_at=row.presented_at,
        ribbon_planned=row.ribbon_planned,
        ribbon_used=row.ribbon_used,
        destroyed_at=row.destroyed_at,
        destroyed_by=row.destroyed_by or "",
        witness=row.witness or "",
        bank=row.bank,
    )


def write_back_from_row(row: Row) -> WriteBackRecord:
    """Return one outbox row without its content."""
    return WriteBackRecord(
        id=row.id,
        order=row.order_id,
        outcome=row.outcome,
        state=WriteBackState(row.state),
        attempts=row.attempts,
        last_error=row.last_error,
        created_at=row.created_at,
        done_at=row.done_at,
        export_id=row.export_id or "",
        exported_at=row.exported_at,
        receipt=row.receipt or "",
        receipt_at=row.receipt_at,
    )


def event_from_row(row: Row) -> EventRecord:
    """Return one event of the history."""
    return EventRecord(
        seq=row.seq,
        order=row.order_id,
        at=row.at,
        actor=row.actor,
        kind=row.kind,
        data=row.data,
        hash=row.hash,
    )
